package wire

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/kolo/xmlrpc"

	"supervisor-healthcheck/domain"
)

// EncodeCall writes an XML-RPC call as an HTTP request. The name of the method is escaped here, for xmlrpc writes it as
// it is.
func EncodeCall(r domain.XMLRPCRequest, args ...any) ([]byte, error) {
	var method bytes.Buffer
	if err := xml.EscapeText(&method, []byte(r.Method)); err != nil {
		return nil, fmt.Errorf("method %q: %w", r.Method, err)
	}
	body, err := xmlrpc.EncodeMethodCall(method.String(), args...)
	if err != nil {
		return nil, fmt.Errorf("method %q: %w", r.Method, err)
	}
	return Encode(domain.HTTPRequest{
		Method: http.MethodPost, Network: r.Network, Address: r.Address, Path: r.Path, Body: string(body),
		Header:   map[string][]string{"Content-Type": {"text/xml"}},
		Username: r.Username, Password: r.Password,
	})
}

// Entity returns what an entity of XML stands for, by its name without & and ;. It knows the five of XML, and numbers up to
// the last of Unicode. Whether a number is a character that XML allows, or one at all, is for the caller to decide.
func Entity(name string) (rune, bool) {
	switch name {
	case "lt":
		return '<', true
	case "gt":
		return '>', true
	case "amp":
		return '&', true
	case "quot":
		return '"', true
	case "apos":
		return '\'', true
	}
	digits, numbered := strings.CutPrefix(name, "#")
	base := 10
	if hex, ok := strings.CutPrefix(digits, "x"); ok {
		digits, base = hex, 16
	}
	n, err := strconv.ParseUint(digits, base, 32)
	if !numbered || err != nil || n > utf8.MaxRune {
		return 0, false
	}
	return rune(n), true
}

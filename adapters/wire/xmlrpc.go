package wire

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"net/http"

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

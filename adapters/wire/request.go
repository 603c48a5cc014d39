package wire

import (
	"encoding/base64"
	"fmt"
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"

	"supervisor-healthcheck/domain"
)

// Encode writes an HTTP/1.1 request. Path is sent as it is written, except that it gets a leading slash and that blanks,
// control characters and bytes beyond ASCII are percent-encoded. Header prevails over what is sent anyway (Host, User-Agent,
// Accept, for want of which web application firewalls refuse a request, and Accept-Encoding), but not over Username and
// Password; the fields that frame the message (Connection, Content-Length, Transfer-Encoding, Trailer, Expect) are left out
// of it. Nothing can smuggle in a line of its own.
func Encode(r domain.HTTPRequest) ([]byte, error) {
	method := r.Method
	if method == "" {
		method = "GET"
	}
	if !domain.IsToken(method) {
		return nil, fmt.Errorf("method %q is not one word", method)
	}
	message := make([]byte, 0, 256+len(r.Path)+len(r.Body)) // a request of ours has some 140
	message = append(message, method...)
	message = append(message, ' ')
	message = append(message, target(r.Path)...)
	message = append(message, " HTTP/1.1\r\n"...)
	message, err := appendFields(message, fields(r, method))
	if err != nil {
		return nil, err
	}
	message = append(message, "\r\n"...)
	return append(message, r.Body...), nil
}

type field struct{ name, value string }

// fields are the header in the order in which it is sent: Host first, as the protocol recommends.
func fields(r domain.HTTPRequest, method string) []field {
	all := make([]field, 0, 6+len(r.Header))
	for _, own := range []field{{"Host", hostOf(r)}, {"User-Agent", "supervisor-healthcheck"},
		{"Accept", "*/*"}, {"Accept-Encoding", "identity"}} {
		if !has(r.Header, own.name) {
			all = append(all, own)
		}
	}
	if r.Username != "" || r.Password != "" {
		secret := base64.StdEncoding.EncodeToString([]byte(r.Username + ":" + r.Password))
		all = append(all, field{"Authorization", "Basic " + secret})
	}
	if r.Body != "" || method == "POST" || method == "PUT" || method == "PATCH" {
		all = append(all, field{"Content-Length", strconv.Itoa(len(r.Body))})
	}
	for _, name := range names(r.Header) {
		if framing(name) || strings.EqualFold(name, "Authorization") && r.Username+r.Password != "" {
			continue
		}
		for _, value := range r.Header[name] {
			all = append(all, field{name, value})
		}
	}
	return append(all, field{"Connection", "close"})
}

func names(header map[string][]string) []string {
	if len(header) == 0 {
		return nil // most probes have none, and the sorting of nothing allocates
	}
	return slices.Sorted(maps.Keys(header))
}

func framing(name string) bool {
	for _, own := range []string{"Connection", "Content-Length", "Transfer-Encoding", "Trailer", "Expect"} {
		if strings.EqualFold(name, own) {
			return true
		}
	}
	return false
}

func has(header map[string][]string, name string) bool {
	for key, values := range header {
		if strings.EqualFold(key, name) && len(values) > 0 {
			return true
		}
	}
	return false
}

// appendFields refuses what cannot be sent. It tells the name of a field and never its value, which may be secret.
func appendFields(message []byte, all []field) ([]byte, error) {
	for _, f := range all {
		if !domain.IsToken(f.name) {
			return nil, fmt.Errorf("header %q is not a name", f.name)
		}
		if strings.ContainsFunc(f.value, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
			return nil, fmt.Errorf("header %s: the value has a control character", f.name)
		}
		message = append(message, f.name...)
		message = append(message, ": "...)
		message = append(message, f.value...)
		message = append(message, "\r\n"...)
	}
	return message, nil
}

// hostOf is the address without the zone of an IPv6 address, which means nothing to others. A socket has no name.
func hostOf(r domain.HTTPRequest) string {
	if r.Network == "unix" {
		return "localhost"
	}
	address := r.Address
	if before, zone, ok := strings.Cut(address, "%"); ok {
		if _, port, err := net.SplitHostPort(address); err == nil && strings.HasPrefix(address, "[") && zone != "" {
			return before + "]:" + port
		}
	}
	return address
}

// target is the path as it goes into the first line of a request.
func target(path string) string {
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	if !strings.ContainsFunc(path, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
		return path
	}
	var b strings.Builder
	for _, c := range []byte(path) {
		if c <= ' ' || c >= 0x7f {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

package wire_test

import (
	"bufio"
	"encoding/base64"
	"io"
	"net/http"
	"strings"
	"testing"

	"supervisor-healthcheck/adapters/wire"
	"supervisor-healthcheck/domain"
)

// FuzzRequest has anything encoded: a server reads one request with exactly what was meant, and nobody can smuggle in a line.
func FuzzRequest(f *testing.F) {
	f.Add("GET", "/a b", "127.0.0.1:80", "X-A", "v\r\nEvil: 1", "u", "p", "body")
	f.Add("", "", "", "", "", "", "", "")
	f.Add("POST", "/x?y=z#f\r\nEvil: 1", "[::1%lo]:80", "Content-Length", "9", "", "p:w", "")
	f.Add("HEAD", "//h/\xff", "h:1", "Host", "other", "u", "", "x")
	f.Add("G T", "/", "h\r\nEvil: 1", "transfer-encoding", "chunked", "", "", "")
	f.Fuzz(func(t *testing.T, method, path, address, name, value, user, pass, body string) {
		request := domain.HTTPRequest{Method: method, Path: path, Address: address, Header: map[string][]string{name: {value}}, Username: user, Password: pass, Body: body}
		message, err := wire.Encode(request)
		if err != nil {
			if len(pass) > 3 && strings.Contains(err.Error(), pass) && !strings.Contains(method+name+address, pass) {
				t.Errorf("the error shows the password %q: %v", pass, err)
			}
			return
		}
		head, rest, _ := strings.Cut(string(message), "\r\n\r\n")
		if rest != body {
			t.Fatalf("the body %q became %q", body, rest)
		}
		if strings.Count(head, "\n") != strings.Count(head, "\r\n") || strings.Count(head, "\r") != strings.Count(head, "\r\n") {
			t.Errorf("there is a bare line end in %q", head)
		}
		got, err := http.ReadRequest(bufio.NewReader(strings.NewReader(string(message))))
		if err != nil {
			return // net/http is more particular about hosts and methods than we are
		}
		sent, _ := io.ReadAll(got.Body)
		if method != "CONNECT" && string(sent) != body || got.Header.Get("Evil") != "" && !strings.EqualFold(name, "Evil") {
			t.Errorf("%q is read as %+v with %q", message, got.Header, sent)
		}
		if want := base64.StdEncoding.EncodeToString([]byte(user + ":" + pass)); user+pass != "" && got.Header.Get("Authorization") != "Basic "+want {
			t.Errorf("%q has the login %q", message, got.Header.Get("Authorization"))
		}
	})
}

// FuzzCall has anything encoded as the name of a method: it is one, and no tag of its own.
func FuzzCall(f *testing.F) {
	f.Add("status", "/RPC2")
	f.Add("a</methodName><params/>", "")
	f.Add("\xff&<>\"'", "/x y")
	f.Fuzz(func(t *testing.T, method, path string) {
		message, err := wire.EncodeCall(domain.XMLRPCRequest{Network: "unix", Address: "/s", Path: path, Method: method})
		if err != nil {
			return
		}
		head, body, _ := strings.Cut(string(message), "\r\n\r\n")
		if !strings.HasPrefix(head, "POST /") || strings.Count(body, "<methodName>") != 1 || strings.Count(body, "<methodCall>") != 1 || strings.Count(body, "<params>") > 1 {
			t.Errorf("%q became %q", method, message)
		}
	})
}

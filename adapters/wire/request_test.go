package wire_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/adapters/wire"
	"supervisor-healthcheck/domain"
)

func TestRequestsAreEncoded(t *testing.T) {
	const common = "Host: localhost:8080\r\nUser-Agent: supervisor-healthcheck\r\nAccept: */*\r\nAccept-Encoding: identity\r\n"
	tests := map[string]struct {
		request domain.HTTPRequest
		want    string
	}{
		"GET is what is meant by nothing": {domain.HTTPRequest{}, "GET / HTTP/1.1\r\n" + common + "Connection: close\r\n\r\n"},
		"the path is left as it is":       {domain.HTTPRequest{Method: "GET", Path: "//a/../%20b%zz?q=50%&r=%2F#f"}, "GET //a/../%20b%zz?q=50%&r=%2F#f HTTP/1.1\r\n" + common + "Connection: close\r\n\r\n"},
		"a slash is put before the path":  {domain.HTTPRequest{Path: "ping"}, "GET /ping HTTP/1.1\r\n" + common + "Connection: close\r\n\r\n"},
		"a slash is put before a query":   {domain.HTTPRequest{Path: "?a=b"}, "GET /?a=b HTTP/1.1\r\n" + common + "Connection: close\r\n\r\n"},
		"what cannot stand in a line is encoded": {
			domain.HTTPRequest{Path: "/a b\té\r\nX: y"},
			"GET /a%20b%09%C3%A9%0D%0AX:%20y HTTP/1.1\r\n" + common + "Connection: close\r\n\r\n"},
		"a body is sent with its length": {
			domain.HTTPRequest{Method: "POST", Path: "/", Body: `{"é":1}`, Header: map[string][]string{"Content-Type": {"application/json"}}},
			"POST / HTTP/1.1\r\n" + common + "Content-Length: 8\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n" + `{"é":1}`},
		"POST without a body says so": {domain.HTTPRequest{Method: "POST"}, "POST / HTTP/1.1\r\n" + common + "Content-Length: 0\r\nConnection: close\r\n\r\n"},
		"a method of one's own":       {domain.HTTPRequest{Method: "PURGE"}, "PURGE / HTTP/1.1\r\n" + common + "Connection: close\r\n\r\n"},
		"a header prevails over what is sent anyway": {
			domain.HTTPRequest{Header: map[string][]string{"host": {"example.org"}, "user-agent": {"me"}, "X-A": {"1", "2"}, "X-Empty": {}, "ACCEPT-ENCODING": {"gzip"}, "accept": {"text/html"}}},
			"GET / HTTP/1.1\r\nACCEPT-ENCODING: gzip\r\nX-A: 1\r\nX-A: 2\r\naccept: text/html\r\nhost: example.org\r\nuser-agent: me\r\nConnection: close\r\n\r\n"},
		"a header does not frame the message": {
			domain.HTTPRequest{Body: "x", Header: map[string][]string{"connection": {"keep-alive"}, "Content-length": {"9"}, "Transfer-Encoding": {"chunked"}, "Expect": {"100-continue"}, "Trailer": {"X"}}},
			"GET / HTTP/1.1\r\n" + common + "Content-Length: 1\r\nConnection: close\r\n\r\nx"},
		"user and password": {
			domain.HTTPRequest{Username: "admin", Password: "p:é"},
			"GET / HTTP/1.1\r\n" + common + "Authorization: Basic YWRtaW46cDrDqQ==\r\nConnection: close\r\n\r\n"},
		"a user without a password": {
			domain.HTTPRequest{Username: "admin"},
			"GET / HTTP/1.1\r\n" + common + "Authorization: Basic YWRtaW46\r\nConnection: close\r\n\r\n"},
		"a password without a user prevails over a header": {
			domain.HTTPRequest{Password: "p", Header: map[string][]string{"authorization": {"Bearer t"}}},
			"GET / HTTP/1.1\r\n" + common + "Authorization: Basic OnA=\r\nConnection: close\r\n\r\n"},
		"a header with other credentials": {
			domain.HTTPRequest{Header: map[string][]string{"Authorization": {"Bearer t"}}},
			"GET / HTTP/1.1\r\n" + common + "Authorization: Bearer t\r\nConnection: close\r\n\r\n"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			tt.request.Address = "localhost:8080"
			got, err := wire.Encode(tt.request)
			if diff := cmp.Diff(tt.want, string(got)); diff != "" || err != nil {
				t.Errorf("error %v, %s", err, diff)
			}
		})
	}
}

func TestRequestsThatAreNotEncoded(t *testing.T) {
	tests := map[string]struct {
		request domain.HTTPRequest
		want    string
	}{
		"a method of two words":       {domain.HTTPRequest{Method: "GET /"}, `method "GET /" is not one word`},
		"a header name with a colon":  {domain.HTTPRequest{Header: map[string][]string{"X:": {"s3cret"}}}, `header "X:" is not a name`},
		"a header without a name":     {domain.HTTPRequest{Header: map[string][]string{"": {"s3cret"}}}, `header "" is not a name`},
		"a header value of two lines": {domain.HTTPRequest{Header: map[string][]string{"X": {"s3cret\r\nY: z"}}}, `header X: the value has a control character`},
		"an address of two lines":     {domain.HTTPRequest{Address: "a\r\nb:1"}, `header Host: the value has a control character`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if _, err := wire.Encode(tt.request); err == nil || err.Error() != tt.want {
				t.Errorf("got error %v, want %s", err, tt.want)
			}
		})
	}
}

func TestTheZoneIsLeftOutOfTheHost(t *testing.T) {
	for address, want := range map[string]string{
		"[fe80::1%eth0]:80": "[fe80::1]:80",
		"[::1]:80":          "[::1]:80",
		"localhost:8080":    "localhost:8080",
	} {
		if got := wire.HostOf(address); got != want {
			t.Errorf("%s became %s, want %s", address, got, want)
		}
	}
}

package wire_test

import (
	"encoding/pem"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"supervisor-healthcheck/adapters/wire"
	"supervisor-healthcheck/domain"
)

// failed is what is to be known of a connection that did not come about.
func failed(t *testing.T, err error, want string) {
	t.Helper()
	var f *wire.Failure
	if !errors.As(err, &f) || f.Error() != want || f.Sent() {
		t.Errorf("got error %v, want %s, and nothing sent", err, want)
	}
}

func TestConnectionsThatDoNotComeAbout(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener.Close()
	for name, tt := range map[string]struct {
		to       wire.Place
		dialling time.Duration
		want     string
	}{
		"nobody listens":                {wire.Place{Network: "tcp", Address: listener.Addr().String()}, 0, "connection refused"},
		"no socket":                     {wire.Place{Network: "unix", Address: filepath.Join(t.TempDir(), "no")}, 0, "no such file or directory"},
		"no port":                       {wire.Place{Network: "tcp", Address: "localhost"}, 0, "address localhost: missing port in address"},
		"the time of dialling was over": {wire.Place{Network: "tcp", Address: listener.Addr().String()}, time.Nanosecond, "timed out after 0s connecting"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := wire.New(tt.dialling).Dial(t.Context(), tt.to)
			failed(t, err, tt.want)
			failed(t, wire.New(tt.dialling).Exchange(t.Context(), wire.Call{Place: tt.to}), tt.want)
		})
	}
}

func TestTLS(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusTeapot) }))
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // it would tell of the handshakes that fail
	server.StartTLS()
	defer server.Close()
	known := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))
	to := func(settings domain.TLS) wire.Place {
		return wire.Place{Network: "tcp", Address: server.Listener.Addr().String(), TLS: &settings}
	}
	t.Run("an answer", func(t *testing.T) {
		var got whole
		call := get(to(domain.TLS{CA: known, ServerName: "example.com"}), 100, &got)
		call.Message = []byte("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
		if err := wire.New(0).Exchange(t.Context(), call); err != nil || got.Status != http.StatusTeapot {
			t.Errorf("error %v, %+v", err, got)
		}
	})
	for name, tt := range map[string]struct {
		to   wire.Place
		want string
	}{
		"an unknown authority": {to(domain.TLS{ServerName: "example.com"}), "no agreement on TLS: the certificate is signed by an unknown authority"},
		"another name":         {to(domain.TLS{CA: known, ServerName: "example.net"}), "no agreement on TLS: the certificate is for another name"},
		"a server without TLS": {plain(t), "no agreement on TLS: first record does not look like a TLS handshake"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := wire.New(0).Dial(t.Context(), tt.to)
			failed(t, err, tt.want)
		})
	}
}

// plain is a server that speaks HTTP where TLS is expected.
func plain(t *testing.T) wire.Place {
	server := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(server.Close)
	return wire.Place{Network: "tcp", Address: server.Listener.Addr().String(), TLS: &domain.TLS{ServerName: "example.com"}}
}

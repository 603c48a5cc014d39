package xmlrpc

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"

	"supervisor-healthcheck/domain"
)

func TestASocketOfAnotherUserNamesTheSettings(t *testing.T) {
	got := reason(&net.OpError{Op: "dial", Net: "unix", Err: os.NewSyscallError("connect", syscall.EACCES)})
	want := "dial unix: connect: permission denied; let this user in with chmod= or chown= in [unix_http_server]"
	if got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// hasty is a server that refuses to read, with that error, and has answered all the same.
type hasty struct {
	net.Conn
	refusal error
	answer  io.Reader
	closed  bool
}

func (h *hasty) Write([]byte) (int, error)  { return 0, &net.OpError{Op: "write", Err: h.refusal} }
func (h *hasty) Read(p []byte) (int, error) { return h.answer.Read(p) }
func (h *hasty) Close() error               { h.closed = true; return nil }

func TestAServerThatDoesNotReadTheCall(t *testing.T) {
	const refused = "HTTP/1.1 401 Unauthorized\r\nConnection: close\r\n\r\n"
	cases := map[string]struct {
		refusal error
		answer  string
		want    error
		text    string
	}{
		"it has hung up and answered before":    {syscall.EPIPE, refused, domain.ErrUnauthorized, "user name"},
		"it was reset and has answered before":  {syscall.ECONNRESET, refused, domain.ErrUnauthorized, "user name"},
		"it has hung up without a word":         {syscall.EPIPE, "", domain.ErrUnreachable, "closed before an answer came"},
		"it is not its fault: nothing was read": {syscall.ENOBUFS, refused, domain.ErrUnreachable, "no buffer space"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			client, err := New(Config{URL: "http://127.0.0.1:9001"})
			if err != nil {
				t.Fatal(err)
			}
			conn := &hasty{refusal: c.refusal, answer: strings.NewReader(c.answer)}
			client.dial = func(context.Context) (net.Conn, error) { return conn, nil }
			err = client.Stop(t.Context(), domain.ID{Group: "web", Name: "web"})
			if !errors.Is(err, c.want) || errors.Is(err, domain.ErrNotSent) || !strings.Contains(err.Error(), c.text) {
				t.Errorf("%v, want %v with %q", err, c.want, c.text)
			}
			if !conn.closed {
				t.Error("the connection is left open")
			}
		})
	}
}

package network_test

import (
	"context"
	"errors"
	"io"
	"net"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"supervisor-healthcheck/adapters/network"
	"supervisor-healthcheck/domain"
)

// drip writes start, and then one byte at a time for ever.
func drip(start, again string) func(net.Conn) {
	return func(conn net.Conn) {
		skipHead(conn)
		for text := start; ; text = again {
			if _, err := io.WriteString(conn, text); err != nil {
				return
			}
			time.Sleep(time.Millisecond)
		}
	}
}

// deafServer is a listener that takes no more than some kilobytes in.
func deafServer(t *testing.T) string {
	t.Helper()
	listener := listen(t, "tcp", "127.0.0.1:0")
	raw, err := listener.(*net.TCPListener).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	raw.Control(func(fd uintptr) { err = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, 4096) })
	if err != nil {
		t.Fatal(err)
	}
	return listener.Addr().String()
}

// full is a listener that never accepts and whose queue has no place left.
func full(t *testing.T) string {
	t.Helper()
	listener := listen(t, "tcp", "127.0.0.1:0")
	raw, err := listener.(*net.TCPListener).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	raw.Control(func(fd uintptr) { err = syscall.Listen(int(fd), 0) }) // shrinks the queue
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	for range 64 {
		conn, err := net.DialTimeout("tcp", address, 300*time.Millisecond)
		if err != nil {
			return address
		}
		t.Cleanup(func() { conn.Close() })
	}
	t.Skip("this system accepts connections beyond the queue")
	return ""
}

func TestTheContextBoundsEverything(t *testing.T) {
	const ok = "HTTP/1.1 200 OK\r\n"
	http := func(request domain.HTTPRequest) func(context.Context, string) error {
		return func(ctx context.Context, address string) error {
			asked := request
			asked.Address = address
			_, err := network.New().HTTP(ctx, asked)
			return err
		}
	}
	tcp := func(ctx context.Context, address string) error {
		_, err := network.New().TCP(ctx, domain.Dialogue{Network: "tcp", Address: address})
		return err
	}
	xmlrpc := func(ctx context.Context, address string) error {
		return network.New().XMLRPC(ctx, domain.XMLRPCRequest{Network: "tcp", Address: address, Path: "/RPC2", Method: "m"})
	}
	get, deaf := http(domain.HTTPRequest{}), http(domain.HTTPRequest{Method: "POST", Body: strings.Repeat("x", 8<<20)})
	tests := map[string]struct {
		address string
		probe   func(ctx context.Context, address string) error
		stage   string
	}{
		"HTTP and a server that never answers":       {serve(t, silent), get, "waiting for the answer"},
		"HTTP and a server that drips its status":    {serve(t, drip("HTTP/1.1 200 ", "x")), get, "reading the answer"},
		"HTTP and a server that drips information":   {serve(t, drip("", "HTTP/1.1 100 Continue\r\n\r\n")), get, "reading the answer"},
		"HTTP and a listener that does not accept":   {listen(t, "tcp", "127.0.0.1:0").Addr().String(), get, "waiting for the answer"},
		"HTTP and a server that does not read":       {deafServer(t), deaf, "sending the request"},
		"HTTP and a full queue":                      {full(t), get, "connecting"},
		"TCP and a full queue":                       {full(t), tcp, "connecting"},
		"XML-RPC and a server that never answers":    {serve(t, silent), xmlrpc, "waiting for the answer"},
		"XML-RPC and a server that drips a header":   {serve(t, drip(ok+"X: ", "x")), xmlrpc, "reading the answer"},
		"XML-RPC and a server that drips chunks":     {serve(t, drip(ok+"Transfer-Encoding: chunked\r\n\r\n", "1\r\n \r\n")), xmlrpc, "reading the answer"},
		"XML-RPC and a server that drips its answer": {serve(t, drip(ok+"\r\n<methodResponse>", " ")), xmlrpc, "reading the answer"},
	}
	for name, tt := range tests {
		t.Run(name+", in time", func(t *testing.T) {
			t.Parallel()
			wantEnd(t, context.DeadlineExceeded, "timed out after [0-9.]+m?s "+tt.stage, func(limit time.Duration) error {
				ctx, cancel := context.WithTimeout(t.Context(), limit)
				defer cancel()
				return tt.probe(ctx, tt.address)
			})
		})
		t.Run(name+", cancelled", func(t *testing.T) {
			t.Parallel()
			wantEnd(t, context.Canceled, "cancelled while "+tt.stage, func(limit time.Duration) error {
				ctx, cancel := context.WithCancel(t.Context())
				defer time.AfterFunc(limit, cancel).Stop()
				return tt.probe(ctx, tt.address)
			})
		})
		t.Run(name+", cancelled beforehand", func(t *testing.T) {
			t.Parallel()
			wantEnd(t, context.Canceled, "cancelled while connecting", func(time.Duration) error {
				ctx, cancel := context.WithCancel(t.Context())
				cancel()
				return tt.probe(ctx, tt.address)
			})
		})
	}
}

// wantEnd expects an error that is want and whose text matches. A limit that was too short to come to the stage that
// the text tells, on a busy machine, is doubled.
func wantEnd(t *testing.T, want error, text string, probe func(limit time.Duration) error) {
	t.Helper()
	match := regexp.MustCompile("^(" + text + ")$")
	for limit := 100 * time.Millisecond; ; limit *= 2 {
		err := probe(limit)
		if !errors.Is(err, want) {
			t.Fatalf("got error %v, which is not %v", err, want)
		}
		if match.MatchString(err.Error()) {
			return
		}
		if limit > 5*time.Second {
			t.Fatalf("got error %q, want %s", err, match)
		}
	}
}

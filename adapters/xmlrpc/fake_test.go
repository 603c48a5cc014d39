package xmlrpc_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"supervisor-healthcheck/adapters/xmlrpc"
)

// fake is a server in supervisord's place whose answers the test decides.
type fake struct {
	URL    string
	Bodies chan string // what was asked, up to its capacity
	Conns  atomic.Int64
	Closed atomic.Int64
}

func start(t *testing.T, network string, answer http.HandlerFunc) *fake {
	t.Helper()
	listener, err := listen(network, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	f := &fake{URL: "http://" + listener.Addr().String(), Bodies: make(chan string, 100)}
	if network == "unix" {
		f.URL = "unix://" + listener.Addr().String()
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		select {
		case f.Bodies <- string(body):
		default:
		}
		answer(w, r)
	})}
	server.ConnState = func(_ net.Conn, state http.ConnState) {
		switch state {
		case http.StateNew:
			f.Conns.Add(1)
		case http.StateClosed:
			f.Closed.Add(1)
		}
	}
	done := make(chan struct{})
	go func() { defer close(done); _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close(); <-done })
	return f
}

func listen(network, dir string) (net.Listener, error) {
	if network == "unix" {
		return net.Listen("unix", filepath.Join(dir, "a b%41#?.sock"))
	}
	return net.Listen("tcp", "127.0.0.1:0")
}

// raw is a server that reads one request per connection and then writes the bytes as they stand, then waits for the
// other side to hang up if hold is set.
func raw(t *testing.T, bytes string, hold bool) string {
	t.Helper()
	listener, err := listen("tcp", "")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			converse(conn, bytes, hold)
		}
	}()
	t.Cleanup(func() { _ = listener.Close(); <-done })
	return "http://" + listener.Addr().String()
}

func converse(conn net.Conn, bytes string, hold bool) {
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	var got strings.Builder
	for chunk := make([]byte, 4096); !strings.Contains(got.String(), "</methodCall>"); {
		n, err := conn.Read(chunk)
		if err != nil {
			return
		}
		got.Write(chunk[:n])
	}
	_, _ = io.WriteString(conn, bytes)
	if hold {
		_, _ = io.Copy(io.Discard, conn)
	}
}

func client(t *testing.T, config xmlrpc.Config) *xmlrpc.Client {
	t.Helper()
	c, err := xmlrpc.New(config)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func says(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/xml")
		w.Header().Set("Content-Length", fmt.Sprint(len(body)))
		_, _ = io.WriteString(w, body)
	}
}

const head = "<?xml version='1.0'?>\n<methodResponse>\n"

func value(inner string) string {
	return head + "<params>\n<param>\n<value>" + inner + "</value>\n</param>\n</params>\n</methodResponse>\n"
}

func fault(code int, text string) string {
	return head + fmt.Sprintf("<fault>\n<value><struct>\n<member>\n<name>faultCode</name>\n<value><int>%d</int></value>\n</member>\n"+
		"<member>\n<name>faultString</name>\n<value><string>%s</string></value>\n</member>\n</struct></value>\n</fault>\n</methodResponse>\n", code, text)
}

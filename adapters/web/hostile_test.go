package web_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"supervisor-healthcheck/adapters/web"
)

// door is one way in to a listener.
type door struct {
	name string
	dial func() (net.Conn, error)
}

// doors opens a listener by both ways.
func doors(t *testing.T, c web.Config) []door {
	t.Helper()
	l := newListening(t) // whoever has it suspend something fails the test
	l.MockViewer.EXPECT().Snapshot().DoAndReturn(world).AnyTimes()
	socket := filepath.Join(shortDir(t), "s.sock")
	c.Socket, c.Address, c.About = socket, "127.0.0.1:0", about()
	server, err := web.Open(c, l)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	return []door{
		{"the socket", func() (net.Conn, error) { return net.Dial("unix", socket) }},
		{"the address", func() (net.Conn, error) { return net.Dial("tcp", server.Address().String()) }},
	}
}

// write sends bytes, and fails no test: who is shown the door cannot send the rest.
func (d door) write(t *testing.T, text string) net.Conn {
	t.Helper()
	conn, err := d.dial()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(time.Minute))
	_, _ = io.WriteString(conn, text)
	return conn
}

// status asks in the plain way, within a time that nobody can mistake for an answer at once.
func (d door) status(ctx context.Context) error {
	client := http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{DisableKeepAlives: true,
		DialContext: func(context.Context, string, string) (net.Conn, error) { return d.dial() }}}
	request, err := http.NewRequestWithContext(ctx, "GET", "http://localhost/v1/status", nil)
	if err != nil {
		return err
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if _, err = io.Copy(io.Discard, response.Body); err == nil && response.StatusCode != 200 {
		err = fmt.Errorf("status %d", response.StatusCode)
	}
	return err
}

func TestWhatIsNoDecentRequestGetsNothing(t *testing.T) {
	all := doors(t, web.Config{})
	long := strings.Repeat("x", 64<<10)
	for name, tt := range map[string]struct {
		request string
		socket  string // how the answers may begin; empty: nothing is said
		address string
	}{
		"HTTP/1.0 without a host":       {"GET /healthz HTTP/1.0\r\n\r\n", "200", "421"},
		"another version":               {"GET /v1/status HTTP/3.7\r\nHost: localhost\r\n\r\n", "505", "505"},
		"HTTP/2 without being asked":    {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "400", "421"},
		"TLS":                           {"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", "400", "400"},
		"garbage":                       {"\x00\xff\r\n\r\n", "400", "400"},
		"no host":                       {"GET /v1/status HTTP/1.1\r\n\r\n", "400", "400"},
		"two hosts":                     {"GET /v1/status HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n", "400", "400"},
		"a whole URL of another host":   {"GET http://evil.example/healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", "200", "421"},
		"a whole URL":                   {"GET http://localhost/healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", "200", "200"},
		"a proxy is wanted":             {"CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n\r\n", "404", "421"},
		"a method of its own":           {"BREW /v1/status HTTP/1.1\r\nHost: localhost\r\n\r\n", "405", "403"},
		"what may be asked of all":      {"OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n", "400", "403"},
		"a long line":                   {"GET /" + long + " HTTP/1.1\r\nHost: localhost\r\n\r\n", "431", "431"},
		"a long header":                 {"GET /v1/status HTTP/1.1\r\nHost: localhost\r\nX: " + long + "\r\n\r\n", "431", "431"},
		"many headers":                  {"GET /v1/status HTTP/1.1\r\nHost: localhost\r\n" + strings.Repeat("X: y\r\n", 20_000) + "\r\n", "431", "431"},
		"a body that nobody wants":      {"GET /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n" + long, "200", "200"},
		"two lengths":                   {"POST /v1/pause HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}", "400", "400"},
		"a length below nothing":        {"POST /v1/pause HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n{}", "400", "400"},
		"chunks that are none":          {"POST /v1/pause HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "400", "403"},
		"an endless order":              {"POST /v1/pause HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000000000\r\n\r\n{\"names\": [\"" + long + long, "400", "403"},
		"a header with a line break":    {"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: a\rb\r\n\r\n", "400", "400"},
		"above the root":                {"GET /../../etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n", "30", "30"},
		"above the root, by numbers":    {"GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n", "404", "404"},
		"above the root, by a slash":    {"GET /v1/..%2f..%2fetc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n", "404", "404"},
		"above the root, by \\":         {"GET /..\\..\\etc\\passwd HTTP/1.1\r\nHost: localhost\r\n\r\n", "404", "404"},
		"two slashes":                   {"GET //evil.example/v1/status HTTP/1.1\r\nHost: localhost\r\n\r\n", "30", "30"},
		"two slashes, by numbers":       {"GET /%2fevil.example/%2e%2e HTTP/1.1\r\nHost: localhost\r\n\r\n", "404", "404"},
		"a byte of nothing in the path": {"GET /v1/status%00 HTTP/1.1\r\nHost: localhost\r\n\r\n", "404", "404"},
	} {
		for i, d := range all {
			t.Run(name+", by "+d.name, func(t *testing.T) {
				conn := d.write(t, tt.request)
				response, err := http.ReadResponse(bufio.NewReader(conn), nil)
				want := []string{tt.socket, tt.address}[i]
				if err != nil || !strings.HasPrefix(response.Status, want) {
					t.Fatalf("%v %v, want %s", response, err, want)
				}
				if to := response.Header.Get("Location"); strings.HasPrefix(response.Status, "3") && (!strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.Contains(to, "..")) {
					t.Errorf("it is sent to %q", to)
				}
			})
		}
	}
}

// After a good request comes what is none: the first is answered, and the rest ends the connection.
func TestGarbageBehindARequestEndsTheConnection(t *testing.T) {
	all := doors(t, web.Config{})
	for _, d := range all {
		t.Run(d.name, func(t *testing.T) {
			conn := d.write(t, strings.Repeat("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", 3)+"\x00\x01\x02\r\n\r\n"+"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
			text, err := io.ReadAll(conn)
			if err != nil || strings.Count(string(text), "200 OK") != 3 || strings.Count(string(text), "400 Bad Request") < 1 {
				t.Errorf("%v %s", err, text)
			}
		})
	}
}

// A thousand connections that say nothing, a little now and then, or do not read what they have asked for take what there is of
// places and no more; by another way in nobody is kept out, and by the same one nobody for long.
func TestACrowdKeepsNobodyOut(t *testing.T) {
	all := doors(t, web.Config{})
	for i, d := range all {
		t.Run("by "+d.name, func(t *testing.T) {
			before := runtime.NumGoroutine()
			for n := range 1000 {
				switch n % 3 {
				case 0:
					d.write(t, "")
				case 1:
					d.write(t, "GET /v1/status HTTP/1.1\r\nHost: localhost\r\nX: ")
				case 2:
					d.write(t, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n") // and is idle then
				}
			}
			if err := all[1-i].status(t.Context()); err != nil {
				t.Error("by the other way: ", err)
			}
			if err := d.status(t.Context()); err != nil {
				t.Error("by the same way: ", err)
			}
			if n := runtime.NumGoroutine() - before; n > 3*164 {
				t.Errorf("%d goroutines", n)
			}
		})
	}
}

// A body that nobody wants is not waited for, so that it takes no place.
func TestABodyThatNeverComesKeepsNobodyOut(t *testing.T) {
	for i, d := range doors(t, web.Config{}) {
		for range 400 {
			d.write(t, "GET /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{")
			if d.name == "the address" {
				d.write(t, "POST /v1/pause HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{")
			}
		}
		if err := d.status(t.Context()); err != nil {
			t.Error(i, err)
		}
	}
}

// Who does not read an answer is not waited for, and meanwhile others are answered by the other way in.
func TestAnAnswerThatIsNotReadEnds(t *testing.T) {
	t.Parallel()
	huge := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		piece := make([]byte, 1<<20)
		for range 1000 {
			if _, err := w.Write(piece); err != nil {
				return
			}
		}
	})
	all := doors(t, web.Config{Pages: map[string]http.Handler{"GET /huge": huge}})
	socket, address := all[0], all[1]
	for range 200 {
		address.write(t, "GET /huge HTTP/1.1\r\nHost: localhost\r\n\r\n")
	}
	if err := socket.status(t.Context()); err != nil {
		t.Error(err)
	}
	for deadline := time.Now().Add(time.Minute); ; {
		if err := address.status(t.Context()); err == nil {
			break
		} else if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}

// follower is a stream that lasts until its reader has gone.
func follower(w http.ResponseWriter, r *http.Request) {
	_, _ = io.WriteString(w, ": it begins\n\n")
	_ = http.NewResponseController(w).Flush()
	<-r.Context().Done()
}

func TestStreamsLeavePlacesForOthers(t *testing.T) {
	all := doors(t, web.Config{Streams: map[string]http.Handler{"GET /stream": http.HandlerFunc(follower)}})
	const ask = "GET /stream HTTP/1.1\r\nHost: localhost\r\n\r\n"
	begins := func(d door) (net.Conn, int) {
		conn := d.write(t, ask)
		response, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		return conn, response.StatusCode
	}
	for _, d := range all { // those of one way in leave seats at the other one
		t.Run(d.name, func(t *testing.T) {
			var last net.Conn
			for i := range 100 {
				conn, status := begins(d)
				if last = conn; status != 200 {
					t.Fatal(i, status)
				}
			}
			if _, status := begins(d); status != 503 {
				t.Error(status)
			}
			if err := d.status(t.Context()); err != nil {
				t.Error(err)
			}
			last.Close()
			for deadline := time.Now().Add(time.Minute); ; {
				if _, status := begins(d); status == 200 {
					break
				} else if time.Now().After(deadline) {
					t.Fatal(status)
				}
			}
		})
	}
}

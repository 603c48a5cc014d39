package network_test

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"net/http/fcgi"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/adapters/network"
	"supervisor-healthcheck/domain"
)

// The child of net/http/fcgi knows nothing of our codec.
func TestFastCGIOfAnother(t *testing.T) {
	long := "/" + strings.Repeat("x", 70000) + "?a=b"
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		env := fcgi.ProcessEnv(r)
		switch {
		case r.Method != "GET" || env["SCRIPT_FILENAME"] != r.URL.Path && r.URL.Path != "/":
			w.WriteHeader(http.StatusBadRequest)
		case r.URL.Path == "/ping":
			io.WriteString(w, "pong")
		case r.URL.RequestURI() == long:
			io.WriteString(w, r.URL.RawQuery)
		default:
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	for _, listener := range []net.Listener{listen(t, "tcp", "127.0.0.1:0"), socket(t)} {
		done := make(chan struct{})
		go func() { defer close(done); fcgi.Serve(listener, handler) }()
		t.Cleanup(func() { listener.Close(); <-done })
		for path, want := range map[string]domain.FastCGIAnswer{"/ping": {Status: 200, Body: "pong"}, "/bad": {Status: 503}, long: {Status: 200, Body: "a=b"}} {
			got, err := network.New().FastCGI(t.Context(), domain.FastCGIRequest{Network: listener.Addr().Network(), Address: listener.Addr().String(), Path: path})
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Errorf("%.20s: %v %s", path, err, diff)
			}
		}
	}
}

// fcgiRecord is one that a server sends.
func fcgiRecord(kind byte, id uint16, content string, padding int) string {
	head := binary.BigEndian.AppendUint16([]byte{1, kind}, id)
	head = binary.BigEndian.AppendUint16(head, uint16(len(content)))
	return string(append(head, byte(padding), 0)) + content + strings.Repeat("\x00", padding)
}

// fcgiEnd is the end of a request.
func fcgiEnd(status byte) string {
	return fcgiRecord(3, 1, "\x00\x00\x00\x00"+string(status)+"\x00\x00\x00", 0)
}

func TestWhatAnApplicationOfFastCGISends(t *testing.T) {
	const page = "Content-Type: text/plain\r\n\r\npong"
	pong := domain.FastCGIAnswer{Status: 200, Body: "pong"}
	for name, tt := range map[string]struct {
		serve func(net.Conn)
		want  domain.FastCGIAnswer
		err   string
	}{
		"all in one":                   {sends(fcgiRecord(6, 1, page, 0) + fcgiRecord(6, 1, "", 0) + fcgiEnd(0)), pong, ""},
		"with padding":                 {sends(fcgiRecord(6, 1, page, 7) + fcgiEnd(0)), pong, ""},
		"byte by byte":                 {sends(strings.Split(fcgiRecord(6, 1, page, 1)+fcgiEnd(0), "")...), pong, ""},
		"in many records":              {sends(fcgiRecord(6, 1, page[:9], 0) + fcgiRecord(6, 1, page[9:], 3) + fcgiEnd(0)), pong, ""},
		"between other records":        {sends(fcgiRecord(7, 1, "a warning", 0) + fcgiRecord(11, 0, "12345678", 0) + fcgiRecord(6, 2, "no", 0) + fcgiRecord(6, 1, page, 0) + fcgiRecord(3, 2, "12345678", 0) + fcgiEnd(0)), pong, ""},
		"a connection that stays open": {func(c net.Conn) { io.WriteString(c, fcgiRecord(6, 1, page, 0)+fcgiEnd(0)); silent(c) }, pong, ""},
		"lines as of Unix":             {sends(fcgiRecord(6, 1, "status: 404 Not Found\n\nno\n", 0) + fcgiEnd(0)), domain.FastCGIAnswer{Status: 404, Body: "no\n"}, ""},
		"no end":                       {sends(fcgiRecord(6, 1, page, 0)), domain.FastCGIAnswer{}, "the connection was closed in the middle of the answer"},
		"nothing":                      {sends(""), domain.FastCGIAnswer{}, "the connection was closed without an answer"},
		"half a record":                {sends("\x01\x06\x00"), domain.FastCGIAnswer{}, "the connection was closed in the middle of the answer"},
		"half its content":             {sends(fcgiRecord(6, 1, page, 0)[:20]), domain.FastCGIAnswer{}, "the connection was closed in the middle of the answer"},
		"an end alone":                 {sends(fcgiEnd(0)), domain.FastCGIAnswer{}, "the answer is empty"},
		"half a header":                {sends(fcgiRecord(6, 1, "Content-Type: a", 0) + fcgiEnd(0)), domain.FastCGIAnswer{}, "the answer has no end of its header"},
		"a status that is none":        {sends(fcgiRecord(6, 1, "Status: fine\n\n", 0) + fcgiEnd(0)), domain.FastCGIAnswer{}, "the answer has a status that is none"},
		"an end that is too short":     {sends(fcgiRecord(6, 1, page, 0) + fcgiRecord(3, 1, "1234", 0)), domain.FastCGIAnswer{}, "the answer is not FastCGI: its end is too short"},
		"overloaded":                   {sends(fcgiEnd(2)), domain.FastCGIAnswer{}, "the request was refused: the service is overloaded (FCGI_OVERLOADED)"},
		"one at a time":                {sends(fcgiEnd(1)), domain.FastCGIAnswer{}, "the request was refused: one at a time (FCGI_CANT_MPX_CONN)"},
		"another role":                 {sends(fcgiEnd(3)), domain.FastCGIAnswer{}, "the request was refused: it is no responder (FCGI_UNKNOWN_ROLE)"},
		"who knows":                    {sends(fcgiEnd(9)), domain.FastCGIAnswer{}, "the request was refused: protocol status 9"},
		"HTTP":                         {sends("HTTP/1.1 400 Bad Request\r\n\r\n"), domain.FastCGIAnswer{}, "the answer is not FastCGI"},
		"a reset":                      {reset("", false), domain.FastCGIAnswer{}, "waiting for the answer: connection reset by peer"},
		"empty records without end":    {forever(fcgiRecord(6, 1, "", 0)), domain.FastCGIAnswer{}, "the answer is longer than 64 kB"},
		"a body without end":           {forever(fcgiRecord(6, 1, strings.Repeat("x", 9000), 9)), domain.FastCGIAnswer{}, "the answer is longer than 64 kB"},
		"a log without end":            {forever(fcgiRecord(7, 1, strings.Repeat("x", 65535), 255)), domain.FastCGIAnswer{}, "the answer is longer than 64 kB"},
		"somebody who waits":           {silent, domain.FastCGIAnswer{}, "timed out after 300ms waiting for the answer"},
		"somebody who stops":           {func(c net.Conn) { io.WriteString(c, fcgiRecord(6, 1, page, 0)); silent(c) }, domain.FastCGIAnswer{}, "timed out after 300ms reading the answer"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			limit := 20 * time.Second
			if strings.HasPrefix(tt.err, "timed out") {
				limit = 300 * time.Millisecond
			}
			ctx, cancel := context.WithTimeout(t.Context(), limit)
			defer cancel()
			got, err := network.New().FastCGI(ctx, domain.FastCGIRequest{Network: "tcp", Address: serve(t, tt.serve), Path: "/ping"})
			if said(err) != tt.err {
				t.Errorf("got error %v, want %q", err, tt.err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" && err == nil {
				t.Error(diff)
			}
		})
	}
}

// sends reads something and says all of this, piece by piece.
func sends(all ...string) func(net.Conn) {
	return func(conn net.Conn) {
		conn.Read(make([]byte, 4096))
		for _, piece := range all {
			io.WriteString(conn, piece)
		}
		conn.(*net.TCPConn).CloseWrite()
		silent(conn)
	}
}

// forever says the same for ever.
func forever(text string) func(net.Conn) {
	return func(conn net.Conn) {
		for {
			if _, err := io.WriteString(conn, text); err != nil {
				return
			}
		}
	}
}

// FuzzFastCGI has anything read as an answer: it has a status if it is one, and never more than was sent.
func FuzzFastCGI(f *testing.F) {
	const page = "Status: 503 no\r\nContent-Type: text/plain\r\n\r\npong"
	for _, seed := range []string{"", "HTTP/1.1 200 OK\r\n\r\n", fcgiRecord(6, 1, page, 3) + fcgiEnd(0), fcgiRecord(6, 1, page[20:], 0) + fcgiRecord(7, 1, "x", 1) + fcgiEnd(0), fcgiEnd(2), "\x01\x06\x00\x01\xff\xff\xff\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, sent string) {
		answer, err := network.ReadFastCGI(strings.NewReader(sent))
		if err == nil && (answer.Status < 100 || answer.Status > 999 || len(answer.Body) > len(sent)) {
			t.Errorf("%q is %+v", sent, answer)
		}
		if err != nil && len(err.Error()) > 80 {
			t.Errorf("%q is %v", sent, err)
		}
	})
}

package wire_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"supervisor-healthcheck/adapters/wire"
	"supervisor-healthcheck/domain"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// serve answers one connection with a text, after it has read a request up to its empty line.
func serve(t testing.TB, text string) wire.Place {
	t.Helper()
	address := wire.AnswerOnce(t, func(conn net.Conn) {
		for reader := bufio.NewReader(conn); ; {
			if line, err := reader.ReadString('\n'); err != nil || line == "\r\n" {
				break
			}
		}
		io.WriteString(conn, text)
	})
	return wire.Place{Network: "tcp", Address: address}
}

// whole is what came of an exchange.
type whole struct {
	Status int
	Body   string
}

// get is a call that reads all of the body.
func get(to wire.Place, most int64, into *whole) wire.Call {
	return wire.Call{Place: to, Message: []byte("GET / HTTP/1.1\r\n\r\n"), MaxBody: most, Take: func(a wire.Answer) error {
		body, err := io.ReadAll(a.Body())
		*into = whole{a.Status, string(body)}
		return err
	}}
}

func TestAnswersAreReadWhole(t *testing.T) {
	for name, tt := range map[string]struct {
		says string
		want whole
	}{
		"a body with its length":           {"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\npong and more", whole{200, "pong"}},
		"no content":                       {"HTTP/1.1 204 No Content\r\n\r\n", whole{204, ""}},
		"chunks and a trailer":             {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;a=b\r\npo\r\n2\r\nng\r\n0\r\nX: y\r\n\r\n", whole{200, "pong"}},
		"a body that ends with the stream": {"HTTP/1.0 200 OK\r\n\r\npong", whole{200, "pong"}},
		"lines that end without a return":  {"HTTP/1.1 200 OK\nContent-Length: 4\n\npong", whole{200, "pong"}},
		"informational answers before":     {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\n\r\npong", whole{200, "pong"}},
		"a change of protocol":             {"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\nnoise", whole{101, ""}},
		"of two lengths the first":         {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 9\r\n\r\npong", whole{200, "po"}},
		"a length that is none":            {"HTTP/1.1 200 OK\r\nContent-Length: -4\r\n\r\npong", whole{200, "pong"}},
		"a coding that is none":            {"HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\n\r\npong", whole{200, "pong"}},
		"chunks of what was coded before":  {"HTTP/1.1 200 OK\r\nContent-Length: 9\r\ntransfer-encoding : gzip, Chunked\r\n\r\n4\r\npong\r\n0\r\n", whole{200, "pong"}},
		"lines that are no fields":         {"HTTP/1.1 200 OK\r\nHTTP/1.1 500 No\r\n\u2010: x\r\n folded\r\n:\r\nContent-Length: 4\r\n\r\npong and more", whole{200, "pong"}},
		"lines that are very long":         {"HTTP/1.1 200 " + strings.Repeat("O", 9000) + "\r\nX: " + strings.Repeat("x", 9000) + "\r\n" + strings.Repeat("y", 9000) + "\r\nContent-Length: 4\r\n\r\npong and more", whole{200, "pong"}},
		"a refusal":                        {"HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno", whole{401, "no"}},
	} {
		t.Run(name, func(t *testing.T) {
			var got whole
			err := wire.New(0).Exchange(t.Context(), get(serve(t, tt.says), 100, &got))
			if diff := cmp.Diff(tt.want, got); diff != "" || err != nil {
				t.Errorf("error %v, %s", err, diff)
			}
		})
	}
}

// TestOnlyWhoReadsTheRestMeetsIt has answers whose status is known and whose rest is bad.
func TestOnlyWhoReadsTheRestMeetsIt(t *testing.T) {
	for name, tt := range map[string]struct{ says, want string }{
		"half a header":  {"HTTP/1.1 500 No\r\nContent-Le", "the connection was closed in the middle of the answer"},
		"a long header":  {"HTTP/1.1 500 No\r\n" + strings.Repeat("A: b\r\n", 8000), "the header of the answer is longer than 32 kB"},
		"half a body":    {"HTTP/1.1 500 No\r\nContent-Length: 9\r\n\r\npong", "the connection was closed in the middle of the answer"},
		"half a chunk":   {"HTTP/1.1 500 No\r\nTransfer-Encoding: chunked\r\n\r\n9\r\npong", "the connection was closed in the middle of the answer"},
		"chunks of none": {"HTTP/1.1 500 No\r\nTransfer-Encoding: chunked\r\n\r\ns3cret\r\n", "the body of the answer is badly framed: invalid byte in chunk length"},
		"a long body":    {"HTTP/1.1 500 No\r\nContent-Length: 999\r\n\r\n", "the answer is longer than 100 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			var got whole
			if err := wire.New(0).Exchange(t.Context(), get(serve(t, tt.says), 100, &got)); err == nil || err.Error() != tt.want || got.Status != 500 {
				t.Errorf("who reads gets %d and error %v, want 500 and %s", got.Status, err, tt.want)
			}
			c := get(serve(t, tt.says), 100, &got)
			c.Take = func(a wire.Answer) error { a.Leave(10); return a.Unexpected() }
			if err := wire.New(0).Exchange(t.Context(), c); fmt.Sprint(err) != "the server answered 500 Internal Server Error" {
				t.Errorf("who does not read gets error %v", err)
			}
		})
	}
}

func TestABodyIsBounded(t *testing.T) {
	for name, head := range map[string]string{
		"announced": "Content-Length: 2048\r\n\r\n", "unannounced": "\r\n", "in chunks": "Transfer-Encoding: chunked\r\n\r\n800\r\n",
	} {
		for most, want := range map[int64]string{
			2048: "", 2047: "the answer is longer than 2047 bytes", 1024: "the answer is longer than 1 kB", 0: "the answer is longer than 0 bytes",
		} {
			text := "HTTP/1.1 200 OK\r\n" + head + strings.Repeat("x", 2048)
			if name == "in chunks" {
				text += "\r\n0\r\n\r\n"
			}
			var got whole
			err := wire.New(0).Exchange(t.Context(), get(serve(t, text), most, &got))
			if text := fmt.Sprint(err); want == "" && (err != nil || len(got.Body) != 2048) || want != "" && text != want {
				t.Errorf("%s, at most %d: got %d bytes and error %v, want %s", name, most, len(got.Body), err, want)
			}
		}
	}
}

func TestTheErrorOfTheTaker(t *testing.T) {
	ours := errors.New("no thanks")
	for name, tt := range map[string]struct {
		says string
		read bool
		want string
	}{
		"is that of the exchange":                         {"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\npong", true, "no thanks"},
		"is that of the exchange when it has not read on": {"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\npong", false, "no thanks"},
		"gives way to what has stopped it":                {"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\npong", true, "the connection was closed in the middle of the answer"},
	} {
		t.Run(name, func(t *testing.T) {
			c := wire.Call{Place: serve(t, tt.says), Message: []byte("GET / HTTP/1.1\r\n\r\n"), MaxBody: 9, Take: func(a wire.Answer) error {
				if tt.read {
					io.Copy(io.Discard, a.Body())
				}
				return ours
			}}
			if err := wire.New(0).Exchange(t.Context(), c); err == nil || err.Error() != tt.want {
				t.Errorf("got error %v, want %s", err, tt.want)
			}
		})
	}
}

func TestTheContextPrevailsOverTheTaker(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	err := wire.New(0).Exchange(ctx, wire.Call{
		Place: serve(t, "HTTP/1.1 200 OK\r\n\r\n"), Message: []byte("GET / HTTP/1.1\r\n\r\n"),
		Take: func(wire.Answer) error { cancel(); return errors.New("no thanks") },
	})
	if !errors.Is(err, context.Canceled) || err.Error() != "cancelled while reading the answer" {
		t.Errorf("got error %v", err)
	}
}

// deaf is a connection whose other side does not read what is sent, with or without an answer.
type deaf struct {
	net.Conn
	refusal error
	answer  io.Reader
}

func (d deaf) Write([]byte) (int, error)     { return 0, &net.OpError{Op: "write", Err: d.refusal} }
func (d deaf) Read(p []byte) (int, error)    { return d.answer.Read(p) }
func (deaf) SetReadDeadline(time.Time) error { return nil }

func TestAServerThatDoesNotReadTheRequest(t *testing.T) {
	const refused = "HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno"
	for name, tt := range map[string]struct {
		refusal error
		says    string
		want    whole
		text    string
	}{
		"it has hung up and answered before":    {syscall.EPIPE, refused, whole{413, "no"}, "<nil>"},
		"it was reset and has answered before":  {syscall.ECONNRESET, refused, whole{413, "no"}, "<nil>"},
		"it has hung up without a word":         {syscall.EPIPE, "", whole{}, "sending the request: broken pipe"},
		"it is not its fault: nothing was read": {syscall.ENOBUFS, refused, whole{}, "sending the request: no buffer space available"},
	} {
		t.Run(name, func(t *testing.T) {
			var got whole
			err := wire.New(0).Converse(deaf{refusal: tt.refusal, answer: strings.NewReader(tt.says)}, get(wire.Place{}, 100, &got))
			if diff := cmp.Diff(tt.want, got); diff != "" || fmt.Sprint(err) != tt.text {
				t.Errorf("got error %v, want %s; %s", err, tt.text, diff)
			}
			var f *wire.Failure
			if errors.As(err, &f) && (!errors.Is(err, tt.refusal) || !f.Sent() || errors.Is(err, domain.ErrProber) != (tt.refusal == syscall.ENOBUFS)) {
				t.Errorf("%v is not what it is, or said to be not sent", err)
			}
		})
	}
}

func FuzzHTTPAnswer(f *testing.F) {
	for _, seed := range []string{
		"", "HTTP/1.1 200 OK\r\n\r\nx", "HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, said string) {
		converse := func(take func(wire.Answer) error) error {
			return wire.New(0).Converse(deaf{refusal: syscall.EPIPE, answer: strings.NewReader(said)}, wire.Call{MaxBody: 100, Take: take})
		}
		var status, read int
		err := converse(func(a wire.Answer) error {
			body, err := io.ReadAll(a.Body())
			status, read = a.Status, len(body)
			return err
		})
		if err != nil && (errors.Is(err, io.EOF) || len(err.Error()) > 120) || err == nil && read > 100 {
			t.Errorf("%d bytes were read, error %v", read, err)
		}
		known := false
		err = converse(func(a wire.Answer) error {
			known = a.Status == status
			if len(a.Leave(10)) > 10 {
				t.Error("more was kept than wanted")
			}
			return nil
		})
		if known != (err == nil) {
			t.Errorf("the status is %d, but the rest has made error %v", status, err)
		}
		theirs, failed := http.ReadResponse(bufio.NewReader(strings.NewReader(said)), nil)
		if failed == nil && (theirs.StatusCode > 199 || theirs.StatusCode == 101) && len(said) < 30000 && theirs.StatusCode != status {
			t.Errorf("net/http has status %d, we have %d and error %v", theirs.StatusCode, status, err)
		}
	})
}

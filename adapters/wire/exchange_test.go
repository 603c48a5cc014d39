package wire_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"supervisor-healthcheck/adapters/wire"
	"supervisor-healthcheck/domain"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// serve answers one connection with a text, after it has read a request up to its empty line.
func serve(t testing.TB, text string) wire.Place {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		for reader := bufio.NewReader(conn); ; {
			if line, err := reader.ReadString('\n'); err != nil || line == "\r\n" {
				break
			}
		}
		io.WriteString(conn, text)
	}()
	t.Cleanup(func() { listener.Close(); <-ended })
	return wire.Place{Network: "tcp", Address: listener.Addr().String()}
}

// whole is what came of an exchange.
type whole struct {
	Status int
	Length int64
	Body   string
}

// get is a call that reads all of the body.
func get(to wire.Place, most int64, into *whole) wire.Call {
	return wire.Call{Place: to, Message: []byte("GET / HTTP/1.1\r\n\r\n"), MaxBody: most, Take: func(a wire.Answer) error {
		body, err := io.ReadAll(a.Body)
		*into = whole{a.Status, a.Length, string(body)}
		return err
	}}
}

func TestAnswersAreReadWhole(t *testing.T) {
	for name, tt := range map[string]struct {
		says string
		want whole
	}{
		"a body with its length":           {"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\npong and more", whole{200, 4, "pong"}},
		"no content":                       {"HTTP/1.1 204 No Content\r\n\r\n", whole{204, 0, ""}},
		"chunks and a trailer":             {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;a=b\r\npo\r\n2\r\nng\r\n0\r\nX: y\r\n\r\n", whole{200, -1, "pong"}},
		"a body that ends with the stream": {"HTTP/1.0 200 OK\r\n\r\npong", whole{200, -1, "pong"}},
		"lines that end without a return":  {"HTTP/1.1 200 OK\nContent-Length: 4\n\npong", whole{200, 4, "pong"}},
		"informational answers before":     {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\n\r\npong", whole{200, -1, "pong"}},
		"a change of protocol":             {"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\nnoise", whole{101, 0, ""}},
		"a refusal":                        {"HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno", whole{401, 2, "no"}},
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
					io.Copy(io.Discard, a.Body)
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

func (d deaf) Write([]byte) (int, error)  { return 0, &net.OpError{Op: "write", Err: d.refusal} }
func (d deaf) Read(p []byte) (int, error) { return d.answer.Read(p) }

func TestAServerThatDoesNotReadTheRequest(t *testing.T) {
	const refused = "HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno"
	for name, tt := range map[string]struct {
		refusal error
		says    string
		want    whole
		text    string
	}{
		"it has hung up and answered before":    {syscall.EPIPE, refused, whole{413, 2, "no"}, "<nil>"},
		"it was reset and has answered before":  {syscall.ECONNRESET, refused, whole{413, 2, "no"}, "<nil>"},
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
		var got whole
		err := wire.New(0).Converse(deaf{refusal: syscall.EPIPE, answer: strings.NewReader(said)}, get(wire.Place{}, 100, &got))
		if err != nil && (errors.Is(err, io.EOF) || len(err.Error()) > 120) {
			t.Errorf("error %v", err)
		}
		if err == nil && len(got.Body) > 100 {
			t.Errorf("%d bytes were read", len(got.Body))
		}
	})
}

package network_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/adapters/network"
	"supervisor-healthcheck/domain"
)

func TestHTTPReadsAnswers(t *testing.T) {
	read := strings.Repeat("x", 64<<10)
	tests := map[string]struct {
		method string
		says   string
		want   domain.HTTPAnswer
	}{
		"a body with its length":            {says: "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\npong and more", want: domain.HTTPAnswer{Status: 200}},
		"no content":                        {says: "HTTP/1.1 204 No Content\r\n\r\n", want: domain.HTTPAnswer{Status: 204}},
		"not modified, with a length":       {says: "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", want: domain.HTTPAnswer{Status: 304}},
		"chunks and a trailer":              {says: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;a=b\r\npo\r\n2\r\nng\r\n0\r\nX: y\r\n\r\n", want: domain.HTTPAnswer{Status: 200}},
		"a body that ends with the stream":  {says: "HTTP/1.0 200 OK\r\n\r\npong", want: domain.HTTPAnswer{Status: 200}},
		"an empty body without a length":    {says: "HTTP/1.0 200 OK\r\n\r\n", want: domain.HTTPAnswer{Status: 200}},
		"a status without a reason":         {says: "HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n", want: domain.HTTPAnswer{Status: 200}},
		"lines that end without a return":   {says: "HTTP/1.1 200 OK\nContent-Length: 4\n\npong", want: domain.HTTPAnswer{Status: 200}},
		"informational answers before":      {says: "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\n\r\npong", want: domain.HTTPAnswer{Status: 200}},
		"a change of protocol":              {says: "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\nnoise", want: domain.HTTPAnswer{Status: 101}},
		"a redirect, which is not followed": {says: "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 2\r\n\r\nno", want: domain.HTTPAnswer{Status: 302, Beginning: "no", Location: "http://127.0.0.1:1/"}},
		"a refusal":                         {says: "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n", want: domain.HTTPAnswer{Status: 401}},
		"a status below the standard's":     {says: "HTTP/1.1 099 Odd\r\nContent-Length: 1\r\n\r\nx", want: domain.HTTPAnswer{Status: 99}},
		"HEAD, whose length is not sent":    {method: "HEAD", says: "HTTP/1.1 200 OK\r\nContent-Length: 4000\r\n\r\n", want: domain.HTTPAnswer{Status: 200}},
		"a body of just what is read":       {says: "HTTP/1.1 200 OK\r\nContent-Length: 65536\r\n\r\n" + read, want: domain.HTTPAnswer{Status: 200}},
		"a body that breaks off later":      {says: "HTTP/1.1 200 OK\r\nContent-Length: 65537\r\n\r\n" + read, want: domain.HTTPAnswer{Status: 200}},
		"a header that is large":            {says: "HTTP/1.1 200 OK\r\nX: " + read[:30<<10] + "\r\n\r\npong", want: domain.HTTPAnswer{Status: 200}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			address := serve(t, say(tt.says))
			got, err := network.New().HTTP(t.Context(), domain.HTTPRequest{Method: tt.method, Address: address, Path: "/"})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, timeless(t, got)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// timeless is an answer without the time that it took.
func timeless(t *testing.T, answer domain.HTTPAnswer) domain.HTTPAnswer {
	t.Helper()
	if answer.Took <= 0 {
		t.Errorf("it took %s", answer.Took)
	}
	answer.Took = 0
	return answer
}

// endless writes start and then again for ever.
func endless(start, again string) func(net.Conn) {
	return func(conn net.Conn) {
		skipHead(conn)
		io.WriteString(conn, start)
		for block := strings.Repeat(again, 1000); ; {
			if _, err := io.WriteString(conn, block); err != nil {
				return
			}
		}
	}
}

// hold says something and keeps the connection open.
func hold(text string) func(net.Conn) {
	return func(conn net.Conn) {
		skipHead(conn)
		io.WriteString(conn, text)
		silent(conn)
	}
}

// reset says something and resets the connection, when all of the request was read or, as a shell loop with nc does, some.
func reset(text string, read bool) func(net.Conn) {
	return func(conn net.Conn) {
		if read {
			skipHead(conn)
		} else {
			conn.Read(make([]byte, 1))
		}
		io.WriteString(conn, text)
		conn.(*net.TCPConn).SetLinger(0)
	}
}

// TestNothingBehindTheStatusCounts has an answer of 200 for each way in which services go on after it. Curl and Python's
// http.client call them 200 too.
func TestNothingBehindTheStatusCounts(t *testing.T) {
	const head, chunked = "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	for name, answer := range map[string]func(net.Conn){
		"nothing at all":                       say(head),
		"not even the end of the line":         say("HTTP/1.1 200 OK"),
		"no reason":                            say("HTTP/1.1 200\r\n\r\n"),
		"a status that ends with the stream":   say("HTTP/1.1 200"),
		"a return without a line feed":         say("HTTP/1.1 200 OK\r\r"),
		"another version":                      say("HTTP/2 200\r\n\r\n"),
		"a version that is none":               say("HTTP/x  200 OK\r\n\r\n"),
		"a reason that is too long":            say("HTTP/1.1 200 " + strings.Repeat("O", 20<<10) + "\r\n\r\n"),
		"half a header":                        say(head + "Content-Le"),
		"a header that is reset":               reset(head+"Content-Le", true),
		"an event stream":                      hold(chunked + "9\r\n: hello\n\n\r\n"),
		"a body that hangs":                    hold(head + "Content-Length: 9000\r\n\r\nxxx"),
		"a header that hangs":                  hold(head + "X: y\r\n"),
		"a header that drips":                  drip(head, "X-a: b\r\n"),
		"a body that drips":                    drip(head+"Content-Length: 1000000\r\n\r\n", "x"),
		"half a body":                          say(head + "Content-Length: 9\r\n\r\npong"),
		"half a chunk":                         say(chunked + "9\r\npong"),
		"a reset with the request unread":      reset(head+"\r\nok", false),
		"a reset behind the body":              reset(head+"Content-Length: 2\r\n\r\nok", false),
		"a reset in the body":                  reset(head+"Content-Length: 100\r\n\r\nabc", true),
		"another coding":                       say(head + "Transfer-Encoding: identity\r\n\r\nok"),
		"two codings":                          say(head + "Transfer-Encoding: gzip, chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"),
		"a body that is said to be compressed": say(head + "Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\nok"),
		"two lengths":                          say(head + "Content-Length: 2\r\nContent-Length: 3\r\n\r\nok"),
		"a negative length":                    say(head + "Content-Length: -5\r\n\r\nabc"),
		"a length that is no number":           say(head + "Content-Length: s3cret\r\n\r\n"),
		"a length without end":                 say(head + "Content-Length: " + strings.Repeat("9", 100) + "\r\n\r\n"),
		"a header line without a colon":        say(head + "Content-Disposition = attachment\r\nContent-Length: 2\r\n\r\nok"),
		"a name that is none":                  say(head + "Strict\u2010Transport: 1\r\n\r\nok"),
		"the status twice":                     say("HTTP/1.0 200 OK\r\nServer: a\r\nHTTP/1.0 500 No\r\nServer: a\r\n\r\nok"),
		"bad chunks":                           say(chunked + "s3cret\r\n"),
		"a negative chunk":                     say(chunked + "-1\r\nffffffffffffffffff\r\n"),
		"a huge chunk":                         endless(chunked+"7fffffffffffffff\r\n", "x"),
		"tiny chunks":                          endless(chunked, "1\r\nx\r\n"),
		"long extensions of chunks":            endless(chunked, "1;"+strings.Repeat("e", 3000)+"\r\nx\r\n"),
		"an endless trailer":                   endless(chunked+"0\r\n", "A: b\r\n"),
		"an endless body":                      endless(head+"\r\n", "x"),
		"an endless line of the header":        endless(head+"X: ", "y"),
		"an endless header":                    endless(head, "A: b\r\n"),
		"a large header that is held":          hold(head + strings.Repeat("A:\r\n", 50<<10)),
		"information before it":                say("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink\r\n\r\n" + head),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := network.New().HTTP(t.Context(), domain.HTTPRequest{Address: serve(t, answer), Path: "/"})
			if err != nil || !cmp.Equal(timeless(t, got), domain.HTTPAnswer{Status: 200}) {
				t.Errorf("got %+v and error %v, want status 200", got, err)
			}
		})
	}
}

func TestHTTPTellsHowABadAnswerBegins(t *testing.T) {
	for name, tt := range map[string]struct {
		serve func(net.Conn)
		want  string
	}{
		"a page":                {say("HTTP/1.1 503 No\r\nContent-Length: 4\r\n\r\ndown and more"), "down"},
		"chunks":                {say("HTTP/1.1 503 No\r\nTransfer-Encoding: chunked\r\n\r\n2\r\ndo\r\n2\r\nwn\r\n0\r\n\r\n"), "down"},
		"half a page":           {hold("HTTP/1.1 503 No\r\nContent-Length: 400\r\n\r\ndown"), "down"},
		"a page that is torn":   {reset("HTTP/1.1 503 No\r\nContent-Length: 400\r\n\r\ndown", true), "down"},
		"a page without end":    {endless("HTTP/1.1 503 No\r\n\r\n", "x"), strings.Repeat("x", 1024)},
		"nothing":               {say("HTTP/1.1 503 No\r\n\r\n"), ""},
		"a header without end":  {endless("HTTP/1.1 503 No\r\n", "A: b\r\n"), ""},
		"what is no HTTP":       {say("SSH-2.0-OpenSSH_9.2p1\r\n"), "SSH-2.0-OpenSSH_9.2p1\r\n"},
		"what is no HTTP, held": {hold("\x15\x03\x01\x00\x02\x02\x46"), "\x15\x03\x01\x00\x02\x02\x46"},
		"a line without status": {say("HTTP/1.1 no\r\nA: b\r\n"), "HTTP/1.1 no\r\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := network.New().HTTP(t.Context(), domain.HTTPRequest{Address: serve(t, tt.serve), Path: "/"})
			if bad, ok := errors.AsType[*domain.BadAnswer](err); ok {
				got.Beginning = bad.Beginning
			}
			if got.Beginning != tt.want {
				t.Errorf("got %+v and error %v, want %q", got, err, tt.want)
			}
		})
	}
}

func TestHTTPRefusesAnswers(t *testing.T) {
	const noStart, noStatus = "the answer is not HTTP: it does not begin with HTTP/ and a status", "the answer is not HTTP: its first line has no status"
	tests := map[string]struct {
		serve func(net.Conn)
		want  string
	}{
		"nothing":                         {say(""), "the connection was closed without an answer"},
		"a reset":                         {reset("", true), "waiting for the answer: connection reset by peer"},
		"the start of a line":             {say("HTTP/1.1 2"), "the connection was closed in the middle of the answer"},
		"half a word":                     {say("HT"), "the connection was closed in the middle of the answer"},
		"only information":                {say("HTTP/1.1 100 Continue\r\n\r\n"), "the connection was closed in the middle of the answer"},
		"information without an end":      {say("HTTP/1.1 100 Continue\r\n"), "the connection was closed in the middle of the answer"},
		"another protocol":                {say("SSH-2.0-OpenSSH_9.2p1 s3cret\r\n"), noStart},
		"another protocol with a version": {say("HTCPCP/s3cret 418 Teapot\r\n\r\n"), noStart},
		"a page without a header":         {say("<html>s3cret</html>"), noStart},
		"an empty line":                   {say("\r\nHTTP/1.1 200 OK\r\n\r\n"), noStart},
		"a word without an end":           {hold("s3cret"), noStart},
		"an endless word":                 {endless("", "s3cret"), noStart},
		"a protocol and nothing":          {say("HTTP/1.1\r\n"), noStatus},
		"a status that is no number":      {say("HTTP/1.1 s3c OK\r\n\r\n"), noStatus},
		"a status of two digits":          {say("HTTP/1.1 20 OK\r\n\r\n"), noStatus},
		"a status of four digits":         {say("HTTP/1.1 2000 OK\r\n\r\n"), noStatus},
		"a status with a sign":            {say("HTTP/1.1 +20 OK\r\n\r\n"), noStatus},
		"control characters":              {say("HTTP/9.9\x1b[2J\x07 %s%n 200 OK\r\n\r\n"), noStatus},
		"an endless line":                 {endless("HTTP/1.1 200 ", "O"), "the header of the answer is longer than 32 kB"},
		"endless information":             {endless("", "HTTP/1.1 100 Continue\r\n\r\n"), "the header of the answer is longer than 32 kB"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := network.New().HTTP(t.Context(), domain.HTTPRequest{Address: serve(t, tt.serve), Path: "/"})
			if err == nil || err.Error() != tt.want {
				t.Errorf("got %d and error %v, want error %s", got.Status, err, tt.want)
			}
			if network.EndOfInput(err) {
				t.Error("the error is io.EOF, which means the end of the events elsewhere")
			}
		})
	}
}

// record serves one request and returns it once the client has closed the connection.
func record(t *testing.T) (address string, sent func() string) {
	t.Helper()
	result := make(chan string, 1)
	address = serve(t, func(conn net.Conn) {
		var all strings.Builder
		read := make(chan struct{})
		go func() {
			defer close(read)
			io.Copy(&all, conn)
		}()
		io.WriteString(conn, "HTTP/1.1 204 No Content\r\n\r\n")
		<-read
		result <- all.String()
	})
	return address, sync.OnceValue(func() string { return <-result })
}

func TestHTTPErrorsDoNotTellCredentials(t *testing.T) {
	echo := serve(t, func(conn net.Conn) { io.Copy(conn, conn) })
	status := serve(t, func(conn net.Conn) {
		fmt.Fprint(conn, "HTTP/1.1 ")
		io.Copy(conn, conn)
	})
	for name, address := range map[string]string{"echoed": echo, "echoed as a status": status, "refused": refusing(t), "without a port": "localhost"} {
		t.Run(name, func(t *testing.T) {
			_, err := network.New().HTTP(t.Context(), domain.HTTPRequest{
				Address: address, Path: "/?token=s3cret", Username: "admin", Password: "s3cret",
			})
			if err == nil || regexp.MustCompile("s3cret|admin|YWRtaW4").MatchString(err.Error()) {
				t.Errorf("got error %v", err)
			}
		})
	}
}

func TestHTTPFromManyGoroutines(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		status, _ := strconv.Atoi(r.URL.Path[1:])
		w.WriteHeader(status)
	}))
	defer server.Close()
	prober := network.New()
	var all sync.WaitGroup
	for n := range 8 {
		all.Go(func() {
			for m := range 20 {
				status := 400 + 20*n + m
				got, err := prober.HTTP(t.Context(), domain.HTTPRequest{Address: server.Listener.Addr().String(), Path: strconv.Itoa(status)})
				if err != nil || got.Status != status {
					t.Errorf("error %v, status %d, want %d", err, got.Status, status)
				}
			}
		})
	}
	all.Wait()
}

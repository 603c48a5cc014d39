package network_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/adapters/network"
	"supervisor-healthcheck/domain"
)

func TestHTTPReadsAnswers(t *testing.T) {
	kept := strings.Repeat("x", 64<<10)
	tests := map[string]struct {
		method string
		says   string
		want   domain.HTTPAnswer
	}{
		"a body with its length":            {says: "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\npong and more", want: answer(200, "pong")},
		"no content":                        {says: "HTTP/1.1 204 No Content\r\n\r\n", want: answer(204, "")},
		"not modified, with a length":       {says: "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", want: answer(304, "")},
		"chunks and a trailer":              {says: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;a=b\r\npo\r\n2\r\nng\r\n0\r\nX: y\r\n\r\n", want: answer(200, "pong")},
		"a body that ends with the stream":  {says: "HTTP/1.0 200 OK\r\n\r\npong", want: answer(200, "pong")},
		"an empty body without a length":    {says: "HTTP/1.0 200 OK\r\n\r\n", want: answer(200, "")},
		"a status without a reason":         {says: "HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n", want: answer(200, "")},
		"lines that end without a return":   {says: "HTTP/1.1 200 OK\nContent-Length: 4\n\npong", want: answer(200, "pong")},
		"informational answers before":      {says: "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\n\r\npong", want: answer(200, "pong")},
		"a change of protocol":              {says: "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\nnoise", want: domain.HTTPAnswer{Status: 101}},
		"a redirect, which is not followed": {says: "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 2\r\n\r\nno", want: answer(302, "no")},
		"a refusal":                         {says: "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n", want: answer(401, "")},
		"a status below the standard's":     {says: "HTTP/1.1 099 Odd\r\nContent-Length: 1\r\n\r\nx", want: answer(99, "x")},
		"HEAD, whose length is not sent":    {method: "HEAD", says: "HTTP/1.1 200 OK\r\nContent-Length: 4000\r\n\r\n", want: answer(200, "")},
		"a body of just what is kept":       {says: "HTTP/1.1 200 OK\r\n\r\n" + kept, want: answer(200, kept)},
		"a body of more than is kept":       {says: "HTTP/1.1 200 OK\r\n\r\n" + kept + kept, want: answer(200, kept)},
		"a header that is large":            {says: "HTTP/1.1 200 OK\r\nX: " + kept + "\r\n\r\npong", want: answer(200, "pong")},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			address := serve(t, say(tt.says))
			got, err := network.New().HTTP(t.Context(), domain.HTTPRequest{Method: tt.method, Address: address, Path: "/"})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func answer(status int, body string) domain.HTTPAnswer {
	return domain.HTTPAnswer{Status: status, Body: []byte(body)}
}

func TestHTTPRefusesAnswers(t *testing.T) {
	const head = "HTTP/1.1 200 OK\r\n"
	endless := func(start, again string) func(net.Conn) {
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
	tests := map[string]struct {
		serve func(net.Conn)
		want  string
	}{
		"nothing":                       {say(""), "the connection was closed without an answer"},
		"the start of a line":           {say("HTTP/1.1 2"), "the connection was closed in the middle of the answer"},
		"half a header":                 {say(head + "Content-Le"), "the connection was closed in the middle of the answer"},
		"half a body":                   {say(head + "Content-Length: 9\r\n\r\npong"), "the connection was closed in the middle of the answer"},
		"half a chunk":                  {say(head + "Transfer-Encoding: chunked\r\n\r\n9\r\npong"), "the connection was closed in the middle of the answer"},
		"only information":              {say("HTTP/1.1 100 Continue\r\n\r\n"), "the connection was closed in the middle of the answer"},
		"another protocol":              {say("SSH-2.0-OpenSSH_9.2p1 s3cret\r\n"), "the answer is not HTTP: malformed HTTP status code"},
		"another version":               {say("HTCPCP/s3cret 418 Teapot\r\n\r\n"), "the answer is not HTTP: malformed HTTP version"},
		"a word without an end":         {say("s3cret"), "the connection was closed in the middle of the answer"},
		"a word":                        {say("s3cret\r\n"), "the answer is not HTTP: malformed HTTP response"},
		"a status that is no number":    {say("HTTP/1.1 s3c OK\r\n\r\n"), "the answer is not HTTP: malformed HTTP status code"},
		"a header line without a colon": {say(head + "s3cret\r\n\r\n"), "the answer is not HTTP: malformed MIME header"},
		"a bad length":                  {say(head + "Content-Length: s3cret\r\n\r\n"), "the answer is not HTTP: bad Content-Length"},
		"bad chunks":                    {say(head + "Transfer-Encoding: chunked\r\n\r\ns3cret\r\n"), "the answer is not HTTP: invalid byte in chunk length"},
		"an endless line":               {endless("HTTP/1.1 200 ", "O"), "the header of the answer is longer than 256 kB"},
		"an endless header":             {endless(head, "A: b\r\n"), "the header of the answer is longer than 256 kB"},
		"endless information":           {endless("", "HTTP/1.1 100 Continue\r\n\r\n"), "the header of the answer is longer than 256 kB"},
		"an endless body":               {endless(head+"\r\n", "pong"), "the answer is longer than 16 MB"},
		"an endless trailer":            {endless(head+"Transfer-Encoding: chunked\r\n\r\n0\r\n", "A: b\r\n"), "the answer is not HTTP: suspiciously long trailer after chunked body"},
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

func TestHTTPSendsRequests(t *testing.T) {
	const common = "Host: ADDRESS\r\nUser-Agent: supervisor-healthcheck\r\nAccept-Encoding: identity\r\n"
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
			domain.HTTPRequest{Header: map[string][]string{"host": {"example.org"}, "user-agent": {"me"}, "X-A": {"1", "2"}, "X-Empty": {}, "ACCEPT-ENCODING": {"gzip"}}},
			"GET / HTTP/1.1\r\nACCEPT-ENCODING: gzip\r\nX-A: 1\r\nX-A: 2\r\nhost: example.org\r\nuser-agent: me\r\nConnection: close\r\n\r\n"},
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
			address, sent := record(t)
			tt.request.Address = address
			if _, err := network.New().HTTP(t.Context(), tt.request); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(strings.ReplaceAll(tt.want, "ADDRESS", address), sent()); diff != "" {
				t.Error(diff)
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

func TestHTTPRefusesToSend(t *testing.T) {
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
			if _, err := network.New().HTTP(t.Context(), tt.request); err == nil || err.Error() != tt.want {
				t.Errorf("got error %v, want %s", err, tt.want)
			}
		})
	}
}

func TestHTTPLeavesTheZoneOutOfTheHost(t *testing.T) {
	for address, want := range map[string]string{
		"[fe80::1%eth0]:80": "[fe80::1]:80",
		"[::1]:80":          "[::1]:80",
		"localhost:8080":    "localhost:8080",
	} {
		if got := network.HostOf(address); got != want {
			t.Errorf("%s became %s, want %s", address, got, want)
		}
	}
}

// hungUp is a connection whose other side has closed it, with or without an answer.
type hungUp struct {
	net.Conn
	answer io.Reader
}

func (h hungUp) Write([]byte) (int, error)  { return 0, syscall.EPIPE }
func (h hungUp) Read(p []byte) (int, error) { return h.answer.Read(p) }

func TestHTTPToAServerThatDoesNotReadTheWholeRequest(t *testing.T) {
	tests := map[string]struct {
		says string
		want domain.HTTPAnswer
		err  error
		text string
	}{
		"an answer counts all the same": {"HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno", answer(413, "no"), nil, "<nil>"},
		"without an answer it fails":    {"", domain.HTTPAnswer{}, syscall.EPIPE, "sending the request: broken pipe"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := network.New().Converse(hungUp{answer: strings.NewReader(tt.says)})
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
			if text := fmt.Sprint(err); text != tt.text || !errors.Is(err, tt.err) {
				t.Errorf("got error %s, want %s", text, tt.text)
			}
		})
	}
}

func TestHTTPErrorsDoNotTellCredentials(t *testing.T) {
	echo := serve(t, func(conn net.Conn) { io.Copy(conn, conn) })
	header := serve(t, func(conn net.Conn) {
		fmt.Fprint(conn, "HTTP/1.1 200 OK\r\n")
		io.Copy(conn, conn)
	})
	for name, address := range map[string]string{"echoed": echo, "echoed as a header": header, "refused": refusing(t), "without a port": "localhost"} {
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
		fmt.Fprint(w, r.URL.Path)
	}))
	defer server.Close()
	prober := network.New()
	var all sync.WaitGroup
	for n := range 8 {
		all.Go(func() {
			for m := range 20 {
				path := fmt.Sprintf("/%d/%d", n, m)
				got, err := prober.HTTP(t.Context(), domain.HTTPRequest{Address: server.Listener.Addr().String(), Path: path})
				if diff := cmp.Diff(answer(200, path), got); err != nil || diff != "" {
					t.Errorf("error %v, %s", err, diff)
				}
			}
		})
	}
	all.Wait()
}

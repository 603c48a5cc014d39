package network_test

import (
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
		"a redirect, which is not followed": {says: "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 2\r\n\r\nno", want: domain.HTTPAnswer{Status: 302}},
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
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestHTTPDoesNotWaitForTheEndOfALongBody(t *testing.T) {
	address := serve(t, func(conn net.Conn) {
		skipHead(conn)
		io.WriteString(conn, "HTTP/1.1 200 OK\r\n\r\n"+strings.Repeat("x", 64<<10))
		silent(conn)
	})
	got, err := network.New().HTTP(t.Context(), domain.HTTPRequest{Address: address})
	if err != nil || got.Status != 200 {
		t.Errorf("error %v, status %d", err, got.Status)
	}
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
		"an endless line":               {endless("HTTP/1.1 200 ", "O"), "the header of the answer is longer than 32 kB"},
		"an endless header":             {endless(head, "A: b\r\n"), "the header of the answer is longer than 32 kB"},
		"endless information":           {endless("", "HTTP/1.1 100 Continue\r\n\r\n"), "the header of the answer is longer than 32 kB"},
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

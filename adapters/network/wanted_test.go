package network_test

import (
	"compress/gzip"
	"context"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/adapters/network"
	"supervisor-healthcheck/domain"
)

// TestWhatIsWantedIsReadAsFarAsItComes has bodies and headers in all the ways in which services write them.
func TestWhatIsWantedIsReadAsFarAsItComes(t *testing.T) {
	const head, chunked = "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	const torn = "the connection was closed in the middle of the answer"
	for name, tt := range map[string]struct {
		serve  func(net.Conn)
		method string
		body   string
		header []domain.HTTPField
		torn   string
	}{
		"a length":                            {serve: hold(head + "Content-Length: 4\r\n\r\npong"), body: "pong"},
		"no length":                           {serve: say(head + "\r\npong"), body: "pong"},
		"chunks":                              {serve: hold(chunked + "2;x\r\npo\r\n2\r\nng\r\n0\r\n\r\n"), body: "pong"},
		"chunked twice":                       {serve: hold(head + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npong\r\n0\r\n\r\n"), body: "pong"},
		"chunked beside identity":             {serve: hold(head + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n4\r\npong\r\n0\r\n\r\n"), body: "pong"},
		"identity":                            {serve: say(head + "Transfer-Encoding: identity\r\n\r\npong"), body: "pong"},
		"chunks and a length":                 {serve: hold(head + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npong\r\n0\r\n\r\n"), body: "pong"},
		"a header line that is none":          {serve: hold(head + "what is this\r\nContent-Length: 4\r\n\r\npong"), body: "pong"},
		"a folded line of the header":         {serve: hold(head + "X: a\r\n b: c\r\nContent-Length: 4\r\n\r\npong"), body: "pong"},
		"none, for HEAD":                      {serve: hold(head + "Content-Length: 4\r\n\r\n"), method: "HEAD"},
		"none, by its status":                 {serve: hold("HTTP/1.1 204 No Content\r\nContent-Length: 4\r\n\r\n")},
		"fields, whatever their case":         {serve: say(head + "x-READY :  yes \r\nX-Ready: no\r\n\r\n"), header: []domain.HTTPField{{Name: "X-Ready", Value: "yes"}, {Name: "X-Ready", Value: "no"}}},
		"half a body":                         {serve: say(head + "Content-Length: 9\r\n\r\npong"), body: "pong", torn: torn},
		"half a chunk":                        {serve: say(chunked + "9\r\npong"), body: "pong", torn: torn},
		"a chunk that is none":                {serve: say(chunked + "4\r\npong\r\nzz\r\n"), body: "pong", torn: "the body of the answer is badly framed: invalid byte in chunk length"},
		"half a header":                       {serve: say(head + "X-Ready: yes\r\nX-"), header: []domain.HTTPField{{Name: "X-Ready", Value: "yes"}}, torn: torn},
		"a reset":                             {serve: reset(head+"Content-Length: 9\r\n\r\npong", true), body: "pong", torn: "reading the answer: connection reset by peer"},
		"a body that hangs":                   {serve: hold(head + "Content-Length: 9\r\n\r\npong"), body: "pong", torn: "timed out after 300ms reading the answer"},
		"an event stream":                     {serve: hold(chunked + "4\r\npong\r\n"), body: "pong", torn: "timed out after 300ms reading the answer"},
		"a header that hangs":                 {serve: hold(head + "X-Ready: yes\r\n"), header: []domain.HTTPField{{Name: "X-Ready", Value: "yes"}}, torn: "timed out after 300ms reading the answer"},
		"a body that is just short enough":    {serve: hold(head + "Content-Length: 65536\r\n\r\n" + strings.Repeat("x", 64<<10)), body: strings.Repeat("x", 64<<10)},
		"a body that is too long":             {serve: hold(head + "Content-Length: 65537\r\n\r\n" + strings.Repeat("x", 64<<10) + "y"), body: strings.Repeat("x", 64<<10), torn: "the body is longer than 64 kB"},
		"a body without end":                  {serve: endless(head+"\r\n", "x"), body: strings.Repeat("x", 64<<10), torn: "the body is longer than 64 kB"},
		"chunks without end":                  {serve: endless(chunked, "1\r\nx\r\n"), body: strings.Repeat("x", 64<<10), torn: "the body is longer than 64 kB"},
		"a length that nobody has":            {serve: say(head + "Content-Length: 9000000000000000000\r\n\r\npong"), body: "pong", torn: torn},
		"a header without end":                {serve: endless(head, "A: b\r\n"), torn: "the header of the answer is longer than 32 kB"},
		"a bomb of gzip, which is not opened": {serve: bomb, torn: "the body is longer than 64 kB"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			limit := 20 * time.Second
			if strings.HasPrefix(tt.torn, "timed out") {
				limit = 300 * time.Millisecond
			}
			ctx, cancel := context.WithTimeout(t.Context(), limit)
			defer cancel()
			got, err := network.New().HTTP(ctx, domain.HTTPRequest{Method: tt.method, Address: serve(t, tt.serve), Path: "/", Most: 64 << 10, Fields: []string{"X-Ready"}})
			if err != nil || said(got.Torn) != tt.torn {
				t.Fatalf("got errors %v, %v, want %q", err, got.Torn, tt.torn)
			}
			if got.Status != 200 && got.Status != 204 {
				t.Errorf("status %d", got.Status)
			}
			if diff := cmp.Diff(tt.body, got.Body); diff != "" && name != "a bomb of gzip, which is not opened" {
				t.Error(diff)
			}
			if diff := cmp.Diff(tt.header, got.Header); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// bomb sends zeros by the million in few bytes.
func bomb(conn net.Conn) {
	skipHead(conn)
	io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n")
	packed := gzip.NewWriter(conn)
	for zeros := make([]byte, 1<<20); ; {
		if _, err := packed.Write(zeros); err != nil {
			return
		}
	}
}

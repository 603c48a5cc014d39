package network_test

import (
	"context"
	"encoding/pem"
	"errors"
	"io"
	"net"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/adapters/network"
	"supervisor-healthcheck/domain"
)

// answers reads up to the end of a question and says something.
func answers(question, text string) func(net.Conn) {
	return func(conn net.Conn) {
		io.ReadFull(conn, make([]byte, len(question)))
		io.WriteString(conn, text)
	}
}

func TestDialogues(t *testing.T) {
	for name, tt := range map[string]struct {
		serve        func(net.Conn)
		send, expect string
		heard        string
		want         string
	}{
		"an answer":                       {serve: answers("PING\r\n", "+PONG\r\n"), send: "PING\r\n", expect: "+PONG", heard: "+PONG\r\n"},
		"a banner":                        {serve: func(conn net.Conn) { io.WriteString(conn, "220 mail ESMTP\r\n"); silent(conn) }, expect: "220 ", heard: "220 mail ESMTP\r\n"},
		"an answer in pieces":             {serve: pieces("+PO", "NG\r\n"), send: "PING\r\n", expect: "+PONG\r\n", heard: "+PONG\r\n"},
		"an answer behind another":        {serve: pieces(strings.Repeat("x", 10000), "yexpe", "cted"), expect: "expected", heard: strings.Repeat("x", 10000) + "yexpected"},
		"an answer and no more":           {serve: reset("+PONG", false), send: "P", expect: "+PONG", heard: "+PONG"},
		"nothing is asked for":            {serve: silent, send: "QUIT\r\n"},
		"bytes that are no text":          {serve: answers("\x00", "\xff\x00\xfe"), send: "\x00", expect: "\x00\xfe", heard: "\xff\x00\xfe"},
		"another answer":                  {serve: answers("PING", "-ERR\r\n"), send: "PING", expect: "+PONG", heard: "-ERR\r\n", want: "the connection was closed"},
		"no answer":                       {serve: answers("PING", ""), send: "PING", expect: "+PONG", want: "the connection was closed without an answer"},
		"a reset":                         {serve: reset("", false), send: "PING", expect: "+PONG", want: "waiting for the answer: connection reset by peer"},
		"somebody who waits":              {serve: silent, send: "PING", expect: "+PONG", want: "timed out after 300ms waiting for the answer"},
		"somebody who is in no hurry":     {serve: func(conn net.Conn) { io.WriteString(conn, "-LOADING\r\n"); silent(conn) }, expect: "+PONG", heard: "-LOADING\r\n", want: "timed out after 300ms reading the answer"},
		"somebody who speaks without end": {serve: babble, expect: "+PONG", heard: strings.Repeat("x", 64<<10), want: "the answer is longer than 64 kB"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := t.Context()
			if strings.HasPrefix(tt.want, "timed out") {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, 300*time.Millisecond)
				defer cancel()
			}
			heard, err := network.New().TCP(ctx, domain.Dialogue{Network: "tcp", Address: serve(t, tt.serve), Send: tt.send, Expect: tt.expect})
			if said(err) != tt.want {
				t.Errorf("got error %v, want %q", err, tt.want)
			}
			if diff := cmp.Diff(tt.heard, heard.Text[:min(len(heard.Text), 64<<10)]); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func said(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// pieces are sent one by one, so that they are read so.
func pieces(all ...string) func(net.Conn) {
	return func(conn net.Conn) {
		conn.(*net.TCPConn).SetNoDelay(true)
		for _, piece := range all {
			io.WriteString(conn, piece)
		}
		silent(conn)
	}
}

func babble(conn net.Conn) {
	for block := strings.Repeat("x", 4096); ; {
		if _, err := io.WriteString(conn, block); err != nil {
			return
		}
	}
}

func TestADialogueOverTLS(t *testing.T) {
	server := httptest.NewTLSServer(nil)
	defer server.Close()
	ca := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))
	d := domain.Dialogue{Network: "tcp", Address: server.Listener.Addr().String(), TLS: &domain.TLS{CA: ca},
		Send: "GET / HTTP/1.0\r\n\r\n", Expect: "404"}
	heard, err := network.New().TCP(t.Context(), d)
	if err != nil || !strings.HasPrefix(heard.Text, "HTTP/1.0 404") || !heard.Expires.Equal(server.Certificate().NotAfter) {
		t.Errorf("%+v, %v", heard, err)
	}
	d.Send, d.Expect = "", ""
	if heard, err := network.New().TCP(t.Context(), d); err != nil || heard.Text != "" || heard.Expires.IsZero() {
		t.Errorf("%+v, %v", heard, err)
	}
}

// datagrams answers each datagram with these.
func datagrams(t *testing.T, address string, all ...string) string {
	t.Helper()
	conn, err := net.ListenPacket("udp", address)
	if err != nil {
		t.Skipf("there is no %s here: %v", address, err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for buffer := make([]byte, 64<<10); ; {
			_, from, err := conn.ReadFrom(buffer)
			if err != nil {
				return
			}
			for _, text := range all {
				conn.WriteTo([]byte(text), from)
			}
		}
	}()
	t.Cleanup(func() {
		conn.Close()
		<-done
	})
	return conn.LocalAddr().String()
}

func TestUDP(t *testing.T) {
	nobody, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody.Close()
	for name, tt := range map[string]struct {
		address string
		expect  string
		heard   string
		want    string
	}{
		"any answer":               {datagrams(t, "127.0.0.1:0", "pong"), "", "pong", ""},
		"an empty one":             {datagrams(t, "127.0.0.1:0", ""), "", "", ""},
		"over IPv6":                {datagrams(t, "[::1]:0", "pong"), "pong", "pong", ""},
		"the second":               {datagrams(t, "127.0.0.1:0", "po", "ng", "xpongx"), "pong", "xpongx", ""},
		"another":                  {datagrams(t, "127.0.0.1:0", "po", "ng"), "pong", "ng", "timed out after 300ms reading the answer"},
		"none":                     {datagrams(t, "127.0.0.1:0"), "pong", "", "timed out after 300ms waiting for the answer"},
		"nobody":                   {nobody.LocalAddr().String(), "", "", "waiting for the answer: connection refused"},
		"too many of the wrong":    {datagrams(t, "127.0.0.1:0", strings.Repeat("x", 40<<10), strings.Repeat("x", 40<<10)), "y", strings.Repeat("x", 40<<10), "the answer is longer than 64 kB"},
		"one that is a large one":  {datagrams(t, "127.0.0.1:0", strings.Repeat("x", 60000)+"y"), "y", strings.Repeat("x", 60000) + "y", ""},
		"a host that has no name.": {"no..such.name:1", "", "", "lookup no..such.name: no such host"},
	} {
		t.Run(name, func(t *testing.T) {
			limit := 10 * time.Second
			if strings.HasPrefix(tt.want, "timed out") {
				limit = 300 * time.Millisecond
			}
			ctx, cancel := context.WithTimeout(t.Context(), limit)
			defer cancel()
			heard, err := network.New().UDP(ctx, domain.Dialogue{Address: tt.address, Send: "ping", Expect: tt.expect})
			if said(err) != tt.want {
				t.Errorf("got error %v, want %q", err, tt.want)
			}
			if heard.Text != tt.heard {
				t.Errorf("heard was %.80q", heard.Text)
			}
			if name == "nobody" && !errors.Is(err, syscall.ECONNREFUSED) {
				t.Error("it is no refusal")
			}
		})
	}
}

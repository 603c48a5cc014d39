package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"os"
	"strings"
	"sync/atomic"
	"time"
)

// demoPages is the web server of a demo's service: GET /ping says who answers, and after POST /hang nothing is answered
// any more. It does without the server of net/http, which would add 1 MB to the listener, because that is the same program.
type demoPages struct {
	token string
	hangs atomic.Bool
}

// demoDying is how long a service that hangs takes to end when it is asked to: long enough to kill the listener meanwhile.
const demoDying = 2 * time.Second

func (p *demoPages) serve(listener net.Listener) error {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return err
		}
		go p.answer(conn)
	}
}

// answer answers one request, or waits until the other side has enough of waiting.
func (p *demoPages) answer(conn net.Conn) {
	defer conn.Close()
	request := textproto.NewReader(bufio.NewReader(conn))
	asked, err := request.ReadLine()
	if err != nil {
		return
	}
	if _, err := request.ReadMIMEHeader(); err != nil { // what is left unread resets the connection
		return
	}
	status, text := "200 OK", ""
	switch page, _, _ := strings.Cut(asked, " HTTP/"); {
	case page == "POST /hang":
		p.hangs.Store(true)
	case page != "GET /ping":
		status = "404 Not Found"
	case p.hangs.Load():
		_, _ = io.Copy(io.Discard, conn)
		return
	default:
		text = fmt.Sprintf("%s %d", p.token, os.Getpid())
	}
	fmt.Fprintf(conn, "HTTP/1.1 %s\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s", status, len(text), text) // who has gone asks again
}

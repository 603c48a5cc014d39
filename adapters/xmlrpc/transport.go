package xmlrpc

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"time"

	kolo "github.com/kolo/xmlrpc"
)

// longestHead is how many bytes of an answer may come before its body.
const longestHead = 64 << 10

// dialing connects to where supervisord listens.
func dialing(where place, timeout time.Duration) func(context.Context) (net.Conn, error) {
	dialer := &net.Dialer{Timeout: timeout, KeepAlive: -1}
	return func(ctx context.Context) (net.Conn, error) {
		return dialer.DialContext(ctx, where.network, where.address)
	}
}

// basic returns the credentials as a request states them, if there are any.
func basic(username, password string) func() string {
	secret := ""
	if username != "" || password != "" {
		secret = "Basic " + base64.StdEncoding.EncodeToString([]byte(username+":"+password))
	}
	return func() string { return secret }
}

// message is the call as HTTP, with the Content-Length that supervisord insists on.
func (c *Client) message(call []byte) []byte {
	text := fmt.Appendf(nil, "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: text/xml\r\nContent-Length: %d\r\nConnection: close\r\n",
		c.target, c.host, len(call))
	if secret := c.authorization(); secret != "" {
		text = fmt.Appendf(text, "Authorization: %s\r\n", secret)
	}
	text = append(text, "\r\n"...)
	return append(text, call...)
}

// exchange sends the call and has the body of the answer read by take.
func (c *Client) exchange(ctx context.Context, m method, args []any, take func(body io.Reader, size int64) error) error {
	call, err := kolo.EncodeMethodCall(m.name, args...)
	if err != nil {
		return fmt.Errorf("%s: %w", m.name, err)
	}
	timeout := c.timeout
	if m.slow {
		timeout *= listingFactor
	}
	own, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	if sent, err := c.converse(own, c.message(call), m.max, take); err != nil {
		return about(m.name, c.blame(ctx, own, timeout, err, sent))
	}
	return nil
}

// converse sends the message on a connection of its own and receives the answer, for as long as ctx lasts. Once sent
// is true the server may have got all of it.
func (c *Client) converse(ctx context.Context, message []byte, limit int64, take func(body io.Reader, size int64) error) (sent bool, err error) {
	conn, err := c.dial(ctx)
	if err != nil {
		return false, err
	}
	defer conn.Close()
	// A deadline in the past ends what conn is doing and whatever it would do next.
	stop := context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	if _, err := conn.Write(message); err != nil && !hungUp(err) { // who hangs up may have answered before
		return true, err
	}
	return true, c.receive(conn, limit, take)
}

// receive reads one answer. Its body is not closed, which would read it to its end: the connection is.
func (c *Client) receive(conn io.Reader, limit int64, take func(body io.Reader, size int64) error) error {
	source := &io.LimitedReader{R: conn, N: longestHead}
	response, err := http.ReadResponse(bufio.NewReader(source), nil)
	switch {
	case err != nil && source.N == longestHead && errors.Is(err, io.ErrUnexpectedEOF):
		return io.EOF
	case err != nil && source.N == 0:
		return fmt.Errorf("the header of the answer is longer than %d kB", longestHead>>10)
	case err != nil:
		return err
	case response.StatusCode == http.StatusUnauthorized:
		return unauthorized(c.authorization() != "")
	case response.StatusCode != http.StatusOK:
		return fmt.Errorf("the answer has HTTP status %d %s", response.StatusCode, http.StatusText(response.StatusCode))
	case response.ContentLength > limit:
		return tooLarge(limit)
	}
	source.N = math.MaxInt64
	body := &io.LimitedReader{R: response.Body, N: limit + 1}
	err = take(body, response.ContentLength)
	if err == nil && body.N == 0 {
		return tooLarge(limit)
	}
	return err
}

// fill reads all of the body into the buffer.
func fill(answer *bytes.Buffer, body io.Reader, size int64) error {
	answer.Grow(int(min(max(size, 0), 2<<20)) + bytes.MinRead)
	_, err := answer.ReadFrom(body)
	return err
}

func tooLarge(limit int64) error { return fmt.Errorf("the answer is longer than %d bytes", limit) }

// blame tells the caller's end of patience from ours and from what the connection met.
func (c *Client) blame(ctx, own context.Context, timeout time.Duration, err error, sent bool) error {
	var known *failure
	switch {
	case errors.As(err, &known):
		return known
	case ctx.Err() != nil:
		return given(ctx.Err(), sent)
	case own.Err() != nil:
		return unreachable(fmt.Sprintf("supervisord gave no complete answer within %s", timeout), sent)
	}
	return unreachable(reason(err), sent)
}

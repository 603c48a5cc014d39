package xmlrpc

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"

	kolo "github.com/kolo/xmlrpc"
)

func httpClient(socket string, timeout time.Duration) *http.Client {
	dialer := &net.Dialer{Timeout: timeout}
	dial := dialer.DialContext
	if socket != "" {
		dial = func(ctx context.Context, _, _ string) (net.Conn, error) {
			return dialer.DialContext(ctx, "unix", socket)
		}
	}
	return &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			Proxy:                  nil,
			DialContext:            dial,
			DisableCompression:     true,
			MaxIdleConnsPerHost:    2,
			IdleConnTimeout:        2 * time.Minute, // supervisord keeps them for half an hour at least
			MaxResponseHeaderBytes: 64 << 10,
		},
	}
}

func authorization(username, password string) func(*http.Request) {
	return func(req *http.Request) {
		if username != "" || password != "" {
			req.SetBasicAuth(username, password)
		}
	}
}

// exchange sends the call and has the body of the answer read by take. After an error no connection is used again.
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
	var sent atomic.Bool
	req, err := c.request(own, m, call, &sent)
	if err != nil {
		return about(m.name, unreachable(err.Error(), false))
	}
	resp, err := c.http.Do(req)
	if err == nil {
		err = receive(resp, m.max, take)
	}
	if err == nil {
		return nil
	}
	c.http.CloseIdleConnections()
	return about(m.name, c.blame(ctx, own, timeout, err, sent.Load()))
}

// request notes in sent whether a connection was handed to it: from then on the server may have got all of it. A
// bytes.Reader gives it the Content-Length that supervisord insists on.
func (c *Client) request(ctx context.Context, m method, body []byte, sent *atomic.Bool) (*http.Request, error) {
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { sent.Store(true) },
	})
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "text/xml")
	c.authorize(req)
	if m.reads {
		// net/http may then repeat the request on a connection that was closed meanwhile. An empty list is not sent.
		req.Header["Idempotency-Key"] = []string{}
	}
	return req, nil
}

func receive(resp *http.Response, limit int64, take func(body io.Reader, size int64) error) error {
	defer resp.Body.Close()
	switch {
	case resp.StatusCode == http.StatusUnauthorized:
		return unauthorized(resp.Request.Header.Get("Authorization") != "")
	case resp.StatusCode != http.StatusOK:
		return fmt.Errorf("the answer has HTTP status %d %s", resp.StatusCode, http.StatusText(resp.StatusCode))
	case resp.ContentLength > limit:
		return tooLarge(limit)
	}
	bounded := &io.LimitedReader{R: resp.Body, N: limit + 1}
	err := take(bounded, resp.ContentLength)
	if err == nil && bounded.N == 0 {
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

// blame tells the caller's end of patience from ours and from what the transport met.
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

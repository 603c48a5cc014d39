package wire

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"math"
	"net"
	"net/http"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// longestHead is how many bytes of an answer may come before its body.
const longestHead = 32 << 10

// Call is one request, and what is to be done with its answer.
type Call struct {
	Place
	Message []byte // the whole request, see Encode
	Head    bool   // its method is HEAD, so that no body follows
	MaxBody int64  // bytes of the answer's body; a longer one is an error

	// Take reads as much of the answer as it wants; it must not keep the body. Its error is that of the exchange unless
	// the body could not be read, or the context is done: these prevail.
	Take func(Answer) error
}

// Answer is an answer whose body is still to be read.
type Answer struct {
	Status int
	Length int64 // of the body as the server has announced it; -1 if it has not
	Body   io.Reader
}

// Unexpected is an error for every status but 200.
func (a Answer) Unexpected() error {
	if a.Status == http.StatusOK {
		return nil
	}
	return errors.New(strings.TrimSpace("the server answered " + strconv.Itoa(a.Status) + " " + http.StatusText(a.Status)))
}

// ReadInto reads all of the body into an empty buffer.
func (a Answer) ReadInto(b *bytes.Buffer) error {
	const most = 2 << 20 // of what an announcement alone is given
	b.Grow(int(min(max(a.Length, 0), most)) + bytes.MinRead)
	_, err := b.ReadFrom(a.Body)
	return err
}

// Exchange dials, sends, and has the answer taken. Ctx bounds all of it, from the dial to the last byte. Informational
// answers before the real one are left out, and redirects are not followed.
func (w *Wire) Exchange(ctx context.Context, c Call) error {
	start := time.Now()
	conn, at, err := w.dial(ctx, c.Place)
	if err != nil {
		return w.explain(ctx, start, at, err)
	}
	defer conn.Close()
	// A deadline in the past ends what conn is doing and whatever it would do next.
	stop := context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	at, err = w.converse(conn, &c)
	switch {
	case err == nil:
		return nil
	case at == taken && ctx.Err() == nil:
		return err
	case at == taken:
		at = reading
	}
	return w.explain(ctx, start, at, err)
}

// converse sends and receives, and tells how far it came. A server may answer and close before it has read the whole
// request: that answer counts. The body is not closed, which would read it to its end: the connection is.
func (w *Wire) converse(conn net.Conn, c *Call) (stage, error) {
	_, unsent := conn.Write(c.Message)
	if unsent != nil && !hungUp(unsent) {
		return sending, unsent
	}
	limits := &limits{head: meter{from: conn, left: longestHead}}
	source := &limits.head
	reader := w.readers.Get().(*bufio.Reader)
	reader.Reset(source)
	defer func() {
		reader.Reset(nil)
		w.readers.Put(reader)
	}()
	response, err := final(reader, c.Head)
	switch {
	case err != nil && unsent != nil && !source.begun:
		return sending, unsent
	case err != nil && source.failed != nil: // net/http takes a line that was cut off for a malformed one
		return source.stage(), source.failed
	case err != nil:
		return source.stage(), err
	}
	source.left = math.MaxInt64
	return receive(response, &limits.body, c)
}

func hungUp(err error) bool {
	return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}

// final skips the informational answers that may come before the real one.
func final(reader *bufio.Reader, head bool) (*http.Response, error) {
	request := &http.Request{Method: http.MethodGet}
	if head {
		request.Method = http.MethodHead
	}
	for {
		response, err := http.ReadResponse(reader, request)
		if err != nil {
			return nil, err
		}
		if code := response.StatusCode; code < 100 || code > 199 || code == http.StatusSwitchingProtocols {
			return response, nil
		}
	}
}

func receive(response *http.Response, body *body, c *Call) (stage, error) {
	if response.ContentLength > c.MaxBody {
		return reading, tooLong("the answer", c.MaxBody)
	}
	body.from, body.left, body.most = response.Body, c.MaxBody, c.MaxBody
	if response.StatusCode == http.StatusSwitchingProtocols {
		body.from = http.NoBody // what follows is no longer HTTP
	}
	err := c.Take(Answer{Status: response.StatusCode, Length: response.ContentLength, Body: body})
	if body.failed != nil {
		return reading, body.failed
	}
	return taken, err
}

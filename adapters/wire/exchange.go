package wire

import (
	"bufio"
	"context"
	"errors"
	"syscall"
	"time"
)

// longestHead is how many bytes of an answer may come before its body.
const longestHead = 32 << 10

// Call is one request, and what is to be done with its answer.
type Call struct {
	Place
	Message []byte   // the whole request, see Encode
	Head    bool     // its method is HEAD, so that no body follows
	MaxBody int64    // bytes of the answer's body; a longer one is an error
	Fields  []string // of the answer's header that are wanted

	// Take looks at the answer as soon as its status is known and reads as much of the body as it wants; it must keep
	// neither. Its error is that of the exchange unless the body could not be read, or the context is done: these prevail.
	Take func(Answer) error
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
	at, err = w.converse(ctx, conn, &c)
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
// request: that answer counts.
func (w *Wire) converse(ctx context.Context, conn link, c *Call) (stage, error) {
	_, unsent := conn.Write(c.Message)
	if unsent != nil && !hungUp(unsent) {
		return sending, unsent
	}
	in := &incoming{head: meter{ctx: ctx, from: conn, left: longestHead}, call: c, length: -1}
	in.reader = w.readers.Get().(*bufio.Reader)
	in.reader.Reset(&in.head)
	defer func() {
		in.reader.Reset(nil)
		w.readers.Put(in.reader)
	}()
	status, err := in.final()
	switch {
	case err != nil && unsent != nil && !in.head.begun:
		return sending, unsent
	case err != nil:
		return in.head.stage(), err
	}
	in.status = status
	err = c.Take(Answer{Status: status, rest: in})
	if in.failed != nil {
		return reading, in.failed
	}
	return taken, err
}

func hungUp(err error) bool {
	return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}

package wire

import (
	"context"
	"io"
	"time"
)

// Ask is a question in a protocol of its own, and who understands the answer.
type Ask struct {
	Place
	Message []byte // what is said first
	Most    int64  // bytes that are read

	// Answer reads, and says more where the protocol wants that, until it has what it wants. Its error is that of the whole
	// unless reading or writing went wrong before: that prevails.
	Answer func(io.ReadWriter) error
}

// Ask dials, sends the message and has the answer read. Whoever answers and closes before all was sent has answered. Expires
// is when the certificate of the other side does, zero without TLS. Ctx bounds all of it.
func (w *Wire) Ask(ctx context.Context, a Ask) (expires time.Time, err error) {
	start := time.Now()
	conn, at, err := w.dial(ctx, a.Place)
	if err != nil {
		return expires, w.explain(ctx, start, at, err)
	}
	defer conn.Close()
	if a.TLS != nil {
		expires = expiry(conn)
	}
	_, unsent := conn.Write(a.Message)
	if unsent != nil && !hungUp(unsent) {
		return expires, w.explain(ctx, start, sending, unsent)
	}
	heard := &hearing{conn: conn, most: a.Most}
	err = a.Answer(heard)
	switch {
	case err == nil || heard.failed == nil:
		return expires, err
	case unsent != nil && heard.total == 0:
		return expires, w.explain(ctx, start, sending, unsent)
	case heard.total == 0:
		return expires, w.explain(ctx, start, waiting, heard.failed)
	}
	return expires, w.explain(ctx, start, reading, heard.failed)
}

// hearing is a connection that remembers how it failed, and of which no more than so much is read.
type hearing struct {
	conn        io.ReadWriter
	total, most int64
	failed      error
}

// Read implements io.Reader.
func (h *hearing) Read(p []byte) (int, error) {
	if h.total >= h.most {
		h.failed = tooLong("the answer", h.most)
		return 0, h.failed
	}
	n, err := h.conn.Read(p[:min(int64(len(p)), h.most-h.total)])
	h.total += int64(n)
	if err != nil {
		h.failed = err
	}
	return n, err
}

// Write implements io.Writer. Who has hung up may have answered before.
func (h *hearing) Write(p []byte) (int, error) {
	n, err := h.conn.Write(p)
	if err != nil && hungUp(err) {
		return len(p), nil
	}
	if err != nil {
		h.failed = err
	}
	return n, err
}

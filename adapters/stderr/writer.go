// Package stderr keeps log lines from holding up whoever writes them. The stderr of an event listener is a pipe of 64 kB to
// supervisord; while that is stopped or hangs, a write to the full pipe blocks for ever.
package stderr

import (
	"context"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"
)

// Writer is an io.Writer of lines that never blocks. One goroutine, started by the first call, passes the lines on in
// their order. Lines for which there is no room, or which the output refuses, are dropped and counted; a note in
// their place says how many. All methods may be called by several goroutines at once.
type Writer struct {
	out  io.Writer
	size int
	note func(dropped int) []byte

	mu      sync.Mutex
	changed sync.Cond // an entry was queued, a line was dropped, or the Writer was closed
	queue   []entry
	queued  int // bytes of the lines in queue
	dropped int // lines dropped since the last entry was queued
	started bool
	closed  bool
	ended   chan struct{} // closed when everything has been passed on after Close

	torn bool // the output took only a part of the last line; used by the goroutine alone
}

// entry is a line, or only the lines that were lost.
type entry struct {
	line    []byte
	dropped int // lines that were lost before it
}

// New makes a Writer that keeps up to size bytes of lines besides the one it is writing to out. note makes the line
// that tells of dropped ones, see Note; nil for none. It is called by the Writer's goroutine.
func New(out io.Writer, size int, note func(dropped int) []byte) *Writer {
	w := &Writer{out: out, size: size, note: note, ended: make(chan struct{})}
	w.changed.L = &w.mu
	return w
}

// Write queues a copy of line, which includes its line end; it is passed on in one write, or not at all. It returns
// len(line) and nil, also when the line is dropped for want of room, as one longer than the size always is, or after
// Close.
func (w *Writer) Write(line []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(line) == 0 || w.closed {
		return len(line), nil
	}
	w.start()
	if w.queued+len(line) > w.size {
		w.dropped++
		w.changed.Signal()
		return len(line), nil
	}
	w.queued += len(line)
	w.push(entry{line: slices.Clone(line)})
	return len(line), nil
}

// Close drops lines from now on and waits until those before it have been passed on, or the time is over; then its error
// is context.DeadlineExceeded. The goroutine ends with the last queued line, but not before the output takes it.
// The output is not closed.
func (w *Writer) Close(timeout time.Duration) error {
	w.mu.Lock()
	w.closed = true
	w.changed.Signal()
	started := w.started
	w.mu.Unlock()
	if !started {
		return nil
	}
	over := time.NewTimer(timeout)
	defer over.Stop()
	select {
	case <-w.ended:
		return nil
	case <-over.C:
		return fmt.Errorf("flush the log: %w", context.DeadlineExceeded)
	}
}

func (w *Writer) start() {
	if !w.started {
		w.started = true
		go w.run()
	}
}

func (w *Writer) push(e entry) {
	e.dropped, w.dropped = w.dropped, 0
	w.queue = append(w.queue, e)
	w.changed.Signal()
}

// Package stdin speaks supervisord's event listener protocol: events come in on stdin, answers go out on stdout.
package stdin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"syscall"
	"time"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/ports"
)

var _ ports.EventSource = (*Source)(nil)

// The two answers. supervisord takes any other byte for a violation and then sends no event for the rest of the
// listener's life. The result goes out together with the readiness for the next event.
const (
	ready    = "READY\n"
	accepted = "RESULT 2\nOK" + ready
)

// Source is a stream of events. Next and Done are for one goroutine; Close may be called from any.
type Source struct {
	in     io.Reader
	out    io.Writer
	stream *stream
	heard  heard

	begin  sync.Once
	events chan domain.Event // closed after the last one
	ended  error             // why there is no more; set before events is closed

	end    sync.Once
	closed chan struct{}

	unsent []byte // what supervisord has not been told yet
	owed   bool   // an event was handed out and not acknowledged
}

// New makes a Source that reads events from in and answers on out, which nobody else may write to. log hears of
// it once whenever the stream got out of step and something had to be skipped. Nothing is read or written before
// the first Next.
func New(in io.Reader, out io.Writer, log *slog.Logger) *Source {
	return &Source{
		in:     in,
		out:    out,
		stream: newStream(in, log),
		heard:  heard{last: map[domain.ID]said{}},
		events: make(chan domain.Event, 1),
		closed: make(chan struct{}),
		unsent: []byte(ready),
	}
}

// Next waits for an event, see ports.EventSource. The first call starts the goroutine that reads everything until
// the end of in, or until Close, whether or not anybody calls Next: supervisord crashes when the pipe is full.
// An error of a write leaves the rest of the answer to the next call; a broken pipe is domain.ErrEventsEnded. After Close it returns domain.ErrEventsEnded.
func (s *Source) Next(ctx context.Context) (domain.Event, error) {
	if err := s.over(ctx); err != nil {
		return domain.Event{}, err
	}
	s.begin.Do(func() { go s.read() })
	if err := s.send(); err != nil {
		return domain.Event{}, fmt.Errorf("tell supervisord that we are ready: %w", err)
	}
	select {
	case e, more := <-s.events:
		if !more {
			return domain.Event{}, s.ended
		}
		s.owed = true
		return e, nil
	case <-s.closed:
		return domain.Event{}, domain.ErrEventsEnded
	case <-ctx.Done():
		return domain.Event{}, ctx.Err()
	}
}

// over reports why there is nothing to wait for, also when an event is at hand.
func (s *Source) over(ctx context.Context) error {
	select {
	case <-s.closed:
		return domain.ErrEventsEnded
	default:
		return ctx.Err()
	}
}

// Done accepts the event that Next returned last and asks for another, in one write. It writes nothing and returns an
// error if no event is waiting for its answer.
func (s *Source) Done() error {
	if !s.owed {
		return errors.New("acknowledge an event: none is waiting for it")
	}
	s.owed = false
	s.unsent = append(s.unsent, accepted...)
	if err := s.send(); err != nil {
		return fmt.Errorf("acknowledge an event: %w", err)
	}
	return nil
}

// Close ends the reading and closes in if it is an io.Closer. Where a blocked read cannot be interrupted, as with
// a terminal, the goroutine ends with the next byte or the end of in.
func (s *Source) Close() error {
	var err error
	s.end.Do(func() {
		close(s.closed)
		if in, ok := s.in.(io.Closer); ok {
			err = in.Close()
		}
	})
	return err
}

func (s *Source) read() {
	defer close(s.events)
	for {
		e, err := s.stream.next()
		if err != nil {
			s.ended = ending(err)
			return
		}
		s.heard.take(e, time.Now())
		select {
		case s.events <- e:
		case <-s.closed:
			s.ended = domain.ErrEventsEnded
			return
		}
	}
}

// ending is domain.ErrEventsEnded with the cause, unless that is the plain end.
func ending(err error) error {
	if errors.Is(err, io.EOF) {
		return domain.ErrEventsEnded
	}
	return fmt.Errorf("%w: %w", domain.ErrEventsEnded, err)
}

// send writes what has not been written yet, and no byte twice.
func (s *Source) send() error {
	for len(s.unsent) > 0 {
		n, err := s.out.Write(s.unsent)
		s.unsent = s.unsent[n:]
		if n > 0 && (err == nil || errors.Is(err, io.ErrShortWrite)) {
			continue
		}
		switch {
		case err == nil:
			return io.ErrShortWrite
		case errors.Is(err, syscall.EPIPE): // nobody reads the answers: supervisord is gone
			return fmt.Errorf("%w: %w", domain.ErrEventsEnded, err)
		}
		return err
	}
	return nil
}

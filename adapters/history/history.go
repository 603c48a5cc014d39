// Package history keeps what has happened, longer than the listener lives and never more than a bound. Events are JSON lines in two files, of
// which the older one goes when the newer one is full; samples of how the processes were are blocks in a few files that go likewise.
// Each is written by one goroutine, so that no disk holds the listener up; whoever looks at it reads the files while they are written,
// or follows what happens by a stream.
package history

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"supervisor-healthcheck/adapters/words"
	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/ports"
)

var _ ports.Reporter = (*History)(nil)

const (
	waiting    = 1024     // events that may wait to be written; more are lost, and counted
	mostAtOnce = 64 << 10 // bytes that are written together
	atTheEnd   = time.Second
)

// History is a ports.Reporter. It may be used by several goroutines at once. Make it with New.
type History struct {
	queue   chan *Event
	lost    atomic.Int64
	streams streams
	samples atomic.Pointer[recorder] // nil: none are kept

	mu      sync.Mutex // of kept
	kept    *pair      // nil: nothing is kept
	ending  chan struct{}
	writers sync.WaitGroup
}

// New returns a history that keeps nothing before Keep, and has room for what happens until then.
func New() *History { return &History{queue: make(chan *Event, waiting)} }

// Config says where a history is kept. Warn is told what is wrong with the files, once each time that it begins.
type Config struct {
	Path   string         // of the file with the newest events; empty: nothing is kept, and streams are served all the same
	Bound  int64          // in bytes, of all that is kept: half of it is for events, and half for samples
	Looked ports.Surveyor // tells how processes are, for samples; nil: none are kept, and all is for events
	Lives  bool           // keep when the listener begins and ends, too
	Name   string         // of the listener, for that
	Warn   func(error)
}

// samplesPath is the beginning of the paths of the samples that are kept beside events.
func samplesPath(events string) string { return strings.TrimSuffix(events, suffix) + "-samples" }

// Keep begins to keep what happens, and goes on with what an earlier life has left. It is called once.
func (h *History) Keep(c Config) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ending = make(chan struct{})
	forEvents := c.Bound
	if c.Path != "" && c.Looked != nil {
		forEvents = c.Bound / 2
		c.Bound -= forEvents
		samples := newRecorder(c)
		h.samples.Store(samples)
		h.writers.Go(func() { samples.run(h.ending) })
	}
	if c.Path != "" {
		h.kept = newPair(c.Path, forEvents/2)
	}
	h.writers.Go(func() { h.run(h.kept, c) })
}

// Close writes what still waits, if the disk takes it within a second, and ends all streams.
func (h *History) Close() {
	h.streams.close()
	if h.ending == nil {
		return
	}
	close(h.ending)
	ended := make(chan struct{})
	go func() {
		h.writers.Wait()
		close(ended)
	}()
	select {
	case <-ended:
	case <-time.After(atTheEnd):
	}
}

// Report implements ports.Reporter. Events are what the log would write at the level Info and above; verdicts go into the samples.
func (h *History) Report(r domain.Report) {
	if r.Kind == domain.ReportProbed {
		if samples := h.samples.Load(); samples != nil {
			samples.gatherer.verdict(&r)
		}
		return
	}
	level, message := words.Headline(r)
	if level < slog.LevelInfo {
		return
	}
	e := event(r, level, message)
	select {
	case h.queue <- &e:
	default:
		h.lost.Add(1)
	}
}

func (h *History) run(kept *pair, c Config) {
	failing := false
	write := func(lines []byte) {
		var err error
		if kept != nil {
			err = h.append(kept, lines)
		}
		if err != nil && !failing {
			c.Warn(err)
		}
		failing = err != nil
		for line := range bytes.Lines(lines) {
			h.streams.tell(bytes.TrimSuffix(line, []byte("\n")))
		}
	}
	if c.Lives {
		write(line(c.life(Began, "the listener has begun")))
	}
	for {
		select {
		case e := <-h.queue:
			write(h.encode(e))
			continue
		default:
		}
		select {
		case e := <-h.queue:
			write(h.encode(e))
		case <-h.ending:
			if len(h.queue) > 0 {
				continue
			}
			if c.Lives {
				write(line(c.life(Ended, "the listener has ended")))
			}
			h.close(kept)
			return
		}
	}
}

func line(e Event) []byte {
	text, _ := json.Marshal(e) // of what it consists it cannot fail
	return append(text, '\n')
}

// encode makes lines of an event, and of more that wait.
func (h *History) encode(e *Event) []byte {
	var lines bytes.Buffer
	encoder := json.NewEncoder(&lines)
	encoder.SetEscapeHTML(false)
	if lost := h.lost.Swap(0); lost > 0 {
		_ = encoder.Encode(missing(e.At, lost)) // of what it consists it cannot fail, as e cannot
	}
	for {
		_ = encoder.Encode(e)
		if lines.Len() > mostAtOnce {
			return lines.Bytes()
		}
		select {
		case e = <-h.queue:
		default:
			return lines.Bytes()
		}
	}
}

// The kinds of events that no report makes.
const (
	Began = "began" // a life of the listener; one without Ended was killed
	Ended = "ended"
	Lost  = "lost"
)

func (c Config) life(kind, message string) Event {
	e := Event{At: time.Now().UTC().Truncate(time.Millisecond), Level: slog.LevelInfo.String(), Kind: kind, Message: message, Facts: []Fact{}}
	if c.Name != "" {
		e.Facts = append(e.Facts, Fact{"listener", c.Name})
	}
	return e
}

func missing(at time.Time, lost int64) Event {
	return Event{At: at, Level: slog.LevelWarn.String(), Kind: Lost, Message: "events were lost: too much has happened at once",
		Facts: []Fact{{"count", strconv.FormatInt(lost, 10)}}}
}

func (h *History) append(kept *pair, lines []byte) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return kept.append(lines)
}

func (h *History) close(kept *pair) {
	if kept != nil {
		h.mu.Lock()
		defer h.mu.Unlock()
		kept.close()
	}
}

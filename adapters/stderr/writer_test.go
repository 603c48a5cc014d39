package stderr_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"supervisor-healthcheck/adapters/stderr"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// gate is an output whose writes take place when they are let through, each with a result of its own, until it is
// opened for all.
type gate struct {
	results chan result
	mu      sync.Mutex
	got     []string
}

type result struct {
	n   int // -1 for all
	err error
}

func newGate() *gate { return &gate{results: make(chan result)} }

func (g *gate) Write(p []byte) (int, error) {
	r, shut := <-g.results
	if !shut || r.n < 0 {
		r.n = len(p)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if r.n > 0 {
		g.got = append(g.got, string(p[:r.n]))
	}
	return r.n, r.err
}

func (g *gate) pass()            { g.results <- result{n: -1} }
func (g *gate) refuse(n int)     { g.results <- result{n: n, err: io.ErrClosedPipe} }
func (g *gate) open()            { close(g.results) }
func (g *gate) writes() []string { g.mu.Lock(); defer g.mu.Unlock(); return g.got }

func note(dropped int) []byte { return fmt.Appendf(nil, "lost %d\n", dropped) }

func say(t *testing.T, w io.Writer, lines ...string) {
	t.Helper()
	for _, line := range lines {
		if n, err := io.WriteString(w, line+"\n"); n != len(line)+1 || err != nil {
			t.Errorf("Write(%q) = %d, %v", line, n, err)
		}
	}
}

func TestLinesAndLosses(t *testing.T) {
	type step func(t *testing.T, w *stderr.Writer, g *gate)
	write := func(lines ...string) step {
		return func(t *testing.T, w *stderr.Writer, g *gate) { say(t, w, lines...); synctest.Wait() }
	}
	pass := func(times int) step {
		return func(_ *testing.T, _ *stderr.Writer, g *gate) {
			for range times {
				g.pass()
			}
			synctest.Wait()
		}
	}
	refuse := func(n int) step {
		return func(_ *testing.T, _ *stderr.Writer, g *gate) { g.refuse(n); synctest.Wait() }
	}
	for name, c := range map[string]struct {
		size  int
		steps []step
		want  []string
	}{
		"lines keep their order and their writes": {
			size: 100, steps: []step{write("a", "b", "c"), pass(3)},
			want: []string{"a\n", "b\n", "c\n"},
		},
		"the line that is being written takes no room": {
			size: 4, steps: []step{write("a"), write("b", "c"), pass(3)},
			want: []string{"a\n", "b\n", "c\n"},
		},
		"what finds no room is counted after what found some": {
			size: 4, steps: []step{write("a"), write("b", "c", "d", "e"), pass(4)},
			want: []string{"a\n", "b\n", "c\n", "lost 2\n"},
		},
		"the note stands where the loss was": {
			size: 4, steps: []step{write("a"), write("b", "c", "d"), pass(1), write("f"), pass(4)},
			want: []string{"a\n", "b\n", "c\n", "lost 1\n", "f\n"},
		},
		"a short line may find room where a long one did not": {
			size: 4, steps: []step{write("a"), write("long", "b"), pass(3)},
			want: []string{"a\n", "lost 1\n", "b\n"},
		},
		"a line longer than the queue is lost even when that is empty": {
			size: 4, steps: []step{write("long"), pass(1), write("b"), pass(1)},
			want: []string{"lost 1\n", "b\n"},
		},
		"a refused line is told of before the next one": {
			size: 100, steps: []step{write("a"), refuse(0), write("b"), pass(2)},
			want: []string{"lost 1\n", "b\n"},
		},
		"a refused note is repeated with the new count": {
			size: 100, steps: []step{write("a", "b"), refuse(0), refuse(0), refuse(0), write("c"), pass(2)},
			want: []string{"lost 2\n", "c\n"},
		},
		"a torn line is ended before the next": {
			size: 100, steps: []step{write("torn"), refuse(2), write("b"), pass(2)},
			want: []string{"to", "\nlost 1\n", "b\n"},
		},
		"a torn line is ended however long that takes": {
			size: 100, steps: []step{write("torn", "b"), refuse(2), refuse(0), refuse(0), write("c"), pass(2)},
			want: []string{"to", "\nlost 2\n", "c\n"},
		},
		"a short write without an error is a loss": {
			size: 100, steps: []step{write("torn", "b"),
				func(_ *testing.T, _ *stderr.Writer, g *gate) { g.results <- result{n: 1} }, pass(2)},
			want: []string{"t", "\nlost 1\n", "b\n"},
		},
		"an empty write is nothing": {
			size: 100, steps: []step{func(t *testing.T, w *stderr.Writer, _ *gate) { _, _ = w.Write(nil) }, write("a"), pass(1)},
			want: []string{"a\n"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := newGate()
				w := stderr.New(g, c.size, note)
				for _, step := range c.steps {
					step(t, w, g)
				}
				if err := w.Close(time.Second); err != nil {
					t.Errorf("Close: %v, though everything was passed on", err)
				}
				if diff := cmp.Diff(c.want, g.writes()); diff != "" {
					t.Errorf("writes (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestCloseOfABlockedOutputWaitsNoLongerThanAllowed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate()
		w := stderr.New(g, 100, note)
		say(t, w, "a", "b")
		began := time.Now()
		err := w.Close(3 * time.Second)
		if took := time.Since(began); !errors.Is(err, context.DeadlineExceeded) || took != 3*time.Second {
			t.Errorf("Close = %v after %v, want a deadline after 3s", err, took)
		}
		say(t, w, "too late")
		if err := w.Close(time.Second); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("second Close = %v, though the output is still blocked", err)
		}
		g.open()
		if err := w.Close(time.Second); err != nil {
			t.Errorf("third Close = %v, though the output was freed", err)
		}
	})
}

func TestCloseWaitsForTheLastLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate()
		w := stderr.New(g, 4, note)
		say(t, w, "a")
		synctest.Wait()
		say(t, w, "b", "c", "d")
		time.AfterFunc(time.Second, func() {
			for range 4 {
				g.pass()
			}
		})
		if err := w.Close(time.Minute); err != nil {
			t.Errorf("Close: %v", err)
		}
		if diff := cmp.Diff([]string{"a\n", "b\n", "c\n", "lost 1\n"}, g.writes()); diff != "" {
			t.Errorf("writes (-want +got):\n%s", diff)
		}
	})
}

func TestCloseAgainWaitsForTheNoteOfTheLastLoss(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate()
		w := stderr.New(g, 4, note)
		say(t, w, "a", "long")
		if err := w.Close(0); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Close without patience = %v", err)
		}
		time.AfterFunc(time.Second, g.pass)
		time.AfterFunc(time.Minute, g.pass)
		if err := w.Close(time.Hour); err != nil {
			t.Errorf("Close: %v", err)
		}
		if diff := cmp.Diff([]string{"a\n", "lost 1\n"}, g.writes()); diff != "" {
			t.Errorf("writes (-want +got):\n%s", diff)
		}
	})
}

func TestCloseWithoutALine(t *testing.T) {
	var out bytes.Buffer
	w := stderr.New(&out, 100, note)
	if err := w.Close(time.Minute); err != nil {
		t.Errorf("Close: %v", err)
	}
	say(t, w, "too late")
	if err := w.Close(time.Minute); err != nil || out.Len() != 0 {
		t.Errorf("second Close = %v, output %q", err, &out)
	}
}

func TestWithoutANoteLossesAreSilent(t *testing.T) {
	var out bytes.Buffer
	w := stderr.New(&out, 4, nil)
	say(t, w, "long line", "a")
	if err := w.Close(time.Minute); err != nil || out.String() != "a\n" {
		t.Errorf("Close = %v, output %q", err, &out)
	}
}

func TestWriteKeepsNoHoldOfItsArgument(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate()
		w := stderr.New(g, 100, note)
		line := []byte("a\n")
		_, _ = w.Write(line)
		copy(line, "XX")
		g.open()
		if err := w.Close(time.Second); err != nil {
			t.Errorf("Close: %v", err)
		}
		if diff := cmp.Diff([]string{"a\n"}, g.writes()); diff != "" {
			t.Errorf("writes (-want +got):\n%s", diff)
		}
	})
}

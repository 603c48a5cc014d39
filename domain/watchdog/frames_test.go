package watchdog_test

import (
	"context"
	"runtime"
	"strings"
	"sync"
	"testing"

	"supervisor-healthcheck/domain"
)

// frames collects how many functions of this module lie below a call of ours to the outside.
type frames struct {
	mu      sync.Mutex
	deepest map[string][]string
}

func (f *frames) note(call string) {
	pcs := make([]uintptr, 64)
	stack := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs)])
	var ours []string
	for {
		frame, more := stack.Next()
		if strings.HasPrefix(frame.Function, "supervisor-healthcheck/domain") && !strings.Contains(frame.Function, "_test.") {
			ours = append(ours, frame.Function)
		}
		if !more {
			break
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(ours) > len(f.deepest[call]) {
		f.deepest[call] = ours
	}
}

// control notes from where the calls come that change something.
type control struct {
	*supervisord
	frames *frames
}

func (c control) Stop(ctx context.Context, id domain.ID) error {
	c.frames.note("stop")
	return c.supervisord.Stop(ctx, id)
}

func (c control) Start(ctx context.Context, id domain.ID) error {
	c.frames.note("start")
	return c.supervisord.Start(ctx, id)
}

// Whoever reads a stack dump of the program, or follows it with a debugger, finds few frames of it between the goroutine and
// what it waits for.
func TestEveryLegOfATickIsShort(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		f := &frames{deepest: map[string][]string{}}
		s.world.Control = control{s.supervisord, f}
		s.run("web:a")
		sick := s.sick.check()
		check := domain.NewCheck("probe", func(ctx context.Context, p domain.Process) domain.Verdict {
			f.note("check")
			return sick.Run(ctx, p)
		})
		s.watchWith(domain.DropIn(), []domain.Check{check}, "web:*")
		s.sick.ill("status 500", "web:a")
		stop := s.listen()
		s.tick()
		stop()
		for call, want := range map[string]int{"check": 5, "stop": 4, "start": 4} { // a check lies below domain's own adapter of a function
			if got := f.deepest[call]; len(got) == 0 || len(got) > want {
				t.Errorf("%s is called through %d functions, want at most %d:\n%s", call, len(got), want, strings.Join(got, "\n"))
			}
		}
	})
}

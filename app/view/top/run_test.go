package top_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"supervisor-healthcheck/adapters/terminal"
	"supervisor-healthcheck/app/view"
	"supervisor-healthcheck/app/view/top"
)

// screen is a terminal of the test.
type screen struct {
	keys    chan terminal.Key
	changed chan struct{}
	broken  error

	mu        sync.Mutex
	text      string
	suspended int
	forgotten int
}

func newScreen() *screen {
	return &screen{keys: make(chan terminal.Key), changed: make(chan struct{}, 1)}
}

func (s *screen) Keys() <-chan terminal.Key { return s.keys }
func (s *screen) Changed() <-chan struct{}  { return s.changed }
func (s *screen) Size() (int, int)          { return 80, 24 }
func (s *screen) Guard(run func())          { go run() }
func (s *screen) Suspend()                  { s.mu.Lock(); defer s.mu.Unlock(); s.suspended++ }
func (s *screen) Forget()                   { s.mu.Lock(); defer s.mu.Unlock(); s.forgotten++ }

func (s *screen) Draw(lines []string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.text = strings.Join(lines, "\n")
	return s.broken
}

func (s *screen) shown() string { s.mu.Lock(); defer s.mu.Unlock(); return s.text }

// play runs top in a bubble until it ends; what the test does comes meanwhile.
func play(t *testing.T, s *screen, w top.World, do func(), leave func()) error {
	t.Helper()
	if w.Ask == nil {
		w.Ask = func(context.Context) (view.Status, error) { return world(), nil }
	}
	if w.Follow == nil {
		w.Follow = func(ctx context.Context, _ func(view.Event) error) error { <-ctx.Done(); return nil }
	}
	w.Now = time.Now
	ended := make(chan error)
	go func() { ended <- top.Run(t.Context(), w, s, top.Config{Zone: time.UTC}) }()
	synctest.Wait()
	do()
	leave()
	return <-ended
}

func TestTopLivesFromKeysAndNews(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScreen()
		key := func(all string) {
			for _, k := range strings.Fields(all) {
				s.keys <- terminal.Key(k)
				synctest.Wait()
			}
		}
		shows := func(texts ...string) {
			t.Helper()
			for _, text := range texts {
				if shown := s.shown(); !strings.Contains(shown, text) {
					t.Errorf("no %q in\n%s", text, shown)
				}
			}
		}
		var lost atomic.Bool
		var paused []string
		w := top.World{
			Ask: func(context.Context) (view.Status, error) {
				if lost.Load() {
					return view.Status{}, view.ErrNobody
				}
				return world(), nil
			},
			Follow: func(ctx context.Context, each func(view.Event) error) error {
				_ = each(view.Event{At: time.Now(), Level: "WARN", Message: "restarted by the test", Process: "api:0"})
				<-ctx.Done()
				return nil
			},
			Pause: func(_ context.Context, name string, d time.Duration) ([]string, error) {
				paused = append(paused, name+" "+d.String())
				return []string{name}, nil
			},
			Resume: func(context.Context, string) ([]string, error) { return nil, errors.New("it will not") },
		}
		err := play(t, s, w, func() {
			shows("api:0", "status 503")
			lost.Store(true)
			time.Sleep(20 * time.Second)
			shows("what is shown is ", "no listener of this program runs", "api:0")
			lost.Store(false)
			time.Sleep(2 * time.Second)
			if strings.Contains(s.shown(), "no listener") {
				t.Error("it is not found again")
			}
			key("p enter")
			shows("api:0: paused for 15m")
			key("r")
			shows("it will not")
			key("enter")
			shows("Recent events", "restarted by the test")
			key("ctrl-z ctrl-l")
			s.changed <- struct{}{}
		}, func() { s.keys <- "q" })
		if err != nil || len(paused) != 1 || paused[0] != "api:0 15m0s" || s.suspended != 1 || s.forgotten != 1 {
			t.Error(err, paused, s.suspended, s.forgotten)
		}
	})
}

func TestTopEndsWithItsTerminal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScreen()
		if err := play(t, s, top.World{}, func() {}, func() { close(s.keys) }); err != nil {
			t.Error(err)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		s := newScreen()
		s.broken = errors.New("input/output error")
		if err := play(t, s, top.World{}, func() {}, func() {}); err != s.broken {
			t.Error(err)
		}
	})
}

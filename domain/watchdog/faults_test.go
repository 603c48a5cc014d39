package watchdog_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/watchdog"
	"supervisor-healthcheck/ports"
)

// restartWith lets one program be found ill at 5 s, restarted, and healed by that, while something happens.
func restartWith(t *testing.T, happens func(s *stage), then func(t *testing.T, s *stage)) {
	t.Helper()
	play(t, func(t *testing.T, s *stage) {
		s.run("web:a", "job:a", "job:b")
		s.watch(domain.DropIn(), "web:*")
		stop := s.listen()
		s.tick()
		s.took()
		s.sick.ill("status 500", "web:a")
		happens(s)
		s.tickAt(time.Now())
		for range 6 {
			s.pass(5 * time.Second)
			if s.at(named("web:a")).PID != 102 {
				s.sick.well("web:a")
			}
			s.tickAt(time.Now())
		}
		s.pass(5 * time.Second)
		then(t, s)
		stop()
	})
}

// nth returns a fault of the nth call that may be hit.
func nth(n int, err error) func(call string) error {
	return func(call string) error {
		if call == "list" || strings.HasPrefix(call, "settings") || strings.HasPrefix(call, "identity") {
			return nil
		}
		if n--; n == 0 {
			return err
		}
		return nil
	}
}

func TestAnyFaultOfAnyCallCostsNoService(t *testing.T) {
	notSent := fmt.Errorf("%w: %w", domain.ErrUnreachable, domain.ErrNotSent)
	faults := map[string]error{
		"shutdown": domain.ErrShuttingDown, "unauthorized": domain.ErrUnauthorized, "not sent": notSent, "nothing known": domain.ErrUnreachable,
	}
	for name, fault := range faults {
		for n := 1; n < 16; n++ {
			for _, lost := range []bool{false, true} {
				if lost && fault != domain.ErrUnreachable {
					continue // whoever says so has not done it
				}
				set := func(s *stage) {
					if lost {
						s.losing(nth(n, fault))
					} else {
						s.failing(nth(n, fault))
					}
				}
				restartWith(t, set, func(t *testing.T, s *stage) {
					acts, p := s.acts(), s.at(named("web:a"))
					if p.State != domain.Running || p.PID == 102 {
						t.Errorf("%s at call %d, lost: %v: %v, and it is %s with pid %d", name, n, lost, acts, p.State, p.PID)
					}
					if left := s.journal.left(); left != nil {
						t.Errorf("%s at call %d, lost: %v: the journal still has %v", name, n, lost, left)
					}
				})
			}
		}
	}
}

func TestAnOutageAtAnyMomentCostsNoService(t *testing.T) {
	for at := time.Duration(0); at < 1600*time.Millisecond; at += 20 * time.Millisecond {
		for _, fault := range []error{domain.ErrShuttingDown, domain.ErrUnreachable} {
			outage := func(s *stage) {
				time.AfterFunc(at, func() { s.failing(func(string) error { return fault }) })
				time.AfterFunc(at+12*time.Second, func() { s.failing(nil) })
			}
			restartWith(t, outage, func(t *testing.T, s *stage) {
				if p := s.at(named("web:a")); p.State != domain.Running || p.PID == 102 {
					t.Errorf("an outage %s after the tick, %v: it is %s with pid %d", at, fault, p.State, p.PID)
				}
				if lines := s.said.took(); len(lines) > 12 {
					t.Errorf("an outage %s after the tick, %v: there are %d reports:\n%s", at, fault, len(lines), strings.Join(lines, "\n"))
				}
			})
		}
	}
}

func TestWhatAHumanStopsAtAnyMomentStaysStopped(t *testing.T) {
	for at := time.Duration(0); at < 1600*time.Millisecond; at += 10 * time.Millisecond {
		var refused error
		byHand := func(s *stage) {
			time.AfterFunc(at, func() { s.change(named("web:a"), func(p *program) { refused = s.stop(p) }) })
		}
		restartWith(t, byHand, func(t *testing.T, s *stage) {
			want := domain.Stopped
			if refused != nil {
				want = domain.Running // it was being stopped by us, and the human was told so
			}
			if p := s.at(named("web:a")); p.State != want {
				t.Errorf("a stop by hand %s after the tick: it is %s, want %s", at, p.State, want)
			}
			if left := s.journal.left(); left != nil {
				t.Errorf("a stop by hand %s after the tick: the journal still has %v", at, left)
			}
		})
	}
}

func TestAGroupMayBeRemovedAtAnyMoment(t *testing.T) {
	for at := time.Duration(0); at < 1600*time.Millisecond; at += 10 * time.Millisecond {
		byHand := func(s *stage) {
			time.AfterFunc(at, func() {
				s.remove(named("web:a"))
				s.add(named("web:a")) // so that restartWith finds it; a new life of the name
				s.vanish(named("web:a"))
				s.add(named("web:a"), in(domain.Stopped, 0))
			})
		}
		restartWith(t, byHand, func(t *testing.T, s *stage) {
			if left := s.journal.left(); left != nil {
				t.Errorf("removed %s after the tick: the journal still has %v", at, left)
			}
			if n := s.dog.Sizes()["engine.restarts"]; n != 0 {
				t.Errorf("removed %s after the tick: %d restarts are still under way", at, n)
			}
		})
	}
}

// mortal is the hand of a listener that is killed at some moment: nothing that it does after that has an effect.
type mortal struct {
	*stage
	dead bool
}

var errDead = errors.Join(domain.ErrUnreachable, domain.ErrNotSent)

func (m *mortal) may() error {
	if m.mu.Lock(); m.dead {
		m.mu.Unlock()
		return errDead
	}
	m.mu.Unlock()
	return nil
}

func (m *mortal) Stop(ctx context.Context, id domain.ID) error {
	if m.may() != nil {
		return errDead
	}
	return m.supervisord.Stop(ctx, id)
}

func (m *mortal) Start(ctx context.Context, id domain.ID) error {
	if m.may() != nil {
		return errDead
	}
	return m.supervisord.Start(ctx, id)
}

func (m *mortal) Signal(context.Context, domain.ID, string) error { return errDead }

func (m *mortal) Write(ctx context.Context, r domain.Restart) error {
	if m.may() != nil {
		return errDead
	}
	return m.journal.Write(ctx, r)
}

func (m *mortal) Remove(ctx context.Context, id domain.ID) error {
	if m.may() != nil {
		return errDead
	}
	return m.journal.Remove(ctx, id)
}

func (m *mortal) Unfinished(ctx context.Context) ([]domain.Restart, error) {
	return m.journal.Unfinished(ctx)
}

func TestAListenerThatIsKilledAtAnyMomentCostsNoService(t *testing.T) {
	for at := time.Duration(0); at < 1600*time.Millisecond; at += 10 * time.Millisecond {
		play(t, func(t *testing.T, s *stage) {
			s.run("web:a", "job:a", "job:b")
			s.watch(domain.DropIn(), "web:*")
			s.slowly(func(string) { time.Sleep(2 * time.Millisecond) })
			victim := &mortal{stage: s}
			world := s.world
			world.Control, world.Journal, world.Reporter = ports.ProcessControl(victim), ports.Journal(victim), nil
			first, err := watchdog.New(world, s.config)
			if err != nil {
				t.Fatal(err)
			}
			s.sick.ill("status 500", "web:a")
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			events := make(chan domain.Event, 1)
			go func() { ended <- first.Listen(ctx, &source{events: events}) }()
			events <- domain.Event{Name: "TICK_5", Tick: &domain.Tick{When: time.Now(), Period: 5 * time.Second}}
			time.Sleep(at)
			s.mu.Lock()
			victim.dead = true
			s.mu.Unlock()
			time.Sleep(time.Second)
			stop := s.listen() // supervisord has started it again
			s.pass(time.Second)
			if s.at(named("web:a")).PID != 102 {
				s.sick.well("web:a")
			}
			for range 3 {
				s.tick()
				s.sick.well("web:a")
			}
			acts, p := s.acts(), s.at(named("web:a"))
			if p.State != domain.Running || !slices.Equal(acts, []string{"stop web:a", "start web:a"}) {
				t.Errorf("killed %s after the tick: %v, and it is %s", at, acts, p.State)
			}
			if diff := cmp.Diff([]string(nil), s.journal.left()); diff != "" {
				t.Errorf("killed %s after the tick: the journal (-want +got):\n%s", at, diff)
			}
			stop()
			cancel()
			<-ended
		})
	}
}

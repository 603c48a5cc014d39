package watchdog_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/ports"
)

func TestAtWhateverMomentTheListenerStopsNoServiceStaysDown(t *testing.T) {
	for at := time.Duration(0); at < 1500*time.Millisecond; at += 5 * time.Millisecond {
		play(t, func(t *testing.T, s *stage) {
			s.run("web:a")
			s.watch(domain.DropIn(), "web:*")
			s.sick.ill("status 500", "web:a")
			s.slowly(func(string) { time.Sleep(3 * time.Millisecond) })
			stop := s.listen()
			s.tickAt(time.Now())
			time.Sleep(at)
			took, err := stop()
			if err != nil || took > time.Second {
				t.Errorf("%s after the tick: Listen took %s and returned %v", at, took, err)
			}
			acts, state, left := s.acts(), s.at(named("web:a")).State, s.journal.left()
			switch {
			case len(acts) == 0 && state == domain.Running && left == nil: // before the stop
			case slices.Equal(acts, []string{"stop web:a", "start web:a"}) && (state == domain.Starting || state == domain.Running):
			default:
				t.Errorf("%s after the tick: %v, and it is %s; the journal has %v", at, acts, state, left)
			}
			s.slowly(nil)
			s.pass(time.Minute)
			s.acted()
		})
	}
}

func TestWhatIsLeftToTheNextLife(t *testing.T) {
	const stopping = `level=WARN msg="restarting: stop" check=check process=web:a pid=102 reason="probe: status 500"`
	const leaving = `level=WARN msg="restart not done: the listener is stopping, and its next life goes on with it" check=check process=web:a phase="stop accepted"`
	tests := map[string]struct {
		config func(s *stage)
		took   time.Duration // to stop
		left   []string
		log    []string
	}{
		"a stop that takes longer than we may": {
			func(s *stage) { s.change(named("web:a"), func(p *program) { p.stopTakes = time.Hour }) },
			8500 * time.Millisecond, []string{"web:a stop accepted"}, []string{stopping, leaving},
		},
		"a stop that takes longer than we may as stopwaitsecs says": {
			func(s *stage) {
				s.config.StopWait = 2 * time.Second
				s.change(named("web:a"), func(p *program) { p.stopTakes = time.Hour })
			},
			time.Second, []string{"web:a stop accepted"}, []string{stopping, leaving},
		},
		"a stop that takes longer than we may as supervisord says": {
			func(s *stage) {
				s.change(self(), func(p *program) { p.settings.StopWait = 3 * time.Second })
				s.change(named("web:a"), func(p *program) { p.stopTakes = time.Hour })
			},
			1500 * time.Millisecond, []string{"web:a stop accepted"}, []string{stopping, leaving},
		},
		"a stop that takes not as long is waited for": {
			func(s *stage) { s.change(named("web:a"), func(p *program) { p.stopTakes = 3 * time.Second }) },
			2270 * time.Millisecond, []string{"web:a start sent"},
			[]string{stopping, `level=INFO msg="started: the listener is stopping and does not see what becomes of it" check=check process=web:a`},
		},
		"a start that fails already is not waited for": {
			func(s *stage) {
				s.change(named("web:a"), func(p *program) { p.cannot = fmt.Errorf("%w: no such file", domain.ErrCannotStart) })
			},
			0, []string{"web:a start sent"},
			[]string{stopping, `level=ERROR msg="restart not done yet" check=check process=web:a why="cannot start: no such file" phase="stop accepted" failed_starts=1 next_try_in=1s`, leaving},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			play(t, func(t *testing.T, s *stage) {
				s.run("web:a")
				s.watch(domain.DropIn(), "web:*")
				test.config(s)
				s.sick.ill("status 500", "web:a")
				stop := s.listen()
				s.tickAt(time.Now())
				s.pass(time.Second)
				took, _ := stop()
				if took != test.took {
					t.Errorf("it took %s to stop, want %s", took, test.took)
				}
				if diff := cmp.Diff(test.left, s.journal.left()); diff != "" {
					t.Errorf("the journal (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff(test.log, s.log.took()[2:]); diff != "" {
					t.Errorf("the log (-want +got):\n%s", diff)
				}
				s.pass(time.Hour)
			})
		})
	}
}

func TestWhenSupervisordIsGoneNobodyWaitsLong(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.run("web:a")
		s.watch(domain.DropIn(), "web:*")
		s.change(named("web:a"), func(p *program) { p.stopTakes = time.Hour })
		s.sick.ill("status 500", "web:a")
		ended := make(chan error, 1)
		go func() { ended <- s.make().Listen(t.Context(), &source{events: s.events}) }()
		s.tickAt(time.Now())
		s.pass(time.Second)
		began := time.Now()
		close(s.events)
		if err := <-ended; err != domain.ErrEventsEnded || time.Since(began) != 500*time.Millisecond {
			t.Errorf("Listen returned %v after %s", err, time.Since(began))
		}
	})
}

// hasty is a clock by which the listener is stopped while a restart lies between its last look and its stop.
type hasty struct {
	ports.Clock
	stop func()
}

func (h hasty) Sleep(ctx context.Context, d time.Duration) error {
	err := h.Clock.Sleep(ctx, d)
	if d == 0 {
		h.stop()
		time.Sleep(time.Millisecond) // the listener has all the time to see that nothing is owed
	}
	return err
}

func TestAStopThatWasDecidedBeforeTheEndIsNotSentAfterIt(t *testing.T) {
	for looks := range 3 {
		play(t, func(t *testing.T, s *stage) {
			s.run("web:a")
			s.watch(domain.DropIn(), "web:*")
			s.sick.ill("status 500", "web:a")
			ctx, cancel := context.WithCancel(t.Context())
			n := 0
			s.world.Clock = hasty{s.world.Clock, func() {
				if n++; n > looks {
					cancel()
				}
			}}
			s.tickAt(time.Now())
			if err := s.make().Listen(ctx, &source{events: s.events}); err != nil {
				t.Error(err)
			}
			synctest.Wait()
			if acts := s.acts(); len(acts) == 1 {
				t.Errorf("when the end came before step %d, Listen left it at %v", looks+1, acts)
			}
			cancel()
		})
	}
}

func TestAnErrorOfTheAPIWhileWeStopIsNoNews(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.run("web:a")
		s.watch(domain.DropIn(), "web:*")
		s.slowly(func(string) { time.Sleep(time.Second) })
		s.losing(func(string) error { return context.Canceled })
		stop := s.listen()
		s.tickAt(time.Now())
		time.Sleep(500 * time.Millisecond)
		stop()
		s.pass(time.Second)
		s.logged()
	})
}

func TestANewbornIsLeftAloneWhenTheListenerStops(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.run("web:a")
		s.change(named("web:a"), func(p *program) { p.Started = time.Now() })
		s.watch(domain.DropIn(), "web:*")
		s.sick.ill("status 500", "web:a")
		stop := s.listen()
		s.tickAt(time.Now())
		s.pass(500 * time.Millisecond)
		s.journal.took()
		if took, _ := stop(); took != 0 {
			t.Errorf("it took %s to stop", took)
		}
		s.acted()
		if calls := s.journal.took(); calls != nil {
			t.Errorf("the journal was told: %v", calls)
		}
	})
}

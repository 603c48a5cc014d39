package watchdog_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/domain"
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
	const stopping = "stopping web:a"
	const leaving = "left web:a stop accepted"
	tests := map[string]struct {
		config func(s *stage)
		took   time.Duration // to stop
		left   []string
		want   []string // the last reports
	}{
		"a stop that takes longer than we may": {
			func(s *stage) { s.change(named("web:a"), func(p *program) { p.stopTakes = time.Hour }) },
			8500 * time.Millisecond, []string{"web:a stop accepted"},
			[]string{stopping, "late web:a stop accepted: still STOPPING", leaving},
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
			func(s *stage) { s.change(named("web:a"), func(p *program) { p.stopTakes = 2900 * time.Millisecond }) },
			2270 * time.Millisecond, []string{"web:a start accepted"},
			[]string{stopping, "left web:a start accepted"},
		},
		"a supervisord that shuts down itself is not waited for": {
			func(s *stage) {
				s.change(named("web:a"), func(p *program) { p.stopTakes = time.Hour })
				time.AfterFunc(900*time.Millisecond, func() { s.failing(func(string) error { return domain.ErrShuttingDown }) })
			},
			0, []string{"web:a stop accepted"}, []string{stopping, leaving + ": blind (supervisord is shutting down)"},
		},
		"a start that fails already is not waited for": {
			func(s *stage) {
				s.change(named("web:a"), func(p *program) { p.cannot = fmt.Errorf("%w: no such file", domain.ErrCannotStart) })
			},
			0, []string{"web:a start sent"},
			[]string{stopping, "late web:a stop accepted: refused (cannot start: no such file), try 1", "left web:a stop accepted: refused (cannot start: no such file), try 1"},
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
				left := s.journal.left()
				if len(left) == 1 && left[0] == "web:a start sent" && test.left[0] == "web:a start accepted" {
					left = test.left // whether the answer to the start is kept yet depends on which of two goroutines is first
				}
				if diff := cmp.Diff(test.left, left); diff != "" {
					t.Errorf("the journal (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff(test.want, s.said.took()[2:]); diff != "" {
					t.Errorf("the reports (-want +got):\n%s", diff)
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

// TestAStopThatWasDecidedBeforeTheEndIsNotSentAfterIt has the listener stopped at each of the calls that lie before the stop.
func TestAStopThatWasDecidedBeforeTheEndIsNotSentAfterIt(t *testing.T) {
	for _, moment := range []string{"settings", "identity", "write web:a stop sent", "look web:a"} {
		t.Run(moment, func(t *testing.T) {
			play(t, func(t *testing.T, s *stage) {
				s.run("web:a")
				s.watch(domain.DropIn(), "web:*")
				s.sick.ill("status 500", "web:a")
				ctx, cancel := context.WithCancel(t.Context())
				end := func(call string) {
					if call == moment {
						cancel()
						time.Sleep(time.Millisecond) // the listener has all the time to see that nothing is owed
					}
				}
				s.slowly(end)
				s.journal.failing(func(call string) error { end(call); return nil })
				s.tickAt(time.Now())
				if err := s.make().Listen(ctx, &source{events: s.events}); err != nil {
					t.Error(err)
				}
				s.acted()
				if left := s.journal.left(); left != nil {
					t.Errorf("the journal has %v", left)
				}
				s.reported("watching web:* 1", "judged web:a unhealthy (status 500): do failing 1")
			})
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
		s.reported()
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

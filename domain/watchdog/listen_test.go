package watchdog_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/golang/mock/gomock"
	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/watchdog"
	"supervisor-healthcheck/mocks"
)

func TestListenAcceptsAnEventBeforeItProbes(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.run("web:a")
		s.watch(domain.DropIn(), "web:*")
		source, ctx := mocks.NewMockEventSource(gomock.NewController(t)), t.Context()
		tick := domain.Event{Name: "TICK_5", Tick: &domain.Tick{When: time.Now(), Period: 5 * time.Second}}
		gomock.InOrder(
			source.EXPECT().Next(gomock.Any()).Return(tick, nil),
			source.EXPECT().Done().DoAndReturn(func() error {
				synctest.Wait()
				if seen, calls := s.sick.seen(), s.took(); seen != nil || calls != nil {
					t.Errorf("judged %v and called %v before the event was accepted", seen, calls)
				}
				return nil
			}),
			source.EXPECT().Next(gomock.Any()).DoAndReturn(func(context.Context) (domain.Event, error) {
				time.Sleep(time.Second)
				return domain.Event{}, domain.ErrEventsEnded
			}),
		)
		if err := s.make().Listen(ctx, source); !errors.Is(err, domain.ErrEventsEnded) {
			t.Errorf("Listen returned %v, want %v", err, domain.ErrEventsEnded)
		}
		if diff := cmp.Diff([]string{"web:a"}, s.sick.seen()); diff != "" {
			t.Errorf("judged (-want +got):\n%s", diff)
		}
	})
}

func TestListenEnds(t *testing.T) {
	broken := errors.New("stdout: broken pipe")
	tests := map[string]struct {
		source func(m *mocks.MockEventSource, cancel func())
		want   error
	}{
		"with what Next says when the events have ended": {
			func(m *mocks.MockEventSource, _ func()) {
				m.EXPECT().Next(gomock.Any()).Return(domain.Event{}, domain.ErrEventsEnded)
			}, domain.ErrEventsEnded,
		},
		"with what Done says when the protocol cannot be written": {
			func(m *mocks.MockEventSource, _ func()) {
				m.EXPECT().Next(gomock.Any()).Return(domain.Event{Name: "REMOTE_COMMUNICATION"}, nil)
				m.EXPECT().Done().Return(broken)
			}, broken,
		},
		"without an error when it was asked to": {
			func(m *mocks.MockEventSource, cancel func()) {
				m.EXPECT().Next(gomock.Any()).DoAndReturn(func(ctx context.Context) (domain.Event, error) {
					cancel()
					<-ctx.Done()
					return domain.Event{}, ctx.Err()
				})
			}, nil,
		},
		"without an error when the protocol breaks because it was asked to": {
			func(m *mocks.MockEventSource, cancel func()) {
				m.EXPECT().Next(gomock.Any()).Return(domain.Event{}, nil)
				m.EXPECT().Done().DoAndReturn(func() error { cancel(); return broken })
			}, nil,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			play(t, func(t *testing.T, s *stage) {
				s.watch(domain.DropIn(), "web:*")
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				source := mocks.NewMockEventSource(gomock.NewController(t))
				test.source(source, cancel)
				if err := s.make().Listen(ctx, source); !errors.Is(err, test.want) || test.want == nil && err != nil {
					t.Errorf("Listen returned %v, want %v", err, test.want)
				}
				s.called()
				s.reported()
			})
		})
	}
}

func TestEventsOfOtherKindsCauseNothing(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.run("web:a")
		s.watch(domain.DropIn(), "web:*")
		stop := s.listen()
		for _, name := range []string{"REMOTE_COMMUNICATION", "PROCESS_LOG_STDOUT", "SUPERVISOR_STATE_CHANGE_RUNNING"} {
			s.events <- domain.Event{Name: name}
		}
		s.pass(time.Minute)
		if _, err := stop(); err != nil {
			t.Error(err)
		}
		s.called()
		s.reported()
	})
}

func TestTicksThatStartNoRound(t *testing.T) {
	tick := func(serial int64, age time.Duration) domain.Event {
		return domain.Event{Serial: serial, PoolSerial: serial, Tick: &domain.Tick{When: dawn().Add(-age), Period: 5 * time.Second}}
	}
	tests := map[string]struct {
		events []domain.Event
		rounds int
	}{
		"stale ticks of a burst, but the first": {
			[]domain.Event{tick(7, 40*time.Second), tick(8, 35*time.Second), tick(9, 30*time.Second)}, 1,
		},
		"but not the last of it, which is just a period late": {
			[]domain.Event{tick(7, 40*time.Second), tick(8, 35*time.Second), tick(9, 10*time.Second)}, 2,
		},
		"a tick that was delivered before": {[]domain.Event{tick(7, 0), tick(7, 0)}, 1},
		"nor the very first event":         {[]domain.Event{tick(0, 0), tick(0, 0)}, 1},
		"but not the next one":             {[]domain.Event{tick(7, 0), tick(8, 0)}, 2},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			play(t, func(t *testing.T, s *stage) {
				s.run("web:a")
				s.watch(domain.DropIn(), "web:*")
				stop := s.listen()
				for _, e := range test.events {
					s.events <- e
					synctest.Wait()
				}
				skipped := s.said.skipped
				if took, _ := stop(); took != 0 {
					t.Errorf("it took %s to stop", took)
				}
				if rounds := len(s.sick.seen()); rounds != test.rounds || skipped != len(test.events)-test.rounds {
					t.Errorf("%d rounds and %d ticks skipped, want %d rounds", rounds, skipped, test.rounds)
				}
			})
		})
	}
}

// TestATickInItsTimeIsActedOnWhateverTheClockSays: a clock that was set makes every tick stale, or none.
func TestATickInItsTimeIsActedOnWhateverTheClockSays(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.run("web:a")
		s.watch(domain.DropIn(), "web:*")
		stop := s.listen()
		for range 10 {
			s.tickAt(time.Now().Add(-time.Hour))
			s.pass(5 * time.Second)
		}
		stop()
		if rounds := len(s.sick.seen()); rounds != 10 {
			t.Errorf("%d rounds of 10", rounds)
		}
	})
}

func TestATickIsSkippedWhileTheLastRoundAsksSupervisord(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.run("web:a")
		s.watch(domain.DropIn(), "web:*")
		s.slowly(func(call string) {
			if call == "list" {
				time.Sleep(7 * time.Second)
			}
		})
		stop := s.listen()
		s.tick()
		s.called("list")
		s.tick()
		s.called()
		if seen := s.sick.seen(); len(seen) != 1 || s.said.skipped != 1 {
			t.Errorf("judged %v, and %d ticks were skipped", seen, s.said.skipped)
		}
		stop()
	})
}

func TestATickDoesNotProbeAgainWhatIsStillProbed(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.run("web:a", "web:b")
		slow := domain.NewCheck("slow", func(ctx context.Context, p domain.Process) domain.Verdict {
			if s.sick.check().Run(ctx, p); p.Name == "a" {
				time.Sleep(12 * time.Second)
			}
			return domain.Healthy.Because("fine")
		})
		s.watchWith(domain.DropIn(), []domain.Check{slow}, "web:*")
		stop := s.listen()
		for i, want := range [][]string{{"web:a", "web:b"}, {"web:b"}, {"web:b"}, {"web:a", "web:b"}} {
			s.tick()
			if diff := cmp.Diff(want, s.sick.seen()); diff != "" {
				t.Errorf("judged after tick %d (-want +got):\n%s", i+1, diff)
			}
		}
		s.pass(12 * time.Second)
		stop()
	})
}

func TestACheckThatHangsIsToldOnceAndHoldsUpNobody(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.run("web:a", "web:b")
		forever := make(chan struct{})
		deaf := domain.NewCheck("deaf", func(ctx context.Context, p domain.Process) domain.Verdict {
			if p.Name == "a" {
				<-forever
				return domain.Unhealthy.Because("nobody listens any more")
			}
			return s.sick.check().Run(ctx, p)
		})
		s.watchWith(domain.DropIn(), []domain.Check{deaf}, "web:*")
		stop := s.listen()
		for range 70 {
			s.tick()
		}
		if seen := len(s.sick.seen()); seen != 70 {
			t.Errorf("the other process was judged %d times, want 70", seen)
		}
		s.sick.ill("status 500", "web:b")
		s.tick()
		s.acted("stop web:b", "start web:b")
		if took, err := stop(); err != nil || took > time.Second {
			t.Errorf("Listen returned %v after %s", err, took)
		}
		close(forever)
		synctest.Wait()
		s.acted()
		s.reported(
			"watching web:* 2",
			"probe late web:a",
			"judged web:b unhealthy (status 500): do failing 1",
			"stopping web:b",
			"restarted web:b pid 104 down 1.42s",
		)
	})
}

// TestSilence is what the listener does with a long silence after a first tick.
func TestSilence(t *testing.T) {
	away := func(call string) error {
		if call == "identity" {
			return domain.ErrUnreachable
		}
		return nil
	}
	tests := map[string]struct {
		first  []time.Duration // the periods of the ticks before the silence
		fault  func(string) error
		events time.Duration // of other kinds, so often
		want   error
		after  time.Duration // how long it takes to notice
	}{
		"is the end after three periods, a margin and one more": {
			first: []time.Duration{5 * time.Second}, want: watchdog.ErrNoEvents, after: 30 * time.Second,
		},
		"is measured by the shortest tick": {
			first: []time.Duration{time.Hour, 5 * time.Second, time.Minute}, want: watchdog.ErrNoEvents, after: 30 * time.Second,
		},
		"is nothing where only rare ticks are subscribed": {first: []time.Duration{time.Hour}},
		"is nothing before the first tick":                {},
		"is nothing while supervisord does not answer":    {first: []time.Duration{5 * time.Second}, fault: away},
		"is broken by an event of any kind":               {first: []time.Duration{5 * time.Second}, events: 20 * time.Second},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			play(t, func(t *testing.T, s *stage) {
				s.watch(domain.DropIn(), "web:*")
				s.failing(test.fault)
				ended := make(chan error, 1)
				ctx, cancel := context.WithCancel(t.Context())
				go func() { ended <- s.make().Listen(ctx, &source{events: s.events}) }()
				for i, period := range test.first {
					s.events <- domain.Event{Serial: int64(i), Tick: &domain.Tick{When: time.Now(), Period: period}}
				}
				for began := time.Now(); test.events > 0 && time.Since(began) < time.Hour; time.Sleep(test.events) {
					s.events <- domain.Event{Name: "REMOTE_COMMUNICATION"}
				}
				began := time.Now()
				if test.events > 0 {
					time.Sleep(time.Second)
				} else {
					time.AfterFunc(2*time.Hour, cancel)
				}
				if test.events > 0 {
					cancel()
				}
				err := <-ended
				cancel()
				if !errors.Is(err, test.want) || test.want == nil && err != nil {
					t.Errorf("Listen returned %v, want %v", err, test.want)
				}
				if took := time.Since(began); test.want != nil && took != test.after {
					t.Errorf("noticed after %s, want %s", took, test.after)
				}
			})
		})
	}
}

func TestThatNoEventsComeIsToldInASentence(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.watch(domain.DropIn(), "web:*")
		s.tickAt(time.Now())
		err := s.make().Listen(t.Context(), &source{events: s.events})
		const want = "supervisord sends no events any more for more than 15s although it answers"
		if err == nil || err.Error() != want {
			t.Errorf("Listen returned %v, want %s", err, want)
		}
	})
}

func TestAListenerThatWasSuspendedStillGetsEvents(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.run("web:a")
		s.watch(domain.DropIn(), "web:*")
		stop := s.listen()
		s.tick()
		s.pass(23 * time.Second) // the timer has fired, and the events come now
		s.tick()
		if _, err := stop(); err != nil {
			t.Error(err)
		}
		s.called("list", "identity", "look web:a")
	})
}

package watchdog_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
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
				s.logged()
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
		s.logged()
	})
}

func TestTicksThatStartNoRound(t *testing.T) {
	old := domain.Tick{When: time.Date(1999, 12, 31, 23, 59, 49, 0, time.UTC), Period: 5 * time.Second}
	late := domain.Tick{When: old.When.Add(time.Second), Period: 5 * time.Second}
	tests := map[string]struct {
		events []domain.Event
		rounds int
		log    []string
	}{
		"a tick that is more than a period late": {
			[]domain.Event{{Serial: 7, Tick: &old}}, 0,
			[]string{`level=DEBUG msg="tick skipped: it is stale" serial=7 when=1999-12-31T23:59:49.000Z`},
		},
		"but not one that is just a period late": {
			[]domain.Event{{Serial: 7, Tick: &late}}, 1,
			[]string{`level=INFO msg=watching check=check selection=web:* processes=1`},
		},
		"a tick that was delivered before": {
			[]domain.Event{{Serial: 7, Tick: &late}, {Serial: 7, Tick: &late}}, 1,
			[]string{
				`level=INFO msg=watching check=check selection=web:* processes=1`,
				`level=DEBUG msg="tick skipped: it was delivered before" serial=7`,
			},
		},
		"but not the next one": {
			[]domain.Event{{Serial: 7, Tick: &late}, {Serial: 8, Tick: &late}}, 2,
			[]string{`level=INFO msg=watching check=check selection=web:* processes=1`},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			play(t, func(t *testing.T, s *stage) {
				s.log = newLog(slog.LevelDebug)
				s.world.Log = s.log.logger
				s.run("web:a")
				s.watch(domain.DropIn(), "web:*")
				stop := s.listen()
				for _, e := range test.events {
					s.events <- e
					synctest.Wait()
				}
				if took, _ := stop(); took != 0 {
					t.Errorf("it took %s to stop", took)
				}
				if rounds := len(s.sick.seen()); rounds != test.rounds {
					t.Errorf("%d rounds, want %d", rounds, test.rounds)
				}
				log := slices.DeleteFunc(s.log.took(), func(line string) bool { return strings.Contains(line, "msg=checked") })
				if diff := cmp.Diff(test.log, log); diff != "" {
					t.Errorf("the log (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestATickIsSkippedWhileTheLastRoundAsksSupervisord(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.log = newLog(slog.LevelDebug)
		s.world.Log = s.log.logger
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
		s.logged(
			`level=DEBUG msg="tick skipped: supervisord has not answered the last round yet" serial=1`,
			`level=INFO msg=watching check=check selection=web:* processes=1`,
			`level=DEBUG msg=checked check=check process=web:a health=healthy reason="probe: fine" took=0s pid=102`,
		)
		stop()
	})
}

func TestATickDoesNotExamineAgainWhatIsStillExamined(t *testing.T) {
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
		s.logged(
			`level=INFO msg=watching check=check selection=web:* processes=2`,
			`level=WARN msg="a check does not come back: the process is not judged meanwhile" check=check process=web:a since=5m5s`,
			`level=WARN msg=unhealthy check=check process=web:b reason="deaf: status 500" decision="restart at the first failure" pid=103 up=1h5m50s`,
			`level=WARN msg="restarting: stop" check=check process=web:b pid=103 reason="deaf: status 500"`,
			`level=WARN msg=restarted check=check process=web:b pid=104 down_for=1.42s failed_starts=0`,
		)
	})
}

// silence is what the listener does with a long silence after a first tick.
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
		"is deafness after three periods, a margin and one more": {
			first: []time.Duration{5 * time.Second}, want: watchdog.ErrDeaf, after: 30 * time.Second,
		},
		"is measured by the shortest tick": {
			first: []time.Duration{time.Hour, 5 * time.Second, time.Minute}, want: watchdog.ErrDeaf, after: 30 * time.Second,
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

func TestDeafnessIsToldInASentence(t *testing.T) {
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

func TestAListenerThatWasSuspendedIsNotDeaf(t *testing.T) {
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

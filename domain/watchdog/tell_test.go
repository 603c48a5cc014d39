package watchdog_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/golang/mock/gomock"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/mocks"
)

func set(t *testing.T, policy domain.Policy, settings ...string) domain.Policy {
	t.Helper()
	for i := 0; i < len(settings); i += 2 {
		if err := policy.Set(settings[i], settings[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	return policy
}

func TestTheLogOfOneRestart(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.run("web:a")
		s.watch(domain.DropIn(), "web:*")
		stop := s.listen()
		s.tick()
		s.sick.ill("status 500", "web:a")
		s.tick()
		s.sick.well("web:a")
		s.tick()
		s.tick()
		stop()
		s.logged(
			`level=INFO msg=watching check=check selection=web:* processes=1`,
			`level=WARN msg=unhealthy check=check process=web:a reason="probe: status 500" decision="restart at the first failure" pid=102 up=1h0m5s`,
			`level=WARN msg="restarting: stop" check=check process=web:a pid=102 reason="probe: status 500"`,
			`level=WARN msg=restarted check=check process=web:a pid=103 down_for=1.42s failed_starts=0`,
			`level=INFO msg=healthy check=check process=web:a reason="probe: fine" pid=103 up=5s`,
		)
	})
}

func TestEveryDecisionIsToldOnce(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.add(named("web:a"), func(p *program) { p.Started = second(time.Now()) })
		s.watch(set(t, domain.DropIn(), "failures", "3", "successes", "2", "start-grace", "12"), "web:a")
		s.sick.ill("status 500", "web:a")
		for range 4 {
			s.round()
			s.pass(5 * time.Second)
		}
		s.sick.ill("?the port pattern does not match", "web:a")
		s.round()
		s.round()
		s.sick.well("web:a")
		for range 3 {
			s.round()
		}
		s.acted()
		s.logged(
			`level=INFO msg=watching check=check selection=web:a processes=1`,
			`level=WARN msg=unhealthy check=check process=web:a reason="probe: status 500" decision="held: grace 12s left" pid=102 up=0s`,
			`level=WARN msg=unhealthy check=check process=web:a reason="probe: status 500" decision="held: failure 1 of 3" pid=102 up=15s`,
			`level=WARN msg="cannot judge" check=check process=web:a reason="probe: the port pattern does not match" pid=102 up=20s`,
			`level=INFO msg=healthy check=check process=web:a reason="probe: fine" decision="held: healthy 1 of 2" pid=102 up=20s`,
			`level=INFO msg=healthy check=check process=web:a reason="probe: fine" pid=102 up=20s`,
		)
	})
}

func TestWhatIsDoneAboutAnUnhealthyProcess(t *testing.T) {
	const ill = `level=WARN msg=unhealthy check=check process=web:a reason="probe: status 500" decision=`
	tests := map[string]struct {
		settings []string
		program  func(*program)
		acts     []string
		log      []string
	}{
		"nothing in observe mode": {
			[]string{"mode", "observe"}, in(domain.Running, 0), nil,
			[]string{ill + `"observe mode, otherwise: restart at the first failure" pid=102 up=1h0m0s`},
		},
		"nothing in observe mode about a dead one": {
			[]string{"mode", "observe", "recover", "fatal"}, func(p *program) { in(domain.Fatal, 0)(p); p.SpawnError = "exited too quickly" }, nil,
			[]string{`level=WARN msg=unhealthy check=check process=web:a reason="it is FATAL: exited too quickly" decision="observe mode, otherwise: start at the first failure" pid=0 up=0s`},
		},
		"nothing with action none": {
			[]string{"action", "none"}, in(domain.Running, 0), nil,
			[]string{ill + `"action none, otherwise: restart at the first failure" pid=102 up=1h0m0s`},
		},
		"a signal": {
			[]string{"action", "signal:HUP"}, in(domain.Running, 0), []string{"signal web:a HUP"},
			[]string{
				ill + `"signal HUP at the first failure" pid=102 up=1h0m0s`,
				`level=WARN msg="signal sent" check=check process=web:a signal=HUP reason="probe: status 500"`,
			},
		},
		"a signal in observe mode": {
			[]string{"action", "signal:HUP", "mode", "observe"}, in(domain.Running, 0), nil,
			[]string{ill + `"observe mode, otherwise: signal HUP at the first failure" pid=102 up=1h0m0s`},
		},
		"a start of a dead one that has nobody to signal": {
			[]string{"action", "signal:HUP", "recover", "exited"}, in(domain.Exited, 3), []string{"start web:a"},
			[]string{
				`level=WARN msg=unhealthy check=check process=web:a reason="it is EXITED with status 3, which is not one of its exitcodes" decision="start at the first failure" pid=0 up=0s`,
				`level=WARN msg=restarted check=check process=web:a pid=103 down_for=1.27s failed_starts=0`,
			},
		},
		"a signal after three failures": {
			[]string{"action", "signal:USR1", "failures", "1"}, in(domain.Running, 0), []string{"signal web:a USR1"},
			[]string{
				ill + `"signal USR1 at the first failure" pid=102 up=1h0m0s`,
				`level=WARN msg="signal sent" check=check process=web:a signal=USR1 reason="probe: status 500"`,
			},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			play(t, func(t *testing.T, s *stage) {
				s.add(named("web:a"), test.program)
				s.watch(set(t, domain.DropIn(), test.settings...), "web:*")
				s.sick.ill("status 500", "web:a")
				s.round()
				s.acted(test.acts...)
				s.logged(append([]string{`level=INFO msg=watching check=check selection=web:* processes=1`}, test.log...)...)
			})
		})
	}
}

func TestWhatIsOnlySaidIsNotSaidAtEveryTick(t *testing.T) {
	for _, settings := range [][]string{{"mode", "observe"}, {"action", "none"}} {
		play(t, func(t *testing.T, s *stage) {
			s.run("web:a")
			s.watch(set(t, domain.DropIn(), settings...), "web:*")
			s.sick.ill("status 500", "web:a")
			for range 12 { // a minute
				s.round()
				s.pass(5 * time.Second)
			}
			if lines := s.log.took(); len(lines) != 2 {
				t.Errorf("%v: in a minute of the same the log has %d lines, want 2:\n%q", settings, len(lines), lines)
			}
		})
	}
}

func TestASignalReachesOnlyTheLifeThatWasJudged(t *testing.T) {
	gone := errors.New("fault 10: BAD_NAME: web:a")
	judged := domain.Process{ID: named("web:a"), State: domain.Running, PID: 7, Started: time.Unix(1000, 0)}
	next := judged
	next.PID = 8
	tests := map[string]struct {
		calls func(table *mocks.MockProcessTable, control *mocks.MockProcessControl)
		log   string
	}{
		"sent": {
			func(table *mocks.MockProcessTable, control *mocks.MockProcessControl) {
				table.EXPECT().Process(gomock.Any(), judged.ID).Return(judged, nil)
				control.EXPECT().Signal(gomock.Any(), judged.ID, "HUP").Return(nil)
			}, `level=WARN msg="signal sent" check=check process=web:a signal=HUP reason="probe: status 500"`,
		},
		"not sent to the next life": {
			func(table *mocks.MockProcessTable, _ *mocks.MockProcessControl) {
				table.EXPECT().Process(gomock.Any(), judged.ID).Return(next, nil)
			}, `level=ERROR msg="signal not sent" check=check process=web:a signal=HUP error="it was restarted meanwhile: pid 8, not 7"`,
		},
		"not sent unseen": {
			func(table *mocks.MockProcessTable, _ *mocks.MockProcessControl) {
				table.EXPECT().Process(gomock.Any(), judged.ID).Return(domain.Process{}, gone)
			}, `level=ERROR msg="signal not sent" check=check process=web:a signal=HUP error="fault 10: BAD_NAME: web:a"`,
		},
		"refused": {
			func(table *mocks.MockProcessTable, control *mocks.MockProcessControl) {
				table.EXPECT().Process(gomock.Any(), judged.ID).Return(judged, nil)
				control.EXPECT().Signal(gomock.Any(), judged.ID, "HUP").Return(domain.ErrNotRunning)
			}, `level=ERROR msg="signal not sent" check=check process=web:a signal=HUP error="not running"`,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			play(t, func(t *testing.T, s *stage) {
				mock := gomock.NewController(t)
				table, control := mocks.NewMockProcessTable(mock), mocks.NewMockProcessControl(mock)
				s.world.Table, s.world.Control = table, control
				table.EXPECT().Processes(gomock.Any()).Return([]domain.Process{judged}, nil)
				test.calls(table, control)
				s.watch(set(t, domain.DropIn(), "action", "signal:HUP"), "web:*")
				s.sick.ill("status 500", "web:a")
				s.round()
				if lines := s.log.took(); len(lines) != 3 || lines[2] != test.log {
					t.Errorf("the log:\n%q\nwant at its end:\n%q", lines, test.log)
				}
			})
		})
	}
}

func TestASignalIsSentWheneverTheFailuresAreReachedAnew(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.run("web:a")
		s.watch(set(t, domain.DropIn(), "action", "signal:HUP", "failures", "3"), "web:*")
		s.sick.ill("status 500", "web:a")
		for range 7 {
			s.round()
		}
		s.acted("signal web:a HUP", "signal web:a HUP")
	})
}

func TestDebugShowsEveryCheck(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.log = newLog(slog.LevelDebug)
		s.world.Log = s.log.logger
		s.run("web:a", "web:b")
		s.config.Probes = 1
		slow := domain.NewCheck("slow", func(ctx context.Context, p domain.Process) domain.Verdict {
			time.Sleep(20 * time.Millisecond)
			return s.sick.check().Run(ctx, p)
		})
		s.watchWith(domain.DropIn(), []domain.Check{slow, s.sick.check()}, "web:*")
		s.sick.ill("?no answer", "web:b")
		s.round()
		s.logged(
			`level=INFO msg=watching check=check selection=web:* processes=2`,
			`level=DEBUG msg=checked check=check process=web:a health=healthy reason="slow: fine" took=20ms pid=102`,
			`level=DEBUG msg=checked check=check process=web:b health=unknown reason="slow: no answer" took=20ms pid=103`,
			`level=WARN msg="cannot judge" check=check process=web:b reason="slow: no answer" pid=103 up=1h0m0s`,
		)
	})
}

package watchdog_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/golang/mock/gomock"
	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/mocks"
)

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
		s.reported(
			"watching web:a 1",
			"judged web:a unhealthy (status 500): hold grace 12s",
			"judged web:a unhealthy (status 500): hold failures 1/3",
			"judged web:a unknown (the port pattern does not match): keep",
			"judged web:a healthy (fine): hold recovering 1/2",
			"judged web:a healthy (fine): keep",
		)
	})
}

func TestWhatIsDoneAboutAnUnhealthyProcess(t *testing.T) {
	const ill = "judged web:a unhealthy (status 500): do "
	tests := map[string]struct {
		settings []string
		program  func(*program)
		acts     []string
		want     []string // the reports
	}{
		"nothing in observe mode": {
			[]string{"mode", "observe"}, in(domain.Running, 0), nil,
			[]string{ill + "observe 1"},
		},
		"nothing in observe mode about a dead one": {
			[]string{"mode", "observe", "recover", "fatal"}, func(p *program) { in(domain.Fatal, 0)(p); p.SpawnError = "exited too quickly" }, nil,
			[]string{"judged web:a unhealthy (it is FATAL: exited too quickly): do observe 1"},
		},
		"nothing with action none": {
			[]string{"action", "none"}, in(domain.Running, 0), nil,
			[]string{ill + "no action 1"},
		},
		"a signal": {
			[]string{"action", "signal:HUP"}, in(domain.Running, 0), []string{"signal web:a HUP"},
			[]string{
				ill + "failing 1",
				"signalled web:a HUP",
			},
		},
		"a signal in observe mode": {
			[]string{"action", "signal:HUP", "mode", "observe"}, in(domain.Running, 0), nil,
			[]string{ill + "observe 1"},
		},
		"a start of a dead one that has nobody to signal": {
			[]string{"action", "signal:HUP", "recover", "exited"}, in(domain.Exited, 3), []string{"start web:a"},
			[]string{
				"judged web:a unhealthy (it is EXITED with status 3, which is not one of its exitcodes): do failing 1",
				"restarted web:a pid 103 down 1.27s",
			},
		},
		"another signal": {
			[]string{"action", "signal:USR1", "failures", "1"}, in(domain.Running, 0), []string{"signal web:a USR1"},
			[]string{
				ill + "failing 1",
				"signalled web:a USR1",
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
				s.reported(append([]string{"watching web:* 1"}, test.want...)...)
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
			if lines := s.said.took(); len(lines) != 2 {
				t.Errorf("%v: in a minute of the same there are %d reports, want 2:\n%q", settings, len(lines), lines)
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
		want  string // the report
	}{
		"sent": {
			func(table *mocks.MockProcessTable, control *mocks.MockProcessControl) {
				table.EXPECT().Process(gomock.Any(), judged.ID).Return(judged, nil)
				control.EXPECT().Signal(gomock.Any(), judged.ID, "HUP").Return(nil)
			}, "signalled web:a HUP",
		},
		"not sent to the next life": {
			func(table *mocks.MockProcessTable, _ *mocks.MockProcessControl) {
				table.EXPECT().Process(gomock.Any(), judged.ID).Return(next, nil)
			}, "signalled web:a HUP [it was restarted meanwhile and has pid 8]",
		},
		"not sent unseen": {
			func(table *mocks.MockProcessTable, _ *mocks.MockProcessControl) {
				table.EXPECT().Process(gomock.Any(), judged.ID).Return(domain.Process{}, gone)
			}, "signalled web:a HUP [fault 10: BAD_NAME: web:a]",
		},
		"refused": {
			func(table *mocks.MockProcessTable, control *mocks.MockProcessControl) {
				table.EXPECT().Process(gomock.Any(), judged.ID).Return(judged, nil)
				control.EXPECT().Signal(gomock.Any(), judged.ID, "HUP").Return(domain.ErrNotRunning)
			}, "signalled web:a HUP [not running]",
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
				s.reported("watching web:* 1", "judged web:a unhealthy (status 500): do failing 1", test.want)
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

// readings is a ports.Reporter that keeps what single probes have found.
type readings struct{ all []domain.Report }

func (r *readings) Report(report domain.Report) {
	if report.Kind == domain.ReportProbed {
		r.all = append(r.all, report)
	}
}

func TestEveryProbeIsReported(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.run("web:a", "web:b")
		slow := domain.NewCheck("slow", func(ctx context.Context, p domain.Process) domain.Verdict {
			time.Sleep(20 * time.Millisecond)
			return s.sick.check().Run(ctx, p)
		})
		got := &readings{}
		s.world.Reporter = got
		s.watchWith(domain.DropIn(), []domain.Check{local{slow}, local{s.sick.check()}}, "web:*")
		s.sick.ill("?no answer", "web:b")
		s.round()
		want := []domain.Report{
			{
				Kind: domain.ReportProbed, At: dawn().Add(20 * time.Millisecond), Watch: "check", Process: named("web:a"), PID: 102,
				Uptime: time.Hour + 20*time.Millisecond, Took: 20 * time.Millisecond,
				Verdict: domain.Verdict{Health: domain.Healthy, Reason: "fine", Check: "slow"},
			},
			{
				Kind: domain.ReportProbed, At: dawn().Add(40 * time.Millisecond), Watch: "check", Process: named("web:b"), PID: 103,
				Uptime: time.Hour + 40*time.Millisecond, Took: 20 * time.Millisecond,
				Verdict: domain.Verdict{Health: domain.Unknown, Reason: "no answer", Check: "slow"},
			},
		}
		if diff := cmp.Diff(want, got.all); diff != "" {
			t.Errorf("the probes (-want +got):\n%s", diff)
		}
	})
}

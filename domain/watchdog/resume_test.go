package watchdog_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/domain"
)

// left puts into the journal what a life of the listener has left behind that was killed a minute ago.
func (s *stage) leave(phase domain.Phase) domain.Restart {
	r := domain.Restart{
		Instance: s.at(named("web:a")).Instance(), Watch: "check", Reason: "probe: status 500",
		Phase: phase, Supervisor: 1, Begun: time.Now().Add(-time.Minute),
	}
	s.journal.restarts[r.Instance.ID] = r
	return r
}

// stopped is a program that was stopped a minute ago.
func stopped(p *program) {
	p.State, p.PID, p.Ended = domain.Stopped, 0, second(time.Now().Add(-time.Minute))
}

// next is a program that was started again half a minute ago.
func next(state domain.State) func(*program) {
	return func(p *program) {
		in(state, 0)(p)
		p.Started = second(time.Now().Add(-30 * time.Second))
		if p.PID != 0 {
			p.PID = 202
		}
	}
}

func TestWhatAnEarlierLifeLeftBehindIsFinished(t *testing.T) {
	const dropped = "dropped web:a "
	asBefore := func(*program) {}
	tests := map[string]struct {
		phase domain.Phase
		then  func(*program) // what has happened since
		acts  []string
		want  string // the report
	}{
		"killed before the first look": {
			domain.Planned, asBefore, nil, dropped + "planned: unsent",
		},
		"killed before the stop": {
			domain.StopSent, asBefore, nil, dropped + "stop sent: not stopped",
		},
		"killed after the stop, before its answer": {
			domain.StopSent, stopped, []string{"start web:a"}, "restarted web:a pid 103 down 1m0s",
		},
		"killed after the answer to the stop": {
			domain.StopAccepted, stopped, []string{"start web:a"}, "restarted web:a pid 103 down 1m0s",
		},
		"killed before the start": {
			domain.StartSent, stopped, []string{"start web:a"}, "restarted web:a pid 103 down 1m0s",
		},
		"killed after the start": {
			domain.StartSent, next(domain.Running), nil, "restarted web:a pid 202 down 30s",
		},
		"killed after the answer to the start": {
			domain.StartAccepted, next(domain.Running), nil, "",
		},
		"a human has started it": {
			domain.StopAccepted, next(domain.Running), nil, dropped + "stop accepted: started by other 202",
		},
		"a human has started and stopped it": {
			domain.StopAccepted, next(domain.Stopped), nil, dropped + "stop accepted: stopped by other STOPPED",
		},
		"a human has stopped it after our start": {
			domain.StartSent, next(domain.Stopped), nil, dropped + "start sent: stopped by other STOPPED",
		},
		"a human is stopping it after our start": {
			domain.StartSent, next(domain.Stopping), nil, dropped + "start sent: stopped by other STOPPING",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			play(t, func(t *testing.T, s *stage) {
				s.run("web:a")
				s.watch(domain.DropIn(), "web:*")
				r := s.leave(test.phase)
				s.change(named("web:a"), test.then)
				stop := s.listen()
				s.pass(15 * time.Second)
				stop()
				s.acted(test.acts...)
				if left := s.journal.left(); left != nil {
					t.Errorf("the journal still has %v", left)
				}
				want := []string{"found web:a " + r.Phase.String(), test.want}
				s.reported(slices.DeleteFunc(want, func(line string) bool { return line == "" })...) // that it runs was told by the earlier life
			})
		})
	}
}

func TestWhatWasLeftUnderAnotherSupervisordIsDropped(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.run("web:a")
		s.watch(domain.DropIn(), "web:*")
		s.leave(domain.StopAccepted)
		s.change(named("web:a"), stopped)
		s.pid = 2
		stop := s.listen()
		s.pass(5 * time.Second)
		stop()
		s.acted()
		s.reported(
			"found web:a stop accepted",
			"dropped web:a stop accepted: supervisor",
		)
		if left := s.journal.left(); left != nil {
			t.Errorf("the journal still has %v", left)
		}
	})
}

func TestARestartIsTakenUpAsSoonAsSupervisordAnswers(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.run("web:a")
		s.watch(domain.DropIn(), "web:*")
		s.leave(domain.StopAccepted)
		s.change(named("web:a"), stopped)
		s.failing(func(string) error { return domain.ErrUnreachable })
		stop := s.listen()
		for range 6 {
			s.tick() // and no round takes it for a process that a human has stopped
		}
		s.failing(nil)
		s.pass(8 * time.Second)
		s.acted("start web:a")
		s.is("web:a", domain.Running)
		stop()
	})
}

func TestAListenerThatIsStoppedBeforeSupervisordAnswersLeavesTheJournalAsItIs(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.run("web:a")
		s.watch(domain.DropIn(), "web:*")
		s.leave(domain.StopAccepted)
		s.change(named("web:a"), stopped)
		s.failing(func(string) error { return domain.ErrUnreachable })
		stop := s.listen()
		s.pass(time.Minute)
		if took, _ := stop(); took != 0 {
			t.Errorf("it took %s to stop", took)
		}
		if diff := cmp.Diff([]string{"web:a stop accepted"}, s.journal.left()); diff != "" {
			t.Errorf("the journal (-want +got):\n%s", diff)
		}
		s.reported("left web:a stop accepted")
	})
}

func TestAProcessWhoseRestartIsTakenUpIsNotJudgedMeanwhile(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.run("web:a")
		s.watch(domain.DropIn(), "web:*")
		s.leave(domain.StopAccepted)
		s.change(named("web:a"), func(p *program) { stopped(p); p.startTakes = 20 * time.Second })
		s.sick.ill("status 500", "web:a")
		stop := s.listen()
		for range 3 {
			s.tick()
		}
		s.acted("start web:a")
		if seen := s.sick.seen(); seen != nil {
			t.Errorf("judged %v", seen)
		}
		stop()
	})
}

func TestAJournalThatCannotBeReadIsToldOnceAndTriedAgain(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.run("web:a")
		s.watch(domain.DropIn(), "web:*")
		s.leave(domain.StopAccepted)
		s.change(named("web:a"), stopped)
		s.journal.failing(func(call string) error { return errors.New("no such directory") })
		stop := s.listen()
		s.pass(5 * time.Minute)
		s.reported("store failed [no such directory]")
		if calls := len(s.journal.took()); calls > 5*60/5+4 {
			t.Errorf("it was read %d times in 5 minutes", calls)
		}
		s.journal.failing(nil)
		s.pass(5 * time.Second) // it is down all the while
		s.acted("start web:a")
		s.reported("store works", "found web:a stop accepted", "restarted web:a pid 103 down 6m2s")
		stop()
	})
}

func TestATakenUpRestartWaitsForNoSlotAndIsNotTakenUpTwice(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.run("web:a", "web:b")
		s.config.Restarts = 1
		s.watch(domain.DropIn(), "web:*")
		s.leave(domain.StopAccepted)
		s.change(named("web:a"), func(p *program) { stopped(p); p.startTakes = time.Minute })
		s.sick.ill("status 500", "web:b")
		stop := s.listen()
		s.tick()
		s.acted("start web:a", "stop web:b", "start web:b")
		stop()
	})
}

func TestARestartOfThisLifeIsNotTakenUp(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.run("web:a")
		s.change(named("web:a"), func(p *program) { p.stopTakes = 10 * time.Second })
		s.watch(domain.DropIn(), "web:*")
		s.sick.ill("status 500", "web:a")
		s.journal.failing(func(call string) error {
			if call == "unfinished" {
				return errors.New("locked")
			}
			return nil
		})
		stop := s.listen()
		s.tickAt(time.Now())
		s.pass(500 * time.Millisecond)
		s.journal.failing(nil) // it is tried again while the restart is under way
		s.pass(4 * time.Second)
		s.tickAt(time.Now())
		s.pass(10 * time.Second)
		s.acted("stop web:a", "start web:a")
		for _, line := range s.said.took() {
			if strings.HasPrefix(line, "found") {
				t.Error(line)
			}
		}
		stop()
	})
}

func TestAListenerMayStopWhileItsJournalCannotBeRead(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.watch(domain.DropIn(), "web:*")
		s.journal.failing(func(call string) error { return errors.New("no such directory") })
		stop := s.listen()
		s.pass(time.Minute)
		if took, err := stop(); err != nil || took != 0 {
			t.Errorf("Listen returned %v after %s", err, took)
		}
	})
}

func TestWhoCallsRoundResumesByHand(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.run("web:a")
		s.watch(domain.DropIn(), "web:*")
		s.leave(domain.StopAccepted)
		s.change(named("web:a"), stopped)
		dog := s.make()
		dog.Resume(t.Context())
		dog.Wait()
		s.acted("start web:a")
	})
}

package watchdog_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/domain"
)

// both plays a scene with PROCESS_STATE events and without them. The quiet others make asking for one worthwhile.
func both(t *testing.T, policy []string, scene func(t *testing.T, s *stage, fed bool)) {
	t.Helper()
	for _, fed := range []bool{true, false} {
		t.Run(map[bool]string{true: "with events", false: "without events"}[fed], func(t *testing.T) {
			play(t, func(t *testing.T, s *stage) {
				s.run("web:a", "job:a", "job:b")
				s.watch(set(t, domain.DropIn(), policy...), "web:*")
				stop := s.listen()
				if fed {
					s.fed()
				}
				s.tick()
				s.logged(`level=INFO msg=watching check=check selection=web:* processes=1`)
				s.took()
				scene(t, s, fed)
				if _, err := stop(); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

const (
	stoppedByOthers = `level=INFO msg="stopped by somebody else: left alone until it is started" process=web:a`
	startedByOthers = `level=INFO msg="started by somebody else: counting its restarts anew" process=web:a`
	flapping        = `level=WARN msg="flapping: it ends by itself over and over, and is not restarted by us until the limit allows it" process=web:a limit=`
)

func TestWhatAHumanStoppedStaysStopped(t *testing.T) {
	both(t, []string{"recover", "fatal,exited"}, func(t *testing.T, s *stage, fed bool) {
		s.sick.ill("status 500", "web:a")
		s.stopByHand(named("web:a"))
		for range 20 {
			s.tick()
		}
		s.acted()
		s.is("web:a", domain.Stopped)
		if fed {
			s.logged(stoppedByOthers)
		} else {
			s.logged()
		}
	})
}

func TestAShutdownIsNotTakenForAHuman(t *testing.T) {
	both(t, nil, func(t *testing.T, s *stage, fed bool) {
		s.failing(func(string) error { return domain.ErrShuttingDown })
		s.stopByHand(named("web:a"))
		for range 3 {
			s.tick()
		}
		for _, line := range s.log.took() {
			if line == stoppedByOthers {
				t.Error("it is said to be stopped by somebody else")
			}
		}
	})
}

func TestAStartByHandGivesTheBudgetBack(t *testing.T) {
	both(t, []string{"restart-limit", "2/1h"}, func(t *testing.T, s *stage, fed bool) {
		s.sick.ill("status 500", "web:a")
		for range 4 {
			s.tick()
		}
		s.acted("stop web:a", "start web:a", "stop web:a", "start web:a")
		log := s.log.took()
		const givenUp = `level=WARN msg=unhealthy check=check process=web:a reason="probe: status 500" decision="given up: 2 restarts in 1h were not enough; start it by hand to re-arm" pid=106 up=5s`
		if diff := cmp.Diff(givenUp, log[len(log)-1]); diff != "" || len(log) != 7 {
			t.Errorf("the log %q, want at its end (-want +got):\n%s", log, diff)
		}
		if kept := s.journal.budgets[named("web:a")]; len(kept.Restarts) != 2 || !kept.GivenUp {
			t.Errorf("the ledger has %+v", kept)
		}
		s.stopByHand(named("web:a"))
		s.tick()
		s.startByHand(named("web:a"))
		s.pass(2 * time.Second)
		s.tick()
		want := []string{startedByOthers}
		if fed {
			want = []string{stoppedByOthers, startedByOthers}
		}
		log = s.log.took()
		if diff := cmp.Diff(want, log[:min(len(want), len(log))]); diff != "" {
			t.Errorf("the log (-want +got):\n%s", diff)
		}
		s.acted("stop web:a", "start web:a") // it is ill, and it may be restarted again
	})
}

func TestAStartByHandOfOneThatHadEndedGivesTheBudgetBack(t *testing.T) {
	both(t, []string{"restart-limit", "1/1h", "recover", "exited"}, func(t *testing.T, s *stage, fed bool) {
		for range 2 {
			s.die(named("web:a"), 3, false)
			s.tick()
			s.tick()
		}
		s.acted("start web:a")
		s.log.took()
		s.startByHand(named("web:a"))
		s.pass(2 * time.Second)
		s.tick()
		s.logged(startedByOthers, `level=INFO msg=healthy check=check process=web:a reason="probe: fine" pid=106 up=2s`)
		if kept := s.journal.budgets[named("web:a")]; !cmp.Equal(kept, domain.Budget{}) {
			t.Errorf("the ledger has %+v", kept)
		}
	})
}

func TestOurOwnRestartIsNotTakenForAHumans(t *testing.T) {
	both(t, []string{"restart-limit", "9/1h"}, func(t *testing.T, s *stage, fed bool) {
		s.change(named("web:a"), func(p *program) { p.stopTakes, p.startTakes = 7*time.Second, 7*time.Second })
		s.sick.ill("status 500", "web:a")
		s.tick()
		s.sick.well("web:a")
		for range 5 {
			s.tick()
		}
		s.logged(
			`level=WARN msg=unhealthy check=check process=web:a reason="probe: status 500" decision="restart at the first failure" pid=102 up=1h0m5s`,
			`level=WARN msg="restarting: stop" check=check process=web:a pid=102 reason="probe: status 500"`,
			`level=WARN msg=restarted check=check process=web:a pid=105 down_for=14.54s failed_starts=0`,
			`level=INFO msg=healthy check=check process=web:a reason="probe: fine" pid=105 up=8s`,
		)
		if kept := s.journal.budgets[named("web:a")]; len(kept.Restarts) != 1 {
			t.Errorf("the ledger has %+v", kept)
		}
	})
}

func TestAStartThatHadToBeRepeatedIsNotTakenForAHumans(t *testing.T) {
	both(t, []string{"restart-limit", "9/1h"}, func(t *testing.T, s *stage, fed bool) {
		s.change(named("web:a"), func(p *program) { p.cannot = domain.ErrCannotStart })
		s.sick.ill("status 500", "web:a")
		s.tick()
		s.sick.well("web:a")
		s.change(named("web:a"), func(p *program) { p.cannot = nil })
		for range 5 {
			s.tick()
		}
		s.is("web:a", domain.Running)
		for _, line := range s.log.took() {
			if line == startedByOthers {
				t.Error(line)
			}
		}
		if kept := s.journal.budgets[named("web:a")]; len(kept.Restarts) != 1 {
			t.Errorf("the ledger has %+v", kept)
		}
	})
}

func TestDeathsCountAgainstTheSameBudget(t *testing.T) {
	both(t, []string{"restart-limit", "3/1h"}, func(t *testing.T, s *stage, fed bool) {
		for i := range 5 {
			s.die(named("web:a"), 1, true)
			s.pass(2 * time.Second)
			s.tick()
			switch {
			case i == 2:
				s.logged(flapping + "3/1h")
			default:
				s.logged()
			}
		}
		s.sick.ill("status 500", "web:a")
		s.tick()
		s.tick()
		s.acted()
		if log := s.log.took(); len(log) != 1 {
			t.Errorf("the log: %q", log)
		}
		if kept := s.journal.budgets[named("web:a")]; len(kept.Restarts) != 5 || !kept.GivenUp {
			t.Errorf("the ledger has %+v", kept)
		}
	})
}

func TestAnEventThatComesAgainMeansNothing(t *testing.T) {
	both(t, []string{"restart-limit", "9/1h"}, func(t *testing.T, s *stage, fed bool) {
		s.twice = true // as when PROCESS_STATE and PROCESS_STATE_STARTING are subscribed
		s.sick.ill("status 500", "web:a")
		s.tick()
		s.sick.well("web:a")
		s.tick()
		s.die(named("web:a"), 1, true)
		s.pass(2 * time.Second)
		s.mu.Lock()
		s.twice = false
		old := domain.StateChange{ID: named("web:a"), From: domain.Stopped, To: domain.Starting} // refused by another listener long ago
		s.events <- domain.Event{Serial: s.serial - 9, PoolSerial: s.poolSerial, Change: &old}
		s.poolSerial++
		s.mu.Unlock()
		s.tick()
		if log := s.log.took(); len(log) != 4 {
			t.Errorf("the log: %q", log)
		}
		if kept := s.journal.budgets[named("web:a")]; len(kept.Restarts) != 2 {
			t.Errorf("the ledger has %+v", kept)
		}
		s.took()
		s.tick()
		if calls := s.took(); slices.Contains(calls, "list") {
			t.Errorf("asked %q, although no event was lost", calls)
		}
	})
}

func TestSupervisordMayTakeASecondToStartItAgain(t *testing.T) {
	both(t, []string{"restart-limit", "2/1h"}, func(t *testing.T, s *stage, fed bool) {
		for range 2 {
			s.die(named("web:a"), 1, false)
			s.tickAt(time.Now())
			s.pass(time.Second)
			s.startByHand(named("web:a"))
			s.pass(2 * time.Second)
			s.tick()
		}
		s.logged(flapping + "2/1h")
	})
}

func TestALoopOfStartsThatFailIsNoHumansDoing(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.run("web:a", "job:a", "job:b")
		s.journal.budgets[named("web:a")] = domain.Budget{Restarts: []time.Time{dawn()}, Last: dawn(), GivenUp: true}
		s.watch(set(t, domain.DropIn(), "restart-limit", "1/1h"), "web:*")
		stop := s.listen()
		s.fed()
		s.tick()
		s.log.took()
		for range 3 {
			s.change(named("web:a"), func(p *program) {
				s.turnTo(p, domain.Backoff, false)
				s.turnTo(p, domain.Starting, false)
			})
			s.tick()
		}
		s.logged()
		stop()
	})
}

func TestDeathsWithoutALimitAreNobodysBusiness(t *testing.T) {
	both(t, nil, func(t *testing.T, s *stage, fed bool) {
		for range 5 {
			s.die(named("web:a"), 1, true)
			s.pass(2 * time.Second)
			s.tick()
		}
		s.logged()
		if kept := s.journal.budgets; len(kept) != 0 {
			t.Errorf("the ledger has %+v", kept)
		}
	})
}

func TestAnExpectedExitIsNoDeath(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.run("web:a", "job:a", "job:b")
		s.watch(set(t, domain.DropIn(), "restart-limit", "1/1h"), "web:*")
		stop := s.listen()
		s.fed()
		s.tick()
		s.die(named("web:a"), 0, true)
		s.pass(2 * time.Second)
		s.tick()
		s.logged(`level=INFO msg=watching check=check selection=web:* processes=1`)
		stop()
	})
}

func TestWhatOthersDoWithOtherProcessesIsNoNews(t *testing.T) {
	both(t, []string{"restart-limit", "1/1h"}, func(t *testing.T, s *stage, fed bool) {
		for _, id := range []domain.ID{named("job:a"), self()} {
			for range 3 {
				s.die(id, 1, true)
				s.pass(2 * time.Second)
				s.tick()
			}
			s.stopByHand(id)
			s.pass(time.Second)
			s.startByHand(id)
			s.tick()
		}
		s.logged()
		if kept := s.journal.budgets; len(kept) != 0 {
			t.Errorf("the ledger has %+v", kept)
		}
	})
}

func TestAListingThatIsOlderThanOurRestartDoesNotGiveTheBudgetBack(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.run("web:a", "web:b")
		s.change(named("web:a"), func(p *program) { p.startTakes, p.stopTakes = 0, 40*time.Millisecond })
		s.watch(set(t, domain.DropIn(), "restart-limit", "2/1h"), "web:*")
		stop := s.listen()
		s.tick()
		s.sick.ill("status 500", "web:a")
		s.tickAt(time.Now())
		s.pass(20 * time.Millisecond) // it is STOPPING, and
		s.is("web:a", domain.Stopping)
		s.slowly(func(call string) { // supervisord takes long to tell of it
			if call == "list" {
				s.slowly(nil)
				time.Sleep(2 * time.Second)
			}
		})
		s.sick.well("web:a")
		s.tickAt(time.Now())
		s.pass(5 * time.Second)
		s.tick()
		s.tick()
		for _, line := range s.log.took() {
			if line == startedByOthers {
				t.Error(line)
			}
		}
		if kept := s.journal.budgets[named("web:a")]; len(kept.Restarts) != 1 {
			t.Errorf("the ledger has %+v", kept)
		}
		stop()
	})
}

func TestAServiceThatAlwaysDiesIsStartedAsOftenAsTheLimitSays(t *testing.T) {
	both(t, []string{"recover", "exited", "restart-limit", "4/1h"}, func(t *testing.T, s *stage, fed bool) {
		starts := 0
		for range 40 {
			if s.at(named("web:a")).State == domain.Running {
				s.die(named("web:a"), 3, false)
			}
			s.tick()
			starts += len(s.acts())
		}
		if starts != 4 {
			t.Errorf("it was started %d times, want 4", starts)
		}
	})
}

func TestMassFailureHoldsAllButOne(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		var names []string
		for i := range 6 {
			names = append(names, fmt.Sprintf("web:%d", i))
		}
		s.run(names...)
		s.config.Probes = 1
		s.watch(set(t, domain.DropIn(), "mass-failure", "50%"), "web:*")
		stop := s.listen()
		s.tick()
		s.log.took()
		s.sick.ill("no database", names[:5]...)
		s.tick()
		s.acted("stop web:0", "start web:0")
		const held = `level=WARN msg=unhealthy check=check process=%s reason="probe: no database" decision="held: %s failing at once" pid=%d up=1h0m5s`
		s.loggedInAnyOrder( // the restart runs beside the other verdicts
			`level=WARN msg=unhealthy check=check process=web:0 reason="probe: no database" decision="restart at the first failure" pid=102 up=1h0m5s`,
			fmt.Sprintf(held, "web:1", "3 of 6", 103),
			fmt.Sprintf(held, "web:2", "3 of 6", 104),
			fmt.Sprintf(held, "web:3", "4 of 6", 105),
			fmt.Sprintf(held, "web:4", "5 of 6", 106),
			`level=WARN msg="restarting: stop" check=check process=web:0 pid=102 reason="probe: no database"`,
			`level=WARN msg=restarted check=check process=web:0 pid=108 down_for=1.42s failed_starts=0`,
		)
		for range 10 {
			s.tick()
		}
		s.acted()
		s.logged(`level=WARN msg=unhealthy check=check process=web:0 reason="probe: no database" decision="held: 3 of 6 failing at once" pid=108 up=5s`)
		s.sick.well(names[0])
		s.tick() // the restart has helped, so the next one gets one
		s.acted("stop web:1", "start web:1")
		s.tick()
		s.acted()
		s.sick.well(names[1], names[2])
		s.tick() // so few are no mass
		acts := s.acts()
		slices.Sort(acts)
		if diff := cmp.Diff([]string{"start web:3", "start web:4", "stop web:3", "stop web:4"}, acts); diff != "" {
			t.Errorf("done (-want +got):\n%s", diff)
		}
		stop()
	})
}

func TestFewFailuresWaitForTheRestOfTheRoundOnlyWhereThatMatters(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.run("web:a", "web:b", "web:c")
		s.watch(set(t, domain.DropIn(), "mass-failure", "100%"), "web:*")
		s.sick.ill("status 500", "web:a", "web:b")
		s.round() // the third is well: it was open until then
		acts := s.acts()
		if len(acts) != 4 {
			t.Errorf("done: %q", acts)
		}
	})
}

func TestAMassFailureWhoseProbeIsGoneFindsAnother(t *testing.T) {
	tests := map[string]func(s *stage){
		"its group was removed":  func(s *stage) { s.remove(named("web:0")) },
		"a human has stopped it": func(s *stage) { s.stopByHand(named("web:0")) },
		"it has ended for good":  func(s *stage) { s.die(named("web:0"), 1, false) },
		"it cannot be restarted": func(s *stage) { s.change(named("web:0"), func(p *program) { p.settings.Priority = -1 }) },
		"another listener claims it": func(s *stage) {
			s.journal.failing(func(call string) error {
				if call == "write web:0 stop sent" {
					s.journal.failing(nil)
					return domain.ErrClaimed
				}
				return nil
			})
		},
	}
	for name, happens := range tests {
		t.Run(name, func(t *testing.T) {
			play(t, func(t *testing.T, s *stage) {
				var names []string
				for i := range 9 {
					names = append(names, fmt.Sprintf("web:%d", i))
				}
				s.run(names...)
				s.config.Probes = 1
				s.watch(set(t, domain.DropIn(), "mass-failure", "50%"), "web:*")
				s.sick.ill("no database", names...)
				stop := s.listen()
				before := name == "it cannot be restarted" || name == "another listener claims it"
				if before {
					happens(s)
				}
				s.tick()
				if !before {
					happens(s)
				}
				if !before {
					s.acted("stop web:0", "start web:0")
				}
				for range 20 {
					s.tick()
				}
				if acts := s.acts(); len(acts) != 2 {
					t.Errorf("done: %q, want one restart, as the probe", acts)
				}
				stop()
			})
		})
	}
}

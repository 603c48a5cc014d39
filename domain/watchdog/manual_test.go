package watchdog_test

import (
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
				s.reported("watching web:* 1")
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
	stoppedByOthers = "stopped web:a"
	startedByOthers = "rearmed web:a"
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
		const idle = "idle web:* 1, 1 STOPPED"
		if fed {
			s.reported(stoppedByOthers, idle)
		} else {
			s.reported(idle, stoppedByOthers)
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
		for _, line := range s.said.took() {
			if line == stoppedByOthers {
				t.Error("it is said to be stopped by somebody else")
			}
		}
	})
}

func TestAStartByHandRearms(t *testing.T) {
	both(t, []string{"restart-limit", "2/1h"}, func(t *testing.T, s *stage, fed bool) {
		s.sick.ill("status 500", "web:a")
		for range 4 {
			s.tick()
		}
		s.acted("stop web:a", "start web:a", "stop web:a", "start web:a")
		log := s.said.took()
		const givenUp = "judged web:a unhealthy (status 500): give up spent 2/2 1h0m0s"
		if diff := cmp.Diff(givenUp, log[len(log)-1]); diff != "" || len(log) != 7 {
			t.Errorf("the reports %q, want at its end (-want +got):\n%s", log, diff)
		}
		if kept := s.journal.histories[named("web:a")]; len(kept.Acts) != 2 || len(kept.GivenUp) != 1 {
			t.Errorf("the ledger has %+v", kept)
		}
		s.stopByHand(named("web:a"))
		s.pass(time.Second)
		s.tick()
		s.startByHand(named("web:a"))
		s.pass(2 * time.Second)
		s.tick()
		want := []string{startedByOthers}
		if fed {
			want = []string{stoppedByOthers, startedByOthers}
		}
		log = s.said.took()
		if diff := cmp.Diff(want, log[:min(len(want), len(log))]); diff != "" {
			t.Errorf("the reports (-want +got):\n%s", diff)
		}
		s.acted("stop web:a", "start web:a") // it is ill, and it may be restarted again
	})
}

func TestAStartByHandOfOneThatHadEndedRearms(t *testing.T) {
	both(t, []string{"restart-limit", "1/1h", "recover", "exited"}, func(t *testing.T, s *stage, fed bool) {
		for range 2 {
			s.die(named("web:a"), 3, false)
			s.tick()
			s.tick()
		}
		s.acted("start web:a")
		s.said.took()
		s.startByHand(named("web:a"))
		s.pass(2 * time.Second)
		s.tick()
		got := s.said.took() // that it is healthy may be known before it is known who has started it
		slices.Sort(got)
		if want := []string{"judged web:a healthy (fine): keep", startedByOthers}; !slices.Equal(got, want) {
			t.Errorf("the reports are %q, want %q", got, want)
		}
		if kept := s.journal.histories[named("web:a")]; !kept.Empty() {
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
		down := map[bool]string{true: "14s", false: "14.54s"}[fed] // without events the last look comes later
		s.reported(
			"judged web:a unhealthy (status 500): do failing 1",
			"stopping web:a",
			"late web:a stop accepted: still STOPPING",
			"late web:a start accepted: still STARTING",
			"restarted web:a pid 105 down "+down,
			"judged web:a healthy (fine): keep",
		)
		if kept := s.journal.histories[named("web:a")]; len(kept.Acts) != 1 {
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
		for _, line := range s.said.took() {
			if line == startedByOthers {
				t.Error(line)
			}
		}
		if kept := s.journal.histories[named("web:a")]; len(kept.Acts) != 1 {
			t.Errorf("the ledger has %+v", kept)
		}
	})
}

func TestDeathsCountAgainstTheSameLimit(t *testing.T) {
	both(t, []string{"restart-limit", "3/1h"}, func(t *testing.T, s *stage, fed bool) {
		for i := range 5 {
			s.die(named("web:a"), 1, true)
			s.pass(2 * time.Second)
			s.tick()
			switch {
			case i == 2:
				s.reported("flapping web:a hold limit 3/3 59m46s")
			default:
				s.reported()
			}
		}
		s.sick.ill("status 500", "web:a")
		s.tick()
		s.tick()
		s.acted()
		left := map[bool]string{true: "59m39s", false: "59m41s"}[fed] // without events a death is seen at the next tick
		s.reported("judged web:a unhealthy (status 500): hold limit 5/3 " + left)
		if kept := s.journal.histories[named("web:a")]; len(kept.Acts) != 5 || len(kept.GivenUp) != 0 {
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
		if log := s.said.took(); len(log) != 4 {
			t.Errorf("the reports: %q", log)
		}
		if kept := s.journal.histories[named("web:a")]; len(kept.Acts) != 2 {
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
		s.reported("flapping web:a hold limit 2/2 59m52s")
	})
}

func TestALoopOfStartsThatFailIsNoHumansDoing(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.run("web:a", "job:a", "job:b")
		s.journal.histories[named("web:a")] = domain.History{Acts: acts(0), GivenUp: []string{"check"}}
		s.watch(set(t, domain.DropIn(), "restart-limit", "1/1h"), "web:*")
		stop := s.listen()
		s.fed()
		s.tick()
		s.said.took()
		for range 3 {
			s.change(named("web:a"), func(p *program) {
				s.turnTo(p, domain.Backoff, false)
				s.turnTo(p, domain.Starting, false)
			})
			s.tick()
		}
		s.reported()
		stop()
	})
}

func TestDeathsWithoutALimitAreSaidAndNotKept(t *testing.T) {
	both(t, nil, func(t *testing.T, s *stage, fed bool) {
		for range 5 {
			s.die(named("web:a"), 1, true)
			s.pass(2 * time.Second)
			s.tick()
		}
		if fed {
			s.reported("flapping web:a keep")
		} else {
			s.reported() // a new life may be anybody's restart
		}
		if kept := s.journal.histories; len(kept) != 0 {
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
		s.reported("watching web:* 1")
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
		s.reported()
		if kept := s.journal.histories; len(kept) != 0 {
			t.Errorf("the ledger has %+v", kept)
		}
	})
}

func TestAListingThatIsOlderThanOurRestartDoesNotRearm(t *testing.T) {
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
		for _, line := range s.said.took() {
			if line == startedByOthers {
				t.Error(line)
			}
		}
		if kept := s.journal.histories[named("web:a")]; len(kept.Acts) != 1 {
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

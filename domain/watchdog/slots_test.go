package watchdog_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"supervisor-healthcheck/domain"
)

func TestOneRestartAtATimeHoweverManyWantIt(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.run("web:a")
		for range 3 {
			s.watch(domain.DropIn(), "web:*")
		}
		late := domain.NewCheck("late", func(context.Context, domain.Process) domain.Verdict {
			time.Sleep(4 * time.Second) // by then the restart of the others is done
			return domain.Unhealthy.Because("no answer")
		})
		s.watchWith(domain.DropIn(), []domain.Check{late}, "web:a")
		s.slowly(func(call string) {
			if call == "look web:a" {
				time.Sleep(5 * time.Millisecond) // long enough for all of them to see it RUNNING
			}
		})
		s.sick.ill("status 500", "web:a")
		stop := s.listen()
		s.tickAt(time.Now())
		s.pass(time.Second)
		s.tickAt(time.Now())
		s.pass(500 * time.Millisecond)
		s.sick.well("web:a")
		s.pass(10 * time.Second)
		stop()
		s.acted("stop web:a", "start web:a")
		s.reported(
			"watching web:* 1", "watching web:* 1", "watching web:* 1", "watching web:a 1",
			"judged web:a unhealthy (status 500): do failing 1",
			"stopping web:a",
			"restarted web:a pid 103 down 1.475s",
		)
	})
}

// busiest returns the most programs that were down at the same moment, by group and in all, until all is quiet.
func (s *stage) busiest(d time.Duration) (groups map[string]int, all int) {
	groups = map[string]int{}
	for end := time.Now().Add(d); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		now, total := map[string]int{}, 0
		s.mu.Lock()
		for id, p := range s.programs {
			if p.State != domain.Running {
				now[id.Group]++
				total++
			}
		}
		s.mu.Unlock()
		for group, n := range now {
			groups[group] = max(groups[group], n)
		}
		all = max(all, total)
	}
	return groups, all
}

func TestRestartsAtATime(t *testing.T) {
	tests := map[string]struct {
		most, all int
		groups    map[string]int
		total     int
	}{
		"one in each group":        {1, 16, map[string]int{"web": 1, "job": 1}, 2},
		"two in each group":        {2, 16, map[string]int{"web": 2, "job": 2}, 4},
		"the bound in all is less": {16, 3, map[string]int{"web": 3, "job": 3}, 3},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			play(t, func(t *testing.T, s *stage) {
				names := []string{"web:a", "web:b", "web:c", "web:d", "job:a", "job:b", "job:c", "job:d"}
				s.run(names...)
				policy := domain.DropIn()
				policy.MaxParallel = test.most
				s.config.Restarts = test.all
				s.watch(policy, "web:*", "job:*")
				s.sick.ill("status 500", names...)
				stop := s.listen()
				s.tickAt(time.Now())
				groups, all := s.busiest(4 * time.Second)
				if all != test.total {
					t.Errorf("%d were down at once, want %d", all, test.total)
				}
				for group, most := range groups {
					if most > test.groups[group] {
						t.Errorf("%d of %s were down at once, want at most %d", most, group, test.groups[group])
					}
				}
				for _, name := range names {
					if s.at(named(name)).PID > 110 {
						s.sick.well(name) // those that were restarted
					}
				}
				s.pass(20 * time.Second)
				for id, p := range s.programs {
					if id != self() && (p.State != domain.Running || p.PID < 110) {
						t.Errorf("%s is %s with pid %d: it was not restarted", id, p.State, p.PID)
					}
				}
				stop()
			})
		})
	}
}

func TestTheReportsOfARestartThatWaits(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.run("web:a", "web:b")
		s.watchInOrder(set(t, domain.DropIn(), "max-parallel", "1"), "web:*")
		s.sick.ill("status 500", "web:a", "web:b")
		s.round()
		s.acted("stop web:a", "start web:a", "stop web:b", "start web:b")
		s.reported(
			"watching web:* 2",
			"judged web:a unhealthy (status 500): do failing 1",
			"judged web:b unhealthy (status 500): do failing 1",
			"waiting web:b",
			"stopping web:a",
			"restarted web:a pid 104 down 1.42s",
			"stopping web:b",
			"restarted web:b pid 105 down 1.42s",
		)
	})
}

func TestARestartThatWaitsForLongIsNotToldAtEveryTick(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.run("web:a", "web:b")
		s.change(named("web:a"), func(p *program) { p.stopTakes, p.settings.StopWait = 2*time.Minute, 3*time.Minute })
		s.watchInOrder(set(t, domain.DropIn(), "max-parallel", "1"), "web:*")
		s.sick.ill("status 500", "web:a", "web:b")
		stop := s.listen()
		for range 20 {
			s.tick()
		}
		if got := s.said.took(); len(got) != 9 {
			t.Errorf("in 20 ticks of the same there are %d reports, want 9:\n%s", len(got), strings.Join(got, "\n"))
		}
		s.pass(time.Minute)
		stop()
	})
}

func TestARestartThatHadToWait(t *testing.T) {
	tests := map[string]struct { // no event tells what happens meanwhile: the last look before the stop does
		first     time.Duration // how long the one takes that is first
		meanwhile func(s *stage)
		want      []string
		judged    int // how often the second is judged
	}{
		"goes on at once with a fresh verdict": {
			400 * time.Millisecond, func(*stage) {}, []string{"stop web:a", "start web:a", "stop web:b", "start web:b"}, 1,
		},
		"is judged again after a second": {
			2 * time.Second, func(*stage) {}, []string{"stop web:a", "start web:a", "stop web:b", "start web:b"}, 2,
		},
		"is not done if it has become healthy": {
			2 * time.Second, func(s *stage) { s.sick.well("web:b") }, []string{"stop web:a", "start web:a"}, 2,
		},
		"is not done if it has another life": {
			2 * time.Second, func(s *stage) { s.die(named("web:b"), 1, true) }, []string{"stop web:a", "start web:a"}, 2,
		},
		"is not done if a human has stopped it": {
			2 * time.Second, func(s *stage) { s.stopByHand(named("web:b")) }, []string{"stop web:a", "start web:a"}, 2,
		},
		"is not done if it is gone": {
			2 * time.Second, func(s *stage) { s.remove(named("web:b")) }, []string{"stop web:a", "start web:a"}, 2,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			play(t, func(t *testing.T, s *stage) {
				s.run("web:a", "web:b", "web:c") // the last is well: where all but one are stopped, it is the group that is
				for _, name := range []string{"web:a", "web:b"} {
					s.change(named(name), func(p *program) { p.startTakes, p.stopTakes = 0, test.first })
				}
				s.watchInOrder(set(t, domain.DropIn(), "max-parallel", "1"), "web:*")
				s.sick.ill("status 500", "web:a", "web:b")
				time.AfterFunc(500*time.Millisecond, func() { test.meanwhile(s) })
				s.make().Round(t.Context())
				s.pass(20 * time.Second)
				s.acted(test.want...)
				judged := 0
				for _, name := range s.sick.seen() {
					if name == "web:b" {
						judged++
					}
				}
				if judged != test.judged {
					t.Errorf("the second was judged %d times, want %d", judged, test.judged)
				}
				s.sick.well("web:a", "web:b")
				s.round() // in which it is seen that those that were restarted have stayed up
				sizes := s.dog.Sizes()
				if sizes["engine.slots.queue"]+sizes["engine.slots.taken"]+sizes["engine.slots.groups"]+sizes["engine.restarts"] != 0 {
					t.Errorf("something is left over: %v", sizes)
				}
			})
		})
	}
}

func TestARestartThatHadToWaitIsNotJudgedTwiceAtOnce(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.run("web:a", "web:b")
		s.change(named("web:a"), func(p *program) { p.startTakes, p.stopTakes = 0, 2*time.Second })
		now, most, total := 0, 0, 0
		check := domain.NewCheck("slow", func(_ context.Context, p domain.Process) domain.Verdict {
			if p.Name == "b" {
				total++
				now++
				most = max(most, now)
				if total > 1 {
					time.Sleep(5 * time.Second)
				}
				now--
			}
			return domain.Unhealthy.Because("no answer")
		})
		s.watchWith(set(t, domain.DropIn(), "max-parallel", "1"), []domain.Check{local{check}}, "web:*")
		stop := s.listen()
		s.tickAt(time.Now())
		s.pass(time.Second)
		s.tickAt(time.Now())
		s.pass(3 * time.Second)
		if most != 1 || total != 2 {
			t.Errorf("judged %d times, %d of them at once", total, most)
		}
		s.acted("stop web:a", "start web:a")
		s.pass(10 * time.Second)
		s.acted("stop web:b", "start web:b")
		stop()
	})
}

func TestAStartThatFailsOverAndOverHoldsUpNobody(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.run("web:a", "web:b")
		s.change(named("web:a"), func(p *program) { p.cannot = domain.ErrCannotStart })
		s.watchInOrder(set(t, domain.DropIn(), "max-parallel", "1"), "web:*")
		s.sick.ill("status 500", "web:a", "web:b")
		stop := s.listen()
		s.tick()
		s.acted("stop web:a", "start web:a", "stop web:b", "start web:b", "start web:a", "start web:a")
		s.sick.well("web:a", "web:b")
		for range 360 {
			s.tick()
		}
		if starts := len(s.acts()); starts < 9 || starts > 14 {
			t.Errorf("it was tried %d times in half an hour, want growing pauses up to 5 minutes", starts)
		}
		s.change(named("web:a"), func(p *program) { p.cannot = nil })
		for range 61 {
			s.tick()
		}
		s.is("web:a", domain.Running)
		stop()
	})
}

func TestThoseWhoWaitAreForgottenWhenTheListenerStops(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.run("web:a", "web:b")
		s.watchInOrder(set(t, domain.DropIn(), "max-parallel", "1"), "web:*")
		s.sick.ill("status 500", "web:a", "web:b")
		stop := s.listen()
		s.tickAt(time.Now())
		s.pass(100 * time.Millisecond)
		stop()
		s.pass(time.Minute)
		s.acted("stop web:a", "start web:a")
	})
}

func TestAnotherEventListenerIsNotRestarted(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.run("mon:mon")
		s.change(named("mon:mon"), func(p *program) { p.settings.Priority = -1 })
		s.watch(domain.DropIn(), "all")
		s.sick.ill("status 500", "mon:mon")
		for range 10 {
			s.round()
		}
		s.acted()
		s.reported(
			"watching all 1",
			"judged mon unhealthy (status 500): do failing 1",
			"refused mon planned: listener",
		)
		if calls := s.journal.took(); calls != nil {
			t.Errorf("the journal was told: %v", calls)
		}
	})
}

func TestNothingIsStoppedWhileSupervisordDoesNotSayWhoItIs(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.run("web:a")
		s.watch(domain.DropIn(), "web:*")
		s.sick.ill("status 500", "web:a")
		s.failing(func(call string) error {
			if call == "identity" {
				return domain.ErrUnreachable
			}
			return nil
		})
		s.round() // the next life could not tell whether what it finds in the journal is about the same supervisord
		s.round()
		s.acted()
		s.reported(
			"watching web:* 1",
			"judged web:a unhealthy (status 500): do failing 1",
			"refused web:a planned: nameless",
		)
		s.failing(nil)
		s.round()
		s.acted("stop web:a", "start web:a")
	})
}

func TestASlotIsFreeWhenTheRestartedOneIsDownForGood(t *testing.T) {
	for _, state := range []domain.State{domain.Fatal, domain.Exited} {
		play(t, func(t *testing.T, s *stage) {
			s.run("web:a", "web:b")
			s.watchInOrder(set(t, domain.DropIn(), "max-parallel", "1", "start-grace", "10m"), "web:*")
			s.sick.ill("status 500", "web:a", "web:b")
			stop := s.listen()
			s.tick()
			s.acted("stop web:a", "start web:a")
			s.tick()
			s.tick() // what ends sooner is started again
			s.change(named("web:a"), in(state, 1))
			s.tick()
			s.tick()
			s.acted("stop web:b", "start web:b")
			stop()
		})
	}
}

func TestASlotIsFreeWhenTheRestartedOneIsHealthyOrItsGraceIsOver(t *testing.T) {
	tests := map[string]struct {
		heals time.Duration // after the restart of the first; 0: never
		after time.Duration // when the second is stopped, at the earliest
	}{
		"healthy at the third tick": {10 * time.Second, 10 * time.Second},
		"never healthy":             {0, 30 * time.Second},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			play(t, func(t *testing.T, s *stage) {
				s.run("web:a", "web:b")
				s.watchInOrder(set(t, domain.DropIn(), "max-parallel", "1", "start-grace", "30"), "web:*")
				s.sick.ill("status 500", "web:a", "web:b")
				stop := s.listen()
				began := time.Now()
				if test.heals > 0 {
					time.AfterFunc(test.heals, func() { s.sick.well("web:a") })
				}
				second := time.Duration(0)
				for range 12 {
					s.tick()
					if acts := s.acts(); second == 0 && slices.Contains(acts, "stop web:b") {
						second = time.Since(began)
					}
				}
				if second < test.after || second > test.after+10*time.Second {
					t.Errorf("the second was stopped within %s, want after %s", second, test.after)
				}
				stop()
			})
		})
	}
}

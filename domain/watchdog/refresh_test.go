package watchdog_test

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/domain"
)

// hall is a stage with 20 watched programs, 20 others, and a listener that knows them all.
func hall(t *testing.T, fed bool, act func(t *testing.T, s *stage)) {
	t.Helper()
	play(t, func(t *testing.T, s *stage) {
		for i := range 20 {
			s.run(fmt.Sprintf("web:w%02d", i), fmt.Sprintf("job:j%02d", i))
		}
		s.watch(domain.DropIn(), "web:*")
		stop := s.listen()
		if fed {
			s.fed()
		}
		s.tick()
		s.called("list")
		s.reported("watching web:* 20")
		act(t, s)
		if _, err := stop(); err != nil {
			t.Error(err)
		}
	})
}

func TestATableThatEventsKeep(t *testing.T) {
	a, b, other := named("web:w00"), named("web:w01"), named("job:j00")
	tests := map[string]struct {
		happens func(s *stage)
		want    []string // the calls of the next round
	}{
		"a quiet round asks nobody":                  {func(*stage) {}, nil},
		"a new life is asked for":                    {func(s *stage) { s.die(a, 1, true) }, []string{"look web:w00"}},
		"two new lives are asked for":                {func(s *stage) { s.die(a, 1, true); s.die(b, 1, true) }, []string{"look web:w00", "look web:w01"}},
		"one that is stopped needs no asking for":    {func(s *stage) { s.stopByHand(a) }, []string{"identity"}}, // whether supervisord is shutting down
		"one that is not selected needs no asking":   {func(s *stage) { s.die(other, 1, true) }, nil},
		"one that has exited is asked for":           {func(s *stage) { s.die(a, 1, false) }, []string{"look web:w00"}},
		"many changes are one listing":               {func(s *stage) { eachWeb(5, func(id domain.ID) { s.die(id, 1, true) }) }, []string{"list"}},
		"an event that was lost is a listing":        {func(s *stage) { s.dropped = 1; s.die(other, 1, true) }, []string{"list"}},
		"a group that is removed is a listing":       {func(s *stage) { s.remove(other) }, []string{"list"}},
		"an event that is delivered again is no gap": {func(s *stage) { s.events <- domain.Event{PoolSerial: 1} }, nil},
		"a group that is added is a listing": {func(s *stage) {
			s.run("web:new")
			s.send(domain.Event{Name: "PROCESS_GROUP_ADDED", Group: &domain.GroupChange{Group: "web"}})
		}, []string{"list"}},
		"a program that shows itself by its first event is asked for": {func(s *stage) {
			s.add(named("web:new"), in(domain.Stopped, 0))
			s.startByHand(named("web:new"))
		}, []string{"look web:new"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			hall(t, true, func(t *testing.T, s *stage) {
				test.happens(s)
				s.pass(2 * time.Second)
				s.tick()
				calls := s.took()
				slices.Sort(calls)
				if diff := cmp.Diff(test.want, calls); diff != "" {
					t.Errorf("the next round asked (-want +got):\n%s", diff)
				}
				s.tick()
				s.called() // and then it is quiet again
				s.sick.seen()
				s.tick()
				if diff := cmp.Diff(s.webRunning(), s.sick.seen()); diff != "" {
					t.Errorf("judged (-running +judged):\n%s", diff)
				}
			})
		})
	}
}

func eachWeb(n int, f func(domain.ID)) {
	for i := range n {
		f(named(fmt.Sprintf("web:w%02d", i)))
	}
}

// webRunning returns the names of those that are to be judged.
func (s *stage) webRunning() (names []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, p := range s.programs {
		if id.Group == "web" && p.State == domain.Running {
			names = append(names, id.String())
		}
	}
	slices.Sort(names)
	return names
}

func TestATableThatEventsKeepIsListedRarely(t *testing.T) {
	hall(t, true, func(t *testing.T, s *stage) {
		for range 12 * 60 { // an hour
			s.tick()
		}
		if calls := s.took(); len(calls) != 6 {
			t.Errorf("in a quiet hour supervisord was asked %q, want a listing every ten minutes", calls)
		}
	})
}

func TestOnlyBothOfOurOwnEventsSwitchTheTableOn(t *testing.T) {
	tests := map[string][]domain.State{"none": nil, "STARTING": {domain.Starting}, "RUNNING": {domain.Running}, "others": {domain.Stopping, domain.Stopped}}
	for name, states := range tests {
		t.Run(name, func(t *testing.T) {
			hall(t, false, func(t *testing.T, s *stage) {
				for _, state := range states {
					s.mu.Lock()
					s.send(domain.Event{Change: &domain.StateChange{ID: self(), To: state}})
					s.mu.Unlock()
				}
				s.tick()
				s.called("list")
			})
		})
	}
}

func TestAnEventDuringAListingIsNotLost(t *testing.T) {
	web := named("web:w00")
	tests := map[string]struct {
		before func(s *stage) // what the listing still shows
		during func(s *stage) // what happens while its answer is on its way
	}{
		"it was STARTING and is RUNNING": {
			func(s *stage) { s.change(web, func(p *program) { p.State = domain.Starting }) },
			func(s *stage) { s.change(web, func(p *program) { s.turnTo(p, domain.Running, false) }) },
		},
		"it was RUNNING and is STOPPED": {
			func(*stage) {},
			func(s *stage) { s.stopByHand(web) },
		},
		"it was RUNNING and has a new life": {
			func(*stage) {},
			func(s *stage) { s.die(web, 1, true) },
		},
		"it was STOPPED and is RUNNING": {
			func(s *stage) { s.change(web, in(domain.Stopped, 0)) },
			func(s *stage) { s.startByHand(web) },
		},
		"a group is added": {
			func(*stage) {},
			func(s *stage) {
				s.run("web:new")
				s.mu.Lock()
				defer s.mu.Unlock()
				s.send(domain.Event{Name: "PROCESS_GROUP_ADDED", Group: &domain.GroupChange{Group: "web"}})
			},
		},
		"a program shows itself": {
			func(*stage) {},
			func(s *stage) { s.add(named("web:new"), in(domain.Stopped, 0)); s.startByHand(named("web:new")) },
		},
		"an event is lost": {
			func(*stage) {},
			func(s *stage) { s.dropped = 1; s.die(web, 1, true) },
		},
	}
	for name, test := range tests {
		for _, way := range []string{"listing", "asking for one"} {
			t.Run(name+" while "+way, func(t *testing.T) {
				hall(t, true, func(t *testing.T, s *stage) {
					test.before(s)
					call := "list"
					if s.dropped = 1; way != "listing" {
						call, s.dropped = "look web:w00", 0
					}
					s.change(web, func(p *program) { // makes the table ask
						to := p.State
						p.State = domain.Exited
						s.turnTo(p, to, false)
						if to != domain.Running {
							s.send(domain.Event{Change: &domain.StateChange{ID: web, From: to, To: domain.Running}})
						}
					})
					s.slowly(func(made string) {
						if made == call {
							s.slowly(nil)
							test.during(s)
							time.Sleep(3 * time.Second)
						}
					})
					s.tick()
					s.pass(10 * time.Second)
					s.tick()
					s.sick.seen()
					s.tick()
					if diff := cmp.Diff(s.webRunning(), s.sick.seen()); diff != "" {
						t.Errorf("judged (-running +judged):\n%s", diff)
					}
				})
			})
		}
	}
}

func TestALostEventNeverRestartsTheWrongInstance(t *testing.T) {
	hall(t, true, func(t *testing.T, s *stage) {
		web := named("web:w00")
		s.tells = false // a whole life goes by unseen
		s.die(web, 1, true)
		s.pass(2 * time.Second)
		s.tells = true
		s.sick.ill("pid 102 does not answer", "web:w00")
		s.tick()
		s.acted()
		s.reported("judged web:w00 unhealthy (pid 102 does not answer): do failing 1", "dropped web:w00 planned: replaced 142")
	})
}

func TestAListingThatFailsForgetsNothing(t *testing.T) {
	hall(t, true, func(t *testing.T, s *stage) {
		s.die(named("web:w00"), 1, true)
		s.pass(2 * time.Second)
		s.failing(func(string) error { return domain.ErrUnreachable })
		s.tick()
		s.tick()
		s.called("look web:w00", "look web:w00")
		s.dropped = 1
		s.die(named("job:j00"), 1, true)
		s.tick()
		s.called("list")
		s.failing(nil)
		s.tick()
		s.called("list")
		s.sick.seen()
		s.tick()
		if seen := s.sick.seen(); len(seen) != 20 {
			t.Errorf("judged %q", seen)
		}
	})
}

func TestManyChangesAreNotForgottenWhenTheirListingFails(t *testing.T) {
	hall(t, true, func(t *testing.T, s *stage) {
		eachWeb(10, func(id domain.ID) { s.die(id, 1, true) })
		s.pass(2 * time.Second)
		s.failing(func(string) error { return domain.ErrUnreachable })
		s.tick()
		s.failing(nil)
		s.tick()
		s.called("list", "list")
		s.tick()
		s.called()
	})
}

func TestWithoutEventsOnlyTheSelectedAreAskedFor(t *testing.T) {
	tests := map[string]struct {
		names []string
		want  []string // the second round
	}{
		"one of many":         {[]string{"web:w03"}, []string{"look web:w03"}},
		"a few of many":       {[]string{"web:w03", "job:j03", "job:j04"}, []string{"look job:j03", "look job:j04", "look web:w03"}},
		"half of them":        {[]string{"web:*"}, []string{"list"}},
		"all":                 {[]string{"all"}, []string{"list"}},
		"none that is known":  {[]string{"no:*"}, nil},
		"the listener itself": {[]string{"lst"}, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			play(t, func(t *testing.T, s *stage) {
				for i := range 20 {
					s.run(fmt.Sprintf("web:w%02d", i), fmt.Sprintf("job:j%02d", i))
				}
				s.watch(domain.DropIn(), test.names...)
				stop := s.listen()
				s.tick()
				s.called("list")
				s.tick()
				calls := s.took()
				slices.Sort(calls)
				if diff := cmp.Diff(test.want, calls); diff != "" {
					t.Errorf("asked (-want +got):\n%s", diff)
				}
				for range 9 {
					s.tick()
				}
				s.took()
				for range 2 {
					s.tick()
				}
				if calls := s.took(); !slices.Contains(calls, "list") { // so that new ones are seen
					t.Errorf("after a minute asked %q, want a listing", calls)
				}
				stop()
			})
		})
	}
}

func TestASelectedProcessThatVanishesIsNotAskedForAgain(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		for i := range 40 {
			s.run(fmt.Sprintf("web:w%02d", i))
		}
		s.watch(domain.DropIn(), "web:w00")
		stop := s.listen()
		s.tick()
		s.vanish(named("web:w00"))
		s.took()
		s.tick()
		s.called("look web:w00")
		s.tick()
		s.called("list") // every ten seconds, in case it comes back
		s.tick()
		s.called()
		stop()
		s.reported(
			"watching web:w00 1",
			"watching web:w00 0",
		)
	})
}

func TestUptimesGoOnWithoutAsking(t *testing.T) {
	hall(t, true, func(t *testing.T, s *stage) {
		s.tick()
		s.tick()
		s.sick.ill("?no idea", "web:w00")
		s.tick()
		s.called()
		s.reported("judged web:w00 unknown (no idea): keep")
		if up := s.said.last.Uptime; up != time.Hour+15*time.Second {
			t.Errorf("it is up for %s", up)
		}
	})
}

func TestARowThatComesAndGoesIsThereOnce(t *testing.T) {
	hall(t, true, func(t *testing.T, s *stage) {
		tell := func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.send(domain.Event{Change: &domain.StateChange{ID: named("web:ghost"), To: domain.Running}})
		}
		for range 3 { // supervisord tells of it, but does not know it when it is asked
			tell()
			s.tick()
		}
		s.add(named("web:ghost"))
		tell()
		s.tick()
		s.reported("watching web:* 21")
		if sizes := s.dog.Sizes(); sizes["engine.table.order"] != 42 {
			t.Errorf("the table has %d rows in %d places, want 42", sizes["engine.table.rows"], sizes["engine.table.order"])
		}
	})
}

func TestEventsThatComeInAHeapWaitForNobody(t *testing.T) {
	hall(t, true, func(t *testing.T, s *stage) {
		s.slowly(func(string) { time.Sleep(20 * time.Second) })
		s.dropped = 1
		s.die(named("job:j00"), 1, true)
		s.tickAt(time.Now())
		synctest.Wait()
		for range 1000 {
			s.die(named("web:w00"), 1, true)
		}
		synctest.Wait()
		if waiting := len(s.events); waiting != 0 {
			t.Errorf("%d events wait", waiting)
		}
		s.slowly(nil)
		s.pass(20 * time.Second)
	})
}

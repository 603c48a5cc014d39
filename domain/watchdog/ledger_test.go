package watchdog_test

import (
	"context"
	"errors"
	"maps"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/domain"
)

// acts are acts of ours so many seconds after the dawn.
func acts(seconds ...time.Duration) (all []domain.Act) {
	for _, s := range seconds {
		all = append(all, domain.Act{At: dawn().Add(s * time.Second)})
	}
	return all
}

func dry(all []domain.Act) []domain.Act {
	for i := range all {
		all[i].Dry = true
	}
	return all
}

func TestWhatIsKeptInTheLedger(t *testing.T) {
	tests := map[string]struct {
		settings []string
		ticks    []bool // every 5 s: is it ill?
		want     domain.History
	}{
		"the restarts for other listeners": {
			nil, []bool{true, false, true}, domain.History{Acts: acts(0, 10)},
		},
		"the restarts for the limit": {
			[]string{"restart-limit", "5/1h"}, []bool{true, false, true}, domain.History{Acts: acts(0, 10)},
		},
		"the restarts for the next pause": {
			[]string{"backoff", "2s..10m"}, []bool{true, false, true}, domain.History{Acts: acts(0, 10)},
		},
		"the restarts for the ladder": {
			[]string{"ladder", "2s..10m"}, []bool{true, false, true}, domain.History{Acts: acts(0, 10)},
		},
		"the give-up": {
			[]string{"restart-limit", "1/1h"}, []bool{true, false, true}, domain.History{Acts: acts(0), GivenUp: []string{"check"}},
		},
		"what was only said": {
			[]string{"restart-limit", "5/1h", "action", "none", "failures", "2"}, []bool{true, true, true, true}, domain.History{Acts: dry(acts(5, 15))},
		},
		"the signals": {
			[]string{"restart-limit", "5/1h", "action", "signal:HUP"}, []bool{true, true}, domain.History{Acts: acts(0, 5)},
		},
		"the boots for the grace": {
			[]string{"warmup", "20m"}, []bool{true, false}, domain.History{Acts: acts(0), Boots: []time.Duration{5 * time.Second}},
		},
		"the troubles that have healed": {
			[]string{"patience", "3m", "failures", "3"}, []bool{true, true, false}, domain.History{Healed: []time.Duration{10 * time.Second}},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			play(t, func(t *testing.T, s *stage) {
				s.run("web:a")
				s.watch(set(t, domain.DropIn(), test.settings...), "web:*")
				stop := s.listen()
				for _, ill := range test.ticks {
					if s.sick.well("web:a"); ill {
						s.sick.ill("status 500", "web:a")
					}
					s.tick()
				}
				stop()
				got := s.journal.histories[named("web:a")]
				for i := range got.Acts {
					got.Acts[i].At, got.Acts[i].Calm, got.Acts[i].PID = got.Acts[i].At.Truncate(time.Second), 0, 0
				}
				if given := len(got.GivenUp) > 0; given != (got.Life.PID != 0) || given != (got.Life.ID == named("web:a")) {
					t.Errorf("given up: %t, and its life is %+v", given, got.Life)
				}
				got.Life = domain.Instance{}
				if diff := cmp.Diff(test.want, got); diff != "" {
					t.Errorf("kept (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestAHistoryOutlivesTheListener(t *testing.T) {
	restart := []string{"stop web:a", "start web:a"}
	tests := map[string]struct {
		kept domain.History
		want []string
	}{
		"given up":               {domain.History{Acts: acts(0), GivenUp: []string{"check"}}, nil},
		"used up":                {domain.History{Acts: acts(-180, -60)}, nil},
		"used up by deaths too":  {domain.History{Acts: []domain.Act{acts(-180)[0], {At: acts(-60)[0].At, Death: true}}}, nil},
		"within a pause":         {domain.History{Acts: acts(-5)}, nil},
		"after the pause":        {domain.History{Acts: acts(-15)}, restart},
		"used up before an hour": {domain.History{Acts: acts(-3*3600, -2*3600)}, restart},
		"given up by another":    {domain.History{Acts: acts(-3*3600, -2*3600), GivenUp: []string{"other"}}, restart},
		"empty":                  {domain.History{}, restart},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			play(t, func(t *testing.T, s *stage) {
				s.run("web:a")
				s.journal.histories[named("web:a")] = test.kept
				s.watch(set(t, domain.DropIn(), "restart-limit", "2/1h", "backoff", "10s..10m"), "web:*")
				s.sick.ill("status 500", "web:a")
				stop := s.listen()
				s.tick()
				s.acted(test.want...)
				stop()
			})
		})
	}
}

func TestRestartsWaitForALedgerThatCannotBeRead(t *testing.T) {
	tests := map[string]struct {
		settings []string
		wait     time.Duration // the worst that can stand in it is that all was used up just now
	}{
		"for the limit":                    {[]string{"restart-limit", "1/10m"}, 10 * time.Minute},
		"for the first pause":              {[]string{"backoff", "3m..1h"}, 3 * time.Minute},
		"for the ladder":                   {[]string{"ladder", "2m..1h"}, 2 * time.Minute},
		"not where nothing is asked of it": {nil, 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			play(t, func(t *testing.T, s *stage) {
				s.run("web:a")
				s.watch(set(t, domain.DropIn(), test.settings...), "web:*")
				s.journal.failing(func(call string) error {
					if call == "histories" {
						return errors.New("no such directory")
					}
					return nil
				})
				s.sick.ill("status 500", "web:a")
				stop := s.listen()
				waited := time.Duration(-1)
				for began := time.Now(); waited < 0 && time.Since(began) < time.Hour; {
					since := time.Since(began)
					s.tick()
					if s.acts() != nil {
						waited = since
					}
				}
				if waited != test.wait {
					t.Errorf("it was restarted after %s, want %s", waited, test.wait)
				}
				stop()
			})
		})
	}
}

func TestALedgerThatCannotBeWrittenIsToldOnce(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.run("web:a")
		s.watch(set(t, domain.DropIn(), "restart-limit", "9/1h"), "web:*")
		stop := s.listen()
		s.tick()
		s.journal.failing(func(call string) error { return errors.New("read-only file system") })
		s.sick.ill("status 500", "web:a")
		s.tick()
		s.tick()
		s.acted("stop web:a", "start web:a", "stop web:a", "start web:a")
		told := 0
		for _, line := range s.said.took() {
			if line == "store failed [read-only file system]" {
				told++
			}
		}
		if told != 1 {
			t.Errorf("it was reported %d times", told)
		}
		stop()
	})
}

// archive is a ledger that takes its time. It notes how many keep something at once, and what came last.
type archive struct {
	*journal
	mu        sync.Mutex
	now, most int
	times     int
	last      map[domain.ID]domain.History
}

func (a *archive) Keep(_ context.Context, histories map[domain.ID]domain.History) error {
	a.mu.Lock()
	a.now++
	a.times++
	a.most = max(a.most, a.now)
	a.mu.Unlock()
	time.Sleep(time.Second)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.now--
	maps.Copy(a.last, histories)
	return nil
}

func TestTheLedgerGetsEveryHistoryInItsLastForm(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.run("web:a", "web:b")
		a := &archive{journal: s.journal, last: map[domain.ID]domain.History{}}
		s.world.Ledger = a
		s.watch(set(t, domain.DropIn(), "restart-limit", "900/1h"), "web:*")
		stop := s.listen()
		s.fed()
		s.tick()
		for i := range 40 { // they die while the ledger is still busy with them
			s.die(named("web:a"), 1, true)
			if i%5 == 0 {
				s.die(named("web:b"), 1, true)
			}
			s.pass(300 * time.Millisecond)
		}
		s.pass(5 * time.Second)
		sizes := s.dog.Sizes()
		stop()
		if len(a.last[named("web:a")].Acts) != 40 || len(a.last[named("web:b")].Acts) != 8 {
			t.Errorf("kept at last: %d and %d deaths, want 40 and 8", len(a.last[named("web:a")].Acts), len(a.last[named("web:b")].Acts))
		}
		if a.most != 1 || a.times > 14 {
			t.Errorf("%d were kept at once, and it was kept %d times in 12 s", a.most, a.times)
		}
		if n := sizes["engine.ledger.unsaved"]; n != 0 {
			t.Errorf("%d are still to be saved", n)
		}
	})
}

func TestWhatIsNotSavedYetIsSavedAtTheEnd(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.run("web:a")
		s.watch(set(t, domain.DropIn(), "restart-limit", "9/1h"), "web:*")
		stop := s.listen()
		s.fed()
		s.tick()
		s.die(named("web:a"), 1, true)
		s.pass(10 * time.Millisecond)
		s.die(named("web:a"), 1, true)
		s.pass(10 * time.Millisecond)
		if took, err := stop(); err != nil || took != 0 {
			t.Errorf("Listen returned %v after %s", err, took)
		}
		if n := len(s.journal.histories[named("web:a")].Acts); n != 2 {
			t.Errorf("%d deaths were kept, want 2", n)
		}
	})
}

func TestALedgerThatCannotBeWrittenIsNotWaitedForAtTheEnd(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.run("web:a")
		s.watch(set(t, domain.DropIn(), "restart-limit", "9/1h"), "web:*")
		s.journal.failing(func(call string) error {
			if strings.HasPrefix(call, "keep") {
				return errors.New("read-only file system")
			}
			return nil
		})
		stop := s.listen()
		s.fed()
		s.tick()
		for range 3 {
			s.die(named("web:a"), 1, true)
			s.pass(10 * time.Second)
		}
		if took, err := stop(); err != nil || took != 0 {
			t.Errorf("Listen returned %v after %s", err, took)
		}
	})
}

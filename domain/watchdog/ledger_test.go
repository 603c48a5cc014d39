package watchdog_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/domain"
)

func TestWhatIsKeptInTheLedger(t *testing.T) {
	at := func(seconds ...time.Duration) (all []time.Time) {
		for _, s := range seconds {
			all = append(all, dawn().Add(s*time.Second))
		}
		return all
	}
	tests := map[string]struct {
		settings []string
		ticks    []bool // every 5 s: is it ill?
		want     domain.Budget
	}{
		"nothing where nothing counts": {
			nil, []bool{true, false, true}, domain.Budget{},
		},
		"the restarts for the limit": {
			[]string{"restart-limit", "5/1h"}, []bool{true, false, true},
			domain.Budget{Restarts: at(0, 10), Last: at(10)[0]},
		},
		"the pause for the next restart": {
			[]string{"backoff", "2s..10m"}, []bool{true, false, true},
			domain.Budget{Restarts: at(0, 10), Last: at(10)[0], Pause: 4 * time.Second},
		},
		"the give-up": {
			[]string{"restart-limit", "1/1h"}, []bool{true, false, true},
			domain.Budget{Restarts: at(0), Last: at(0)[0], GivenUp: true},
		},
		"what was only said": {
			[]string{"restart-limit", "5/1h", "action", "none", "failures", "2"}, []bool{true, true, true, true},
			domain.Budget{Restarts: at(5, 15), Last: at(15)[0]},
		},
		"the signals": {
			[]string{"restart-limit", "5/1h", "action", "signal:HUP"}, []bool{true, true},
			domain.Budget{Restarts: at(0, 5), Last: at(5)[0]},
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
				got := s.journal.budgets[named("web:a")]
				rounded := func(a, b time.Time) bool { return a.Truncate(time.Second).Equal(b.Truncate(time.Second)) }
				if diff := cmp.Diff(test.want, got, cmp.Comparer(rounded)); diff != "" {
					t.Errorf("kept (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestABudgetOutlivesTheListener(t *testing.T) {
	tests := map[string]struct {
		kept domain.Budget
		want []string
	}{
		"given up":               {domain.Budget{Restarts: []time.Time{dawn()}, Last: dawn(), GivenUp: true}, nil},
		"used up":                {domain.Budget{Restarts: []time.Time{dawn().Add(-3 * time.Minute), dawn().Add(-time.Minute)}}, nil},
		"with a pause":           {domain.Budget{Last: dawn(), Pause: 5 * time.Minute}, nil},
		"used up before an hour": {domain.Budget{Restarts: []time.Time{dawn().Add(-3 * time.Hour), dawn().Add(-2 * time.Hour)}}, []string{"stop web:a", "start web:a"}},
		"empty":                  {domain.Budget{}, []string{"stop web:a", "start web:a"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			play(t, func(t *testing.T, s *stage) {
				s.run("web:a")
				s.journal.budgets[named("web:a")] = test.kept
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
		for _, line := range s.log.took() {
			if line == `level=ERROR msg="the journal cannot be used: a restart is not finished by the next life of the listener if this one is killed" error="read-only file system"` {
				told++
			}
		}
		if told != 1 {
			t.Errorf("it was told %d times", told)
		}
		stop()
	})
}

// archive is a ledger that takes its time. It notes how many keep something at once, and what came last.
type archive struct {
	*journal
	mu        sync.Mutex
	now, most int
	kept      []domain.ID
	last      map[domain.ID]domain.Budget
}

func (a *archive) Keep(_ context.Context, id domain.ID, b domain.Budget) error {
	a.mu.Lock()
	a.now++
	a.most = max(a.most, a.now)
	a.mu.Unlock()
	time.Sleep(time.Second)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.now--
	a.kept = append(a.kept, id)
	a.last[id] = b
	return nil
}

func TestTheLedgerGetsEveryBudgetInItsLastForm(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.run("web:a", "web:b")
		a := &archive{journal: s.journal, last: map[domain.ID]domain.Budget{}}
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
		stop()
		if len(a.last[named("web:a")].Restarts) != 40 || len(a.last[named("web:b")].Restarts) != 8 {
			t.Errorf("kept at last: %d and %d deaths, want 40 and 8", len(a.last[named("web:a")].Restarts), len(a.last[named("web:b")].Restarts))
		}
		if a.most != 1 {
			t.Errorf("%d were kept at once", a.most)
		}
		for _, id := range a.kept {
			if id == (domain.ID{}) {
				t.Error("a budget of nobody was kept")
			}
		}
		if n := s.dog.Sizes()["unsaved"]; n != 0 {
			t.Errorf("%d are still to be saved", n)
		}
	})
}

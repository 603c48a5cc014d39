package engine

import (
	"strings"
	"testing"
	"time"

	"supervisor-healthcheck/domain"
)

// reconfigure has other watches looked after, each of which was at this place before.
func (s *scene) reconfigure(watches []domain.Watch, from ...int) {
	s.config.Watches = watches
	s.handle(Reconfigured{Watches: watches, Restarts: s.config.Restarts, From: from})
	s.pass(0)
}

func watchCalled(t *testing.T, name, settings string, ids ...domain.ID) domain.Watch {
	t.Helper()
	w := domain.Watch{Name: name, Select: domain.SelectGroup("web"), Policy: policy(t, settings)}
	if len(ids) > 0 {
		w.Select = domain.SelectID(ids[0])
	}
	return w
}

func TestWhatIsTheSameAfterAReloadGoesOn(t *testing.T) {
	for name, test := range map[string]struct {
		from []int
		want string // what the next round says
	}{
		"the same watch keeps its streak":     {[]int{-1, 0}, "old do failing 3 (said), old restarted"},
		"one that has changed begins anew":    {[]int{-1, -1}, "old hold failures 1/3 (said)"},
		"the place among others is no matter": {[]int{0, -1}, "new do failing 3 (said), new restarted, old hold failures 1/3 (said)"},
	} {
		t.Run(name, func(t *testing.T) {
			s := sceneOf(t, []domain.Watch{watchCalled(t, "old", "failures=3")}, "a")
			s.program("a").broken = true
			s.tick()
			s.tick()
			s.told()
			s.reconfigure([]domain.Watch{watchCalled(t, "new", "failures=3 start-grace=2h"), watchCalled(t, "old", "failures=3")}, test.from...)
			if test.from[0] == 0 {
				s.engine.watches[0].Policy = policy(t, "failures=3")
			}
			s.told()
			s.tick()
			if got := s.told(); !matchesPhrases(got, test.want) {
				t.Errorf("told was %q, want %q", got, test.want)
			}
		})
	}
}

func TestWhatWasOnlyObservedHoldsUpNothingOnceSomebodyActs(t *testing.T) {
	for name, rule := range map[string]string{"the ladder": "ladder=1h..1h", "the backoff": "backoff=1h..1h", "the limit": "rearm=window restart-limit=1/1h"} {
		t.Run(name, func(t *testing.T) {
			s := sceneOf(t, []domain.Watch{watchCalled(t, "old", "mode=observe "+rule)}, "a")
			s.program("a").broken = true
			s.tick()
			if got := s.told(); !matchesPhrases(got, "do observe 1 (said)") {
				t.Fatalf("told was %q", got)
			}
			s.tick()
			if got := s.told(); !strings.HasPrefix(got, "hold ") {
				t.Fatalf("what was said does not count while nobody acts: told was %q", got)
			}
			s.reconfigure([]domain.Watch{watchCalled(t, "old", rule)}, -1)
			s.told()
			s.tick()
			if got := s.told(); !matchesPhrases(got, "do failing 1 (said), restarted") {
				t.Errorf("told was %q", got)
			}
		})
	}
}

// matchesPhrases reports whether all phrases that are wanted were told.
func matchesPhrases(got, want string) bool {
	for _, phrase := range strings.Split(want, ", ") {
		found := false
		for _, told := range strings.Split(got, ", ") {
			found = found || told == phrase
		}
		if !found {
			return false
		}
	}
	return true
}

func TestARestartGoesOnThroughAReload(t *testing.T) {
	s := sceneOf(t, []domain.Watch{watchCalled(t, "old", "restart-limit=1/1h")}, "a")
	a := s.program("a")
	a.broken, a.stopsFor = true, 10*time.Second
	s.tick()
	s.pass(2 * time.Second)
	s.reconfigure([]domain.Watch{watchCalled(t, "other", "restart-limit=1/1h")}, -1)
	s.pass(time.Minute)
	if a.State != domain.Running || len(s.journal) > 0 {
		t.Fatalf("it is %s, the journal has %v", a.State, s.journal)
	}
	s.told()
	s.tick()
	if got, want := s.told(), "give up spent 1/1 1h (said)"; !matchesPhrases(got, want) {
		t.Errorf("told was %q, want %q: what was used up belongs to the process", got, want)
	}
}

func TestWhatIsNotLookedAfterAnyMoreIsLeftAlone(t *testing.T) {
	s := sceneOf(t, []domain.Watch{watchCalled(t, "old", "max-parallel=1 restart-limit=1/1h")}, "a", "b")
	a, b := s.program("a"), s.program("b")
	a.hung, b.broken, a.stopsFor = true, true, 10*time.Second
	a.probe, b.probe = time.Second, time.Second
	s.tick()
	s.pass(2 * time.Second) // a is being stopped, b waits
	s.tick()                // and is probed again
	s.reconfigure([]domain.Watch{watchCalled(t, "old", "", a.ID)}, -1)
	s.ticks(time.Minute)
	s.wantStops("a 1s")
	if len(s.engine.slots.queue) > 0 || s.engine.table.rows[b.ID].watched() {
		t.Error("b is not forgotten")
	}
	s.reconfigure([]domain.Watch{watchCalled(t, "all", "")}, -1)
	s.ticks(10 * time.Second)
	if got := s.engine.watches[0].members; len(got) != 2 {
		t.Errorf("%d are looked after", len(got))
	}
	if len(b.Instance().ID.Name) == 0 || b.born.IsZero() {
		t.Error("b was not restarted, though it is looked after again")
	}
}

func TestAReloadForgetsWhatWasSaidAndGivenUpByWatchesThatAreNoMore(t *testing.T) {
	s := sceneOf(t, []domain.Watch{watchCalled(t, "old", "restart-limit=1/1h")}, "a")
	s.program("a").broken = true
	s.ticks(10 * time.Second)
	if p := s.engine.table.rows[webID("a")]; len(p.GivenUp) != 1 {
		t.Fatalf("it has %v", p.GivenUp)
	}
	s.reconfigure([]domain.Watch{watchCalled(t, "other", "failures=100")}, -1)
	if p := s.engine.table.rows[webID("a")]; len(p.GivenUp) != 0 || len(p.Acts) != 1 {
		t.Errorf("it has %+v", p.History)
	}
	for about := range s.engine.notices {
		if about.watch == "old" {
			t.Errorf("there is a notice of %v", about)
		}
	}
}

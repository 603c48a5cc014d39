package engine

import (
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/domain"
)

// watchRefreshes collects what supervisord is asked from now on.
func (s *scene) watchRefreshes() *[]Refresh {
	asked := new([]Refresh)
	s.heard = func(c Command) {
		if r, ok := c.(Refresh); ok {
			*asked = append(*asked, r)
		}
	}
	return asked
}

func TestWhatSupervisordIsAsked(t *testing.T) {
	web := func(names ...string) Refresh {
		var ids []domain.ID
		for _, name := range names {
			ids = append(ids, webID(name))
		}
		return Refresh{IDs: ids}
	}
	tests := map[string]struct {
		silent bool
		play   func(*scene)
		want   []Refresh
	}{
		"nothing, where events tell that nothing has changed": {false, func(s *scene) { s.ticks(time.Minute) }, nil},
		"all of them every ten minutes all the same": {false, func(s *scene) { s.ticks(21 * time.Minute) },
			[]Refresh{{All: true}, {All: true}}},
		"whoever runs again": {false, func(s *scene) { s.dies(s.program("a"), 1); s.ticks(time.Minute) }, []Refresh{web("a")}},
		"not whoever is on its way": {false, func(s *scene) {
			s.program("a").startsFor = time.Hour
			s.dies(s.program("a"), 1)
			s.ticks(time.Minute)
		}, nil},
		"whoever has ended": {false, func(s *scene) { s.fails(s.program("a")); s.ticks(time.Minute) }, []Refresh{web("a")}},
		"not the others of supervisord": {false, func(s *scene) {
			for _, p := range s.programs {
				s.dies(p, 1)
			}
			s.ticks(5 * time.Second)
		}, []Refresh{web("a", "b")}},
		"all of them when a group has come or gone": {false, func(s *scene) { s.handle(Regrouped{}); s.ticks(10 * time.Second) }, []Refresh{{All: true}}},
		"those that are selected, at each tick, where only ticks come": {true, func(s *scene) { s.ticks(10 * time.Second) },
			[]Refresh{web("a", "b"), web("a", "b")}},
		"all of them every minute there": {true, func(s *scene) { s.ticks(time.Minute) }, []Refresh{
			web("a", "b"), web("a", "b"), web("a", "b"), web("a", "b"), web("a", "b"), web("a", "b"), web("a", "b"), web("a", "b"), web("a", "b"),
			web("a", "b"), web("a", "b"), {All: true}}},
		"all of them again after an error": {true, func(s *scene) {
			s.fault = func(string) error { return domain.ErrUnreachable }
			s.ticks(5 * time.Second)
			s.fault = nil
			s.ticks(5 * time.Second)
		}, []Refresh{web("a", "b"), web("a", "b")}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, "", "a", "b")
			for _, other := range castOf(20) {
				s.add("other:" + other)
			}
			s.silent = tt.silent
			s.begin()
			s.tick()
			asked := s.watchRefreshes()
			tt.play(s)
			if diff := gocmp.Diff(tt.want, *asked); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestWhenAListingIsCheaper(t *testing.T) {
	tests := map[[2]int]bool{{1, 1}: false, {2, 10}: true, {2, 20}: false, {3, 20}: true, {100, 1000}: false, {101, 1000}: true}
	for of, want := range tests {
		if got := listingIsCheaper(of[0], of[1]); got != want {
			t.Errorf("%d of %d: got %t", of[0], of[1], got)
		}
	}
}

func TestNobodyIsSelectedYet(t *testing.T) {
	s := newScene(t, "", "other:x")
	s.silent = true
	s.begin()
	asked := s.watchRefreshes()
	s.ticks(30 * time.Second)
	if diff := gocmp.Diff([]Refresh{{All: true}, {All: true}, {All: true}}, *asked); diff != "" {
		t.Errorf("it is looked for every ten seconds: -want +got:\n%s", diff)
	}
	s.add("a")
	s.ticks(10 * time.Second)
	if s.probed == 0 {
		t.Error("it is not found")
	}
}

// An answer may be older than an event that came meanwhile, and an event older than a look of a restart.
func TestWhatIsKnownIsTheLatest(t *testing.T) {
	s := newScene(t, "", "a", "b")
	s.tick()
	a := s.program("a")
	s.delay = func(call string) time.Duration { return map[string]time.Duration{"list": 3 * time.Second}[call] }
	s.dies(s.program("b"), 1)
	s.pass(0)
	s.handle(Ticked{})
	s.pass(time.Second)
	before := s.look(a)
	s.human("stops", a)
	s.pass(2 * time.Second)
	s.handle(Listed{Processes: []domain.Process{before, s.look(s.program("b"))}}) // the listing was made before the stop
	if got := s.engine.table.rows[a.ID].State; got != domain.Stopped {
		t.Errorf("it is %s", got)
	}
}

func TestAProcessThatComesBackIsAnother(t *testing.T) {
	s := newScene(t, "restart-limit=1/1h", "a", "b")
	s.tick()
	s.program("a").hung = true
	s.tick()
	s.pass(time.Minute)
	s.remove("a")
	s.handle(Regrouped{})
	s.tick()
	s.add("a").hung = true
	s.handle(Regrouped{})
	s.tick()
	s.wantStops("a 0s", "a 1m")
}

func TestTheListingMayNameAProcessTwice(t *testing.T) {
	s := newScene(t, "", "a")
	s.tick()
	p := s.look(s.program("a"))
	s.handle(Listed{Processes: []domain.Process{p, p}})
	if n := len(s.engine.watches[0].members); n != 1 {
		t.Errorf("%d members", n)
	}
}

func TestWhichLivesAreTheLastOnes(t *testing.T) {
	s := newScene(t, "", "a", "b")
	s.ticks(20 * time.Second)
	s.dies(s.program("a"), 1)
	s.ticks(20 * time.Second)
	s.remove("b")
	s.handle(Regrouped{})
	s.ticks(20 * time.Second)
	var got []int
	for _, alive := range s.forgets {
		got = append(got, len(alive))
	}
	if diff := gocmp.Diff([]int{2, 2, 1}, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if diff := gocmp.Diff(map[domain.ID]domain.Instance{webID("a"): s.program("a").Instance()}, s.forgets[len(s.forgets)-1]); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

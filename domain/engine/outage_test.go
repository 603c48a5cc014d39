package engine

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/domain"
)

// castOf are so many names: p0, p1 ...
func castOf(n int) []string {
	var names []string
	for i := range n {
		names = append(names, fmt.Sprintf("p%d", i))
	}
	return names
}

// outage has all of these, or all programs, fail whatever is done, or work again.
func (s *scene) outage(broken bool, names ...string) {
	if len(names) == 0 {
		for _, p := range s.programs {
			p.broken = broken
		}
	}
	s.each(strings.Join(names, " "), func(p *program) { p.broken = broken })
}

func (s *scene) wantStops(want ...string) {
	s.t.Helper()
	if diff := gocmp.Diff(want, s.stops); diff != "" {
		s.t.Errorf("-want +got:\n%s", diff)
	}
	s.stops = nil
}

func TestEnough(t *testing.T) {
	tests := map[string]struct {
		share        string
		failing, all int
		want         bool
	}{
		"half of them is half":                     {"50%", 5, 10, true},
		"less than half is not":                    {"50%", 4, 10, false},
		"two are never a mass":                     {"50%", 2, 2, false},
		"three of three are":                       {"50%", 3, 3, true},
		"nobody was judged":                        {"50%", 0, 0, false},
		"all of them":                              {"100%", 10, 10, true},
		"all but one are not all":                  {"100%", 9, 10, false},
		"7 of 50 are 14 %, whatever a float says":  {"14%", 7, 50, true},
		"14 of 25 are 56 %, whatever a float says": {"56%", 14, 25, true},
		"13 of 25 are less than 56 %":              {"56%", 13, 25, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := watch{Watch: domain.Watch{Policy: policy(t, "mass-failure="+tt.share)}}
			if got := w.enough(tt.failing, tt.all); got != tt.want {
				t.Errorf("got %t", got)
			}
		})
	}
}

func TestAMassFailureRestartsOneToSeeWhetherItHelps(t *testing.T) {
	s := newScene(t, "mass-failure=50% failures=2 max-parallel=4", castOf(6)...)
	s.ticks(30 * time.Second)
	s.outage(true)
	s.ticks(20 * time.Minute)
	s.wantStops("p0 40s", "p1 5m40s", "p2 15m40s") // the pause doubles, and it is another's turn each time
	s.outage(false)
	s.ticks(time.Minute)
	s.wantStops()
}

func TestAMassFailureThatTheCanaryCuresIsCuredAtOnce(t *testing.T) {
	s := newScene(t, "mass-failure=50% max-parallel=1", castOf(4)...)
	s.tick()
	for _, p := range s.programs {
		p.hung = true
	}
	s.ticks(time.Minute)
	s.wantStops("p2 5s", "p3 10s", "p0 20s", "p1 20s") // the last two are no mass
}

// The one that was tried may be the one that cannot be helped.
func TestACanaryThatIsNeverWellHoldsTheOthersBackForAWhileOnly(t *testing.T) {
	s := newScene(t, "mass-failure=50% max-parallel=1", castOf(4)...)
	s.tick()
	for _, p := range s.programs {
		p.hung = true
	}
	s.program("p2").broken = true
	s.ticks(320 * time.Second)
	s.wantStops("p2 5s", "p0 5m5s", "p1 5m10s", "p2 5m15s", "p3 5m15s", "p2 5m20s")
}

func TestACanaryThatIsGoneIsNoCanary(t *testing.T) {
	s := newScene(t, "mass-failure=50% max-parallel=1", castOf(5)...)
	s.tick()
	s.outage(true)
	s.ticks(time.Minute)
	s.wantStops("p2 5s")
	s.remove("p2")
	s.handle(Regrouped{})
	s.ticks(5 * time.Minute)
	s.wantStops("p0 5m5s")
}

// A restart that was not carried out has shown nothing: the next one is tried at once.
func TestACanaryThatIsNotRestartedIsNoCanary(t *testing.T) {
	s := sceneOf(t, []domain.Watch{{Name: "web", Select: everything(t), Policy: policy(t, "mass-failure=50% max-parallel=1")}}, castOf(4)...)
	s.program("p2").settings.Priority = listenerPriority
	s.tick()
	s.outage(true)
	s.ticks(30 * time.Second)
	s.wantStops("p0 10s")
}

// Those that fail are counted by their last verdicts over the whole watch, not by what is judged at this moment.
func TestWhoCountsAsFailing(t *testing.T) {
	tests := map[string]struct {
		change      func(*scene)
		failing, of int
	}{
		"nobody":                       {func(*scene) {}, 0, 4},
		"an Unhealthy one":             {func(s *scene) { s.outage(true, "p1"); s.tick() }, 1, 4},
		"one that is FATAL":            {func(s *scene) { s.fails(s.program("p1")); s.tick() }, 1, 4},
		"one that others have stopped": {func(s *scene) { s.human("stops", s.program("p1")); s.tick() }, 0, 3},
		"one that has died and is not found well yet": {func(s *scene) {
			s.program("p1").probe = time.Minute
			s.dies(s.program("p1"), 1)
			s.tick()
		}, 1, 4},
		"one that nobody can judge": {func(s *scene) { s.program("p1").unsure = true; s.tick() }, 0, 4},
		"one that was restarted and is not found well yet": {func(s *scene) {
			s.program("p1").hung, s.program("p1").startsFor = true, 3*time.Second
			s.tick()
			s.pass(4 * time.Second)
		}, 1, 4},
		"one that is being restarted": {func(s *scene) {
			s.program("p1").hung, s.program("p1").stopsFor = true, time.Minute
			s.tick()
			s.pass(4 * time.Second)
		}, 1, 4},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, "mass-failure=90%", castOf(4)...)
			s.tick()
			tt.change(s)
			failing, _, all := s.engine.watches[0].tally(s.now)
			if failing != tt.failing || all != tt.of {
				t.Errorf("got %d of %d, want %d of %d", failing, all, tt.failing, tt.of)
			}
		})
	}
}

// A trial that came to nothing, because supervisord refused it, makes the next pause no longer.
func TestAnUndoneTrialDoublesNothing(t *testing.T) {
	var all trials
	a, b := domain.ID{Group: "web", Name: "a"}, domain.ID{Group: "web", Name: "b"}
	all.begun(a, time.Minute, noon())
	all.undone(a, noon())
	all.begun(b, time.Minute, noon())
	if got := all.left(a, 0, time.Minute, noon()); got != time.Minute {
		t.Errorf("the next one is tried after %s", got)
	}
	all.undone(a, noon()) // which is none any more
	if got := all.left(a, 0, time.Minute, noon()); got != time.Minute {
		t.Errorf("after what was no trial, the next one is tried after %s", got)
	}
}

// When most are well again the outage is over, whatever has become of the one that was tried: in the next one it is tried at once again.
func TestTheNextMassFailureBeginsAnew(t *testing.T) {
	s := newScene(t, "mass-failure=50%", castOf(4)...)
	s.outage(true)
	s.ticks(5 * time.Second)
	s.wantStops("p2 5s")
	s.outage(false, "p0", "p1", "p3")
	s.ticks(30 * time.Second)
	s.stops = nil
	s.outage(true, "p0", "p1", "p3")
	s.ticks(10 * time.Second)
	others := slices.DeleteFunc(s.stops, func(stop string) bool { return strings.HasPrefix(stop, "p2 ") })
	if len(others) != 1 {
		t.Errorf("stopped were %q, want one of the three", s.stops)
	}
}

package engine

import (
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/domain"
)

// done is what is reported when the action is due and carried out.
const done = "do failing 1 (said), restarted"

func TestStreaks(t *testing.T) {
	tellStories(t, map[string]story{
		"the drop-in policy acts at the first failure": {"", "", []line{
			{"0", "ill", done},
		}},
		"a healthy process is never touched and never mentioned": {"", "", []line{
			{"0", "well", "keep"},
			{"5s", "tick", "keep"},
			{"20h", "tick", "keep"},
		}},
		"failures are counted up to the third": {"failures=3", "", []line{
			{"0", "ill", "hold failures 1/3 (said)"},
			{"5s", "ill", "hold failures 2/3 (said)"},
			{"10s", "ill", "do failing 3 (said), restarted"},
		}},
		"a streak that nothing was done about counts on": {"failures=2 mass-failure=50%", "a b c", []line{
			{"0", "ill", "a hold failures 1/2 (said), b hold failures 1/2 (said), c hold failures 1/2 (said)"},
			{"5s", "ill", "a do failing 2 (said), b hold mass 3/3 5m (said), c hold mass 3/3 5m (said), a restarted"},
			{"10s", "well a c", "a keep (said), b do failing 3 (said), c keep (said), b restarted"},
		}},
		"one success clears the failures": {"failures=2", "", []line{
			{"0", "ill", "hold failures 1/2 (said)"},
			{"5s", "well", "keep (said)"},
			{"10s", "ill", "hold failures 1/2 (said)"},
		}},
		"unknown neither counts nor clears": {"failures=2", "", []line{
			{"0", "ill", "hold failures 1/2 (said)"},
			{"5s", "unsure", "unknown (said)"},
			{"10s", "unsure", "unknown"},
			{"15s", "ill", "do failing 2 (said), restarted"},
		}},
		"unknown alone never does anything": {"", "", []line{
			{"0", "unsure", "unknown (said)"},
			{"1h", "unsure", "unknown (again)"},
		}},
		"a new life begins without failures": {"failures=2", "", []line{
			{"0", "ill", "hold failures 1/2 (said)"},
			{"5s", "dies", ""},
			{"10s", "tick", "hold failures 1/2"},
			{"15s", "tick", "do failing 2 (said), restarted"},
		}},
		"a signal begins the streak anew": {"failures=2 action=signal:HUP", "", []line{
			{"0", "ill", "hold failures 1/2 (said)"},
			{"5s", "ill", "do failing 2 (said), signalled"},
			{"10s", "ill", "hold failures 1/2"},
			{"15s", "ill", "do failing 2 (said), signalled"},
		}},
		"a process that does not run is started where the action is a signal": {"action=signal:HUP recover=fatal", "", []line{
			{"0", "fails", ""},
			{"5s", "tick", done},
		}},
		"observing says it once and reminds later": {"failures=2 mode=observe", "", []line{
			{"0", "ill", "hold failures 1/2 (said)"},
			{"5s", "ill", "do observe 2 (said)"},
			{"10s", "ill", "hold failures 1/2"},
			{"15s", "ill", "do observe 2"},
			{"11m", "ill", "hold failures 1/2 (again)"},
			{"12m", "well", "keep (said)"},
			{"13m", "ill", "hold failures 1/2 (said)"},
		}},
		"it has recovered after two successes": {"failures=2 successes=2", "", []line{
			{"0", "ill", "hold failures 1/2 (said)"},
			{"5s", "well", "hold recovering 1/2 (said)"},
			{"10s", "well", "keep (said)"},
			{"15s", "ill", "hold failures 1/2 (said)"},
		}},
		"a failure before it has recovered counts on": {"failures=2 successes=2", "", []line{
			{"0", "ill", "hold failures 1/2 (said)"},
			{"5s", "well", "hold recovering 1/2 (said)"},
			{"10s", "ill", "do failing 2 (said), restarted"},
		}},
		"unknown does not clear the successes": {"failures=2 successes=2", "", []line{
			{"0", "ill", "hold failures 1/2 (said)"},
			{"5s", "well", "hold recovering 1/2 (said)"},
			{"10s", "unsure", "unknown (said)"},
			{"15s", "well", "keep (said)"},
		}},
		"successes mean nothing without a failure before them": {"successes=3", "", []line{
			{"0", "well", "keep"},
		}},
		"a process in FATAL is started under the same rules": {"failures=2 recover=fatal restart-limit=1/1h", "", []line{
			{"0", "fails", ""},
			{"1s", "tick", "hold failures 1/2 (said)"},
			{"6s", "tick", "do failing 2 (said), restarted"},
			{"10s", "fails", ""},
			{"15s", "tick", "hold failures 1/2 (said)"},
			{"20s", "tick", "give up spent 1/1 1h (said)"},
		}},
		"its end is a new state of affairs, not one more failure of its life": {"failures=2 recover=fatal", "", []line{
			{"0", "ill", "hold failures 1/2 (said)"},
			{"5s", "fails", ""},
			{"10s", "tick", "hold failures 1/2"},
		}},
		"what is down is not judged where the policy does not recover it": {"", "", []line{
			{"0", "fails", ""},
			{"5s", "tick", ""},
			{"10s", "tick", "idle 1 FATAL"},
		}},
	})
}

func TestTheInterval(t *testing.T) {
	tellStories(t, map[string]story{
		"a process is judged at most so often": {"interval=10s", "", []line{
			{"0", "tick", "keep"},
			{"5s", "tick", ""},
			{"10s", "tick", "keep"},
			{"15s", "tick", ""},
		}},
		"a tick that comes a second early counts": {"interval=10s", "", []line{
			{"0", "tick", "keep"},
			{"8.9s", "tick", ""},
			{"9s", "tick", "keep"},
		}},
		"one that comes late delays the next": {"interval=10s", "", []line{
			{"0", "tick", "keep"},
			{"14s", "tick", "keep"},
			{"20s", "tick", ""},
			{"23s", "tick", "keep"},
		}},
		"an interval that is shorter than the ticks is theirs": {"interval=1s", "", []line{
			{"0", "tick", "keep"},
			{"5s", "tick", "keep"},
		}},
	})
}

// watchesOf are watches of the group web, each named by its settings.
func watchesOf(t *testing.T, settings ...string) []domain.Watch {
	var all []domain.Watch
	for _, one := range settings {
		all = append(all, domain.Watch{Name: one, Select: domain.SelectGroup("web"), Policy: policy(t, one)})
	}
	return all
}

// A verdict is about the life that was probed, and about no other.
func TestAVerdictOfAnEarlierLifeCountsForNothing(t *testing.T) {
	s := newScene(t, "interval=1m", "a")
	a := s.program("a")
	a.probe = 20 * time.Second
	a.broken = true
	s.tick()
	s.pass(2 * time.Second)
	s.dies(a, 1)
	s.ticks(15 * time.Second)
	s.pass(10 * time.Second)
	if len(s.acts) > 0 {
		t.Errorf("the new life was restarted for what was found of the old one: %q", s.acts)
	}
}

// What waits for the verdicts of others is decided about the life that was judged.
func TestALifeThatHasEndedWhileOthersWereAwaitedIsNotRestarted(t *testing.T) {
	s := newScene(t, "mass-failure=60% interval=1m", "a", "b", "c", "d", "e")
	s.each("a b", func(p *program) { p.broken = true })
	s.each("c", func(p *program) { p.probe = 30 * time.Second })
	s.tick()
	s.dies(s.program("a"), 1)
	s.pass(5 * time.Second)
	s.tick()
	s.pass(30 * time.Second)
	if diff := gocmp.Diff([]string{"stop web:b", "start web:b"}, s.acts); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// A probe that never comes back leaves nobody undecided for ever, and what waits for it does not pile up.
func TestAProbeThatHangsHoldsOthersBackForAWhileOnly(t *testing.T) {
	s := newScene(t, "mass-failure=60% interval=5s", "a", "b", "c", "d", "e")
	s.each("c", func(p *program) { p.probe = 100 * time.Hour })
	s.each("a b", func(p *program) { p.broken = true })
	s.ticks(time.Minute)
	if n := len(s.engine.watches[0].waiting); len(s.acts) > 0 || n > 2 {
		t.Errorf("%d wait, and done was %q", n, s.acts)
	}
	s.ticks(10 * time.Minute)
	if len(s.acts) == 0 {
		t.Error("nobody is ever restarted")
	}
}

// What is only observed is nothing that was done: another watch that acts must not pay for it.
func TestObservingUsesNothingUpThatAnotherWatchNeeds(t *testing.T) {
	s := sceneOf(t, watchesOf(t, "mode=observe", "restart-limit=1/1h failures=3"), "a")
	s.program("a").hung = true
	s.ticks(20 * time.Second)
	if diff := gocmp.Diff([]string{"stop web:a", "start web:a"}, s.acts); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// Where nobody acts, what would be done is counted as if it were, so that the limit can be tried.
func TestObservingTriesTheLimitWhereNobodyActs(t *testing.T) {
	tellStories(t, map[string]story{
		"observed": {"mode=observe restart-limit=2/1h", "", []line{
			{"0", "ill", "do observe 1 (said)"},
			{"5s", "ill", "do observe 1"},
			{"10s", "ill", "give up spent 2/2 1h (said)"},
		}},
	})
}

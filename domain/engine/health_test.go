package engine

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"supervisor-healthcheck/domain"
)

func TestGraces(t *testing.T) {
	tellStories(t, map[string]story{
		"nothing counts within the grace": {"failures=2 start-grace=30s", "", []line{
			{"0", "dies", ""},
			{"18s", "ill", "hold grace 12s (said)"},
			{"23s", "ill", "hold grace 7s"},
			{"29.5s", "ill", "hold grace 500ms"},
			{"30s", "ill", "hold failures 1/2 (said)"},
			{"35s", "ill", "do failing 2 (said), restarted"},
		}},
		"the first success ends the grace": {"start-grace=30s", "", []line{
			{"0", "dies", ""},
			{"5s", "ill", "hold grace 25s (said)"},
			{"10s", "well", "keep (said)"},
			{"15s", "ill", done},
		}},
		"or as many in a row as a recovery needs": {"start-grace=1m successes=3", "", []line{
			{"0", "dies", ""},
			{"5s", "well", "keep"},
			{"10s", "ill", "hold grace 50s (said)"},
			{"15s", "well", "keep (said)"},
			{"20s", "well", "keep"},
			{"25s", "ill", "hold grace 35s (said)"},
			{"30s", "well", "keep (said)"},
			{"35s", "well", "keep"},
			{"40s", "well", "keep"},
			{"45s", "ill", done},
		}},
		"unknown does not end the grace": {"start-grace=30s", "", []line{
			{"0", "dies", ""},
			{"5s", "unsure", "unknown (said)"},
			{"10s", "ill", "hold grace 20s (said)"},
		}},
		"every life has its own grace": {"start-grace=30s", "", []line{
			{"0", "well", "keep"},
			{"5s", "dies", ""},
			{"10s", "ill", "hold grace 25s (said)"},
		}},
		"a restart of ours begins a life like any other": {"start-grace=30s", "", []line{
			{"0", "ill", done},
			{"10s", "ill", "hold grace 20s (said)"},
		}},
		"a process that is up for long has no grace, although we have never seen it": {"start-grace=30s", "", []line{
			{"0", "ill", done},
		}},
		"there is none for a process that does not run": {"start-grace=30s recover=fatal", "", []line{
			{"0", "fails", ""},
			{"1s", "tick", done},
		}},
	})
}

// The grace is learnt: twice the longest of the last boots and ten seconds.
func TestWarmup(t *testing.T) {
	tellStories(t, map[string]story{
		"as long as no boot is known there are two minutes": {"start-grace=30s warmup=20m", "", []line{
			{"0", "dies", ""},
			{"1m59s", "ill", "hold grace 1s (said)"},
			{"2m", "ill", done},
		}},
		"a boot teaches how long the next one may take": {"start-grace=30s warmup=20m", "", []line{
			{"0", "dies", ""},
			{"25s", "ill", "hold grace 1m35s (said)"},
			{"1m", "well", "keep (said)"},
			{"2m", "dies", ""},
			{"3m", "ill", "hold grace 1m10s (said)"},
			{"4m9s", "ill", "hold grace 1s"},
			{"4m10s", "ill", done},
		}},
		"a short one makes the grace shorter than those two minutes": {"start-grace=10s warmup=20m", "", []line{
			{"0", "dies", ""},
			{"5s", "well", "keep"},
			{"1m", "dies", ""},
			{"1m19s", "ill", "hold grace 1s (said)"},
			{"1m20s", "ill", done},
		}},
		"what is given is the least": {"start-grace=5m warmup=20m", "", []line{
			{"0", "dies", ""},
			{"10s", "well", "keep"},
			{"2m", "dies", ""},
			{"2m10s", "ill", "hold grace 4m50s (said)"},
		}},
		"what is learnt is bounded": {"start-grace=30s warmup=1m", "", []line{
			{"0", "tick", "keep"},
			{"0", "dies", ""},
			{"10m", "well", "keep"},
			{"20m", "dies", ""},
			{"20m10s", "ill", "hold grace 50s (said)"},
		}},
		"and so is what is not known": {"start-grace=30s warmup=1m", "", []line{
			{"0", "dies", ""},
			{"10s", "ill", "hold grace 50s (said)"},
		}},
		"nothing is learnt where that is off": {"start-grace=30s", "", []line{
			{"0", "dies", ""},
			{"10m", "well", "keep"},
			{"20m", "dies", ""},
			{"20m10s", "ill", "hold grace 20s (said)"},
		}},
		"a life that was stopped before it was well needed longer than that": {"start-grace=30s warmup=20m", "", []line{
			{"0", "tick", "keep"},
			{"0", "dies", ""},
			{"3m", "ill", done},
			{"4m", "ill", "hold grace 5m10s (said)"},
		}},
		"unless the next boot shows that it did not": {"start-grace=30s warmup=20m", "", []line{
			{"0", "tick", "keep"},
			{"0", "dies", ""},
			{"3m", "hang", done},
			{"3m20s", "well", "keep (said)"},
			{"5m", "dies", ""},
			{"5m10s", "ill", "hold grace 40s (said)"},
		}},
		"also where it is known how long they are": {"start-grace=10s warmup=20m", "", []line{
			{"0", "tick", "keep"},
			{"0", "dies", ""},
			{"10s", "tick", "keep"},
			{"1m", "dies", ""},
			{"2m", "ill", done},
			{"2m10s", "ill", "hold grace 2m (said)"},
		}},
		"a life that was old when it was first seen teaches nothing": {"start-grace=30s warmup=20m", "", []line{
			{"0", "well", "keep"},
			{"1m", "dies", ""},
			{"1m10s", "ill", "hold grace 1m50s (said)"},
		}},
		"nor does it when it is stopped": {"start-grace=30s warmup=20m", "", []line{
			{"0", "hang", done},
			{"10s", "ill", "hold grace 1m50s (said)"},
		}},
		"a long boot was an exception when others follow": {"start-grace=10s warmup=20m", "", append(boots("30s", "4m", "30s"),
			line{"1h", "dies", ""}, line{"1h1s", "ill", "hold grace 1m9s (said)"},
		)},
		"as long as it is the last it may be the rule": {"start-grace=10s warmup=20m", "", append(boots("30s", "30s", "4m"),
			line{"1h", "dies", ""}, line{"1h1s", "ill", "hold grace 8m9s (said)"},
		)},
		"and is when others are as long": {"start-grace=10s warmup=20m", "", append(boots("30s", "30s", "4m", "4m", "4m", "30s"),
			line{"2h", "dies", ""}, line{"2h1s", "ill", "hold grace 8m9s (said)"},
		)},
	})
}

// boots take so long, one every ten minutes.
func boots(took ...string) []line {
	lines := []line{{"0", "tick", "keep"}}
	for n, boot := range took {
		minute := fmt.Sprintf("%dm", 10*n)
		lines = append(lines, line{minute, "dies", ""}, line{minute + boot, "tick", "keep"})
	}
	return lines
}

// What one process has learnt counts for all of its program.
func TestWhatOneHasLearntCountsForItsProgram(t *testing.T) {
	tellStories(t, map[string]story{
		"how long they boot": {"warmup=20m", "web_0 web_1 worker", []line{
			{"0", "tick", "web_0 keep, web_1 keep, worker keep"},
			{"0", "dies web_0", ""},
			{"30s", "tick", "web_0 keep, web_1 keep, worker keep"},
			{"1m", "dies", ""},
			{"1m20s", "ill web_1 worker", "web_0 keep, web_1 hold grace 50s (said), worker hold grace 1m40s (said)"},
		}},
		"how long they are in trouble": {"failures=2 patience=3m", "web_0 web_1 worker", []line{
			{"0", "ill web_0", "web_0 hold failures 1/2 (said), web_1 keep, worker keep"},
			{"30s", "well", "web_0 keep (said), web_1 keep, worker keep"},
			{"1m", "ill web_1 worker", "web_0 keep, web_1 hold failures 1/2 (said), worker hold failures 1/2 (said)"},
			{"1m10s", "tick", "web_0 keep, web_1 hold patience 50s (said), worker do failing 2 (said), worker restarted"},
		}},
	})
}

// A boot that ends together with the troubles of others may have waited for what they wait for.
func TestABootInASharedTroubleIsNoRule(t *testing.T) {
	for name, test := range map[string]struct {
		ill  string
		want time.Duration
	}{
		"alone":          {"p0", 4*time.Minute + 50*time.Second},
		"with a sibling": {"p0 p1", 30 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, "outage=1h warmup=20m mode=observe", castOf(3)...)
			s.ticks(10 * time.Second)
			for _, p := range s.engine.table.order {
				p.Boots = []time.Duration{10 * time.Second, 10 * time.Second, 10 * time.Second}
				p.taught.known = false
			}
			s.each(test.ill, func(p *program) { s.dies(p, 1) })
			s.outage(true, strings.Fields(test.ill)...)
			s.ticks(135 * time.Second)
			s.outage(false)
			s.ticks(10 * time.Second)
			r := s.engine.table.rows[webID("p2")].records[0]
			if got := r.warmup().Round(10 * time.Second); got != test.want {
				t.Errorf("the grace of their program is %v then, not %v", got, test.want)
			}
		})
	}
}

// What earlier lives of the listener have learnt is known again.
func TestWhatWasLearntIsLoaded(t *testing.T) {
	s := newScene(t, "warmup=20m patience=20m", "a")
	s.tick()
	s.histories[webID("a")] = domain.History{Boots: []time.Duration{time.Minute}, Healed: []time.Duration{time.Minute}}
	r := s.engine.table.rows[webID("a")].records[0]
	if got := r.warmup(); got != unknownBoot {
		t.Errorf("the grace is %v before", got)
	}
	s.load(nil)
	if got := r.warmup(); got != 130*time.Second || r.process.taught.healed != time.Minute {
		t.Errorf("the grace is %v", got)
	}
}

// A process that is not known any more has taught nothing, and one that comes is taught by those of its program.
func TestAProgramChanges(t *testing.T) {
	s := newScene(t, "failures=2 patience=3m", "web_0", "web_1")
	learn := func() time.Duration {
		p := s.engine.table.rows[webID("web_1")]
		p.taught.learn()
		return p.taught.healed
	}
	s.ticks(10 * time.Second)
	if got := learn(); got != 0 {
		t.Errorf("it was taught %v by nobody", got)
	}
	s.engine.healed(s.engine.table.rows[webID("web_0")], time.Minute)
	s.engine.table.rows[webID("web_0")].taught.last = time.Minute
	if got := learn(); got != time.Minute {
		t.Errorf("it was taught %v", got)
	}
	s.add("web_2")
	s.engine.table.doubt()
	s.ticks(10 * time.Second)
	if p := s.engine.table.rows[webID("web_2")]; p == nil || p.taught != s.engine.table.rows[webID("web_1")].taught || p.taught.last != time.Minute {
		t.Error("who came was not taught what the program has learnt")
	}
	s.remove("web_0")
	s.engine.table.doubt()
	s.ticks(10 * time.Second)
	if got := learn(); got != 0 {
		t.Errorf("it was taught %v by who is gone", got)
	}
}

// Patience is learnt: a trouble has twice as long as the longest that healed by itself.
func TestPatience(t *testing.T) {
	tellStories(t, map[string]story{
		"a trouble that healed by itself teaches patience": {"failures=2 patience=3m", "", []line{
			{"0", "ill", "hold failures 1/2 (said)"},
			{"20s", "well", "keep (said)"},
			{"1m", "ill", "hold failures 1/2 (said)"},
			{"65s", "ill", "hold patience 35s (said)"},
			{"99s", "ill", "hold patience 1s"},
			{"100s", "ill", "do failing 4 (said), restarted"},
		}},
		"it is bounded": {"failures=2 patience=30s", "", []line{
			{"0", "ill", "hold failures 1/2 (said)"},
			{"20s", "well", "keep (said)"},
			{"1m", "ill", "hold failures 1/2 (said)"},
			{"90s", "ill", "do failing 2 (said), restarted"},
		}},
		"a trouble that a restart has ended teaches nothing": {"patience=3m", "", []line{
			{"0", "hang", done},
			{"1m", "well", "keep (said)"},
			{"2m", "ill", done},
		}},
		"nor does one that a death has ended": {"failures=2 patience=3m", "", []line{
			{"0", "ill", "hold failures 1/2 (said)"},
			{"30s", "dies", ""},
			{"40s", "well", "keep (said)"},
			{"2m", "ill", "hold failures 1/2 (said)"},
			{"125s", "ill", "do failing 2 (said), restarted"},
		}},
		"nor does one that a human has ended": {"failures=2 patience=3m", "", []line{
			{"0", "ill", "hold failures 1/2 (said)"},
			{"30s", "human restarts", ""},
			{"40s", "well", "keep (said)"},
			{"2m", "ill", "hold failures 1/2 (said)"},
			{"125s", "ill", "do failing 2 (said), restarted"},
		}},
		"what is within the grace is no trouble": {"start-grace=1m patience=3m", "", []line{
			{"0", "dies", ""},
			{"10s", "ill", "hold grace 50s (said)"},
			{"50s", "well", "keep (said)"},
			{"2m", "ill", done},
		}},
		"a boot that took longer than its grace is no trouble that healed": {"start-grace=10s failures=2 patience=3m", "", []line{
			{"0", "tick", "keep"},
			{"0", "human restarts", ""},
			{"5s", "ill", "hold grace 5s (said)"},
			{"10s", "ill", "hold failures 1/2 (said)"},
			{"40s", "well", "keep (said)"},
			{"2m", "ill", "hold failures 1/2 (said)"},
			{"125s", "ill", "do failing 2 (said), restarted"},
		}},
		"and it has no patience": {"start-grace=10s failures=2 patience=3m", "", []line{
			{"0", "ill", "hold failures 1/2 (said)"},
			{"30s", "well", "keep (said)"},
			{"1m", "dies", ""},
			{"1m10s", "ill", "hold failures 1/2 (said)"},
			{"1m15s", "ill", "do failing 2 (said), restarted"},
		}},
		"nothing is learnt where that is off": {"failures=2", "", []line{
			{"0", "ill", "hold failures 1/2 (said)"},
			{"20s", "well", "keep (said)"},
			{"1m", "ill", "hold failures 1/2 (said)"},
			{"65s", "ill", "do failing 2 (said), restarted"},
		}},
	})
}

// Who says when it is ready has its grace until then, and no longer than that.
func TestTheGraceOfWhatIsBootingGoesOnUntilItIsReady(t *testing.T) {
	for name, test := range map[string]struct {
		play func(*scene, *program)
		want string
	}{
		"it is not ready yet": {func(s *scene, p *program) { s.ticks(10 * time.Second) }, "hold grace 45s"},
		"it is ready":         {func(s *scene, p *program) { p.unready = false; s.ticks(10 * time.Second) }, "hold failures 1/2 (said)"},
		"its grace is over":   {func(s *scene, p *program) { s.ticks(70 * time.Second) }, "hold failures 1/2 (said)"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, "start-grace=1m failures=2", "a")
			p := s.program("a")
			s.human("restarts", p)
			p.unready = true
			test.play(s, p)
			s.told()
			p.broken = true
			s.ticks(5 * time.Second)
			if got := s.told(); !strings.HasPrefix(got, test.want) {
				t.Errorf("told was %q, want %q", got, test.want)
			}
		})
	}
}

// Without a grace it is well as soon as it is healthy: that may be all that it ever says.
func TestWhatNeverSaysThatItIsReadyRecovers(t *testing.T) {
	s := newScene(t, "failures=3", "a")
	p := s.program("a")
	p.broken = true
	s.ticks(10 * time.Second)
	p.broken, p.unready = false, true
	s.ticks(5 * time.Second)
	p.broken = true
	s.told()
	s.ticks(5 * time.Second)
	if got := s.told(); !strings.HasPrefix(got, "hold failures 1/3") {
		t.Errorf("told was %q", got)
	}
}

// The next one is not stopped before the one that was restarted is ready.
func TestASlotIsHeldUntilWhatWasRestartedIsReady(t *testing.T) {
	s := newScene(t, "max-parallel=1 start-grace=1m", "a", "b")
	s.ticks(70 * time.Second)
	s.each("a b", func(p *program) { p.hung, p.unready = true, true })
	s.ticks(30 * time.Second)
	s.wantStops("a 1m15s")
	s.each("a", func(p *program) { p.unready = false })
	s.ticks(10 * time.Second)
	s.wantStops("b 1m45s")
}

// What a signal of ours has cured has not healed by itself, though it is the same life.
func TestASignalIsNoHealing(t *testing.T) {
	s := newScene(t, "patience=3m failures=3 action=signal:HUP", "a")
	s.ticks(30 * time.Second)
	a := s.program("a")
	a.hung = true
	s.heard = func(c Command) {
		if _, is := c.(Signal); is {
			a.hung = false
		}
	}
	s.ticks(time.Minute)
	if p := s.engine.table.rows[a.ID]; len(p.Healed) > 0 || a.hung {
		t.Errorf("it has healed after %v", p.Healed)
	}
}

package engine

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/domain"
)

const spentHour = "give up spent 1/1 1h"

func TestLimits(t *testing.T) {
	fiveRestarts := []line{{"0", "ill", done}, {"1m", "ill", done}, {"2m", "ill", done}, {"3m", "ill", done}, {"4m", "ill", done}}
	tellStories(t, map[string]story{
		"five restarts an hour, then it is given up": {"restart-limit=5/1h", "", append(fiveRestarts,
			line{"38m", "ill", "give up spent 5/5 1h (said)"},
			line{"39m", "ill", "give up spent 5/5 1h"},
		)},
		"given up is for good, however long ago the restarts are": {"restart-limit=1/1h", "", []line{
			{"0", "ill", done},
			{"1m", "ill", spentHour + " (said)"},
			{"20d", "ill", spentHour + " (again)"},
		}},
		"a start by hand ends it": {"restart-limit=1/1h", "", []line{
			{"0", "ill", done},
			{"1m", "ill", spentHour + " (said)"},
			{"2m", "human restarts", "rearmed"},
			{"3m", "ill", done},
		}},
		"so does a stop and a start by hand, however long it takes": {"restart-limit=1/1h", "", []line{
			{"0", "ill", done},
			{"1m", "ill", spentHour + " (said)"},
			{"2m", "human stops", ""},
			{"3m", "tick", "idle 1 STOPPED, stopped"},
			{"60m", "human starts", "rearmed, runs"},
			{"61m", "ill", done},
		}},
		"health for the time of the limit ends it": {"restart-limit=1/1h", "", []line{
			{"0", "ill", done},
			{"1m", "ill", spentHour + " (said)"},
			{"2m", "well", "keep (said)"},
			{"61m", "well", "keep"},
			{"62m", "well", "rearmed, keep"},
			{"63m", "ill", done},
		}},
		"less health does not": {"restart-limit=1/1h", "", []line{
			{"0", "ill", done},
			{"1m", "ill", spentHour + " (said)"},
			{"2m", "well", "keep (said)"},
			{"61m59s", "well", "keep"},
			{"62m", "ill", spentHour + " (said)"},
		}},
		"nor does health with a break": {"restart-limit=1/1h", "", []line{
			{"0", "ill", done},
			{"1m", "ill", spentHour + " (said)"},
			{"2m", "well", "keep (said)"},
			{"40m", "ill", spentHour + " (said)"},
			{"41m", "well", "keep (said)"},
			{"100m", "well", "keep"},
			{"100m1s", "ill", spentHour + " (said)"},
		}},
		"nor does a new life that supervisord has begun": {"restart-limit=1/1h", "", []line{
			{"0", "ill", done},
			{"1m", "ill", spentHour + " (said)"},
			{"2m", "dies", ""},
			{"3m", "ill", spentHour},
		}},
		"the limit is not reached when the oldest restart has left the window": {"restart-limit=2/1h", "", []line{
			{"0", "ill", done},
			{"30m", "ill", done},
			{"1h", "ill", done},
			{"89m59s", "ill", "give up spent 2/2 1h (said)"},
		}},
		"with rearm by the window it waits": {"restart-limit=2/1h rearm=window", "", []line{
			{"0", "ill", done},
			{"1m", "ill", done},
			{"38m", "ill", "hold limit 2/2 22m (said)"},
			{"39m", "ill", "hold limit 2/2 21m"},
			{"59m59s", "ill", "hold limit 2/2 1s (again)"},
			{"1h", "ill", "do failing 4 (said), restarted"},
		}},
		"deaths count against the same budget, but give nothing up": {"restart-limit=3/1h", "", []line{
			{"0", "tick", "keep"},
			{"0", "dies", ""},
			{"1m", "ill", done},
			{"2m", "dies", "flapping: hold limit 3/3 58m"},
			{"3m", "dies", ""},
			{"4m", "ill", "hold limit 4/3 57m (said)"},
			{"60m59s", "ill", "hold limit 3/3 1s (again)"},
			{"61m", "ill", "do failing 3 (said), restarted"},
		}},
		"deaths that are far between use nothing up": {"restart-limit=2/1h", "", []line{
			{"0", "dies", ""},
			{"1h", "dies", ""},
			{"2h", "dies", ""},
			{"2h1m", "ill", done},
		}},
		"deaths that have used up a window end with it": {"restart-limit=2/1h rearm=window", "", []line{
			{"0", "tick", "keep"},
			{"0", "dies", ""},
			{"1m", "dies", "flapping: hold limit 2/2 59m"},
			{"2m", "ill", "hold limit 2/2 58m (said)"},
			{"1h", "ill", "do failing 2 (said), restarted"},
			{"1h30s", "ill", "hold limit 2/2 30s (said)"},
		}},
		"without a limit deaths do not matter": {"", "", []line{
			{"0", "dies", ""},
			{"1s", "dies", ""},
			{"2s", "ill", done},
		}},
		"failures are awaited before it is given up": {"failures=2 restart-limit=1/1h", "", []line{
			{"0", "ill", "hold failures 1/2 (said)"},
			{"5s", "ill", "do failing 2 (said), restarted"},
			{"1m", "ill", "hold failures 1/2 (said)"},
			{"2m", "ill", spentHour + " (said)"},
		}},
		"a death that is expected is no death": {"restart-limit=1/1h", "", []line{
			{"0", "ends", ""},
			{"1m", "ill", done},
		}},
		"a start from FATAL counts": {"restart-limit=1/1h recover=fatal", "", []line{
			{"0", "fails", ""},
			{"1m", "tick", done},
			{"2m", "fails", ""},
			{"3m", "tick", spentHour + " (said)"},
		}},
		"signals count, and the deaths that they bring about do not": {"restart-limit=2/1h action=signal:TERM", "", []line{
			{"0", "ill", "do failing 1 (said), signalled"},
			{"1s", "dies", ""},
			{"1m", "ill", "do failing 1 (said), signalled"},
			{"61s", "dies", ""},
			{"2m", "ill", "give up spent 2/2 1h (said)"},
		}},
	})
}

func TestBackoff(t *testing.T) {
	tellStories(t, map[string]story{
		"the pause doubles from the first to the longest": {"backoff=10s..30s", "", []line{
			{"0", "ill", done},
			{"1s", "ill", "hold backoff 1 9s (said)"},
			{"9.5s", "ill", "hold backoff 1 500ms"},
			{"10s", "ill", "do failing 3 (said), restarted"},
			{"29s", "ill", "hold backoff 2 1s (said)"},
			{"30s", "ill", "do failing 2 (said), restarted"},
			{"59s", "ill", "hold backoff 3 1s (said)"},
			{"60s", "ill", "do failing 2 (said), restarted"},
			{"89s", "ill", "hold backoff 4 1s (said)"},
			{"90s", "ill", "do failing 2 (said), restarted"},
		}},
		"one pause stays the same": {"backoff=30s", "", []line{
			{"0", "ill", done},
			{"30s", "ill", done},
			{"60s", "ill", done},
			{"89s", "ill", "hold backoff 3 1s (said)"},
			{"90s", "ill", "do failing 2 (said), restarted"},
		}},
		"health for the longest pause resets it": {"backoff=10s..40s", "", []line{
			{"0", "ill", done},
			{"10s", "ill", done},
			{"20s", "well", "keep (said)"},
			{"60s", "well", "keep"},
			{"61s", "ill", done},
			{"70s", "ill", "hold backoff 1 1s (said)"},
			{"71s", "ill", "do failing 2 (said), restarted"},
		}},
		"less health does not": {"backoff=10s..40s", "", []line{
			{"0", "ill", done},
			{"10s", "ill", done},
			{"20s", "well", "keep (said)"},
			{"59s", "well", "keep"},
			{"60s", "ill", done},
			{"99s", "ill", "hold backoff 3 1s (said)"},
		}},
		"a failure interrupts the health": {"backoff=10s..40s failures=2", "", []line{
			{"0", "ill", "hold failures 1/2 (said)"},
			{"5s", "ill", "do failing 2 (said), restarted"},
			{"10s", "ill", "hold failures 1/2 (said)"},
			{"15s", "ill", "do failing 2 (said), restarted"},
			{"20s", "well", "keep (said)"},
			{"40s", "ill", "hold failures 1/2 (said)"},
			{"45s", "well", "keep (said)"},
			{"75s", "ill", "hold failures 1/2 (said)"},
			{"76s", "ill", "do failing 2 (said), restarted"},
			{"77s", "ill", "hold failures 1/2 (said)"},
			{"115s", "ill", "hold backoff 3 1s (said)"},
		}},
		"so does a death": {"backoff=10s..40s", "", []line{
			{"0", "ill", done},
			{"10s", "ill", done},
			{"20s", "well", "keep (said)"},
			{"40s", "dies", ""},
			{"41s", "well", "keep"},
			{"70s", "ill", done},
			{"109s", "ill", "hold backoff 3 1s (said)"},
		}},
		"a start by hand ends the pause": {"backoff=10m", "", []line{
			{"0", "ill", done},
			{"1m", "ill", "hold backoff 1 9m (said)"},
			{"2m", "human restarts", "rearmed"},
			{"3m", "ill", done},
		}},
		"before the first restart there is none": {"backoff=10m", "", []line{
			{"0", "ill", done},
		}},
		"the pause comes before the limit": {"backoff=10m restart-limit=1/1h", "", []line{
			{"0", "ill", done},
			{"1m", "ill", "hold backoff 1 9m (said)"},
			{"10m", "ill", spentHour + " (said)"},
		}},
		"a death is no act of ours: it does not pause": {"backoff=10m", "", []line{
			{"0", "dies", ""},
			{"1m", "ill", done},
		}},
	})
}

// The ladder: the first restart at once, then 1, 2, 4 ... 60 minutes between them, until one has helped.
func TestLadder(t *testing.T) {
	rung := func(n int, left string) string { return "hold ladder " + string(rune('0'+n)) + " " + left + " (said)" }
	tellStories(t, map[string]story{
		"what does not help becomes rare, and is never given up": {"ladder=1m..1h", "", []line{
			{"0", "ill", done},
			{"59s", "ill", rung(1, "1s")},
			{"1m", "ill", "do failing 2 (said), restarted"},
			{"2m59s", "ill", rung(2, "1s")},
			{"3m", "ill", "do failing 2 (said), restarted"},
			{"6m59s", "ill", rung(3, "1s")},
			{"7m", "ill", "do failing 2 (said), restarted"},
			{"15m", "ill", done},
			{"31m", "ill", done},
			{"63m", "ill", done},
			{"122m59s", "ill", rung(7, "1s")},
			{"123m", "ill", "do failing 2 (said), restarted"},
			{"182m59s", "ill", rung(8, "1s")},
			{"183m", "ill", "do failing 2 (said), restarted"},
		}},
		"five minutes of unbroken health forgive": {"ladder=1m..1h", "", []line{
			{"0", "ill", done},
			{"1m", "ill", done},
			{"2m", "well", "keep (said)"},
			{"7m", "well", "keep"},
			{"8m", "ill", done},
			{"8m59s", "ill", rung(1, "1s")},
		}},
		"less does not": {"ladder=1m..1h", "", []line{
			{"0", "ill", done},
			{"1m", "ill", done},
			{"2m", "well", "keep (said)"},
			{"6m59s", "well", "keep"},
			{"7m", "ill", done},
			{"8m", "ill", rung(3, "3m")},
		}},
		"the pause runs from the last restart, not from the trouble": {"ladder=1m..1h", "", []line{
			{"0", "hang", done},
			{"10s", "well", "keep (said)"},
			{"4m", "ill", done},
			{"5m59s", "ill", rung(2, "1s")},
		}},
		"health that is broken by a death begins anew": {"ladder=1m..1h", "", []line{
			{"0", "ill", done},
			{"10s", "well", "keep (said)"},
			{"4m", "dies", ""},
			{"4m1s", "well", "keep"},
			{"8m", "ill", done},
			{"9m", "ill", rung(2, "1m")},
		}},
		"a start by hand begins it anew": {"ladder=1m..1h", "", []line{
			{"0", "ill", done},
			{"1m", "ill", done},
			{"2m", "human restarts", "rearmed"},
			{"2m10s", "ill", done},
			{"2m20s", "ill", rung(1, "50s")},
		}},
		"what is FATAL climbs it too": {"ladder=1m..1h recover=fatal", "", []line{
			{"0", "fails", ""},
			{"5s", "tick", done},
			{"10s", "fails", ""},
			{"15s", "tick", rung(1, "50s")},
			{"65s", "tick", "do failing 2 (said), restarted"},
		}},
	})
}

// A process that somebody else has started counts anew, whatever way that was done.
func TestRearmForgetsWhatWasUsedUpAndKeepsWhatWasLearnt(t *testing.T) {
	e := New(Config{Watches: []domain.Watch{{Name: "web", Select: domain.SelectGroup("web"), Policy: policy(t, "recommended")}}})
	p := e.add(webID("a"))
	p.History = domain.History{Acts: []domain.Act{{At: noon()}}, GivenUp: []string{"web"}, Boots: []time.Duration{time.Second}, Healed: []time.Duration{time.Minute}}
	e.rearm(p, noon(), noon())
	want := domain.History{Boots: []time.Duration{time.Second}, Healed: []time.Duration{time.Minute}}
	if diff := cmp.Diff(want, p.History); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestTheMemoryOfOneProcessIsBounded(t *testing.T) {
	e := New(Config{Watches: []domain.Watch{{Name: "web", Select: domain.SelectGroup("web"), Policy: policy(t, "restart-limit=1000/1h warmup=1h")}}})
	p := e.add(webID("a"))
	p.young = true
	for i := range 3000 {
		e.act(p, domain.Act{At: noon().Add(time.Duration(i) * time.Millisecond), Death: i%2 == 0}, noon().Add(time.Duration(i)*time.Millisecond))
		e.booted(p, time.Duration(i), false)
	}
	if len(p.Acts) != mostActs || len(p.Boots) != bootsRemembered {
		t.Errorf("%d acts and %d boots are remembered", len(p.Acts), len(p.Boots))
	}
}

// What one watch adds must stay for as long as the limit of another asks for it.
func TestActsAreKeptForTheLongestLimit(t *testing.T) {
	watches := func(settings ...string) []domain.Watch {
		var all []domain.Watch
		for _, s := range settings {
			all = append(all, domain.Watch{Name: s, Select: domain.SelectGroup("web"), Policy: policy(t, s)})
		}
		return all
	}
	tests := map[string]struct {
		watches []domain.Watch
		want    int // of acts 50 h, 23 h and 1 h ago, and now
	}{
		"none":                          {watches(""), 3},
		"a short one":                   {watches("restart-limit=5/1m"), 3},
		"a long one":                    {watches("restart-limit=5/3d"), 4},
		"a short one beside a long one": {watches("restart-limit=5/1m", "restart-limit=5/3d"), 4},
		"a long one beside a short one": {watches("restart-limit=5/3d", "restart-limit=5/1m"), 4},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			e := New(Config{Watches: tt.watches})
			p := e.add(webID("a"))
			for _, ago := range []time.Duration{50 * time.Hour, 23 * time.Hour, time.Hour, 0} {
				e.act(p, domain.Act{At: noon().Add(-ago)}, noon().Add(-ago))
			}
			if len(p.Acts) != tt.want {
				t.Errorf("%d acts are remembered, want %d", len(p.Acts), tt.want)
			}
		})
	}
}

// Health that ends what one watch has given up gives nothing back to another.
func TestAShortLimitDoesNotShortenALongOne(t *testing.T) {
	for name, settings := range map[string][]string{
		"the long one first":  {"restart-limit=5/24h", "restart-limit=1/1m"},
		"the short one first": {"restart-limit=1/1m", "restart-limit=5/24h"},
	} {
		t.Run(name, func(t *testing.T) {
			s := sceneOf(t, watchesOf(t, settings...), "a")
			a := s.program("a")
			for range 8 { // each time it hangs twice, and is well for two minutes
				a.hung = true
				s.tick()
				s.pass(10 * time.Second)
				a.hung = true
				s.tick()
				s.pass(10 * time.Second)
				a.hung = false
				s.ticks(2 * time.Minute)
			}
			p := s.engine.table.rows[a.ID]
			if n := len(s.acts) / 2; n != len(p.Acts) || !slices.Equal(p.GivenUp, []string{"restart-limit=5/24h"}) {
				t.Errorf("it was restarted %d times, %d are known, and given up by %q", n, len(p.Acts), p.GivenUp)
			}
		})
	}
}

// In a round one watch is asked before another. What has passed since the round before is credited when all have found the
// process well.
func TestCalmIsWhatAllWatchesKnow(t *testing.T) {
	for name, settings := range map[string][]string{
		"the one that finds it well first": {"ladder=1m..1h", "ladder=1m..1h failures=1"},
		"the other first":                  {"ladder=1m..1h failures=1", "ladder=1m..1h"},
	} {
		t.Run(name, func(t *testing.T) {
			s := sceneOf(t, watchesOf(t, settings...), "a")
			a := s.program("a")
			a.hung = true
			s.tick()
			s.ticks(time.Minute)
			s.pass(time.Hour)
			a.ails = "ladder=1m..1h failures=1"
			s.tick()
			got := s.engine.table.rows[a.ID].Acts
			want := []domain.Act{{At: noon(), PID: 101, Calm: 55 * time.Second}, {At: noon().Add(61 * time.Minute), PID: 102}}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

package engine

import "testing"

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
		"a boot teaches how long the next one may take": {"start-grace=30s warmup=20m", "", []line{
			{"0", "dies", ""},
			{"25s", "ill", "hold grace 5s (said)"},
			{"1m", "well", "keep (said)"},
			{"2m", "dies", ""},
			{"3m", "ill", "hold grace 1m10s (said)"},
			{"4m9s", "ill", "hold grace 1s"},
			{"4m10s", "ill", done},
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
		"nothing is learnt where that is off": {"start-grace=30s", "", []line{
			{"0", "dies", ""},
			{"10m", "well", "keep"},
			{"20m", "dies", ""},
			{"20m10s", "ill", "hold grace 20s (said)"},
		}},
		"a life that was stopped before it was well needed longer than that": {"start-grace=30s warmup=20m", "", []line{
			{"0", "tick", "keep"},
			{"0", "dies", ""},
			{"1m", "ill", done},
			{"2m", "ill", "hold grace 1m10s (said)"},
		}},
		"a life that was old when it was first seen teaches nothing": {"start-grace=30s warmup=20m", "", []line{
			{"0", "well", "keep"},
			{"1m", "dies", ""},
			{"1m10s", "ill", "hold grace 20s (said)"},
		}},
		"nor does it when it is stopped": {"start-grace=30s warmup=20m", "", []line{
			{"0", "hang", done},
			{"10s", "ill", "hold grace 20s (said)"},
		}},
		"the longest of the last eight boots counts": {"start-grace=10s warmup=20m", "", append(boots(),
			line{"20m", "dies", ""}, line{"20m1s", "ill", "hold grace 4m9s (said)"}, line{"20m30s", "well", "keep (said)"},
			line{"21m", "dies", ""}, line{"21m1s", "ill", "hold grace 1m9s (said)"},
		)},
	})
}

// boots are one that takes 2 minutes, and seven that take 30 seconds.
func boots() []line {
	all := []line{{"0", "tick", "keep"}, {"0", "dies", ""}, {"2m", "tick", "keep"}}
	for _, minute := range []string{"3", "4", "5", "6", "7", "8", "9"} {
		said := ""
		if minute == "6" {
			said = "flapping: keep" // for the fifth time
		}
		all = append(all, line{minute + "m", "dies", said}, line{minute + "m30s", "tick", "keep"})
	}
	return all
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
		"nothing is learnt where that is off": {"failures=2", "", []line{
			{"0", "ill", "hold failures 1/2 (said)"},
			{"20s", "well", "keep (said)"},
			{"1m", "ill", "hold failures 1/2 (said)"},
			{"65s", "ill", "do failing 2 (said), restarted"},
		}},
	})
}

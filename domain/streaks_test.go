package domain_test

func streaks() map[string]story {
	return map[string]story{
		"the drop-in policy acts at the first failure": {"", []line{
			{"0", "ill", "act: at the first failure (said)"},
		}},
		"a healthy process is never touched and never mentioned": {"", []line{
			{"0", "well", "keep: healthy"},
			{"5s", "well", "keep: healthy"},
			{"20h", "well", "keep: healthy"},
		}},
		"failures are counted up to the third": {"failures=3", []line{
			{"0", "ill", "held: failure 1 of 3 (said)"},
			{"5s", "ill", "held: failure 2 of 3 (said)"},
			{"10s", "ill", "act: after 3 failures in a row (said)"},
		}},
		"a streak that nothing was done about counts on": {"failures=2", []line{
			{"0", "ill", "held: failure 1 of 2 (said)"},
			{"5s", "ill", "act: after 2 failures in a row (said)"},
			{"10s", "ill", "act: after 3 failures in a row (said)"},
		}},
		"one success clears the failures": {"failures=2", []line{
			{"0", "ill", "held: failure 1 of 2 (said)"},
			{"5s", "well", "keep: healthy (said)"},
			{"10s", "ill", "held: failure 1 of 2 (said)"},
		}},
		"unknown neither counts nor clears": {"failures=2", []line{
			{"0", "ill", "held: failure 1 of 2 (said)"},
			{"5s", "unsure", "keep: cannot judge (said)"},
			{"10s", "unsure", "keep: cannot judge"},
			{"15s", "ill", "act: after 2 failures in a row (said)"},
		}},
		"unknown alone never does anything": {"", []line{
			{"0", "unsure", "keep: cannot judge (said)"},
			{"1h", "unsure", "keep: cannot judge (said)"},
		}},
		"a new life begins without failures": {"failures=2", []line{
			{"0", "ill", "held: failure 1 of 2 (said)"},
			{"5s", "replaced", ""},
			{"10s", "ill", "held: failure 1 of 2"},
			{"15s", "ill", "act: after 2 failures in a row (said)"},
		}},
		"a signal begins the streak anew": {"failures=2 action=signal:HUP", []line{
			{"0", "ill", "held: failure 1 of 2 (said)"},
			{"5s", "ill", "act: after 2 failures in a row (said)"},
			{"5s", "signalled", ""},
			{"10s", "ill", "held: failure 1 of 2"},
			{"15s", "ill", "act: after 2 failures in a row (said)"},
		}},
		"observing says it once and reminds later": {"failures=2 mode=observe", []line{
			{"0", "ill", "held: failure 1 of 2 (said)"},
			{"5s", "ill", "act: after 2 failures in a row (said)"},
			{"5s", "signalled", ""},
			{"10s", "ill", "held: failure 1 of 2"},
			{"15s", "ill", "act: after 2 failures in a row"},
			{"15s", "signalled", ""},
			{"11m", "ill", "held: failure 1 of 2 (said)"},
			{"12m", "well", "keep: healthy (said)"},
			{"13m", "ill", "held: failure 1 of 2 (said)"},
		}},
		"it has recovered after two successes": {"failures=2 successes=2", []line{
			{"0", "ill", "held: failure 1 of 2 (said)"},
			{"5s", "well", "held: healthy 1 of 2 (said)"},
			{"10s", "well", "keep: healthy (said)"},
			{"15s", "ill", "held: failure 1 of 2 (said)"},
		}},
		"a failure before it has recovered counts on": {"failures=2 successes=2", []line{
			{"0", "ill", "held: failure 1 of 2 (said)"},
			{"5s", "well", "held: healthy 1 of 2 (said)"},
			{"10s", "ill", "act: after 2 failures in a row (said)"},
		}},
		"unknown does not clear the successes": {"failures=2 successes=2", []line{
			{"0", "ill", "held: failure 1 of 2 (said)"},
			{"5s", "well", "held: healthy 1 of 2 (said)"},
			{"10s", "unsure", "keep: cannot judge (said)"},
			{"15s", "well", "keep: healthy (said)"},
		}},
		"successes mean nothing without a failure before them": {"successes=3", []line{
			{"0", "well", "keep: healthy"},
		}},
		"the interval is the engine's: every verdict that comes is counted": {"failures=2 interval=15s", []line{
			{"0", "ill", "held: failure 1 of 2 (said)"},
			{"1s", "ill", "act: after 2 failures in a row (said)"},
		}},
		"the mode and the places are the engine's: what is due is due": {"mode=observe max-parallel=1 action=none", []line{
			{"0", "ill", "act: at the first failure (said)"},
		}},
	}
}

func graces() map[string]story {
	return map[string]story{
		"nothing counts within the grace": {"failures=2 start-grace=30s", []line{
			{"0", "replaced", ""},
			{"18s", "ill", "held: grace 12s left (said)"},
			{"23s", "ill", "held: grace 7s left"},
			{"29.5s", "ill", "held: grace 1s left"},
			{"30s", "ill", "held: failure 1 of 2 (said)"},
			{"35s", "ill", "act: after 2 failures in a row (said)"},
		}},
		"a long grace is told in minutes": {"start-grace=90s", []line{
			{"0", "replaced", ""},
			{"30s", "ill", "held: grace 1m left (said)"},
		}},
		"the first success ends the grace": {"start-grace=30s", []line{
			{"0", "replaced", ""},
			{"5s", "ill", "held: grace 25s left (said)"},
			{"10s", "well", "keep: healthy (said)"},
			{"15s", "ill", "act: at the first failure (said)"},
		}},
		"unknown does not end the grace": {"start-grace=30s", []line{
			{"0", "replaced", ""},
			{"5s", "unsure", "keep: cannot judge (said)"},
			{"10s", "ill", "held: grace 20s left (said)"},
		}},
		"every life has its own grace": {"start-grace=30s", []line{
			{"0", "well", "keep: healthy"},
			{"5s", "replaced", ""},
			{"10s", "ill", "held: grace 25s left (said)"},
		}},
		"a process that is up for long has no grace, although we have never seen it": {"start-grace=30s", []line{
			{"0", "ill", "act: at the first failure (said)"},
		}},
		"there is none for a process that does not run": {"start-grace=30s recover=fatal", []line{
			{"0", "replaced", ""},
			{"1s", "fatal", "act: at the first failure (said)"},
		}},
	}
}

func masses() map[string]story {
	return map[string]story{
		"a mass failure holds everything back": {"mass-failure=50%", []line{
			{"0", "ill 7/9", "held: 7 of 9 failing at once (said)"},
			{"5s", "ill 8/9", "held: 8 of 9 failing at once"},
			{"10s", "ill", "act: after 3 failures in a row (said)"},
		}},
		"failures are counted while it lasts": {"failures=2 mass-failure=50%", []line{
			{"0", "ill 7/9", "held: failure 1 of 2 (said)"},
			{"5s", "ill 7/9", "held: 7 of 9 failing at once (said)"},
			{"10s", "well", "keep: healthy (said)"},
		}},
		"the grace comes first": {"start-grace=30s mass-failure=50%", []line{
			{"0", "replaced", ""},
			{"18s", "ill 7/9", "held: grace 12s left (said)"},
		}},
	}
}

func recoveries() map[string]story {
	return map[string]story{
		"a process in FATAL is started under the same rules": {"failures=2 recover=fatal restart-limit=1/1h", []line{
			{"0", "fatal", "held: failure 1 of 2 (said)"},
			{"5s", "fatal", "act: after 2 failures in a row (said)"},
			{"5s", "restarted", ""},
			{"10s", "fatal", "held: failure 1 of 2 (said)"},
			{"15s", "fatal", "given up: 1 restarts in 1h were not enough; start it by hand to re-arm (said)"},
		}},
		"its end is a new state of affairs, not one more failure of its life": {"failures=2 recover=fatal", []line{
			{"0", "ill", "held: failure 1 of 2 (said)"},
			{"5s", "fatal", "held: failure 1 of 2"},
		}},
	}
}

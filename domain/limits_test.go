package domain_test

func limits() map[string]story {
	return map[string]story{
		"five restarts an hour, then it is given up": {"restart-limit=5/1h", append(fiveRestarts(),
			line{"38m", "ill", "given up: 5 restarts in 1h were not enough; start it by hand to re-arm (said)"},
			line{"39m", "ill", "given up: 5 restarts in 1h were not enough; start it by hand to re-arm"},
		)},
		"given up is for good, however long ago the restarts are": {"restart-limit=1/1h", []line{
			{"0", "restarted", ""},
			{"1m", "ill", "given up: 1 restarts in 1h were not enough; start it by hand to re-arm (said)"},
			{"20d", "ill", "given up: 1 restarts in 1h were not enough; start it by hand to re-arm (said)"},
		}},
		"a start by hand ends it": {"restart-limit=1/1h", []line{
			{"0", "restarted", ""},
			{"1m", "ill", "given up: 1 restarts in 1h were not enough; start it by hand to re-arm (said)"},
			{"2m", "started by hand", ""},
			{"3m", "ill", "act: at the first failure (said)"},
		}},
		"health does not end it": {"restart-limit=1/1h", []line{
			{"0", "restarted", ""},
			{"1m", "ill", "given up: 1 restarts in 1h were not enough; start it by hand to re-arm (said)"},
			{"2m", "well", "keep: healthy (said)"},
			{"3h", "ill", "given up: 1 restarts in 1h were not enough; start it by hand to re-arm (said)"},
		}},
		"a new life does not end it": {"restart-limit=1/1h", []line{
			{"0", "restarted", ""},
			{"1m", "ill", "given up: 1 restarts in 1h were not enough; start it by hand to re-arm (said)"},
			{"2m", "replaced", ""},
			{"3m", "ill", "given up: 1 restarts in 1h were not enough; start it by hand to re-arm"},
		}},
		"the limit is not reached when the oldest restart has left the window": {"restart-limit=2/1h", []line{
			{"0", "restarted", ""},
			{"30m", "restarted", ""},
			{"1h", "ill", "act: at the first failure (said)"},
			{"1h", "restarted", ""},
			{"89m59s", "ill", "given up: 2 restarts in 1h were not enough; start it by hand to re-arm (said)"},
		}},
		"with rearm by the window it waits": {"restart-limit=5/1h rearm=window", append(fiveRestarts(),
			line{"38m", "ill", "held: 5 restarts in 1h, next possible in 22m (said)"},
			line{"39m", "ill", "held: 5 restarts in 1h, next possible in 21m"},
			line{"59m59s", "ill", "held: 5 restarts in 1h, next possible in 1s (said)"},
			line{"1h", "ill", "act: after 4 failures in a row (said)"},
		)},
		"a limit of ninety minutes is told so": {"restart-limit=1/1h30m", []line{
			{"0", "restarted", ""},
			{"1s", "ill", "given up: 1 restarts in 90m were not enough; start it by hand to re-arm (said)"},
		}},
		"deaths count against the same budget": {"restart-limit=3/1h", []line{
			{"0", "died", ""},
			{"1m", "restarted", ""},
			{"2m", "died", "used up"},
			{"3m", "died", ""},
			{"4m", "ill", "given up: 3 restarts in 1h were not enough; start it by hand to re-arm (said)"},
		}},
		"deaths that are far between use nothing up": {"restart-limit=2/1h", []line{
			{"0", "died", ""},
			{"1h", "died", ""},
			{"2h", "died", ""},
			{"2h1m", "ill", "act: at the first failure (said)"},
		}},
		"deaths that have used up a window end with it": {"restart-limit=2/1h rearm=window", []line{
			{"0", "died", ""},
			{"1m", "died", "used up"},
			{"2m", "ill", "held: 2 restarts in 1h, next possible in 58m (said)"},
			{"1h", "ill", "act: after 2 failures in a row (said)"},
			{"1h", "restarted", ""},
			{"1h30s", "ill", "held: 2 restarts in 1h, next possible in 30s (said)"},
		}},
		"without a limit deaths do not matter": {"", []line{
			{"0", "died", ""},
			{"1s", "died", ""},
			{"2s", "ill", "act: at the first failure (said)"},
		}},
		"given up comes before a mass failure": {"restart-limit=1/1h mass-failure=50%", []line{
			{"0", "restarted", ""},
			{"1m", "ill", "given up: 1 restarts in 1h were not enough; start it by hand to re-arm (said)"},
			{"2m", "ill 7/9", "given up: 1 restarts in 1h were not enough; start it by hand to re-arm"},
		}},
		"failures are awaited before it is given up": {"failures=2 restart-limit=1/1h", []line{
			{"0", "restarted", ""},
			{"1m", "ill", "held: failure 1 of 2 (said)"},
			{"2m", "ill", "given up: 1 restarts in 1h were not enough; start it by hand to re-arm (said)"},
		}},
	}
}

func fiveRestarts() []line {
	return []line{
		{"0", "restarted", ""},
		{"1m", "restarted", ""},
		{"2m", "restarted", ""},
		{"3m", "restarted", ""},
		{"4m", "ill", "act: at the first failure (said)"},
		{"4m", "restarted", ""},
	}
}

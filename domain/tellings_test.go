package domain_test

func tellings() map[string]story {
	const givenUp = "given up: 1 restarts in 1h were not enough; start it by hand to re-arm"
	return map[string]story{
		"the same is said again after 10 min, 20, 40 and so on up to 6 h": {"restart-limit=1/1h", []line{
			{"0", "restarted", ""},
			{"1m", "ill", givenUp + " (said)"},
			{"10m59s", "ill", givenUp},
			{"11m", "ill", givenUp + " (said)"},
			{"30m59s", "ill", givenUp},
			{"31m", "ill", givenUp + " (said)"},
			{"71m", "ill", givenUp + " (said)"},
			{"151m", "ill", givenUp + " (said)"},
			{"311m", "ill", givenUp + " (said)"},
			{"630m", "ill", givenUp},
			{"631m", "ill", givenUp + " (said)"},
			{"990m", "ill", givenUp},
			{"991m", "ill", givenUp + " (said)"},
			{"1350m", "ill", givenUp},
			{"1351m", "ill", givenUp + " (said)"},
		}},
		"other numbers in the reason are no news": {"", []line{
			{"0", "unsure", "keep: cannot judge (said)"},
			{"1m", "replaced", ""},
			{"2m", "unsure", "keep: cannot judge"},
		}},
		"health is news only after something else": {"", []line{
			{"0", "well", "keep: healthy"},
			{"1m", "unsure", "keep: cannot judge (said)"},
			{"2m", "well", "keep: healthy (said)"},
			{"3m", "well", "keep: healthy"},
		}},
		"every action is said": {"", []line{
			{"0", "ill", "act: at the first failure (said)"},
			{"1s", "ill", "act: after 2 failures in a row (said)"},
		}},
		"what is only said is not said at every tick": {"action=none", []line{
			{"0", "ill", "act: at the first failure (said)"},
			{"0", "signalled", ""},
			{"5s", "ill", "act: at the first failure"},
			{"5s", "signalled", ""},
			{"10m", "ill", "act: at the first failure (said)"},
		}},
		"nor what is only observed": {"mode=observe", []line{
			{"0", "ill", "act: at the first failure (said)"},
			{"0", "signalled", ""},
			{"5s", "ill", "act: at the first failure"},
			{"10s", "well", "keep: healthy (said)"},
			{"15s", "ill", "act: at the first failure (said)"},
		}},
		"the reminder begins anew with another topic": {"failures=2", []line{
			{"0", "unsure", "keep: cannot judge (said)"},
			{"10m", "unsure", "keep: cannot judge (said)"},
			{"11m", "well", "keep: healthy (said)"},
			{"12m", "unsure", "keep: cannot judge (said)"},
			{"21m59s", "unsure", "keep: cannot judge"},
			{"22m", "unsure", "keep: cannot judge (said)"},
		}},
	}
}

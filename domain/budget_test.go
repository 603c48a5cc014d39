package domain_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/domain"
)

func noon() time.Time { return time.Date(2030, 1, 1, 12, 0, 0, 0, time.UTC) }

func TestSpend(t *testing.T) {
	now := noon()
	hour, minute := now.Add(-time.Hour), now.Add(-time.Minute)
	tests := map[string]struct {
		policy string
		before domain.Budget
		want   domain.Budget
	}{
		"the first restart is noted": {"", domain.Budget{},
			domain.Budget{Restarts: []time.Time{now}, Last: now}},
		"the first pause is the shortest": {"backoff=10s..10m", domain.Budget{},
			domain.Budget{Restarts: []time.Time{now}, Last: now, Pause: 10 * time.Second}},
		"the next one is twice as long": {"backoff=10s..10m", domain.Budget{Pause: 10 * time.Second},
			domain.Budget{Restarts: []time.Time{now}, Last: now, Pause: 20 * time.Second}},
		"none is longer than the longest": {"backoff=10s..15s", domain.Budget{Pause: 10 * time.Second},
			domain.Budget{Restarts: []time.Time{now}, Last: now, Pause: 15 * time.Second}},
		"a pause under an earlier policy is cut": {"backoff=10s..15s", domain.Budget{Pause: time.Hour},
			domain.Budget{Restarts: []time.Time{now}, Last: now, Pause: 15 * time.Second}},
		"what has left the window is forgotten": {"restart-limit=5/1h", domain.Budget{Restarts: []time.Time{hour, minute}, Last: minute},
			domain.Budget{Restarts: []time.Time{minute, now}, Last: now}},
		"but not before an hour has passed": {"restart-limit=5/10s", domain.Budget{Restarts: []time.Time{minute}, Last: minute},
			domain.Budget{Restarts: []time.Time{minute, now}, Last: now}},
		"a longer window remembers longer": {"restart-limit=5/2h", domain.Budget{Restarts: []time.Time{hour}, Last: hour},
			domain.Budget{Restarts: []time.Time{hour, now}, Last: now}},
		"health and give-up are not its matter": {"", domain.Budget{HealthySince: minute, GivenUp: true},
			domain.Budget{Restarts: []time.Time{now}, Last: now, HealthySince: minute, GivenUp: true}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, tt.before.Spend(policy(t, tt.policy), now)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestSpendLeavesTheBudgetItWasGivenAlone(t *testing.T) {
	before := domain.Budget{Restarts: make([]time.Time, 1, 10)}
	before.Restarts[0] = noon()
	first := before.Spend(domain.DropIn(), noon().Add(time.Minute))
	before.Spend(domain.DropIn(), noon().Add(time.Hour/2))
	want := []time.Time{noon(), noon().Add(time.Minute)}
	if diff := cmp.Diff(want, first.Restarts); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestMemoryOfOneProcessIsBounded(t *testing.T) {
	b, p := domain.Budget{}, policy(t, "restart-limit=1000/1h")
	for i := range 1000 {
		b = b.Spend(p, noon().Add(time.Duration(i)*time.Millisecond))
		b, _ = b.Died(p, noon().Add(time.Duration(i)*time.Millisecond))
	}
	if len(b.Restarts) != 1000 {
		t.Errorf("%d times are remembered", len(b.Restarts))
	}
}

func TestDied(t *testing.T) {
	now := noon()
	minute := now.Add(-time.Minute)
	tests := map[string]struct {
		policy string
		before domain.Budget
		want   domain.Budget
		over   bool
	}{
		"without a limit nothing is noted": {"", domain.Budget{HealthySince: minute}, domain.Budget{HealthySince: minute}, false},
		"a death is noted and ends the health": {"restart-limit=5/1h", domain.Budget{HealthySince: minute},
			domain.Budget{Restarts: []time.Time{now}}, false},
		"a death is no act of ours: it neither pauses nor is the last": {"restart-limit=5/1h backoff=10s..10m",
			domain.Budget{Last: minute, Pause: 10 * time.Second},
			domain.Budget{Last: minute, Pause: 10 * time.Second, Restarts: []time.Time{now}}, false},
		"the one that fills the limit is told": {"restart-limit=2/1h", domain.Budget{Restarts: []time.Time{minute}},
			domain.Budget{Restarts: []time.Time{minute, now}}, true},
		"it is told once": {"restart-limit=2/1h", domain.Budget{Restarts: []time.Time{minute, minute}, GivenUp: true},
			domain.Budget{Restarts: []time.Time{minute, minute, now}, GivenUp: true}, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, over := tt.before.Died(policy(t, tt.policy), now)
			if diff := cmp.Diff(tt.want, got); diff != "" || over != tt.over {
				t.Errorf("used up %t, want %t; -want +got:\n%s", over, tt.over, diff)
			}
		})
	}
}

func TestRearmForgetsEverything(t *testing.T) {
	full := domain.Budget{Restarts: []time.Time{noon()}, Last: noon(), Pause: time.Second, HealthySince: noon(), GivenUp: true}
	if diff := cmp.Diff(domain.Budget{}, full.Rearm()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestGivenUpUnderALimitThatIsNoMore(t *testing.T) {
	for _, settings := range []string{"", "rearm=window"} {
		record := domain.Record{Budget: domain.Budget{GivenUp: true}}
		process := domain.Process{PID: 7, State: domain.Running}
		_, got := record.After(domain.Round{Process: process, Verdict: domain.Unhealthy.Because("gone")}, policy(t, settings), noon())
		want := domain.Decision{Kind: domain.GiveUp, Reason: "earlier restarts were not enough; start it by hand to re-arm", Tell: true}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q: -want +got:\n%s", settings, diff)
		}
	}
}

func TestMassFails(t *testing.T) {
	tests := map[string]struct {
		share                 string
		failing, open, judged int
		want                  domain.MassTrial
	}{
		"off is never":                             {"off", 9, 0, 9, domain.MassNo},
		"half of them is half":                     {"50%", 5, 0, 10, domain.MassYes},
		"less than half is not":                    {"50%", 4, 0, 10, domain.MassNo},
		"two are never a mass":                     {"50%", 2, 0, 2, domain.MassNo},
		"three of three are":                       {"50%", 3, 0, 3, domain.MassYes},
		"it depends on those that are open":        {"50%", 4, 1, 10, domain.MassOpen},
		"the open ones cannot make it any more":    {"50%", 2, 2, 10, domain.MassNo},
		"enough is enough, whatever is open":       {"50%", 5, 5, 10, domain.MassYes},
		"the open ones alone may be enough":        {"50%", 0, 10, 10, domain.MassOpen},
		"nobody was judged":                        {"50%", 0, 0, 0, domain.MassNo},
		"all of them":                              {"100%", 10, 0, 10, domain.MassYes},
		"all but one are not all":                  {"100%", 9, 0, 10, domain.MassNo},
		"7 of 50 are 14 %, whatever a float says":  {"14%", 7, 0, 50, domain.MassYes},
		"14 of 25 are 56 %, whatever a float says": {"56%", 14, 0, 25, domain.MassYes},
		"13 of 25 are less than 56 %":              {"56%", 13, 0, 25, domain.MassNo},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p := policy(t, "mass-failure="+tt.share)
			if got := p.MassFails(tt.failing, tt.open, tt.judged); got != tt.want {
				t.Errorf("got %d, want %d", got, tt.want)
			}
		})
	}
}

package domain_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/domain"
)

func TestPolicySet(t *testing.T) {
	drop := func(change func(*domain.Policy)) domain.Policy {
		p := domain.DropIn()
		change(&p)
		return p
	}
	tests := map[string]domain.Policy{
		"failures=3":               drop(func(p *domain.Policy) { p.Failures = 3 }),
		"failures= 3 ":             drop(func(p *domain.Policy) { p.Failures = 3 }),
		"successes=1000000":        drop(func(p *domain.Policy) { p.Successes = 1000000 }),
		"max-parallel=1":           drop(func(p *domain.Policy) { p.MaxParallel = 1 }),
		"start-grace=30":           drop(func(p *domain.Policy) { p.StartGrace = 30 * time.Second }),
		"start-grace=0":            drop(func(p *domain.Policy) {}),
		"interval=5m":              drop(func(p *domain.Policy) { p.Interval = 5 * time.Minute }),
		"restart-limit=5/1h":       drop(func(p *domain.Policy) { p.Limit = domain.Limit{Count: 5, Per: time.Hour} }),
		"restart-limit=5 / 90":     drop(func(p *domain.Policy) { p.Limit = domain.Limit{Count: 5, Per: 90 * time.Second} }),
		"restart-limit=1000/1d":    drop(func(p *domain.Policy) { p.Limit = domain.Limit{Count: 1000, Per: 24 * time.Hour} }),
		"restart-limit=none":       drop(func(p *domain.Policy) {}),
		"backoff=10s..10m":         drop(func(p *domain.Policy) { p.Backoff = domain.Pause{Min: 10 * time.Second, Max: 10 * time.Minute} }),
		"backoff=10 .. 20":         drop(func(p *domain.Policy) { p.Backoff = domain.Pause{Min: 10 * time.Second, Max: 20 * time.Second} }),
		"backoff=30s":              drop(func(p *domain.Policy) { p.Backoff = domain.Pause{Min: 30 * time.Second, Max: 30 * time.Second} }),
		"backoff=none":             drop(func(p *domain.Policy) {}),
		"warmup=20m":               drop(func(p *domain.Policy) { p.Warmup = 20 * time.Minute }),
		"warmup=off":               drop(func(p *domain.Policy) {}),
		"warmup=0":                 drop(func(p *domain.Policy) {}),
		"patience=3m":              drop(func(p *domain.Policy) { p.Patience = 3 * time.Minute }),
		"patience=none":            drop(func(p *domain.Policy) {}),
		"outage=5m":                drop(func(p *domain.Policy) { p.Outage = 5 * time.Minute }),
		"outage=off":               drop(func(p *domain.Policy) {}),
		"ladder=1m..1h":            drop(func(p *domain.Policy) { p.Ladder = domain.Pause{Min: time.Minute, Max: time.Hour} }),
		"ladder=5m":                drop(func(p *domain.Policy) { p.Ladder = domain.Pause{Min: 5 * time.Minute, Max: 5 * time.Minute} }),
		"ladder=none":              drop(func(p *domain.Policy) {}),
		"mass-failure=50%":         drop(func(p *domain.Policy) { p.MassFailure = 0.5 }),
		"mass-failure=50":          drop(func(p *domain.Policy) { p.MassFailure = 0.5 }),
		"mass-failure=0.5":         drop(func(p *domain.Policy) { p.MassFailure = 0.5 }),
		"mass-failure=1%":          drop(func(p *domain.Policy) { p.MassFailure = 0.01 }),
		"mass-failure=100":         drop(func(p *domain.Policy) { p.MassFailure = 1 }),
		"mass-failure=100%":        drop(func(p *domain.Policy) { p.MassFailure = 1 }),
		"mass-failure=off":         drop(func(p *domain.Policy) {}),
		"mass-failure=none":        drop(func(p *domain.Policy) {}),
		"recover=fatal":            drop(func(p *domain.Policy) { p.Recover = []domain.State{domain.Fatal} }),
		"recover=Exited, backoff":  drop(func(p *domain.Policy) { p.Recover = []domain.State{domain.Exited, domain.Backoff} }),
		"recover=fatal,fatal":      drop(func(p *domain.Policy) { p.Recover = []domain.State{domain.Fatal} }),
		"recover=none":             drop(func(p *domain.Policy) {}),
		"rearm=window":             drop(func(p *domain.Policy) { p.Rearm = domain.RearmByWindow }),
		"rearm=human":              drop(func(p *domain.Policy) {}),
		"mode=observe":             drop(func(p *domain.Policy) { p.Observe = true }),
		"mode=act":                 drop(func(p *domain.Policy) {}),
		"action=restart":           drop(func(p *domain.Policy) {}),
		"action=none":              drop(func(p *domain.Policy) { p.Action.Kind = domain.OnlySay }),
		"action=signal:HUP":        drop(func(p *domain.Policy) { p.Action = domain.Action{Kind: domain.SendSignal, Signal: "HUP"} }),
		"action=signal: sigusr1":   drop(func(p *domain.Policy) { p.Action = domain.Action{Kind: domain.SendSignal, Signal: "USR1"} }),
		"restart-limit=2/1h30m":    drop(func(p *domain.Policy) { p.Limit = domain.Limit{Count: 2, Per: 90 * time.Minute} }),
		"start-grace=1h1m1s":       drop(func(p *domain.Policy) { p.StartGrace = 3661 * time.Second }),
		"mass-failure=0.5%":        drop(func(p *domain.Policy) { p.MassFailure = 0.005 }),
		"recover=fatal,exited":     drop(func(p *domain.Policy) { p.Recover = []domain.State{domain.Fatal, domain.Exited} }),
		"restart-limit=1/0.000001": drop(func(p *domain.Policy) { p.Limit = domain.Limit{Count: 1, Per: time.Microsecond} }),
	}
	for setting, want := range tests {
		t.Run(setting, func(t *testing.T) {
			got := domain.DropIn()
			name, value, _ := strings.Cut(setting, "=")
			if err := got.Set(name, value); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestPolicySetRefuses(t *testing.T) {
	const (
		count  = "write a whole number of 1 or more"
		span   = "write a duration such as 30, 30s, 5m or 1h"
		bound  = `write a duration such as 30s, 5m or 1h, or "off"`
		limit  = `write a number of restarts per duration such as 5/1h, or "none"`
		pause  = `write the first and the longest pause such as 1m..1h, one pause such as 30s, or "none"`
		share  = `write a share from 1% to 100% such as 50%, 50 or 0.5, or "off"`
		states = `write one or more of fatal, exited, backoff with commas between, or "none"`
		action = `write "restart", "none", or "signal:" and a name such as signal:HUP`
	)
	for why, settings := range map[string][]string{
		count: {"failures=0", "failures=", "failures=-1", "failures=1.5", "failures=many", "failures=1000001",
			"failures=99999999999999999999", "successes=0", "max-parallel=0", "max-parallel=none"},
		span: {"start-grace=", "start-grace=-1", "start-grace=-1s", "start-grace=soon", "start-grace=NaN",
			"start-grace=Inf", "start-grace=1e300", "interval=5 m", "interval=-0.1"},
		bound: {"warmup=", "warmup=-1", "warmup=long", "warmup=on", "patience=", "patience=-1s", "patience=some", "outage=", "outage=NaN",
			"outage=5 m"},
		limit: {"restart-limit=", "restart-limit=5", "restart-limit=5/", "restart-limit=/1h", "restart-limit=0/1h",
			"restart-limit=-1/1h", "restart-limit=1001/1h", "restart-limit=5/0", "restart-limit=5/-1h", "restart-limit=5/1h/1h"},
		pause: {"backoff=", "backoff=0", "backoff=0..10m", "backoff=10m..10s", "backoff=10s..", "backoff=..10m",
			"backoff=10s..soon", "backoff=10s-10m", "backoff=10s..20s..30s", "ladder=", "ladder=off", "ladder=0..1h", "ladder=1h..1m"},
		share: {"mass-failure=", "mass-failure=0%", "mass-failure=0", "mass-failure=101%", "mass-failure=101", "mass-failure=-0.5",
			"mass-failure=-1%", "mass-failure=NaN%", "mass-failure=NaN", "mass-failure=%", "mass-failure=50%%", "mass-failure=half"},
		"it may be 1 in 100 or all: write 1% or 100%": {"mass-failure=1", "mass-failure=1.0"},
		states: {"recover=", "recover=running", "recover=stopped", "recover=unknown", "recover=fatal,", "recover=fatal exited",
			"recover=fatal,none"},
		`write "human" or "window"`: {"rearm=", "rearm=Human", "rearm=never"},
		`write "act" or "observe"`:  {"mode=", "mode=dry-run"},
		action: {"action=", "action=HUP", "action=signal:", "action=signal:CHLD", "action=signal:1", "action=signal:STOP",
			"action=stop", "action=signal:SIGSIGHUP"},
		"there is no such setting; the policy has failures, successes, start-grace, warmup, patience, ladder, restart-limit, rearm, " +
			"backoff, max-parallel, mass-failure, outage, recover, mode, interval, action": {"", "Failures=3", "start_grace=30", "limit=5/1h"},
	} {
		for _, setting := range settings {
			t.Run(setting, func(t *testing.T) {
				name, value, _ := strings.Cut(setting, "=")
				got := domain.Recommended()
				err := got.Set(name, value)
				want := name + ` "` + value + `": ` + why
				if value == "" {
					want = name + " is missing: " + why
				}
				if err == nil || err.Error() != want {
					t.Errorf("got  %v\nwant %s", err, want)
				}
				if diff := cmp.Diff(&domain.SettingError{Setting: name, Value: value, Why: why}, err); diff != "" {
					t.Errorf("-want +got:\n%s", diff)
				}
				if diff := cmp.Diff(domain.Recommended(), got); diff != "" {
					t.Errorf("the policy was changed all the same: -want +got:\n%s", diff)
				}
			})
		}
	}
}

func TestEverySettingIsKnown(t *testing.T) {
	for _, setting := range domain.PolicySettings() {
		p := domain.DropIn()
		if err := p.Set(setting, "\x00"); err == nil || strings.Contains(err.Error(), "no such setting") {
			t.Errorf("%s: %v", setting, err)
		}
	}
}

func TestParseDuration(t *testing.T) {
	tests := map[string]struct {
		want time.Duration
		ok   bool
	}{
		"0":      {0, true},
		"-0":     {0, true},
		"30":     {30 * time.Second, true},
		"0.5":    {500 * time.Millisecond, true},
		"1e3":    {1000 * time.Second, true},
		"30s":    {30 * time.Second, true},
		"5m":     {5 * time.Minute, true},
		"1h":     {time.Hour, true},
		"1h30m":  {90 * time.Minute, true},
		"250ms":  {250 * time.Millisecond, true},
		"1d":     {24 * time.Hour, true},
		"65535d": {65535 * 24 * time.Hour, true},
		// 2^63 ns and a second less
		"9223372036":           {9223372036 * time.Second, true},
		"9223372036.854775807": {},
		"9223372037":           {},
		"1e300":                {},
		"Inf":                  {},
		"-Inf":                 {},
		"NaN":                  {},
		"":                     {},
		"d":                    {},
		"s":                    {},
		"-1":                   {},
		"-1s":                  {},
		"-1d":                  {},
		"1.5d":                 {},
		"65536d":               {},
		"1d12h":                {},
		"1 h":                  {},
		"1w":                   {},
		"soon":                 {},
	}
	for text, tt := range tests {
		t.Run(text, func(t *testing.T) {
			got, ok := domain.ParseDuration(text)
			if ok != tt.ok || ok && got != tt.want {
				t.Errorf("got %s %t, want %s %t", got, ok, tt.want, tt.ok)
			}
		})
	}
}

// FuzzPolicySet holds every accepted value to what the policy promises, and to being read again as it is written.
func FuzzPolicySet(f *testing.F) {
	for _, seed := range []string{"failures 3", "start-grace 30s", "interval 1e9", "restart-limit 5/1h", "restart-limit 5/9223372036.854775807",
		"backoff 10s..10m", "ladder 1m..1h", "warmup 20m", "patience off", "outage 5m", "mass-failure 50%", "recover fatal,exited", "mode act", "rearm window", "action signal:HUP", "x y"} {
		setting, value, _ := strings.Cut(seed, " ")
		f.Add(setting, value)
	}
	f.Fuzz(func(t *testing.T, setting, value string) {
		p := domain.Recommended()
		if err := p.Set(setting, value); err != nil {
			if diff := cmp.Diff(domain.Recommended(), p); diff != "" || err.Error() == "" {
				t.Fatalf("refused with %q and yet changed: %s", err, diff)
			}
			return
		}
		if p.Failures < 1 || p.Successes < 1 || p.MaxParallel < 1 || p.StartGrace < 0 || p.Interval < 0 || p.Limit.Count < 0 ||
			(p.Limit.Count > 0) != (p.Limit.Per > 0) || p.Backoff.Min < 0 || p.Backoff.Max < p.Backoff.Min ||
			p.Ladder.Min < 0 || p.Ladder.Max < p.Ladder.Min || p.Warmup < 0 || p.Patience < 0 || p.Outage < 0 || p.MassFailure < 0 || p.MassFailure > 1 || len(p.Recover) > 3 {
			t.Fatalf("%q %q was accepted: %+v", setting, value, p)
		}
		again := p
		if err := again.Set("restart-limit", p.Limit.String()); err != nil || again.Limit != p.Limit {
			t.Fatalf("the limit %s is read as %s: %v", p.Limit, again.Limit, err)
		}
		if d, ok := domain.ParseDuration(p.StartGrace.String()); !ok || d != p.StartGrace {
			t.Fatalf("the grace %s is read as %s", p.StartGrace, d)
		}
	})
}

func TestAWrongValueIsShownAsItWasWritten(t *testing.T) {
	for value, want := range map[string]string{
		`web_(\d+`: `port "web_(\d+": cure`, "": "port is missing: cure", `a"b`: `port "a\"b": cure`, "a\nb": `port "a\nb": cure`, "a b": `port "a b": cure`,
	} {
		if got := (&domain.SettingError{Setting: "port", Value: value, Why: "cure"}).Error(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

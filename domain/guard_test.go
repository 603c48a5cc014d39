package domain_test

import (
	"fmt"
	"time"

	"supervisor-healthcheck/domain"
)

// guard knows the rules of a policy in its own words, and holds every decision about one process to them. It is
// told what happens, keeps the whole past, and computes nothing in advance.
type guard struct {
	policy  domain.Policy
	used    []time.Time   // our acts and the deaths since a human has started it
	last    time.Time     // our last act since then
	pause   time.Duration // that has to follow it
	since   time.Time     // of the unbroken health; zero if there is none
	settled bool          // this life was healthy once
	failing int           // failures of this life since it was last well, outside the grace
	passing int
	givenUp bool
	down    bool // a human has stopped it
}

func (g *guard) begin() {
	g.since, g.settled, g.failing, g.passing = time.Time{}, false, 0, 0
}

func (g *guard) rearm() { *g = guard{policy: g.policy} }

func (g *guard) died(now time.Time) {
	g.begin()
	if g.policy.Limit.Count == 0 {
		return
	}
	g.used = append(g.used, now)
}

func (g *guard) acted(now time.Time) {
	g.used, g.last = append(g.used, now), now
	g.pause = min(max(2*g.pause, g.policy.Backoff.Min), g.policy.Backoff.Max)
}

// full reports whether the window that ends now has room for no further act.
func (g *guard) full(now time.Time) bool {
	n := 0
	for _, at := range g.used {
		if now.Sub(at) < g.policy.Limit.Per {
			n++
		}
	}
	return g.policy.Limit.Count > 0 && n >= g.policy.Limit.Count
}

// wrong says what rule the decision breaks.
func (g *guard) wrong(r domain.Round, d domain.Decision, now time.Time) string {
	graced := r.Verdict.Health == domain.Unhealthy && !g.settled && r.Process.Uptime < g.policy.StartGrace
	g.hear(r.Verdict.Health, graced, now)
	if g.policy.Rearm == domain.RearmByWindow && !g.full(now) {
		g.givenUp = false
	}
	forbidden := ""
	switch {
	case r.Verdict.Health != domain.Unhealthy:
		forbidden = "it is " + r.Verdict.Health.String()
	case graced:
		forbidden = "it is within its grace"
	case g.down:
		forbidden = "a human has stopped it"
	case g.failing < g.policy.Failures:
		forbidden = fmt.Sprintf("these are only %d failures", g.failing)
	case r.Mass.Holds:
		forbidden = "so many fail at once"
	case !g.last.IsZero() && now.Sub(g.last) < g.pause:
		forbidden = "it is within the pause"
	case g.givenUp:
		forbidden = "it is given up"
	case g.full(now):
		forbidden = "the limit is reached"
	}
	if d.Kind == domain.GiveUp {
		g.givenUp = true
	}
	switch {
	case d.Kind == domain.Do && forbidden != "":
		return "acted although " + forbidden
	case d.Kind != domain.Do && forbidden == "":
		return "did not act although nothing forbids it: " + d.Kind.String() + ": " + d.Reason
	}
	return ""
}

func (g *guard) hear(h domain.Health, graced bool, now time.Time) {
	switch {
	case h == domain.Healthy:
		g.settled = true
		if g.passing++; g.passing >= g.policy.Successes {
			g.failing = 0
		}
		if g.since.IsZero() {
			g.since = now
		}
		if now.Sub(g.since) >= g.policy.Backoff.Max {
			g.pause = 0
		}
	case h == domain.Unhealthy:
		g.since, g.passing = time.Time{}, 0
		if !graced {
			g.failing++
		}
	}
}

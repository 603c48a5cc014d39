package domain_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"supervisor-healthcheck/domain"
)

// sort is one sort of services in a selection, and what must be true of each of them after a day.
type sort struct {
	is    string
	kind  ailment
	right func(totals) bool
}

// mixed are 90 services with all faults but the common one.
func mixed() []sort {
	cured := func(s totals) bool {
		return s.Faults > 0 && s.Restarts == s.Faults && s.Cured == s.Faults && s.Slowest <= time.Minute && s.GivenUp == 0
	}
	return []sort{
		{"a healthy one is never touched and never mentioned", ailment{count: 40}, func(s totals) bool { return s == totals{} }},
		{"each hang that a restart cures is cured within four rounds", ailment{count: 20, hangs: true}, func(s totals) bool {
			return cured(s) && s.Lines <= 3*s.Faults
		}},
		{"a slow booter is left its time", ailment{count: 12, hangs: true, boot: 25 * time.Second}, cured},
		{"one that is slower than its grace is given up", ailment{count: 4, hangs: true, boot: 10 * time.Minute}, func(s totals) bool {
			return s.Restarts == 5 && s.GivenUp == 1
		}},
		{"what a restart does not cure is restarted five times", ailment{count: 4, hopeless: true}, func(s totals) bool {
			return s.Restarts == 5 && s.GivenUp == 1 && s.Lines < 40
		}},
		{"a crash loop is noticed once", ailment{count: 6, dies: true}, func(s totals) bool { return s == totals{Flapping: 1} }},
		{"a human who starts it arms it anew", ailment{count: 4, hopeless: true, visited: true}, func(s totals) bool {
			return s.Visits == 7 && s.Restarts == 5*8 && s.GivenUp == 8
		}},
	}
}

// common are 50 services that depend on one thing.
func common() []sort {
	return []sort{{"an outage of an hour restarts nothing", ailment{count: 50, outage: true}, func(s totals) bool {
		return s.Faults == 0 && s.Restarts == 0 && s.Lines > 0 && s.Lines < 10
	}}}
}

// TestDayOf500Services lets services with mixed faults live through a day under the recommended policy, with a round
// every 15 s.
func TestDayOf500Services(t *testing.T) {
	for n, sorts := range [][]sort{mixed(), common(), mixed(), mixed(), mixed(), mixed()}[:selections] {
		t.Run(fmt.Sprintf("selection %d", n+1), func(t *testing.T) {
			t.Parallel()
			liveADay(t, sorts, rand.Uint64())
		})
	}
}

func liveADay(t *testing.T, sorts []sort, seed uint64) {
	random := rand.New(rand.NewPCG(seed, 3))
	var services []*service
	for _, sort := range sorts {
		for n := range sort.kind.count {
			services = append(services, newService(sort.kind, n, noon(), random))
		}
	}
	rounds := make([]domain.Round, len(services))
	for day := time.Duration(0); day < 24*time.Hour; day += 15 * time.Second {
		judgeAll(services, rounds, day, noon().Add(day))
		for n, s := range services {
			if s.process.State == domain.Running {
				s.conclude(rounds[n], noon().Add(day))
			}
		}
	}
	for _, sort := range sorts {
		for _, s := range services[:sort.kind.count] {
			if s.wrong != "" || !sort.right(s.totals) {
				t.Errorf("seed %d: not so: %s: %s %+v", seed, sort.is, s.wrong, s.totals)
			}
		}
		services = services[sort.kind.count:]
	}
}

// judgeAll is a round: all verdicts, and whether so many fail at once that everything is held.
func judgeAll(services []*service, rounds []domain.Round, day time.Duration, now time.Time) {
	mass := domain.Mass{}
	for n, s := range services {
		s.happen(day, now)
		if s.process.State != domain.Running {
			continue
		}
		s.process.Uptime = now.Sub(s.born)
		rounds[n] = domain.Round{Process: s.process, Verdict: s.verdict(day, now)}
		mass.Judged++
		if rounds[n].Verdict.Health == domain.Unhealthy {
			mass.Failing++
		}
	}
	mass.Holds = domain.Recommended().MassFails(mass.Failing, 0, mass.Judged) == domain.MassYes
	for n := range rounds {
		rounds[n].Mass = mass
	}
}

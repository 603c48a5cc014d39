package domain_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/domain"
)

// patient is a process whose life is random, with the record that is kept of it and the guard of its policy.
type patient struct {
	random  *rand.Rand
	policy  domain.Policy
	record  domain.Record
	guard   guard
	now     time.Time
	wall    time.Duration // how far supervisord's clock is off
	process domain.Process
	born    time.Time
	health  domain.Health
	decided []string
}

// TestRandomDecisions plays random histories: verdicts, deaths, humans and time.
func TestRandomDecisions(t *testing.T) {
	begin := rand.Uint64()
	kinds := map[domain.DecisionKind]int{}
	for i := range uint64(decisions) {
		p := newPatient(begin + i)
		for range 150 {
			if wrong := p.live(0, kinds); wrong != "" {
				t.Fatalf("seed %d, policy %+v: %s\n%s", begin+i, p.policy, wrong, p.decided)
			}
		}
	}
	for _, kind := range []domain.DecisionKind{domain.Keep, domain.Hold, domain.Do, domain.GiveUp} {
		if kinds[kind] < decisions {
			t.Errorf("only %d decisions to %s: the histories are too tame", kinds[kind], kind)
		}
	}
}

// TestClocksThatAreSetChangeNothing plays the same histories with a supervisord whose clock is set all the time.
func TestClocksThatAreSetChangeNothing(t *testing.T) {
	begin := rand.Uint64()
	for i := range uint64(100) {
		right, wrong := newPatient(begin+i), newPatient(begin+i)
		for n := range 150 {
			right.live(0, nil)
			wrong.live(time.Duration(n%7-3)*977*time.Hour, nil)
		}
		if diff := cmp.Diff(right.decided, wrong.decided); diff != "" {
			t.Fatalf("seed %d: -right clock +wrong clock:\n%s", begin+i, diff)
		}
	}
}

// TestHealthyProcessIsNeverTouched holds for every policy.
func TestHealthyProcessIsNeverTouched(t *testing.T) {
	begin := rand.Uint64()
	for i := range uint64(300) {
		p := newPatient(begin + i)
		for range 100 {
			p.now = p.now.Add(p.span(300))
			p.health = domain.Health(p.random.IntN(2)) // Unknown or Healthy
			if p.random.IntN(10) == 0 {
				p.spawn(0)
			}
			if d := p.judge(p.random.IntN(2) == 0); d.Kind != domain.Keep {
				t.Fatalf("seed %d, policy %+v: %s: %s", begin+i, p.policy, d.Kind, d.Reason)
			}
		}
	}
}

func newPatient(seed uint64) *patient {
	p := &patient{random: rand.New(rand.NewPCG(seed, 2)), now: noon(), health: domain.Healthy}
	pick := func(n ...int) int { return n[p.random.IntN(len(n))] }
	p.policy = domain.Policy{
		Failures:   pick(1, 1, 2, 3, 5),
		Successes:  pick(1, 1, 2, 3),
		StartGrace: time.Duration(pick(0, 0, 30, 300)) * time.Second,
		Limit:      domain.Limit{Count: pick(0, 1, 2, 5), Per: time.Duration(pick(60, 600, 3600)) * time.Second},
		Rearm:      domain.Rearm(pick(0, 1)),
	}
	if p.policy.Limit.Count == 0 {
		p.policy.Limit.Per = 0
	}
	if shortest := pick(0, 10, 100); shortest > 0 {
		p.policy.Backoff = domain.Pause{Min: time.Duration(shortest) * time.Second, Max: time.Duration(shortest*pick(1, 3, 60)) * time.Second}
	}
	p.guard.policy = p.policy
	p.process = domain.Process{ID: domain.ID{Group: "g", Name: "n"}, PID: 1}
	p.spawn(0)
	return p
}

func (p *patient) span(seconds int) time.Duration {
	return time.Duration(p.random.IntN(seconds*1000)) * time.Millisecond
}

// spawn begins a life whose start supervisord tells by a clock that is off.
func (p *patient) spawn(wall time.Duration) {
	p.born, p.wall = p.now, wall
	p.process.PID++
	p.process.State, p.process.Started = domain.Running, p.now.Add(wall).Truncate(time.Second)
	p.guard.begin()
}

// live is one step of a history. It says what rule was broken.
func (p *patient) live(wall time.Duration, kinds map[domain.DecisionKind]int) string {
	p.now = p.now.Add(p.span(60))
	if p.random.IntN(40) == 0 {
		p.now = p.now.Add(p.span(7200))
	}
	switch n := p.random.IntN(60); {
	case n == 0:
		p.record.Budget, _ = p.record.Budget.Died(p.policy, p.now)
		p.spawn(wall)
		p.guard.died(p.now)
	case n == 1: // a human stops it, and starts it some time later
		p.now = p.now.Add(p.span(600))
		p.record.Budget = p.record.Budget.Rearm()
		p.guard.rearm()
		p.spawn(wall)
	case n < 10:
		p.health = domain.Health(p.random.IntN(3))
	}
	round := p.round(p.random.IntN(15) == 0)
	decision := p.decide(round)
	if kinds != nil {
		kinds[decision.Kind]++
	}
	if wrong := p.guard.wrong(round, decision, p.now); wrong != "" {
		return wrong
	}
	if decision.Kind == domain.Do {
		return p.act(wall)
	}
	return ""
}

func (p *patient) round(mass bool) domain.Round {
	p.process.Uptime = p.now.Sub(p.born)
	return domain.Round{Process: p.process, Verdict: p.health.Because("so it is"), Mass: domain.Mass{Failing: 7, Judged: 9, Holds: mass}}
}

func (p *patient) judge(mass bool) domain.Decision { return p.decide(p.round(mass)) }

func (p *patient) decide(round domain.Round) (d domain.Decision) {
	p.record, d = p.record.After(round, p.policy, p.now)
	p.decided = append(p.decided, fmt.Sprintf("%s %s: %s %t\n", p.now.Format(time.TimeOnly), d.Kind, d.Reason, d.Tell))
	return d
}

// act carries the decision out, unless a human has been faster.
func (p *patient) act(wall time.Duration) string {
	restart, _ := domain.NewRestart(p.process, "check", "ill", 1, p.now)
	seen := p.process
	if p.random.IntN(5) == 0 {
		seen.State, seen.PID, seen.Uptime = domain.Stopped, 0, 0
		if _, step := restart.Saw(seen, p.now); step.Act != domain.Finish || step.Outcome != domain.Dropped {
			return "what a human has stopped was not left alone"
		}
		return ""
	}
	seen.Uptime = max(seen.Uptime, time.Second)
	if _, step := restart.Saw(seen, p.now); step.Act != domain.SendStop {
		return "what was decided was not done"
	}
	p.record.Budget = p.record.Budget.Spend(p.policy, p.now)
	p.guard.acted(p.now)
	p.spawn(wall)
	return ""
}

func TestAGiveUpOutlivesThePolicyThatItCameFrom(t *testing.T) {
	now := time.Unix(1000, 0)
	ill := domain.Round{Process: domain.Process{State: domain.Running, PID: 1}, Verdict: domain.Unhealthy.Because("ill")}
	for want, change := range map[string]func(*domain.Policy){
		"earlier restarts were not enough; start it by hand to re-arm": func(*domain.Policy) {},
		"1 restarts in 1h were not enough; waiting until the limit allows another": func(p *domain.Policy) {
			p.Limit, p.Rearm = domain.Limit{Count: 1, Per: time.Hour}, domain.RearmByWindow
		},
	} {
		policy := domain.DropIn()
		change(&policy)
		_, got := domain.Record{Budget: domain.Budget{GivenUp: true, Restarts: []time.Time{now}}}.After(ill, policy, now)
		if diff := cmp.Diff(domain.Decision{Kind: domain.GiveUp, Reason: want, Tell: true}, got); diff != "" {
			t.Error(diff)
		}
	}
}

func TestANewLifeIsNoNewsWhereTheActionIsOnlySaid(t *testing.T) {
	policy := domain.DropIn()
	policy.Observe = true
	ill := domain.Round{Process: domain.Process{State: domain.Running, PID: 1}, Verdict: domain.Unhealthy.Because("ill")}
	now := time.Unix(1000, 0)
	record, first := domain.Record{}.After(ill, policy, now)
	record, same := record.Acted().After(ill, policy, now)
	ill.Process.PID = 2
	record, other := record.Acted().After(ill, policy, now)
	if want := "act"; !first.Tell || same.Tell || other.Tell || record.Said.Topic != want {
		t.Errorf("told %t, %t, %t; the topic is %q, want %q", first.Tell, same.Tell, other.Tell, record.Said.Topic, want)
	}
}

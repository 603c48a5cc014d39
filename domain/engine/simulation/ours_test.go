package simulation_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/engine/simulation"
)

// ours are the policies of this project, each driven through the engine.
func ours(t *testing.T) []simulation.Policy {
	policies := []simulation.Policy{
		setup("ours, recommended", domain.Recommended()),
		setup("ours, recommended before", before()),
	}
	if changes := setting[string]("set"); changes != "" {
		policies = append(policies, setup(changes, changed(t, domain.Recommended(), changes)))
	}
	return policies
}

func setup(name string, watches ...domain.Policy) simulation.Policy {
	return simulation.Setup{Name: name, Watches: watches, ByGroup: true, Slow: time.Second, Audit: true}.Policy()
}

// before is what was recommended before there was a simulation.
func before() domain.Policy {
	return domain.Policy{
		Failures:    3,
		Successes:   1,
		StartGrace:  30 * time.Second,
		Limit:       domain.Limit{Count: 5, Per: time.Hour},
		Backoff:     domain.Pause{Min: 10 * time.Second, Max: 10 * time.Minute},
		MaxParallel: 1,
		MassFailure: 0.5,
		Interval:    15 * time.Second,
	}
}

// changed is a policy with settings such as "failures=12 interval=5s".
func changed(t *testing.T, p domain.Policy, settings string) domain.Policy {
	t.Helper()
	for s := range strings.FieldsSeq(settings) {
		word, value, _ := strings.Cut(s, "=")
		if err := p.Set(word, value); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

// strained are the ways to run ours in which something might break.
func strained() []simulation.Setup {
	eager := domain.Recommended()
	eager.StartGrace, eager.Warmup = 10*time.Second, 0
	second := before()
	second.Interval, second.Failures = 5*time.Second, 4
	return []simulation.Setup{
		{Name: "recommended", Watches: []domain.Policy{domain.Recommended()}, ByGroup: true, Slow: time.Second},
		{Name: "one watch over all", Watches: []domain.Policy{domain.Recommended()}, Slow: 5 * time.Second},
		{Name: "what was recommended before", Watches: []domain.Policy{before()}, ByGroup: true},
		{Name: "two watches", Watches: []domain.Policy{domain.Recommended(), second}, ByGroup: true},
		{Name: "ticks without events", Watches: []domain.Policy{domain.Recommended()}, ByGroup: true, Slow: time.Second, TicksOnly: true},
		{Name: "killed in one step of ten", Watches: []domain.Policy{eager}, ByGroup: true, Slow: time.Second, Crashes: 0.1},
		{Name: "killed without events", Watches: []domain.Policy{eager}, Slow: time.Second, Crashes: 0.1, TicksOnly: true},
	}
}

// stormy is a night of few hosts on which everything goes wrong, or as much as the flags ask for.
func stormy() simulation.World {
	w := simulation.NewWorld(setting[uint64]("seed"), setting[int]("service-days"))
	w.Storm = true
	if setting[int]("service-days") == 0 {
		w.Hosts, w.Length = 5, 8*time.Hour
	}
	return w
}

func TestNothingBreaks(t *testing.T) {
	w := stormy()
	for _, s := range strained() {
		t.Run(s.Name, func(t *testing.T) {
			s.Audit = true
			score := simulation.Run(w, s.Policy())
			for _, b := range score.Broken {
				t.Error(b)
			}
			all := score.All()
			t.Logf("cost %.2f, restarts %v, given up %v, silent %v", all.Cost(2), all.Restarts, all.GivenUp, all.Silent)
		})
	}
}

func TestASharedOutageIsTriedOnOneProcess(t *testing.T) {
	w := stormy()
	w.Storm, w.Only, w.Outages = false, "outage", 30
	for _, s := range strained()[:2] {
		s.Audit = true
		score := simulation.Run(w, s.Policy())
		all := score.All()
		if len(score.Broken) > 0 || all.Outages < 100 || all.Restarts[simulation.Outage] == 0 {
			t.Errorf("%s: %d outages, %d restarts in them: %q", s.Name, all.Outages, all.Restarts[simulation.Outage], score.Broken)
		}
	}
}

// TestASharedCauseOutlivesAListing plays a storm in which members of a group are STOPPED while others are in trouble
// together, and all processes are listed at every tick.
func TestASharedCauseOutlivesAListing(t *testing.T) {
	w := stormy()
	w.Seed, w.Hosts, w.Length = 4, 1, 8*time.Hour
	s := strained()[4]
	s.Audit = true
	if score := simulation.Run(w, s.Policy()); len(score.Broken) > 0 {
		t.Errorf("%s: %q", s.Name, score.Broken)
	}
}

func TestWhatIsRecommendedIsWorthIt(t *testing.T) {
	w := simulation.NewWorld(2, 0)
	w.Hosts, w.Length = 5, 24*time.Hour
	oracle := simulation.Run(w, simulation.Rivals()[1]).All().Cost(2)
	now := simulation.Run(w, setup("", domain.Recommended())).All().Cost(2) - oracle
	then := simulation.Run(w, setup("", before())).All().Cost(2) - oracle
	if now > then/2 || now > 1 {
		t.Errorf("it costs %.2f min a day more than the oracle, what was recommended before %.2f", now, then)
	}
}

func TestTheOrderOfWatchesChangesNothing(t *testing.T) {
	w := stormy()
	w.Hosts = min(w.Hosts, 3)
	second := before()
	second.Interval, second.Failures = 10*time.Second, 4
	s := simulation.Setup{Watches: []domain.Policy{domain.Recommended(), second, domain.Recommended()}, ByGroup: true, Slow: time.Second}
	forwards := simulation.Run(w, s.Policy())
	s.Backwards = true
	if backwards := simulation.Run(w, s.Policy()); !reflect.DeepEqual(forwards, backwards) {
		a, b := forwards.All(), backwards.All()
		t.Errorf("restarts %v, lines %d, cost %.3f in one order; %v, %d, %.3f in the other", a.Restarts, a.Lines, a.Cost(2), b.Restarts, b.Lines, b.Cost(2))
	}
}

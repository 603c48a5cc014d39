package simulation_test

import (
	"reflect"
	"testing"

	"supervisor-healthcheck/domain/engine/simulation"
)

func TestTheSameSeedGivesTheSameScore(t *testing.T) {
	for _, p := range simulation.Rivals() {
		w := simulation.NewWorld(7, 500)
		if a, b := simulation.Run(w, p), simulation.Run(w, p); !reflect.DeepEqual(a, b) {
			t.Errorf("%s: two runs of one world differ", p.Name)
		}
	}
}

func TestAnotherSeedIsAnotherWorld(t *testing.T) {
	none := simulation.Rivals()[0]
	a, b := simulation.Run(simulation.NewWorld(7, 500), none), simulation.Run(simulation.NewWorld(8, 500), none)
	if reflect.DeepEqual(a, b) {
		t.Error("the seed changes nothing")
	}
}

func TestEveryPolicyMeetsTheSameFate(t *testing.T) {
	first := simulation.Run(simulation.NewWorld(7, 1000), simulation.Rivals()[0])
	for _, p := range simulation.Rivals()[1:] {
		score := simulation.Run(simulation.NewWorld(7, 1000), p)
		for kind, tally := range score.Kinds {
			if tally.Time != first.Kinds[kind].Time || tally.Outages != first.Kinds[kind].Outages {
				t.Errorf("%s: other %s than without it", p.Name, kind)
			}
		}
	}
}

func TestTheMixHasWhatItSays(t *testing.T) {
	score := simulation.Run(simulation.NewWorld(7, 5000), simulation.Rivals()[0])
	if days := score.All().ServiceDays(); days < 4000 || days > 6000 {
		t.Errorf("%.0f service-days, not about 5000", days)
	}
	if len(score.Kinds) != 13 {
		t.Errorf("%d archetypes, not 13", len(score.Kinds))
	}
}

// TestRanks holds the model to the order and the size of what another simulator of the same world has found.
func TestRanks(t *testing.T) {
	tallies := map[string]simulation.Tally{}
	for _, r := range play(simulation.NewWorld(20261126, 3000), simulation.Rivals()) {
		tallies[r.Policy] = r.Score.All()
	}
	for name, limits := range map[string]struct{ unjust, cost [2]float64 }{
		"none":                        {[2]float64{0, 0}, [2]float64{20, 80}},
		"oracle":                      {[2]float64{0, 0}, [2]float64{1, 5}},
		"supervisor_checks TICK_60":   {[2]float64{5000, 50000}, [2]float64{40, 400}},
		"Kubernetes liveness+startup": {[2]float64{200, 2000}, [2]float64{5, 50}},
		"systemd WatchdogSec=30":      {[2]float64{2000, 20000}, [2]float64{20, 200}},
		"Monit, cycle 30 s":           {[2]float64{5000, 50000}, [2]float64{40, 400}},
		"Monit, cycle 120 s":          {[2]float64{30, 200}, [2]float64{4, 15}},
	} {
		tally := tallies[name]
		if unjust := tally.PerYear(tally.Unjust()); unjust < limits.unjust[0] || unjust > limits.unjust[1] {
			t.Errorf("%s: %.0f unjust restarts in a service-year, not within %v", name, unjust, limits.unjust)
		}
		if cost := tally.Cost(2); cost < limits.cost[0] || cost > limits.cost[1] {
			t.Errorf("%s: cost %.2f, not within %v", name, cost, limits.cost)
		}
	}
}

func TestNobodyBeatsTheOracleInAnyWorld(t *testing.T) {
	for _, w := range simulation.NewWorld(3, 500).Variants() {
		results := play(w, simulation.Rivals())
		oracle := results[1].Score.All()
		if oracle.Unjust() > 0 || oracle.Restarts[simulation.Futile] > 0 {
			t.Errorf("%s: the oracle errs: %v", w.Name, oracle.Restarts)
		}
		for _, r := range results {
			if all := r.Score.All(); all.Cost(0) < oracle.Cost(0)-0.01 {
				t.Errorf("%s: %s loses %.3f min a day, the oracle %.3f", w.Name, r.Policy, all.Cost(0), oracle.Cost(0))
			}
		}
	}
}

package simulation_test

import (
	"testing"

	"supervisor-healthcheck/domain/engine/simulation"
)

func TestInAStormTheOracleErrsNeither(t *testing.T) {
	w := simulation.NewWorld(4, 500)
	w.Storm = true
	for _, r := range play(w, simulation.Rivals()[:2]) {
		if all := r.Score.All(); all.Unjust() > 0 || all.Outages == 0 {
			t.Errorf("%s: %d unjust restarts, %d outages", r.Policy, all.Unjust(), all.Outages)
		}
	}
}

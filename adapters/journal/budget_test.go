package journal_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/domain"
)

func TestBudgets(t *testing.T) {
	now := time.Now()
	full := domain.Budget{
		Restarts:     []time.Time{now.Add(-time.Hour), now.Add(-time.Minute)},
		Last:         now.Add(-time.Minute),
		Pause:        90 * time.Second,
		HealthySince: now.Add(-30 * time.Second),
	}
	old := domain.Budget{Restarts: []time.Time{now.Add(-90 * time.Hour), now.Add(-49 * time.Hour)}, Last: now.Add(-49 * time.Hour), Pause: time.Second}
	oldButGivenUp := old
	oldButGivenUp.GivenUp = true
	oldButHealthy := old
	oldButHealthy.HealthySince = now.Add(-time.Hour)

	for name, test := range map[string]struct {
		kept []domain.Budget
		want map[domain.ID]domain.Budget
	}{
		"a budget comes back":                     {[]domain.Budget{full}, map[domain.ID]domain.Budget{web: full}},
		"the last one counts":                     {[]domain.Budget{oldButGivenUp, full}, map[domain.ID]domain.Budget{web: full}},
		"the same twice is kept once":             {[]domain.Budget{full, full}, map[domain.ID]domain.Budget{web: full}},
		"the zero budget is forgotten":            {[]domain.Budget{full, {}}, nil},
		"the zero budget need not be there":       {[]domain.Budget{{}}, nil},
		"an old one is dropped":                   {[]domain.Budget{old}, nil},
		"an old one that is given up stays":       {[]domain.Budget{oldButGivenUp}, map[domain.ID]domain.Budget{web: oldButGivenUp}},
		"an old one with a recent change stays":   {[]domain.Budget{oldButHealthy}, map[domain.ID]domain.Budget{web: oldButHealthy}},
		"one that is given up without time stays": {[]domain.Budget{{GivenUp: true}}, map[domain.ID]domain.Budget{web: {GivenUp: true}}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			j := open(t, dir, alice)
			for _, b := range test.kept {
				must(t, j.Keep(t.Context(), web, b))
			}
			if diff := cmp.Diff(test.want, budgets(t, open(t, dir, alice)), alike()); diff != "" {
				t.Error(diff)
			}
			if found := budgets(t, open(t, dir, bob)); len(found) > 0 {
				t.Error("another listener was given", found)
			}
		})
	}
}

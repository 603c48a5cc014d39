package engine

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"supervisor-healthcheck/domain"
)

// The selectors find the watches that Matches says, in their order.
func TestSelectorsFindWhatMatches(t *testing.T) {
	dice := rand.New(rand.NewPCG(1, 2))
	all, err := domain.Select("all")
	if err != nil {
		t.Fatal(err)
	}
	id := func() domain.ID {
		return domain.ID{Group: fmt.Sprint(dice.IntN(4)), Name: fmt.Sprint(dice.IntN(3))}
	}
	for range 500 {
		var watches []*watch
		for i := range dice.IntN(6) {
			var s domain.Selection
			for range dice.IntN(4) {
				s = s.And([]domain.Selection{domain.SelectGroup(id().Group), domain.SelectIDs(id(), id()), all.But(id().Group, id().Group), all}[dice.IntN(8)/2])
			}
			watches = append(watches, &watch{Watch: domain.Watch{Select: s}, index: i})
		}
		found := newSelectors(watches)
		for range 12 {
			id := id()
			var want []*watch
			for _, w := range watches {
				if w.Select.Matches(id) {
					want = append(want, w)
				}
			}
			if got := found.of(id); fmt.Sprint(indices(got)) != fmt.Sprint(indices(want)) {
				t.Fatalf("%s: %v, want %v", id, indices(got), indices(want))
			}
		}
	}
}

func indices(watches []*watch) (all []int) {
	for _, w := range watches {
		all = append(all, w.index)
	}
	return all
}

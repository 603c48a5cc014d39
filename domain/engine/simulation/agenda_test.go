package simulation

import (
	"slices"
	"testing"
	"time"
)

func TestTheAgendaKeepsTheOrderOfTimesAndOfThoseOfOneTimeTheirOwn(t *testing.T) {
	c := newChance(5)
	var a agenda
	type entry struct {
		at    time.Duration
		order int
	}
	var want, got []entry
	for n := range 1000 {
		e := entry{time.Duration(c.IntN(50)), n}
		want = append(want, e)
		a.add(e.at, func() { got = append(got, e) })
	}
	for a.nextAt() != never {
		a.next().do()
	}
	slices.SortStableFunc(want, func(x, y entry) int { return int(x.at - y.at) })
	if !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
}

package simulation

import (
	"math"
	"time"
)

// card is a group that is to be.
type card struct {
	kind archetype
	size int
	boot time.Duration
}

// deal says which groups the hosts have, 3 to 7 each. Archetypes, sizes and boots are spread evenly instead of drawn by
// chance, so that few hosts already have the mix of many.
func (w World) deal() [][]card {
	hands := make([][]card, w.Hosts)
	c := newChance(w.Seed)
	kinds, sizes, boots := evenly(c, 0.7548776662466927), evenly(c, 0.5698402909980532), map[string]func() float64{}
	for n := range hands {
		for range 3 + n%5 {
			kind := w.kind(kinds())
			if boots[kind.Name] == nil {
				boots[kind.Name] = evenly(c, math.Phi)
			}
			hands[n] = append(hands[n], kind.card(sizes(), boots[kind.Name]()))
		}
	}
	return hands
}

// kind is the archetype for a number from 0 to 1.
func (w World) kind(x float64) archetype {
	if w.Storm {
		return storm()
	}
	for _, a := range archetypes() {
		if a.Name == w.Only {
			return a
		}
	}
	return pick(x)
}

// evenly makes numbers from 0 to 1 that lie more evenly than chance has it, by adding a step that is no fraction.
func evenly(c chance, step float64) func() float64 {
	x := c.Float64()
	return func() float64 {
		_, x = math.Modf(x + step)
		return x
	}
}

func (a archetype) card(size, boot float64) card {
	c := card{kind: a, size: int(spread(size, 1, 13)), boot: spread(boot, a.boots[0], a.boots[1])}
	if a.shares {
		c.size = 3 + int(size*6)
	}
	return c
}

package simulation

import (
	"fmt"
	"time"

	"supervisor-healthcheck/domain"
)

// draw makes the groups of a host and everything that will come from outside.
func (h *Host) draw(hand []card) {
	for n, c := range hand {
		h.drawGroup(n, c, newChance(h.world.Seed, uint64(h.number), uint64(n)))
	}
}

func (h *Host) drawGroup(n int, of card, c chance) {
	g := &group{kind: of.kind}
	h.groups = append(h.groups, g)
	for m := range of.size {
		h.drawProcess(g, fmt.Sprintf("%s%d", of.kind.Name, n), m, c)
	}
	g.traits = traits{
		boot:        of.boot,
		startsAfter: []time.Duration{time.Second, time.Second, time.Second, 5 * time.Second}[c.IntN(4)],
		hungBoots:   h.world.HungBoots,
		without:     absent,
	}
	if of.kind.sure {
		g.traits.hungBoots = 0
	}
	h.rollOut(g, c, 7*day)
	of.kind.draw(h, g, c)
}

func (h *Host) drawProcess(g *group, groupName string, m int, c chance) {
	p := &process{
		id:     domain.ID{Group: groupName, Name: fmt.Sprintf("%s_%02d", groupName, m)},
		number: len(h.processes),
		group:  g,
	}
	p.luck = newChance(c.Uint64(), 1)
	p.people = newChance(c.Uint64(), 2)
	g.members = append(g.members, p)
	h.processes = append(h.processes, p)
}

// rollOut draws rolling deploys, one in each mean: one process after the other is restarted by hand.
func (h *Host) rollOut(g *group, c chance, mean time.Duration) {
	for at := range c.arrivals(mean, h.world.Length) {
		for _, p := range g.members {
			l := drawLuck(c, g.traits.hungBoots)
			h.At(at, func() { h.restartByHand(p, planned, l) })
			at += g.traits.boot + c.between(2*time.Second, 30*time.Second)
		}
	}
}

// each calls f with the moments of a process, drawn one in each mean.
func (h *Host) each(g *group, c chance, mean func() time.Duration, f func(p *process, at time.Duration)) {
	for _, p := range g.members {
		for at := range c.arrivals(mean(), h.world.Length) {
			f(p, at)
		}
	}
}

// hangs draws hangs that only a restart cures, for each process one in each mean.
func (h *Host) hangs(g *group, c chance, mean func() time.Duration) {
	oftener := func() time.Duration { return time.Duration(float64(mean()) / h.world.Hangs) }
	h.each(g, c, oftener, func(p *process, at time.Duration) {
		stubborn := c.is(0.5)
		h.At(at, func() { h.strike(p, stubborn) })
	})
}

func (c chance) lucks(g *group) []luck {
	lucks := make([]luck, len(g.members))
	for n := range lucks {
		lucks[n] = drawLuck(c, g.traits.hungBoots)
	}
	return lucks
}

func every(mean time.Duration) func() time.Duration {
	return func() time.Duration { return mean }
}

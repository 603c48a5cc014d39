package simulation

import "time"

// What comes from outside, as it happens. When and how long was drawn before; see archetype and draw.

// ail makes probes of a process fail for a while.
func (h *Host) ail(p *process, length time.Duration) {
	h.count(p, &p.ills.sick, length)
}

// pause makes a process stand still for a while.
func (h *Host) pause(p *process, length time.Duration) {
	h.count(p, &p.ills.paused, length)
}

func (h *Host) count(p *process, windows *int, length time.Duration) {
	*windows++
	h.touch(p)
	h.After(length, func() {
		*windows--
		h.touch(p)
	})
}

// strike makes a process that serves hang.
func (h *Host) strike(p *process, stubborn bool) {
	if p.up() && h.now >= p.life.booted && !p.life.hung {
		h.hang(p, stubborn)
	}
}

// outage is one outage of what a group depends on, as it was drawn.
type outage struct {
	length time.Duration
	hangs  []bool // by member: it hangs afterwards, if it was up before
	wake   []time.Duration
}

func (h *Host) beginOutage(g *group, o outage) {
	if g.out {
		return
	}
	g.since, g.calm = h.now, g.allWell(h.now)
	g.out = true
	g.outages++
	for _, p := range g.members {
		h.score.of(p).Outages++
		switch {
		case !p.up():
		case g.traits.drops && !p.life.hung:
			h.die(p)
		case h.now >= p.life.booted && !p.life.hung:
			p.life.exposed = true
		case g.traits.without == waits && !p.life.hung:
			p.life.waiting, p.life.booted = true, never
		}
	}
	h.touchAll(g)
	h.After(o.length, func() { h.endOutage(g, o) })
}

func (h *Host) endOutage(g *group, o outage) {
	g.out = false
	for n, p := range g.members {
		switch {
		case p.life.exposed && o.hangs[n] && p.up():
			h.hang(p, o.hangs[n] && n%2 == 0)
		case p.life.waiting && p.up():
			p.life.waiting = false
			p.life.booted = max(p.life.nominal, h.now+o.wake[n])
			h.later(p, p.life.booted-h.now, func() { h.touch(p) })
		}
		p.life.exposed = false
		h.awaitWell(p)
	}
	h.touchAll(g)
}

// load gives a group so much work for a while.
func (h *Host) load(g *group, demand float64, length time.Duration) {
	if g.demand > 0 {
		return
	}
	g.demand = demand
	h.touchAll(g)
	h.After(length, func() {
		g.demand = 0
		h.touchAll(g)
	})
}

// spoil deploys what does not work to the whole group, until somebody mends it.
func (h *Host) spoil(g *group, spoilt *bool, mended time.Duration, deploy, mend []luck) {
	if g.broken || g.crashing {
		return
	}
	*spoilt = true
	h.redeploy(g, deploy)
	h.After(mended, func() {
		*spoilt = false
		h.redeploy(g, mend)
	})
}

func (h *Host) redeploy(g *group, lucks []luck) {
	for n, p := range g.members {
		h.restartByHand(p, planned, lucks[n])
	}
	h.touchAll(g)
}

// blind makes the probes of a group fail on the checker's side for a while.
func (h *Host) blind(g *group, length time.Duration) {
	if g.blind {
		return
	}
	g.blind = true
	h.touchAll(g)
	h.After(length, func() {
		g.blind = false
		h.touchAll(g)
	})
}

package simulation

import "time"

// ledger is the account of the work that a process does not do.
type ledger struct {
	since    time.Duration // since when the two hold:
	faults   float64       // the share of its work that is not done because of faults
	restarts float64       // the share that is not done because of restarts that cured nothing
	class    Class         // of its last restart by the keeper
	outage   time.Duration // when the last outage ended, until it was well again
}

// touch settles the account of a process about which something has changed, and lets the keeper know.
func (h *Host) touch(p *process) {
	if p.group.kind.shares {
		h.touchAll(p.group)
		return
	}
	h.settle(p)
	h.keeper.Touched(p.number)
}

func (h *Host) touchAll(g *group) {
	g.weigh(h.now)
	for _, p := range g.members {
		h.settle(p)
		h.keeper.Touched(p.number)
	}
}

// settle books what was lost since the last time, and begins anew with what is true now.
func (h *Host) settle(p *process) {
	l, t := &p.ledger, h.score.of(p)
	passed := float64(h.now - l.since)
	t.LostByFaults += time.Duration(l.faults * passed)
	t.LostByRestarts += time.Duration(l.restarts * passed)
	l.since = h.now
	l.faults, l.restarts = h.loss(p)
	if l.outage > 0 && l.faults+l.restarts == 0 && !p.manual {
		t.WellAfterOutage = append(t.WellAfterOutage, h.now-l.outage)
		l.outage = 0
	}
}

// loss is the share of its work that a process does not do now, because of faults and because of needless restarts.
func (h *Host) loss(p *process) (faults, restarts float64) {
	g := p.group
	switch {
	case p.manual:
		return 0, 0
	case g.out || g.broken || p.ills.sick > 0 || p.ills.paused > 0 && p.up():
		return 1, 0
	case p.serves(h.now) && p.life.leaking:
		return 0.25, 0
	case p.serves(h.now):
		return g.overload(h.now)
	case p.life.hung:
		return 1, 0
	case p.life.cause == planned && h.now < p.life.nominal:
		return 0, 0
	case p.life.cause == needless:
		return 0, 1
	}
	return 1, 0
}

// overload is what each member that serves does not do because there is too much work.
func (g *group) overload(now time.Duration) (faults, restarts float64) {
	if g.excess == 0 {
		return 0, 0
	}
	base := max(0, g.demand-1)
	faults = g.excess / (1 + g.excess)
	for _, p := range g.members {
		if p.life.cause == needless && p.ability(now) < 1 {
			own := base / (1 + base)
			return min(own, faults), max(0, faults-own)
		}
	}
	return faults, 0
}

// awaitWell begins to measure how long a process is not well after an outage.
func (h *Host) awaitWell(p *process) {
	if !p.manual {
		p.ledger.outage = h.now
	}
}

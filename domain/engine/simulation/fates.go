package simulation

import "time"

func (h *Host) steady(*group, chance) {}

// blips are short failures that pass, 0.5 to 20 a day.
func (h *Host) blips(g *group, c chance) {
	mean := time.Duration(float64(c.spread(day/20, 2*day)) / h.world.Blips)
	h.each(g, c, every(mean), func(p *process, at time.Duration) {
		length := c.blip()
		h.At(at, func() { h.ail(p, length) })
	})
}

func (c chance) blip() time.Duration {
	switch n := c.Float64(); {
	case n < 0.8:
		return c.between(time.Second, 8*time.Second)
	case n < 0.95:
		return c.between(8*time.Second, 20*time.Second)
	}
	return c.between(20*time.Second, 40*time.Second)
}

// slowBoot is a group that boots for minutes and is deployed every day.
func (h *Host) slowBoot(g *group, c chance) {
	h.rollOut(g, c, day)
	h.hangs(g, c, every(5*day))
}

// collections are the pauses of a garbage collector, 2 to 30 a day.
func (h *Host) collections(g *group, c chance) {
	h.each(g, c, every(c.spread(day/30, day/2)), func(p *process, at time.Duration) {
		length := min(c.around(6*time.Second, 1), 180*time.Second)
		h.At(at, func() { h.pause(p, length) })
	})
	h.hangs(g, c, every(10*day))
}

// hanging is a group that hangs, each process every 0.5 to 10 days.
func (h *Host) hanging(g *group, c chance) {
	h.hangs(g, c, func() time.Duration { return c.spread(day/2, 10*day) })
}

// crashLoops are deploys that die some time after each start.
func (h *Host) crashLoops(g *group, c chance) {
	h.crashesEvery(5*day, 3*time.Hour, g, c)
}

func (h *Host) crashesEvery(mean, mending time.Duration, g *group, c chance) {
	for at := range c.arrivals(mean, h.world.Length) {
		mended, deploy, mend := c.around(mending, 0.7), c.lucks(g), c.lucks(g)
		h.At(at, func() { h.spoil(g, &g.crashing, mended, deploy, mend) })
	}
}

// brokenDeploys are deploys that never work.
func (h *Host) brokenDeploys(g *group, c chance) {
	h.breaksEvery(7*day, 90*time.Minute, g, c)
}

func (h *Host) breaksEvery(mean, mending time.Duration, g *group, c chance) {
	for at := range c.arrivals(mean, h.world.Length) {
		mended, deploy, mend, dies := c.around(mending, 0.7), c.lucks(g), c.lucks(g), c.is(0.4)
		h.At(at, func() {
			g.traits.dies = dies
			h.spoil(g, &g.broken, mended, deploy, mend)
		})
	}
}

// flapping is a group that is bad and good in turn for an hour, and neither is of its making.
func (h *Host) flapping(g *group, c chance) {
	h.flapsEvery(3*day, g, c)
}

func (h *Host) flapsEvery(mean time.Duration, g *group, c chance) {
	h.each(g, c, every(mean), func(p *process, at time.Duration) {
		for end := at + c.between(20*time.Minute, 3*time.Hour); at < end; at += c.between(20*time.Second, 240*time.Second) {
			bad := time.Duration(h.world.Flaps * float64(c.between(20*time.Second, 120*time.Second)))
			h.At(at, func() { h.ail(p, bad) })
			at += bad
		}
	})
}

// outages are those of a database or the like, every 4 days.
func (h *Host) outages(g *group, c chance) {
	h.outagesEvery(time.Duration(float64(4*day)/h.world.Outages), g, c)
}

func (h *Host) outagesEvery(mean time.Duration, g *group, c chance) {
	switch n := c.Float64(); {
	case n < 0.5:
		g.traits.without = waits
	case n < 0.9:
		g.traits.without, g.traits.drops = exits, c.is(0.5)
	default:
		g.traits.without, g.traits.drops = fails, c.is(0.5)
	}
	for at := range c.arrivals(mean, h.world.Length) {
		o := h.drawOutage(g, c)
		h.At(at, func() { h.beginOutage(g, o) })
	}
}

func (h *Host) drawOutage(g *group, c chance) outage {
	o, hangs := outage{length: c.spread(time.Minute, 30*time.Minute)}, h.world.HungOutages
	switch n := c.Float64(); {
	case n < 0.15: // a failover: all connections are dead afterwards
		o.length, hangs = c.between(10*time.Second, 60*time.Second), 1
	case n < 0.20:
		o.length = c.spread(30*time.Minute, 3*time.Hour)
	}
	for range g.members {
		o.hangs = append(o.hangs, c.is(hangs))
		o.wake = append(o.wake, c.between(time.Second, 5*time.Second))
	}
	return o
}

// overloads are hours with more work than the replicas can do, or nearly so.
func (h *Host) overloads(g *group, c chance) { h.loadsEvery(day/2, g, c) }

func (h *Host) loadsEvery(mean time.Duration, g *group, c chance) {
	for at := range c.arrivals(mean, h.world.Length) {
		demand, length := c.factor(0.85, 1.15), c.spread(3*time.Minute, 40*time.Minute)
		h.At(at, func() { h.load(g, demand, length) })
	}
}

// humans are people who stop and restart by hand.
func (h *Host) humans(g *group, c chance) {
	h.rollOut(g, c, day)
	h.hangs(g, c, every(5*day))
	h.handsEvery(2*day, g, c)
}

func (h *Host) handsEvery(mean time.Duration, g *group, c chance) {
	h.each(g, c, every(mean), func(p *process, at time.Duration) {
		pause, l := c.spread(10*time.Minute, 6*time.Hour), drawLuck(c, g.traits.hungBoots)
		h.At(at, func() { h.stopByHand(p, pause, l) })
	})
	h.each(g, c, every(mean), func(p *process, at time.Duration) {
		l := drawLuck(c, g.traits.hungBoots)
		h.At(at, func() { h.restartByHand(p, planned, l) })
	})
}

// checkerTrouble is trouble of whoever watches: probes that fail on our side, and what trouble adds to the host.
func (h *Host) checkerTrouble(g *group, c chance) {
	h.hangs(g, c, every(5*day))
	h.blindEvery(2*day, g, c)
	h.troubles(c, day)
}

func (h *Host) blindEvery(mean time.Duration, g *group, c chance) {
	for at := range c.arrivals(mean, h.world.Length) {
		length := c.spread(time.Minute, 20*time.Minute)
		h.At(at, func() { h.blind(g, length) })
	}
}

// storm is everything at once.
func (h *Host) storm(g *group, c chance) {
	h.hangs(g, c, every(4*time.Hour))
	h.blips(g, c)
	h.flapsEvery(day, g, c)
	h.outagesEvery(3*time.Hour, g, c)
	h.loadsEvery(6*time.Hour, g, c)
	h.handsEvery(6*time.Hour, g, c)
	h.crashesEvery(day, time.Hour, g, c)
	h.breaksEvery(day, time.Hour, g, c)
	h.blindEvery(2*time.Hour, g, c)
	h.troubles(c, 6*time.Hour)
}

package simulation

import "time"

// luck is what a life draws at its spawn.
type luck struct {
	factor   float64 // of the usual boot
	hangs    bool
	stubborn bool
	age      time.Duration // at which it dies, or is over its limit, if its group does such things
	respite  time.Duration // from being over its limit to its death
}

// Between which shares of the usual boot of its group each boot lies.
const (
	fastestBoot = 0.8
	slowestBoot = 1.3
	slowBoot    = 3 // the factor of World.SlowBoots
)

func (p *process) newLuck() luck { return drawLuck(p.luck, p.group.traits.hungBoots) }

func drawLuck(c chance, hungBoots float64) luck {
	return luck{
		factor:   c.factor(fastestBoot, slowestBoot),
		hangs:    c.is(hungBoots),
		stubborn: c.is(0.5),
		age:      time.Duration(c.Float64() * float64(time.Hour)), // scaled by whoever uses it
		respite:  c.between(30*time.Minute, 4*time.Hour),
	}
}

// share is the age as a number from 0 to 1.
func (l luck) share() float64 { return float64(l.age) / float64(time.Hour) }

// within is the age, scaled to lie between the two.
func (l luck) within(low, high time.Duration) time.Duration {
	return low + time.Duration(l.share()*float64(high-low))
}

// boot plans what becomes of a new life.
func (h *Host) boot(p *process, l luck) {
	boot := time.Duration(l.factor * float64(p.group.traits.boot))
	if l.share() < h.world.SlowBoots {
		boot *= slowBoot
	}
	p.life.nominal = h.now + boot
	p.life.booted = p.life.nominal
	g := p.group
	switch {
	case g.broken && g.traits.dies:
		h.dieAfter(p, 200*time.Millisecond)
	case g.crashing:
		h.dieAfter(p, l.within(2*time.Second, 300*time.Second))
	case g.out && g.traits.without == exits:
		h.dieAfter(p, l.within(3*time.Second, 10*time.Second))
	case g.out && g.traits.without == fails:
		h.dieAfter(p, 200*time.Millisecond)
	case l.hangs:
		p.life.booted = never
		h.hang(p, l.stubborn)
	case g.out && g.traits.without == waits:
		p.life.waiting, p.life.booted = true, never
	}
	if p.life.booted != never {
		h.later(p, boot, func() { h.touch(p) })
		h.later(p, boot+warmUp, func() { h.touch(p) })
	}
	if g.kind.leaks {
		h.later(p, l.within(4*time.Hour, 72*time.Hour), func() { h.leak(p, l.respite) })
	}
}

func (h *Host) dieAfter(p *process, age time.Duration) {
	if p.life.booted-h.now > age {
		p.life.booted = never
	}
	h.later(p, age, func() { h.die(p) })
}

// hang makes a life useless until it ends.
func (h *Host) hang(p *process, stubborn bool) {
	if p.life.hung {
		return
	}
	p.life.hung, p.life.stubborn, p.life.since = true, stubborn, h.now
	h.callForHelp(p)
	h.touch(p)
}

// leak makes a life slow until it ends, which is soon.
func (h *Host) leak(p *process, respite time.Duration) {
	p.life.leaking = true
	if !p.life.hung {
		p.life.since = h.now
	}
	h.later(p, respite, func() { h.die(p) })
	h.touch(p)
}

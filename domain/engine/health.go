package engine

import (
	"slices"
	"time"

	"supervisor-healthcheck/domain"
)

// healthy notes that a process was found healthy by one watch. It is well when no other finds it unhealthy.
func (e *Engine) healthy(p *process, now time.Time) {
	for _, r := range p.records {
		if r.verdict.Health == domain.Unhealthy && !r.outdated() {
			return
		}
	}
	if p.well.IsZero() {
		p.well = now
	}
	e.calm(p, now)
	e.notices.news(subject{kind: domain.ReportRefused, id: p.ID}, topic{}, now)
	e.slots.well(p, now)
	if !p.trouble.IsZero() {
		e.ended(p, now)
	}
}

// ended notes that a trouble is over, and learns from it when nobody has restarted the process since it began.
func (e *Engine) ended(p *process, now time.Time) {
	lasted, healed := now.Sub(p.trouble), p.healed
	p.trouble = time.Time{}
	if s := e.shared[p.Group]; s != nil {
		if healed {
			s.healed = now
		}
		if s.canary == p.ID {
			s.helped(now)
		}
		e.endShared(p.Group)
	}
	for _, r := range p.records {
		if r.watch.outage.canary == p.ID {
			r.watch.outage.helped(now)
		}
	}
	if healed && p.served && !p.hindered {
		e.healed(p, lasted)
	}
}

// unhealthy notes that a process was found unhealthy after its grace.
func (e *Engine) unhealthy(p *process, now time.Time) {
	if p.trouble.IsZero() {
		p.trouble, p.healed, p.served, p.hindered = now, p.State == domain.Running, !p.booting(), p.Suspension.Left(now) > 0
	}
}

// watchTrouble notes the trouble of a process that supervisord cannot keep up, and forgets that of one that is down because
// somebody wants it to be.
func (e *Engine) watchTrouble(p *process, now time.Time) {
	switch {
	case p.records == nil:
	case p.State == domain.Fatal || p.State == domain.Backoff:
		if p.trouble.IsZero() {
			p.trouble = now
		}
		p.healed, p.well = false, time.Time{}
		if p.State == domain.Fatal {
			e.slots.well(p, now) // it does not come up any more
		}
	case p.State == domain.Stopped && !p.restarting, p.State == domain.Exited && !p.restarting && e.expected(p):
		p.trouble, p.healed, p.well = time.Time{}, false, time.Time{}
		for _, r := range p.records {
			r.spell = spell{}
		}
		e.endShared(p.Group)
		e.slots.well(p, now) // nobody waits for it to serve
	case p.State == domain.Exited && !p.restarting:
		e.slots.well(p, now)
	}
}

// settled notes that a life has been healthy for as long as the watch wants, and learns how long it took to get there once
// all watches have found that.
func (e *Engine) settled(r *record, now time.Time) {
	if r.settled {
		return
	}
	r.settled = true
	p := r.process
	if p.everWell() {
		e.booted(p, p.uptime(now), false)
	}
}

// learns reports whether the policy of a watch of the process makes use of something.
func (e *Engine) learns(p *process, uses func(domain.Policy) bool) bool {
	return slices.ContainsFunc(p.records, func(r *record) bool { return uses(r.watch.Policy) })
}

package engine

import (
	"slices"
	"time"

	"supervisor-healthcheck/domain"
)

const (
	// bootsRemembered is how many boots of a process are remembered.
	bootsRemembered = 8
	// healedRemembered is how many troubles that healed by themselves are. More, because short ones are frequent and the long
	// ones, which matter, are rare: with 24 the simulation has a fifth fewer unjust restarts of such processes than with 8.
	healedRemembered = 24
	// youngAge is the age below which a life that was not seen before teaches how long a boot takes.
	youngAge = time.Minute
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
	if healed && e.learns(p, func(policy domain.Policy) bool { return policy.Patience > 0 }) {
		p.Healed = latest(p.Healed, lasted, healedRemembered)
		e.ledger.keep(p)
	}
}

// unhealthy notes that a process was found unhealthy after its grace.
func (e *Engine) unhealthy(p *process, now time.Time) {
	if p.trouble.IsZero() {
		p.trouble, p.healed = now, p.State == domain.Running
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
		e.booted(p, p.uptime(now))
	}
}

// booted learns how long a process needs after a start. A life that was old when the listener began tells nothing of that.
func (e *Engine) booted(p *process, took time.Duration) {
	if p.young && e.learns(p, func(policy domain.Policy) bool { return policy.Warmup > 0 }) {
		p.Boots = latest(p.Boots, took, bootsRemembered)
		e.ledger.keep(p)
	}
}

// learns reports whether the policy of a watch of the process makes use of something.
func (e *Engine) learns(p *process, uses func(domain.Policy) bool) bool {
	return slices.ContainsFunc(p.records, func(r *record) bool { return uses(r.watch.Policy) })
}

// latest adds a duration to the last ones.
func latest(all []time.Duration, one time.Duration, most int) []time.Duration {
	all = append(slices.Clone(all), one.Round(time.Second/10))
	return all[max(0, len(all)-most):]
}

// grace is how much is left of the time after a start in which a process need not be healthy.
func (e *Engine) grace(r *record, now time.Time) time.Duration {
	p := r.process
	if p.State != domain.Running || r.settled && !r.outdated() {
		return 0
	}
	return max(0, r.warmup()-p.uptime(now))
}

// warmup is the whole grace of a process: what the policy gives, or twice the longest of its last boots.
func (r *record) warmup() time.Duration {
	policy := r.watch.Policy
	grace := policy.StartGrace
	if policy.Warmup > 0 && len(r.process.Boots) > 0 {
		learnt := 2*slices.Max(r.process.Boots) + 10*time.Second
		grace = max(grace, min(learnt, policy.Warmup))
	}
	return grace
}

// patience is how much is left of the time in which a trouble is expected to heal by itself: twice the longest that did.
func (e *Engine) patience(r *record, now time.Time) time.Duration {
	policy, p := r.watch.Policy, r.process
	if policy.Patience == 0 || len(p.Healed) == 0 || p.State != domain.Running || p.trouble.IsZero() {
		return 0
	}
	return max(0, p.trouble.Add(min(2*slices.Max(p.Healed), policy.Patience)).Sub(now))
}

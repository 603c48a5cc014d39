package engine

import (
	"slices"
	"strings"
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
	// unknownBoot is the grace of a process of whose program no boot is known, where boots are learnt.
	unknownBoot = 2 * time.Minute
)

// lessons are what the processes of one program have taught. What one has learnt counts for all of them: they boot alike and
// are ill alike, so that each mistake need be made only once.
type lessons struct {
	of     []*process
	last   time.Duration // the last boot in quiet times; 0 if there was none in this life of the listener
	known  bool          // the three that follow are up to date
	cut    time.Duration // the longest boot that was cut short and has not been made good since
	boot   time.Duration // the median of the last boots, 0 if none is known
	healed time.Duration // the longest of the last troubles that healed by themselves
}

// findPrograms has the processes of one program share their lessons.
func (e *Engine) findPrograms() {
	programs := map[domain.ID]*lessons{}
	for _, p := range e.table.order {
		id := programOf(p.ID)
		if programs[id] == nil {
			programs[id] = &lessons{last: p.taught.last}
		}
		p.taught = programs[id]
		p.taught.of = append(p.taught.of, p)
	}
}

// programOf is what tells programs apart: supervisord does not say which one a process is of, but it demands that those of
// one have numbers in their names.
func programOf(id domain.ID) domain.ID {
	return domain.ID{Group: id.Group, Name: strings.TrimRight(id.Name, "0123456789")}
}

// learn brings the lessons up to date.
func (l *lessons) learn() {
	if l.known {
		return
	}
	var boots []time.Duration
	l.known, l.cut, l.boot, l.healed = true, 0, 0, 0
	for _, p := range l.of {
		l.cut = max(l.cut, p.cut)
		boots = append(boots, p.Boots...)
		for _, h := range p.Healed {
			l.healed = max(l.healed, h)
		}
	}
	if n := len(boots); n > 0 {
		slices.Sort(boots)
		l.boot = boots[n/2]
	}
}

// healed learns how long a trouble lasted that has healed by itself.
func (e *Engine) healed(p *process, lasted time.Duration) {
	if e.learns(p, func(policy domain.Policy) bool { return policy.Patience > 0 }) {
		p.Healed = latest(p.Healed, lasted, healedRemembered)
		p.taught.known = false
		e.ledger.keep(p)
	}
}

// booted learns how long a process needs after a start: at least so long if the boot was cut short. A life that was old
// when the listener began tells nothing of that.
func (e *Engine) booted(p *process, took time.Duration, short bool) {
	if !p.young || !e.learns(p, func(policy domain.Policy) bool { return policy.Warmup > 0 }) {
		return
	}
	p.taught.known = false
	if short {
		p.cut = took
		return
	}
	p.cut = 0
	if e.shared[p.Group] == nil { // or else it may have waited for what they share
		p.taught.last = took
	}
	p.Boots = latest(p.Boots, took, bootsRemembered)
	e.ledger.keep(p)
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

// warmup is the whole grace of a process: what the policy gives, or twice what a boot of its program takes.
func (r *record) warmup() time.Duration {
	policy := r.watch.Policy
	if policy.Warmup == 0 {
		return policy.StartGrace
	}
	learnt := unknownBoot
	if boot := r.process.boot(); boot > 0 {
		learnt = 2*boot + 10*time.Second
	}
	return max(policy.StartGrace, min(learnt, policy.Warmup))
}

// boot is how long a boot takes, 0 if none is known. The median, because one that waited for a database is no rule; but the
// last one if that was longer, because a new version may need more time. One of its own that was cut short may have needed
// more, or have hung: the next one will tell.
func (p *process) boot() time.Duration {
	l := p.taught
	l.learn()
	if l.boot == 0 {
		return l.cut
	}
	last := l.last
	if n := len(p.Boots); last == 0 && n > 0 {
		last = p.Boots[n-1]
	}
	return max(l.boot, last, p.cut)
}

// patience is how much is left of the time in which a trouble is expected to heal by itself: twice the longest that did. A boot
// that does not end is none of these.
func (e *Engine) patience(r *record, now time.Time) time.Duration {
	policy, p := r.watch.Policy, r.process
	if policy.Patience == 0 || p.State != domain.Running || p.trouble.IsZero() || p.booting() {
		return 0
	}
	p.taught.learn()
	return max(0, p.trouble.Add(min(2*p.taught.healed, policy.Patience)).Sub(now))
}

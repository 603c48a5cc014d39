package engine

import (
	"time"

	"supervisor-healthcheck/domain"
)

const (
	// together is how close to each other troubles begin that may have one cause.
	together = 2 * time.Minute
	// afterHealing is how long the others are given when one of those with a shared cause has healed by itself.
	afterHealing = 45 * time.Second
)

// shared is a cause that several processes of one group seem to have for their trouble.
type shared struct {
	trials
	healed time.Time // when one of them became well without a restart
}

// companions counts the processes that came into trouble at about the same time as this one and are not well yet: those of
// its group, and others. Those that depend on it show nothing but that it is in trouble.
func (e *Engine) companions(p *process) (own, others int) {
	for _, q := range e.table.order {
		if q == p || q.trouble.IsZero() || q.trouble.Sub(p.trouble).Abs() > together || q.needs(p) {
			continue
		}
		if q.Group == p.Group {
			own++
		} else {
			others++
		}
	}
	return own, others
}

// sharedCause says whether a restart is held back because the trouble of the process has begun with that of others: the
// first one is restarted when the trouble has lasted for the policy's Outage.
func (e *Engine) sharedCause(r *record, now time.Time) (domain.Decision, bool) {
	p, pause := r.process, r.watch.Policy.Outage
	if pause == 0 || p.trouble.IsZero() {
		return domain.Decision{}, false
	}
	s := e.shared[p.Group]
	switch {
	case s != nil && s.over(p):
		left := s.healed.Add(afterHealing).Sub(now)
		return domain.Decision{Kind: domain.Hold, Cause: domain.CauseShared, Left: left}, left > 0
	case !e.isShared(r):
		return domain.Decision{}, false
	case s == nil || !s.healed.IsZero(): // it is another one
		s = &shared{}
		s.next = e.firstTrouble(p).Add(pause)
		e.shared[p.Group] = s
	}
	own, others := e.companions(p)
	left := s.left(p.ID, e.fewestTried(s, p.Group), pause, now)
	return domain.Decision{Kind: domain.Hold, Cause: domain.CauseShared, Left: left, Count: own + others}, left > 0
}

// isShared reports whether the trouble of a process has begun with that of others, so that it is not for its patience to say
// when a restart is tried.
func (e *Engine) isShared(r *record) bool {
	if s := e.shared[r.process.Group]; r.watch.Policy.Outage == 0 || s != nil && s.over(r.process) {
		return false
	}
	own, others := e.companions(r.process)
	return own > 0 || others >= 2
}

// over reports whether the cause has passed for a process that still is in trouble: another has healed by itself since.
func (s *shared) over(p *process) bool { return !s.healed.Before(p.trouble) }

// firstTrouble is when the first of those came into trouble that did so at about the same time as this one.
func (e *Engine) firstTrouble(p *process) time.Time {
	first := p.trouble
	for _, q := range e.table.order {
		if !q.trouble.IsZero() && q.trouble.Sub(p.trouble).Abs() <= together && q.trouble.Before(first) {
			first = q.trouble
		}
	}
	return first
}

// fewestTried is how often the one was tried that was tried least, of the processes of the group that are in trouble.
func (e *Engine) fewestTried(s *shared, group string) int {
	least := -1
	for _, q := range e.table.order {
		if q.Group == group && !q.trouble.IsZero() && !q.restarting {
			if n := s.tried[q.ID]; least < 0 || n < least {
				least = n
			}
		}
	}
	return max(0, least)
}

// endShared ends the cause of a group of which nobody is in trouble any more.
func (e *Engine) endShared(group string) {
	if e.shared[group] == nil {
		return
	}
	for _, q := range e.table.order {
		if q.Group == group && !q.trouble.IsZero() {
			return
		}
	}
	delete(e.shared, group)
}

package engine

import (
	"slices"
	"time"

	"supervisor-healthcheck/domain"
)

// planned says whether a restart that a check has planned is begun. Nothing is wrong with the process, so this is asked of no
// streak, grace, patience or limit, and no act of it counts against one. It can wait: it is done one at a time, whatever the
// policy allows, never while another restart is under way or has not proved itself yet, and only where all is well.
func (e *Engine) planned(r *record, now time.Time) domain.Decision {
	switch {
	case len(e.slots.taken)+len(e.slots.queue) > 0 || !r.process.acts.unknown.at.IsZero():
		return domain.Decision{Cause: domain.CauseTurn}
	case r.process.Suspension.Left(now) > 0:
		return domain.Decision{Kind: domain.Hold, Cause: domain.CauseSuspended, Left: r.process.Suspension.Left(now)}
	case r.givenUp() || e.unrest(r.process) || r.watch.massed(now):
		return domain.Decision{Kind: domain.Hold, Cause: domain.CauseUnrest}
	case r.watch.Policy.Action.Kind == domain.SendSignal: // which makes no process younger
		return domain.Decision{Kind: domain.Do, Cause: domain.CauseNoAction}
	}
	if d, holds := e.blocked(r, now); holds {
		return d
	}
	return domain.Decision{Kind: domain.Do, Cause: doing(r.watch.Policy, domain.CausePlanned)}
}

// unrest reports whether one of the processes of a group that are looked after, this one among them, fails, is down because of
// that, or is being restarted.
func (e *Engine) unrest(p *process) bool {
	return slices.ContainsFunc(e.table.order, func(q *process) bool {
		return q.Group == p.Group && slices.ContainsFunc(q.records, func(r *record) bool {
			failing, _ := r.fails()
			return failing
		})
	})
}

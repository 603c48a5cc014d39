package engine

import (
	"time"

	"supervisor-healthcheck/domain"
)

// decide says what follows from the last verdict of a record. It changes nothing but the counters of what it asks.
func (e *Engine) decide(r *record, now time.Time) domain.Decision {
	policy := r.watch.Policy
	switch {
	case r.verdict.Health == domain.Unknown:
		return domain.Decision{}
	case r.verdict.Health == domain.Healthy && r.passing < policy.Successes && r.failing > 0:
		return domain.Decision{Kind: domain.Hold, Cause: domain.CauseRecovering, Count: r.passing, Of: policy.Successes}
	case r.verdict.Health == domain.Healthy && r.verdict.Planned:
		return e.planned(r, now)
	case r.verdict.Health == domain.Healthy:
		return domain.Decision{}
	}
	if left := e.grace(r, now); left > 0 {
		return domain.Decision{Kind: domain.Hold, Cause: domain.CauseGrace, Left: left}
	}
	if r.failing < policy.Failures {
		return domain.Decision{Kind: domain.Hold, Cause: domain.CauseFailures, Count: r.failing, Of: policy.Failures}
	}
	return e.permit(r, now)
}

// permit is the one place where a restart that is due is let through or held, whatever way it takes: from a verdict, or from
// the queue for a slot.
func (e *Engine) permit(r *record, now time.Time) domain.Decision {
	if !r.process.acts.unknown.at.IsZero() {
		return domain.Decision{Kind: domain.Hold, Cause: domain.CauseUndecided}
	}
	if left := r.process.Suspension.Left(now); left > 0 {
		return domain.Decision{Kind: domain.Hold, Cause: domain.CauseSuspended, Left: left}
	}
	if d, holds := e.blocked(r, now); holds {
		return d
	}
	if left := e.patience(r, now); left > 0 && !e.isShared(r) {
		return domain.Decision{Kind: domain.Hold, Cause: domain.CausePatience, Left: left}
	}
	if d, holds := r.gaveUp(); holds {
		return d
	}
	if d, holds := e.mass(r, now); holds {
		return d
	}
	if d, holds := e.sharedCause(r, now); holds {
		return d
	}
	if d, holds := e.sharedPort(r); holds {
		return d
	}
	if left := e.ledger.unread(r.watch.Policy, now); left > 0 {
		return domain.Decision{Kind: domain.Hold, Cause: domain.CauseLedger, Left: left}
	}
	if d, holds := r.pause(now); holds {
		return d
	}
	if d, holds := r.limit(now); holds {
		return d
	}
	return domain.Decision{Kind: domain.Do, Cause: doing(r.watch.Policy, domain.CauseFailing), Count: r.failing}
}

// doing is why the action is done, or why it is only said that it would be.
func doing(p domain.Policy, why domain.Cause) domain.Cause {
	switch {
	case p.Acts():
		return why
	case p.Observe:
		return domain.CauseObserve
	}
	return domain.CauseNoAction
}

package engine

import (
	"slices"
	"time"

	"supervisor-healthcheck/domain"
)

// Named are the processes that a watch selects and that have this name as people write it: group:name, group:*, a group, a watch, or
// all. In supervisord's order.
func (e *Engine) Named(name string) []domain.ID {
	var found []domain.ID
	for _, p := range e.table.order {
		if p.watched() && p.called(name) {
			found = append(found, p.ID)
		}
	}
	return found
}

func (p *process) called(name string) bool {
	return p.ID.Called(name) ||
		slices.ContainsFunc(p.records, func(r *record) bool { return r.watch.Name == name })
}

// suspend has nothing done about processes for a while, or ends that.
func (e *Engine) suspend(in Suspend, now time.Time) {
	for _, id := range in.IDs {
		p := e.table.rows[id]
		if p == nil {
			continue
		}
		if in.Suspension.Left(now) == 0 {
			e.resume(p, now)
			continue
		}
		p.Suspension, p.hindered = in.Suspension, true // what ends meanwhile may be the work of who wants it
		e.ledger.keep(p)
		e.report(domain.Report{Kind: domain.ReportSuspended, Process: p.ID, PID: p.PID, Text: in.Suspension.Reason,
			Decision: domain.Decision{Kind: domain.Hold, Cause: domain.CauseSuspended, Left: in.Suspension.Left(now)}}, now)
	}
}

// ordered does what somebody has ordered of all listeners, as far as it is about what is looked after here. Nobody hears an answer.
func (e *Engine) ordered(o domain.Order, now time.Time) {
	in := Suspend{}
	if o.Lasting() > 0 {
		in.Suspension = domain.Suspension{Until: now.Add(o.Lasting()), Reason: o.Reason}
	}
	for _, name := range o.Names {
		for _, id := range e.Named(name) {
			if !slices.Contains(in.IDs, id) {
				in.IDs = append(in.IDs, id)
			}
		}
	}
	e.suspend(in, now)
}

// resume ends a suspension, if there is one.
func (e *Engine) resume(p *process, now time.Time) {
	if p.Suspension == (domain.Suspension{}) {
		return
	}
	p.Suspension = domain.Suspension{}
	e.ledger.keep(p)
	e.report(domain.Report{Kind: domain.ReportResumed, Process: p.ID, PID: p.PID}, now)
}

// lapse ends the suspensions whose time is over.
func (e *Engine) lapse(now time.Time) {
	for _, p := range e.table.watched {
		if !p.Suspension.Until.IsZero() && p.Suspension.Left(now) == 0 {
			e.resume(p, now)
		}
	}
}

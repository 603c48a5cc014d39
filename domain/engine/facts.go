package engine

import (
	"cmp"
	"slices"
	"time"

	"supervisor-healthcheck/domain"
)

// saidFor is for how long who has read of a decision need not be told again what it was about.
const saidFor = 2 * time.Second

// said reports whether a decision about the process was reported a moment ago.
func (r *record) said(now time.Time) bool { return !r.told.IsZero() && now.Sub(r.told) <= saidFor }

// explained adds to a decision which process was restarted to see whether that helps, and whether it did not.
func (e *Engine) explained(r *record, d domain.Decision, now time.Time) domain.Decision {
	if d.Kind != domain.Hold {
		return d
	}
	switch d.Cause {
	case domain.CauseMass:
		d.Trial = r.watch.outage.canary
	case domain.CauseShared:
		if s := e.shared[r.process.Group]; s != nil {
			d.Trial = s.canary
		}
	}
	if p := e.table.rows[d.Trial]; p != nil {
		d.Helpless = e.helpless(p, now)
	}
	return d
}

// helpless reports whether a process that was restarted is still unwell: it is down, or was found unhealthy after its grace.
func (e *Engine) helpless(p *process, now time.Time) bool {
	switch {
	case p.restarting:
		return false
	case p.State == domain.Fatal:
		return true
	}
	return slices.ContainsFunc(p.records, func(r *record) bool {
		return r != nil && !r.outdated() && r.verdict.Health == domain.Unhealthy && e.grace(r, now) == 0
	})
}

// ahead is who is restarted before one that is going to wait: who has a slot that it needs, and who waits for such a one.
func (s *slots) ahead(r *record) []domain.ID {
	full := len(s.taken) >= s.total
	var ids []domain.ID
	for id := range s.taken {
		if full || id.Group == r.process.Group {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, func(a, b domain.ID) int { return cmp.Or(cmp.Compare(a.Group, b.Group), cmp.Compare(a.Name, b.Name)) })
	for _, other := range s.queue {
		if full || other.process.Group == r.process.Group {
			ids = append(ids, other.process.ID)
		}
	}
	return ids
}

// groups are the groups that supervisord knows besides our own, in order.
func (e *Engine) groups() []string {
	var names []string
	for _, p := range e.table.order {
		if !e.config.ours(p.ID) {
			names = append(names, p.Group)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// findStopped finds who was stopped by somebody else where no event tells: who has run and is STOPPED in two rounds, since a
// restart by another listener may show in one.
func (e *Engine) findStopped() {
	if e.feed.eventful() {
		return
	}
	for _, p := range e.table.watched {
		a := &p.acts
		switch {
		case p.State == domain.Running:
			a.ran, a.rested = true, false
		case p.State != domain.Stopped || p.restarting:
			a.rested = false
		case a.ran && a.rested:
			if _, theirs := e.others.Restarts[p.ID]; !theirs {
				a.stopping, a.ran = foreign, false
			}
		default:
			a.rested = true
		}
	}
}

// tellRuns reports that a process runs again of which it was reported that it was stopped.
func (e *Engine) tellRuns(p *process, pid int, now time.Time) {
	if p.acts.away {
		p.acts.away = false
		e.report(domain.Report{Kind: domain.ReportRuns, Process: p.ID, PID: pid}, now)
	}
}

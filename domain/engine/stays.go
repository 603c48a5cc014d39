package engine

import (
	"time"

	"supervisor-healthcheck/domain"
)

// recordOf is the process of a restart under the watch whose restart it is; nil if there is none.
func (e *Engine) recordOf(x *restart) *record {
	p := e.table.rows[x.Instance.ID]
	if x.record != nil || p == nil {
		return x.record
	}
	for _, r := range p.records {
		if r != nil && r.watch.Name == x.Watch {
			return r
		}
	}
	return nil
}

// affords reports whether the limit of the policy allows another start of what does not stay up. It goes on when it does
// again, or gives the process up. What is STOPPED since our stop is started whatever the limit says.
func (e *Engine) affords(x *restart, now time.Time) bool {
	x.held = domain.Decision{}
	p := e.table.rows[x.Instance.ID]
	if p == nil || x.StartOnly || x.Tries == 0 || x.last == domain.Stopped {
		return true
	}
	spent := false
	for _, r := range p.records { // the limit of each watch holds, whichever has begun this
		if r == nil {
			continue
		}
		if d, holds := r.limit(now); holds && (d.Kind == domain.GiveUp || !spent && d.Left > x.held.Left) {
			x.held = d
			if d.Kind == domain.GiveUp {
				spent = true
				e.giveUp(r)
			}
		}
	}
	switch {
	case x.held == domain.Decision{}:
		return true
	case spent:
		x.transaction, x.next = x.finish(notStarted, domain.Trouble{Kind: domain.TroubleSpent, State: x.seen.State, Text: x.seen.SpawnError})
		e.finish(x, now)
		return false
	}
	x.next = next{act: Look, after: min(x.held.Left, longestRetry), trouble: domain.Trouble{Kind: domain.TroubleLimit}, parked: true}
	e.follow(x, now)
	return false
}

// tellDown reports a process that nobody starts any more, for as long as that lasts.
func (e *Engine) tellDown(r *record, now time.Time) {
	p := r.process
	lost := p.known && p.State == domain.StateUnknown
	down := !p.restarting && (lost || r.givenUp() && (p.State == domain.Fatal || p.State == domain.Exited) && !e.recovers(r))
	if !down && !r.down {
		return
	}
	r.down = down
	about, t := subject{kind: domain.ReportDown, watch: r.watch.Name, id: p.ID}, topic{}
	if down {
		t = topic{number: int(p.State)}
	}
	worth, again := e.notices.news(about, t, now)
	if !worth || !down {
		return
	}
	report := domain.Report{Kind: domain.ReportDown, Watch: r.watch.Name, Process: p.ID, PID: p.PID, Again: again,
		Restart: &domain.Progress{Trouble: domain.Trouble{Kind: domain.TroubleStill, State: p.State, Text: p.SpawnError}}}
	if !lost {
		report.Decision = r.spentDecision()
	}
	e.report(report, now)
}

// gone notes that it was reported that a process was given up, so that the next time is a reminder.
func (e *Engine) gone(x *restart, now time.Time) {
	if r := e.recordOf(x); r != nil && x.next.trouble.Kind == domain.TroubleSpent {
		r.down = true
		e.notices.news(subject{kind: domain.ReportDown, watch: r.watch.Name, id: x.Instance.ID}, topic{number: int(x.seen.State)}, now)
	}
}

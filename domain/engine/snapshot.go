package engine

import (
	"time"

	"supervisor-healthcheck/domain"
)

// Snapshot returns what is known now.
func (e *Engine) Snapshot(now time.Time) domain.Snapshot {
	s := domain.Snapshot{At: now, Eventful: e.feed.eventful(), Supervisor: e.daemon.supervisor, Silent: e.daemon.silent,
		LastTick: e.feed.lastTick, Period: e.feed.period, Processes: make([]domain.ProcessStatus, 0, len(e.table.order))}
	for _, w := range e.watches {
		failing, _, _ := w.tally(now)
		s.Watches = append(s.Watches, domain.WatchStatus{Name: w.Name, Processes: len(w.members), Failing: failing,
			Canary: w.outage.canary, Round: w.round})
	}
	records := 0
	for _, p := range e.table.order {
		records += len(p.records)
	}
	verdicts := make([]domain.VerdictStatus, 0, records) // of all, in one piece
	for _, p := range e.table.order {
		if p.watched() {
			first := len(verdicts)
			for _, r := range p.records {
				verdicts = append(verdicts, e.verdict(r, now))
			}
			s.Processes = append(s.Processes, e.status(p, verdicts[first:len(verdicts):len(verdicts)], now))
		}
	}
	return s
}

// Survey tells how every process is under every watch that looks after it.
func (e *Engine) Survey(each func(process domain.ID, watch string, c domain.Condition)) {
	for _, p := range e.table.order {
		for _, r := range p.records {
			each(p.ID, r.watch.Name, e.condition(p, r))
		}
	}
}

// condition is what a snapshot would tell.
func (e *Engine) condition(p *process, r *record) domain.Condition {
	status := domain.ProcessStatus{Process: domain.Process{State: p.State}, Expected: p.State == domain.Exited && e.expected(p)}
	if x := e.restarts[p.ID]; x != nil && !x.stage.up {
		status.Restart = &domain.Progress{}
	}
	var v domain.VerdictStatus
	if !r.outdated() {
		v.Verdict.Health, v.At, v.Decision = r.verdict.Health, r.judged, r.decision
	}
	if d, gaveUp := r.gaveUp(); gaveUp {
		v.Decision = d
	}
	return status.Under(v)
}

func (e *Engine) status(p *process, verdicts []domain.VerdictStatus, now time.Time) domain.ProcessStatus {
	status := domain.ProcessStatus{Process: p.current(now), Trouble: p.trouble, Well: p.well, History: p.History.Clone(),
		Expected: p.State == domain.Exited && e.expected(p), Verdicts: verdicts}
	if x := e.restarts[p.ID]; x != nil && !x.stage.up {
		status.Restart = &domain.Progress{Phase: x.Phase, StartOnly: x.StartOnly, Trouble: x.next.trouble, Tries: x.Tries,
			Waited: now.Sub(x.news.since)}
	}
	return status
}

// verdict is what is known of a process under one watch.
func (e *Engine) verdict(r *record, now time.Time) domain.VerdictStatus {
	v := domain.VerdictStatus{Watch: r.watch.Name, Failing: r.failing, Passing: r.passing, Limit: r.watch.Policy.Limit,
		Grace: r.warmup(), Patience: e.patience(r, now), Queued: r.queued}
	if !r.outdated() {
		v.Verdict, v.At, v.Took = r.verdict, r.judged, r.took
		v.Decision = e.explained(r, r.decision, now)
		v.Decision.Left = max(0, v.Decision.Left-now.Sub(r.judged))
	}
	if d, gaveUp := r.gaveUp(); gaveUp {
		v.Decision = d
	}
	if v.Limit.Count > 0 {
		_, v.Used, _ = r.process.spent(v.Limit, now)
	}
	return v
}

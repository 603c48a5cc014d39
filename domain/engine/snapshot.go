package engine

import (
	"time"

	"supervisor-healthcheck/domain"
)

// Snapshot is all that is known at one moment, for those who show it. It shares nothing with the engine that changes.
type Snapshot struct {
	At         time.Time
	Eventful   bool              // PROCESS_STATE events tell of every change
	Supervisor domain.Supervisor // zero as long as it was not needed
	Silent     error             // why supervisord's API cannot be used, nil if it can
	LastTick   time.Time
	Watches    []WatchStatus
	Processes  []ProcessStatus // in supervisord's order; only those that a watch selects
}

// WatchStatus is what is known of a watch.
type WatchStatus struct {
	Name      string
	Processes int
	Failing   int       // of those
	Canary    domain.ID // the one that was restarted to see whether it helps; zero if there is none
	Round     time.Time // when its last round began
}

// ProcessStatus is what is known of a process.
type ProcessStatus struct {
	Process  domain.Process
	Trouble  time.Time // since when it is not well; zero while it is
	Well     time.Time // since when it is healthy without a break; zero while it is not
	History  domain.History
	Restart  *domain.Progress // of the restart that is under way
	Verdicts []VerdictStatus  // one for each watch that selects it, in the order of the watches
}

// VerdictStatus is what is known of a process under one watch.
type VerdictStatus struct {
	Watch    string
	Verdict  domain.Verdict
	At       time.Time // zero: it was not judged in this life
	Decision domain.Decision
	Failing  int
	Passing  int
	Grace    time.Duration // the whole grace of the process, learnt or given
	Patience time.Duration // what is left of the time in which the trouble is expected to heal by itself
	Queued   bool          // its restart waits for a slot
}

// Snapshot returns what is known now.
func (e *Engine) Snapshot(now time.Time) Snapshot {
	s := Snapshot{At: now, Eventful: e.feed.eventful(), Supervisor: e.daemon.supervisor, Silent: e.daemon.silent,
		LastTick: e.feed.lastTick, Processes: make([]ProcessStatus, 0, len(e.table.order))}
	for _, w := range e.watches {
		failing, _, _ := w.tally(now)
		s.Watches = append(s.Watches, WatchStatus{Name: w.Name, Processes: len(w.members), Failing: failing,
			Canary: w.outage.canary, Round: w.round})
	}
	for _, p := range e.table.order {
		if p.watched() {
			s.Processes = append(s.Processes, e.status(p, now))
		}
	}
	return s
}

func (e *Engine) status(p *process, now time.Time) ProcessStatus {
	status := ProcessStatus{Process: p.current(now), Trouble: p.trouble, Well: p.well, History: p.History.Clone()}
	for _, r := range p.records {
		v := VerdictStatus{Watch: r.watch.Name, Decision: r.decision, Failing: r.failing, Passing: r.passing,
			Grace: r.warmup(), Patience: e.patience(r, now), Queued: r.queued}
		if !r.outdated() {
			v.Verdict, v.At = r.verdict, r.judged
		}
		status.Verdicts = append(status.Verdicts, v)
	}
	if x := e.restarts[p.ID]; x != nil && !x.stage.up {
		status.Restart = &domain.Progress{Phase: x.Phase, StartOnly: x.StartOnly, Trouble: x.next.trouble, Tries: x.Tries,
			Waited: now.Sub(x.news.since)}
	}
	return status
}

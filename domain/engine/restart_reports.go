package engine

import (
	"slices"
	"time"

	"supervisor-healthcheck/domain"
)

// lateStep is how long a phase of a restart may last before that is reported, and longestLate the longest time after
// which it is reported again.
const (
	lateStep    = 5 * time.Second
	longestLate = 10 * time.Minute
)

// news is what was reported of a restart.
type news struct {
	troubles []domain.TroubleKind
	tries    int           // failed starts that were reported
	failed   time.Time     // before which no other is
	phase    domain.Phase  // the one that it is in,
	since    time.Time     // since then
	late     time.Time     // when it is reported next that nothing moves
	pause    time.Duration // after that
}

func (n *news) begin(now time.Time) { n.phase, n.since = domain.Planned, now }

// moved notes that a phase was reached.
func (n *news) moved(phase domain.Phase, now time.Time) {
	if phase != n.phase {
		n.phase, n.since = phase, now
		n.late, n.pause = now.Add(lateStep), lateStep
	}
}

// tellRestart reports something about a restart.
func (e *Engine) tellRestart(kind domain.ReportKind, x *restart, now time.Time, again ...bool) {
	r := domain.Report{Kind: kind, Watch: x.Watch, Process: x.Instance.ID, PID: x.Instance.PID, Verdict: x.verdict,
		Again: len(again) > 0 && again[0], Restart: &domain.Progress{
			Phase: x.Phase, StartOnly: x.StartOnly, Trouble: x.next.trouble, Tries: x.Tries, Next: x.next.after,
		}, Decision: x.held}
	if r.Verdict.Reason == "" {
		r.Verdict = domain.Verdict{Reason: x.Reason}
	}
	if kind == domain.ReportStopping {
		r.Said = x.record != nil && x.record.said(now)
	}
	if kind == domain.ReportRestarted {
		r.PID, r.Took = x.seen.PID, x.down(now)
	}
	e.report(r, now)
}

// down is for how long a process was down.
func (x *restart) down(now time.Time) time.Duration {
	switch {
	case !x.stopped.IsZero():
		return now.Sub(x.stopped)
	case !x.StartOnly && !x.seen.Started.IsZero(): // an earlier life has stopped it
		return max(0, x.seen.Started.Sub(x.Begun))
	}
	return now.Sub(x.Begun)
}

// tellTrouble reports why a restart takes so long: once for every reason, and at every start that fails, which is ever
// more rarely.
func (e *Engine) tellTrouble(x *restart, now time.Time) {
	kind, failed := x.next.trouble.Kind, x.Tries > x.news.tries && !now.Before(x.news.failed)
	if kind == domain.TroubleLimit {
		about := subject{kind: domain.ReportLate, id: x.Instance.ID}
		if worth, again := e.notices.news(about, topic{number: int(kind)}, now); worth {
			e.tellRestart(domain.ReportLate, x, now, again)
		}
		return
	}
	if x.next.act == Finish || x.up() || kind == domain.NoTrouble || slices.Contains(x.news.troubles, kind) && !failed {
		return
	}
	x.news.troubles = append(x.news.troubles, kind)
	e.tellRestart(domain.ReportLate, x, now)
	if !failed {
		return
	}
	if x.news.tries == 0 {
		e.askOutput(x)
		e.askHolders(e.recordOf(x), x.seen)
	}
	x.news.tries, x.news.failed = x.Tries, now.Add(pauseAfter(x.Tries))
}

// tellStill reports that a phase of a restart lasts, and for how long supervisord itself waits.
func (e *Engine) tellStill(x *restart, now time.Time) {
	n := &x.news
	if n.late.IsZero() || now.Before(n.late) {
		return
	}
	again := n.pause > lateStep
	n.pause = min(2*n.pause, longestLate)
	n.late = now.Add(n.pause)
	if x.up() || x.Tries > 0 && x.Phase == domain.StopAccepted || !x.stage.prepared || x.next.trouble.Kind == domain.TroubleBlind {
		return // each start that fails is reported, and so is a supervisord that does not say what state it is in
	}
	state := domain.Stopping
	if x.Phase >= domain.StartSent {
		state = domain.Starting
	}
	if x.seen.State != domain.Running && x.seen.PID == x.Instance.PID || x.seen.State == domain.StateUnknown ||
		x.Phase >= domain.StartSent && x.seen.State == domain.Backoff {
		state = x.seen.State
	}
	e.report(domain.Report{Kind: domain.ReportLate, Watch: x.Watch, Process: x.Instance.ID, PID: x.Instance.PID, Again: again,
		Verdict: x.verdict, Restart: &domain.Progress{
			Phase: x.Phase, StartOnly: x.StartOnly, Trouble: domain.Trouble{Kind: domain.TroubleStill, State: state}, Tries: x.Tries,
			Next: x.next.after, Waiting: e.slots.waiting(x.Instance.ID), Waited: now.Sub(n.since),
			Limit: e.daemon.settings[x.Instance.ID].StopWait,
		}}, now)
}

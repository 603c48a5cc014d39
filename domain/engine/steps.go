package engine

import (
	"errors"
	"time"

	"supervisor-healthcheck/domain"
)

// wakes is when the restart wants to go on, or to report that it does not.
func (x *restart) wakes() time.Time {
	if x.stage.ended {
		return time.Time{}
	}
	next := x.due
	if x.taking != nil || !x.stage.prepared && x.stage.nameless == 0 {
		next = time.Time{}
	}
	overdue := x.overdue
	if x.stage.parked || x.up() {
		overdue = time.Time{}
	}
	for _, other := range []time.Time{x.news.late, overdue} {
		if !other.IsZero() && (next.IsZero() || other.Before(next)) {
			next = other
		}
	}
	return next
}

// issue takes the next step of a restart if it is due.
func (e *Engine) issue(x *restart, now time.Time) {
	if x.stage.ended {
		return
	}
	e.tellStill(x, now)
	e.park(x, now)
	if x.taking != nil || x.due.IsZero() || now.Before(x.due) {
		return
	}
	switch {
	case !x.stage.prepared && x.stage.nameless > 0:
		x.due = time.Time{}
		e.askIdentity()
	case !x.stage.prepared:
	case e.ending && x.Phase == domain.Planned:
		e.leave(x)
	default:
		e.step(x, now)
	}
}

// step takes the next step of a restart.
func (e *Engine) step(x *restart, now time.Time) {
	act := x.next.act
	if act == SendStart && !e.affords(x, now) {
		return
	}
	if act == SendStart {
		if act = e.wary(x, now); act == Look {
			return
		}
	}
	switch act {
	case Keep:
		x.stage.kept = true
		intent := Step{Act: Keep, Restart: x.sending(SendStop).Restart, Keep: true}
		if !x.After.IsZero() {
			intent.Histories = e.unsaved(x.Instance.ID)
		}
		e.send(x, intent)
		return
	case SendStop:
		x.stopped, x.crowd.since = now, now
		x.crowd.running = e.runningBeside(x)
		e.slots.stopping(x.Instance.ID, now)
		e.mark(x, func(a *acts) { a.stop = now })
		e.tellRestart(domain.ReportStopping, x, now)
		e.askOutput(x)
	case SendStart:
		x.stage.quiet = false
		e.slots.starting(x.Instance.ID)
		e.mark(x, func(a *acts) { a.start, a.refused = now, 0 })
		x.stage.dirty = !x.StartOnly
	case Survey, Reread:
		e.send(x, Step{Act: act, Restart: x.Restart, Owed: true})
		return
	case Finish:
		e.finish(x, now)
		return
	}
	x.transaction = x.sending(act)
	e.moved(x, now)
	e.send(x, Step{Act: act, Restart: x.Restart, Keep: x.stage.dirty, Owed: x.Owes()})
	x.stage.dirty = false
}

// mark announces an act of ours, so that the event about it is not taken for somebody else's.
func (e *Engine) mark(x *restart, announce func(*acts)) {
	announce(&x.process.acts)
	if p := e.table.rows[x.Instance.ID]; p != nil && p != x.process {
		announce(&p.acts)
	}
}

// unmark takes back the announcement of a start that supervisord has refused, so that it explains no later one of somebody
// else. Where the program itself has failed, events of that may be on their way.
func (e *Engine) unmark(x *restart, err error, now time.Time) {
	switch {
	case errors.Is(err, domain.ErrCannotStart):
		e.mark(x, func(a *acts) {
			a.refused = x.Instance.PID
			if !a.start.IsZero() {
				a.start = now.Add(atOnce - oursFor)
			}
		})
	case !startCounts(err):
		e.mark(x, func(a *acts) { a.start, a.refused = time.Time{}, x.Instance.PID })
	}
}

// unmarkStop takes back the announcement of a stop that supervisord has refused. Where it has tried, an event of that may be
// on its way.
func (e *Engine) unmarkStop(x *restart, now time.Time) {
	mark := time.Time{}
	if refusedByFault(x.next.trouble) {
		mark = now.Add(atOnce - oursFor)
	}
	e.mark(x, func(a *acts) { a.stop = mark })
}

// refusedByFault reports whether supervisord has tried what it was asked for, and could not.
func refusedByFault(t domain.Trouble) bool {
	var fault *domain.Fault
	return t.Kind == domain.TroubleRefused && errors.As(t.Err, &fault) && !errors.Is(t.Err, domain.ErrShuttingDown)
}

func (e *Engine) send(x *restart, s Step) {
	x.taking = &s.Act
	e.command(s)
}

// stepped takes what came of a step.
func (e *Engine) stepped(in Stepped, now time.Time) {
	x := e.restarts[in.Step.Restart.Instance.ID]
	if x == nil || x.taking == nil || *x.taking != in.Step.Act {
		return
	}
	x.taking = nil
	if e.ending && x.Phase == domain.Planned && in.Step.Act != Finish {
		x.stage.kept = x.stage.kept && !errors.Is(in.Store, domain.ErrClaimed) && !errors.Is(in.Store, domain.ErrOwed)
		e.leave(x)
		return
	}
	if x.debt != nil && (x.Phase == domain.Planned || in.Step.Act == Finish) {
		e.supersede(x, now)
		return
	}
	barred := errors.Is(in.Store, domain.ErrClaimed) || errors.Is(in.Store, domain.ErrOwed)
	if in.Step.Keep && !barred || in.Step.Act == Finish && in.Store != nil { // removing works on a full disk too
		e.stored(in.Store, in.Step.Keep, now)
	}
	switch in.Step.Act {
	case Finish:
		e.close(x)
		if x.next.trouble.Kind == domain.TroubleGone { // perhaps by a listener that lives no more
			e.others.debts = true
			e.others.want(now)
		}
		return
	case Keep:
		e.keptIntent(x, in, now)
	case Look:
		e.looked(x, in, now)
	case Survey:
		e.surveyed(x, in, now)
	case Reread:
		e.reread(x, in, now)
	case SendStop:
		x.transaction, x.next = x.stopAnswered(in.Err)
		x.stage.dirty = x.Phase == domain.StopAccepted
		e.charge(x, x.next.act != Finish, now)
		if x.next.act == Finish {
			e.unmarkStop(x, now)
		}
	case SendStart:
		last := x.last
		x.transaction, x.next = x.startAnswered(in.Err)
		x.stage.dirty = x.Phase == domain.StartAccepted && !x.StartOnly
		e.charge(x, x.StartOnly && startCounts(in.Err) && !errors.Is(in.Err, domain.ErrAlreadyStarted), now)
		if !x.StartOnly && in.Step.Restart.Tries > 0 && last != domain.Stopped && startCounts(in.Err) {
			e.spend(x.process, domain.Act{At: now}, now) // the start that ended our stop belongs to that
		}
		e.unmark(x, in.Err, now)
	}
	if !x.stage.ended {
		e.follow(x, now)
	}
}

// startCounts reports whether a start that was answered so was one.
func startCounts(err error) bool {
	for _, none := range []error{domain.ErrNoSuchProcess, domain.ErrShuttingDown, domain.ErrUnauthorized, domain.ErrNotSent} {
		if errors.Is(err, none) {
			return false
		}
	}
	return true
}

// charge counts a restart once, when it has been accepted, or may have been.
func (e *Engine) charge(x *restart, accepted bool, now time.Time) {
	if accepted && !x.stage.spent {
		x.stage.spent = true
		e.spend(x.process, domain.Act{At: now, PID: x.Instance.PID, Planned: x.Planned}, now)
	}
}

// keptIntent goes on after the journal was written.
func (e *Engine) keptIntent(x *restart, in Stepped, now time.Time) {
	switch {
	case x.Phase > domain.Planned: // it was only brought up to date
		return
	case errors.Is(in.Store, domain.ErrClaimed):
		x.stage.kept = false
		e.refuse(x, domain.Trouble{Kind: domain.TroubleClaimed, Err: in.Store}, now)
		return
	case errors.Is(in.Store, domain.ErrOwed):
		x.stage.kept, x.stage.ended = false, true
		e.untried(x, now)
		e.close(x)
		e.others.debts = true
		e.others.want(now)
		return
	case errors.Is(in.Store, ErrVoid): // nobody knows whether it is kept, and whoever has asked for this restart is gone
		e.untried(x, now)
		e.leave(x)
		return
	}
	x.next = next{act: Look}
	if in.Others != nil {
		e.others.Others = *in.Others
	}
	if x.record != nil {
		e.yield(x, now)
	}
}

// yield gives a restart up before its stop if other listeners have done so much that the policy does not allow it any more, or if
// something has gone down meanwhile that the process depends on.
func (e *Engine) yield(x *restart, now time.Time) {
	p := e.table.rows[x.Instance.ID]
	if p == nil || p.records == nil {
		return
	}
	e.share(p) // or that was known a moment ago, but not yet when the restart was decided
	d, holds := x.record.watch.blocked(now)
	if !holds && !x.Planned { // which counts against nothing, and nothing against it
		d, holds = x.record.pause(now)
	}
	if !holds && !x.Planned {
		d, holds = x.record.limit(now)
	}
	if holds {
		e.untried(x, now)
		e.leave(x)
		e.conclude(x.record, d, now)
	}
}

// looked goes on after supervisord was asked for the process.
func (e *Engine) looked(x *restart, in Stepped, now time.Time) {
	x.stage.shut = errors.Is(in.Err, domain.ErrShuttingDown)
	if in.Err != nil {
		x.transaction, x.next = x.blind(in.Err)
		if x.stage.shut && x.next.act != Finish {
			x.next.trouble = domain.Trouble{} // the round tells of it, and it is no trouble of this restart
		}
		return
	}
	x.seen = in.Process
	phase := x.Phase
	x.transaction, x.next = x.saw(in.Process, now)
	x.stage.dirty = x.stage.dirty || x.stage.kept && x.up() && x.Phase != phase
}

// follow decides when the next step is taken, and lets events that have come meanwhile change it.
func (e *Engine) follow(x *restart, now time.Time) {
	x.due = now.Add(x.next.after)
	e.moved(x, now)
	e.risen(x, now)
	e.tellTrouble(x, now)
	e.park(x, now)
	events := x.events
	x.events = nil
	for _, c := range events {
		e.heard(x, c, now)
	}
	if x.next.act == Finish {
		e.finish(x, now)
		return
	}
	if x.stage.dirty && x.next.act == Look && x.next.after > 0 && x.taking == nil {
		x.stage.dirty = false
		e.send(x, Step{Act: Keep, Restart: x.Restart, Keep: true, Owed: true})
	}
}

// heard takes an event about the process of a restart.
func (e *Engine) heard(x *restart, c domain.StateChange, now time.Time) {
	if x.taking != nil {
		x.events = append(x.events, c)
		return
	}
	t, n, matters := x.transaction.told(c, now)
	if !matters || x.stage.ended || !x.stage.prepared {
		return
	}
	if x.next.act == SendStart || x.next.act == Finish {
		n = next{act: Look} // more than one thing has happened
	} else {
		x.transaction = t
	}
	x.next, x.due = n, now.Add(n.after)
	if x.up() && c.To == domain.Running {
		x.seen = domain.Process{ID: c.ID, State: c.To, PID: c.PID}
		e.risen(x, now)
	}
}

// risen reports that a process runs again, and has it judged from then on. It is no end yet: see transaction.rise.
func (e *Engine) risen(x *restart, now time.Time) {
	if x.up() == x.stage.up {
		return
	}
	x.stage.up = x.up()
	e.occupy(x, !x.stage.up)
	if x.stage.up {
		e.tellRisen(x, now)
	}
}

// tellRisen reports that a process runs again, unless that is known or supervisord has brought it about by itself.
func (e *Engine) tellRisen(x *restart, now time.Time) {
	if x.stage.told && !x.next.ours {
		return
	}
	x.stage.told = true
	e.came(x, now)
	if !x.stage.quiet {
		e.tellRestart(domain.ReportRestarted, x, now)
		e.askHolders(x.record, x.seen)
	}
}

// occupy notes whether a restart is at a process, which so is not judged.
func (e *Engine) occupy(x *restart, busy bool) {
	x.process.restarting = busy
	if p := e.table.rows[x.Instance.ID]; p != nil {
		p.restarting = busy
	}
}

// moved notes that a phase was reached, and until when supervisord itself leads on to the next.
func (e *Engine) moved(x *restart, now time.Time) {
	if x.Phase != x.news.phase {
		x.overdue = now.Add(e.patienceWith(x) + phaseMargin)
	}
	x.news.moved(x.Phase, now)
}

// phaseMargin is how much longer a phase may last than supervisord says.
const phaseMargin = 5 * time.Second

// patienceWith is for how long supervisord itself waits in the phase of a restart: then it kills what does not stop, and
// takes what does not end for RUNNING.
func (e *Engine) patienceWith(x *restart) time.Duration {
	settings, known := e.daemon.settings[x.Instance.ID]
	switch {
	case !known:
		return time.Minute
	case x.Phase >= domain.StartSent:
		return settings.StartWait
	}
	return settings.StopWait
}

// park gives the slot back when a restart will take a while, or does not move any more.
func (e *Engine) park(x *restart, now time.Time) {
	if x.up() {
		x.stage.parked = false
		return // its slot is held until it is well
	}
	x.stage.parked = x.next.parked || !x.overdue.IsZero() && !now.Before(x.overdue)
	if x.stage.parked {
		e.slots.give(x.Instance.ID)
	}
}

// finish reports how a restart has ended, and forgets it in the journal.
func (e *Engine) finish(x *restart, now time.Time) {
	if x.debt != nil && x.next.outcome != restarted {
		e.supersede(x, now)
		return
	}
	x.stage.ended = true
	switch {
	case x.next.outcome == restarted:
		if !x.stage.up {
			e.tellRisen(x, now)
		}
	case x.next.outcome == dropped && x.stage.up: // that it runs again was reported, and somebody else has taken over since
	case x.next.outcome == notStarted:
		e.tellRestart(domain.ReportNotStarted, x, now)
		e.askHolders(e.recordOf(x), x.seen)
		e.gone(x, now)
	default:
		kind := domain.ReportDropped
		if refusedByFault(x.next.trouble) {
			kind = domain.ReportRefused
		}
		if x.Phase == domain.Planned || kind == domain.ReportRefused {
			e.untried(x, now)
		}
		e.tellRestart(kind, x, now)
	}
	if x.next.outcome != restarted && !x.stage.up {
		e.slots.ended(x.Instance.ID)
	}
	if !x.stage.kept {
		e.close(x)
		return
	}
	e.send(x, Step{Act: Finish, Restart: x.Restart, Owed: true, Histories: e.unsaved(x.Instance.ID)})
}

// unsaved is the history of a process if it is not kept yet as it is.
func (e *Engine) unsaved(id domain.ID) map[domain.ID]domain.History {
	p := e.ledger.unsaved[id]
	if p == nil {
		return nil
	}
	return map[domain.ID]domain.History{id: p.History.Clone()}
}

// began is when the new life has begun, by the look or by the events that have shown it.
func (x *restart) began(now time.Time) time.Time {
	if starting := x.process.acts.starting; x.seen.Started.IsZero() && !starting.IsZero() {
		return starting
	}
	return now.Add(-max(0, x.seen.Uptime))
}

// came takes the new life of a restarted process into the table, and lets it have its slot until it is well.
func (e *Engine) came(x *restart, now time.Time) {
	p := e.table.rows[x.Instance.ID]
	if p == nil || p.records == nil {
		return
	}
	if !x.seen.Started.IsZero() {
		x.seen.ID = p.ID
		e.update(p, x.seen, now)
	}
	if x.record != nil {
		e.slots.hold(p.ID, x.began(now).Add(x.record.warmup()))
	}
}

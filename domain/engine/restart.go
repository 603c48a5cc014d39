package engine

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"supervisor-healthcheck/domain"
)

// restart is one restart that is under way: the transaction, and what belongs to it here.
type restart struct {
	transaction
	process *process
	record  *record // nil of one that an earlier life has left behind
	verdict domain.Verdict
	next    next
	due     time.Time            // when the next step is taken; zero: it waits for something else
	taking  *Act                 // the step that is being taken
	events  []domain.StateChange // that have come meanwhile
	stage   stage
	seen    domain.Process // as last looked at
	stopped time.Time      // when the stop was sent
	overdue time.Time      // until when its phase should have led to the next
	news    news
	debt    *domain.Restart // another listener's, found meanwhile: what that has left behind goes first
	crowd   bystanders
	held    domain.Decision // why another start is not sent; zero if it is
}

// stage is how far a restart is besides its phase.
type stage struct {
	prepared   bool // all is known that must be
	configured bool // the settings were asked for since it began
	nameless   int  // how often supervisord did not say who it is
	found      bool // an earlier life has left it behind, and nothing is decided about it yet
	kept       bool // it is in the journal
	dirty      bool // its phase has to be brought there
	parked     bool // it takes a while, and nobody waits for it
	shut       bool // supervisord was shutting down at the last look
	spent      bool // it was counted
	up         bool // it runs again, and has to stay so for a while
	told       bool // that was reported
	quiet      bool // that was mostly reported by an earlier life, which has started it
	ended      bool // its end was reported
}

// newborn is the age below which the stop is put off: see transaction.planned. An intent that lay in the journal meanwhile
// would have the next life of the listener take a human's stop for ours.
const newborn = settle

// restart begins to restart a process, unless that is under way, or puts it on the queue.
func (e *Engine) restart(r *record, now time.Time) {
	p := r.process
	old := e.restarts[p.ID]
	if e.ending || !e.over(old, p, now) {
		return
	}
	e.slots.free(now)
	if !e.slots.turn(r) {
		e.enqueue(r, now)
		return
	}
	e.slots.unqueue(r)
	e.slots.take(p.ID)
	e.tried(r, now)
	x := &restart{process: p, record: r, verdict: r.verdict, seen: p.current(now), due: now}
	x.stage.kept = old != nil && old.stage.kept // what is in the journal is this one's to remove
	x.transaction, x.next = begin(p.current(now), r.watch.Name, reason(r.verdict), e.daemon.supervisor.PID, now)
	x.Planned = r.verdict.Planned
	if old != nil {
		x.After = old.Begun
	}
	if !x.StartOnly {
		x.due = now.Add(max(0, newborn-p.uptime(now)))
	}
	e.open(x, now)
}

// over reports whether a restart leaves room for another one of the same process. It does when it runs again: what is wrong
// with the new life is the matter of the next restart, which takes its place in the journal too.
func (e *Engine) over(x *restart, p *process, now time.Time) bool {
	switch {
	case x == nil:
		return true
	case !x.stage.up || x.taking != nil:
		return false
	case p.State != domain.Running:
		x.due = now // it has ended again, which is this one's matter
		return false
	}
	return true
}

// takeUp goes on with a restart that an earlier life has left behind. It takes no slot: it brings a service back.
func (e *Engine) takeUp(r domain.Restart, now time.Time) {
	id := r.Instance.ID
	if x := e.restarts[id]; x != nil {
		if x.Instance.Same(r.Instance) && x.Begun.Equal(r.Begun) {
			return // it is that one
		}
		x.debt = &r
		if x.taking == nil && x.Phase == domain.Planned {
			e.supersede(x, now)
		}
		return
	}
	p := e.table.rows[id]
	if p == nil {
		p = &process{Process: domain.Process{ID: id, State: domain.StateUnknown}}
	}
	x := &restart{transaction: transaction{Restart: r}, process: p, due: now}
	x.stage = stage{found: true, configured: true, kept: true, spent: true}
	x.stage.quiet = r.Phase == domain.StartAccepted
	x.crowd.since = now
	e.chargeFound(r, p, now)
	e.open(x, now)
}

// chargeFound counts a restart that an earlier life has begun, if that life could not keep that it had.
func (e *Engine) chargeFound(r domain.Restart, p *process, now time.Time) {
	if r.StartOnly || r.Phase < domain.StopSent {
		return
	}
	h, act := p.History, domain.Act{At: r.Begun, PID: r.Instance.PID, Planned: r.Planned}
	if e.table.rows[p.ID] == nil {
		h = e.ledger.kept[p.ID]
	}
	if slices.ContainsFunc(h.Acts, func(a domain.Act) bool {
		same := a.PID == act.PID || a.PID == 0 || act.PID == 0 // another life may have been ended a moment before
		return same && a.By == "" && !a.Death && a.At.After(r.Begun.Add(-time.Second))
	}) {
		return // times on the disk are rounded
	}
	if e.table.rows[p.ID] != nil {
		e.act(p, act, now)
		p.Acts = merged(own(p.Acts), e.others.Histories[p.ID].Acts, p.Rearmed)
		return
	}
	p.History = h.Clone()
	p.Acts = append(p.Acts, act)
	e.ledger.kept[p.ID] = p.History.Clone()
	e.ledger.keep(p) // which is not in the table yet
}

func (e *Engine) open(x *restart, now time.Time) {
	x.process.restarting = true
	e.restarts[x.Instance.ID] = x
	x.news.begin(now)
	e.prepare(x, now)
}

// close forgets a restart that has ended.
func (e *Engine) close(x *restart) {
	id := x.Instance.ID
	delete(e.restarts, id)
	e.notices.news(subject{kind: domain.ReportLate, id: id}, topic{}, x.due)
	x.process.restarting = false
	if p := e.table.rows[id]; p != nil {
		p.restarting = false
	}
	e.slots.ended(id)
}

// supersede gives a restart up for what another listener has left behind. Nothing is removed from the journal: what is there
// is that debt.
func (e *Engine) supersede(x *restart, now time.Time) {
	x.stage.ended = true
	e.untried(x, now)
	e.close(x)
	if e.ending {
		return // it is left to the next life
	}
	e.takeUp(*x.debt, now)
	e.restarts[x.Instance.ID].stage.dirty = true
}

// underWay are the restarts in an order that depends on nothing but them, so that the same history always leads to the same
// commands.
func (e *Engine) underWay() []*restart {
	if len(e.restarts) == 0 {
		return nil
	}
	return slices.SortedFunc(maps.Values(e.restarts), func(a, b *restart) int {
		return cmp.Or(a.Begun.Compare(b.Begun), cmp.Compare(a.Instance.Group, b.Instance.Group), cmp.Compare(a.Instance.Name, b.Instance.Name))
	})
}

// named reports whether the operator has named the process or its group, and so has decided that it is restarted.
func (x *restart) named() bool {
	return x.record != nil && x.record.watch.Select.Names(x.Instance.ID)
}

// reason is a verdict in one line.
func reason(v domain.Verdict) string {
	if v.Check == "" {
		return v.Reason
	}
	return v.Check + ": " + v.Reason
}

// prepare asks for what must be known before anything is sent, and goes on when it is.
func (e *Engine) prepare(x *restart, now time.Time) {
	if x.stage.prepared || x.stage.ended {
		return
	}
	if _, known := e.daemon.settings[x.Instance.ID]; !known && !x.stage.configured {
		e.askSettings()
		return
	}
	if e.daemon.supervisor.PID == 0 && (x.stage.found || !x.StartOnly && x.stage.nameless == 0) {
		if x.stage.nameless == 0 {
			e.askIdentity()
		} else {
			x.due = now.Add(min(100*time.Millisecond<<min(x.stage.nameless-1, 10), 5*time.Second))
		}
		return
	}
	x.stage.prepared = true
	if x.due.IsZero() {
		x.due = now // it has waited for supervisord's name
	}
	e.begun(x, now)
}

// begun begins the transaction, now that all is known.
func (e *Engine) begun(x *restart, now time.Time) {
	settings, known := e.daemon.settings[x.Instance.ID]
	switch {
	case x.stage.found:
		x.stage.found = false
		e.tellRestart(domain.ReportFound, x, now)
		x.transaction, x.next = resume(x.Restart, e.daemon.supervisor.PID)
		x.due = now
	case known && settings.Priority == listenerPriority && !x.named():
		e.refuse(x, domain.Trouble{Kind: domain.TroubleListener}, now)
	case !x.StartOnly && e.daemon.supervisor.PID == 0:
		e.refuse(x, domain.Trouble{Kind: domain.TroubleNameless}, now)
	default:
		x.Supervisor = e.daemon.supervisor.PID
		if !x.StartOnly {
			x.next = next{act: Keep}
		}
	}
	x.eventful = e.feed.eventful()
	x.starts, x.exits = settings.StartWait, settings.ExitCodes
	x.crowd.fingerprint = settings.Fingerprint
}

// refuse ends a restart before anything was sent.
func (e *Engine) refuse(x *restart, why domain.Trouble, now time.Time) {
	about := subject{kind: domain.ReportRefused, id: x.Instance.ID}
	text := ""
	if why.Err != nil {
		text = why.Err.Error()
	}
	x.next.trouble = why
	if worth, again := e.notices.news(about, topic{number: int(why.Kind), text: text}, now); worth {
		e.tellRestart(domain.ReportRefused, x, now, again)
	}
	e.untried(x, now)
	e.leave(x)
}

// refusedBefore reports whether it was reported that a process is not restarted although that was decided.
func (e *Engine) refusedBefore(r *record) bool {
	_, refused := e.notices[subject{kind: domain.ReportRefused, id: r.process.ID}]
	return refused
}

// tried notes that a process is the canary of what holds others back.
func (e *Engine) tried(r *record, now time.Time) {
	if r.watch.massed(now) {
		r.watch.outage.begun(r.process.ID, firstTrial, now)
	}
	if s := e.shared[r.process.Group]; s != nil && e.isShared(r) {
		s.begun(r.process.ID, r.watch.Policy.Outage, now)
	}
}

// untried takes back that the process is a canary, because it was not restarted.
func (e *Engine) untried(x *restart, now time.Time) {
	if x.record == nil {
		return
	}
	x.record.watch.outage.undone(x.Instance.ID, now)
	if s := e.shared[x.Instance.Group]; s != nil {
		s.undone(x.Instance.ID, now)
	}
}

// owes reports whether the process may be down because of us and is likely to be started soon.
func (x *restart) owes() bool {
	return x.Owes() && x.stage.prepared && !x.stage.parked && !x.stage.ended
}

// end has nothing begun any more. Whoever owes a start looks at once: a supervisord that is shutting down itself starts
// nothing, so that nobody needs to wait for that.
func (e *Engine) end(now time.Time) {
	e.ending = true
	e.slots.queue = nil
	for _, x := range e.underWay() {
		x.eventful, x.looks = false, 0 // no event comes any more
		switch {
		case x.taking != nil:
		case x.Phase == domain.Planned:
			e.leave(x)
		case x.owes() && x.next.act == Look:
			x.due = now
		}
		x.crowd.none = false // why the listener ends may be why others have been stopped
	}
}

// leave ends a restart of which nothing was sent, in the journal too.
func (e *Engine) leave(x *restart) {
	x.stage.ended = true
	if !x.stage.kept || x.debt != nil {
		e.close(x)
		return
	}
	e.send(x, Step{Act: Finish, Restart: x.Restart, Owed: true})
}

// abandon reports the restarts that are not done when the listener ends.
func (e *Engine) abandon(now time.Time) {
	for _, x := range e.underWay() {
		if x.Phase > domain.Planned && !x.stage.ended && !x.stage.up {
			x.stage.ended = true
			if x.stage.shut {
				x.next.trouble = domain.Trouble{Kind: domain.TroubleBlind, Err: domain.ErrShuttingDown}
			}
			e.tellRestart(domain.ReportLeft, x, now)
		}
	}
}

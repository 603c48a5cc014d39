package engine

import (
	"errors"
	"time"

	"supervisor-healthcheck/domain"
)

const (
	// oursFor is how long an act of ours explains the event about it.
	oursFor = 10 * time.Minute
	// atOnce is how soon supervisord starts a process again that has EXITED, if it does: with its next look, which it has
	// every second. Whoever starts it later is a human or another tool.
	atOnce = 3 * time.Second
)

// changed takes what an event tells of a process: what has happened to it, and who did that.
func (e *Engine) changed(c domain.StateChange, now time.Time) {
	e.feed.took(c, e.config.Self)
	p := e.table.rows[c.ID]
	switch {
	case p == nil && e.table.listed.IsZero():
		p = &process{} // a listing will show it, but not one that is under way
		e.table.doubt()
	case p == nil: // a program that supervisorctl update has added
		p = e.add(c.ID)
		e.table.order = append(e.table.order, p)
		e.regroup()
	}
	p.marked, p.told = true, c.To
	if p.known && !settled(c.To) {
		p.State = c.To
	}
	if p.records != nil || e.restarts[c.ID] != nil {
		e.attribute(p, c, now)
	} else if c.To == domain.Stopping {
		p.acts.foreignStop = now // nobody here does anything to it
	}
	if x := e.restarts[c.ID]; x != nil {
		e.heard(x, c, now)
		if x.taking == nil && x.next.act == Finish && !x.stage.ended && x.stage.prepared {
			e.finish(x, now)
		}
	}
}

// attribute draws from an event what others do with a process. STOPPED and FATAL are left only by startProcess, so whoever
// starts from there and is not us is a human or another tool.
func (e *Engine) attribute(p *process, c domain.StateChange, now time.Time) {
	a := &p.acts
	switch c.To {
	case domain.Stopping:
		a.ended = c.PID
		if !took(&a.stop, now) {
			a.stopping, a.foreignStop = heard, now
			e.others.want(now.Add(consultPause))
		}
	case domain.Exited:
		a.exited, a.expected, a.ended = now, c.Expected, c.PID
	case domain.Starting:
		before := newer(p.began, a.starting)
		if a.ended == 0 { // its end was not heard, so what a listing has shown may be the very life that begins here
			before = a.starting
		}
		a.starting, a.stopping = now, 0
		if c.From != domain.Backoff && !took(&a.start, now) {
			e.startedAfter(p, c, before, now)
		}
		a.ended = 0
	case domain.Running:
		e.tellRuns(p, c.PID, now)
	case domain.Backoff, domain.Fatal, domain.Stopped:
		e.watchTrouble(p, now)
	}
}

// took reports whether a mark of ours explains an event, and uses the mark up.
func took(mark *time.Time, now time.Time) bool {
	ours := !mark.IsZero() && now.Sub(*mark) <= oursFor
	*mark = time.Time{}
	return ours
}

func newer(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// startedAfter says what a start means that was not ours. The life before it began at that moment.
func (e *Engine) startedAfter(p *process, c domain.StateChange, before, now time.Time) {
	exited, expected := p.acts.exited, p.acts.expected
	p.acts.exited = time.Time{}
	switch {
	case c.From != domain.Exited || !exited.IsZero() && now.Sub(exited) > atOnce:
		e.startedUnknown(p, start{at: now, since: before, pid: p.acts.ended}, now)
	case !expected:
		e.died(p, p.acts.ended, now)
	}
}

// startedByOther counts the restarts of a process anew: whoever has started it then takes the responsibility.
func (e *Engine) startedByOther(p *process, at, now time.Time) {
	p.trouble, p.healed = time.Time{}, false
	e.endShared(p.Group)
	e.rearm(p, at, now)
}

// died notes that a process has ended by itself and was started again by supervisord. Deaths count against the limit: who
// dies over and over cannot be helped by one more restart.
func (e *Engine) died(p *process, pid int, now time.Time) {
	if took(&p.acts.signal, now) {
		return // it is what our signal has brought about
	}
	if p.trouble.IsZero() {
		p.trouble = now
	}
	p.healed, p.well = false, time.Time{}
	flapping := false
	for _, r := range p.records {
		if r.watch.Policy.Limit.Count == 0 {
			continue
		}
		limit := r.watch.Policy.Limit
		all, _, left := p.spent(limit, now)
		flapping = flapping || left <= 0 && all+1 >= limit.Count
	}
	e.act(p, domain.Act{At: now, Death: true, PID: pid}, now)
	p.acts.flapping = p.acts.flapping || flapping
	if e.ledger.read { // another listener may have done it
		p.acts.untold = true
		soon := now
		if !p.acts.flapping {
			soon = now.Add(consultPause)
		}
		e.others.want(soon)
		return
	}
	e.tellFlapping(p, now)
}

// lived draws the same from a new life that only a listing has shown. One that follows another without a stop in between
// may be a death or a quick restart by hand. It counts as a death, unless the process was given up: then somebody may
// have done what ends that.
func (e *Engine) lived(p *process, before domain.Process, began, now time.Time) {
	if p.records == nil || p.restarting {
		return
	}
	byHand := false
	switch before.State {
	case domain.Stopping, domain.Stopped, domain.Fatal:
		byHand = true
	case domain.Exited:
		byHand = p.Started.Sub(p.Ended) > atOnce // there may have been lives in between
	}
	if byHand || len(p.GivenUp) > 0 {
		e.startedUnknown(p, start{at: p.start, since: began, pid: before.PID}, now)
		return
	}
	e.died(p, before.PID, now)
}

// anyStopped reports whether somebody else has stopped processes since that was last reported.
func (e *Engine) anyStopped() bool {
	for _, p := range e.table.order {
		if p.acts.stopping == foreign {
			return true
		}
	}
	return false
}

// tellStopped reports who was stopped by somebody else, unless that is supervisord, which is shutting down. While it does
// not say that, it is asked again in the next round.
func (e *Engine) tellStopped(err error, now time.Time) {
	if err != nil && !errors.Is(err, domain.ErrShuttingDown) {
		return
	}
	for _, p := range e.table.order {
		if p.acts.stopping != foreign {
			continue
		}
		p.acts.stopping = 0
		if !errors.Is(err, domain.ErrShuttingDown) && p.State != domain.Running && p.State != domain.Starting {
			p.acts.away = true
			e.report(domain.Report{Kind: domain.ReportStopped, Process: p.ID}, now)
		}
	}
}

package engine

import (
	"errors"
	"slices"
	"time"

	"supervisor-healthcheck/domain"
)

const (
	// consultEvery is how often the other listeners are asked after, so that what one of them leaves behind when it dies is
	// finished soon; consultSoon is after how long a tick is a good moment for that.
	consultEvery = time.Minute
	consultSoon  = 50 * time.Second
	// consultPause is how long it can wait to be known who has stopped a process. When many are stopped that is one question.
	consultPause = 100 * time.Millisecond
	// unexplainedFor is how long a start by somebody else waits for an explanation while the journal cannot be read. Then
	// it counts as that of a human.
	unexplainedFor = 30 * time.Second
)

// others is what is known of the other listeners under this supervisord. What they do to a process is neither a human's
// doing nor a death, and counts as if this listener had done it.
type others struct {
	domain.Others
	asking bool
	due    time.Time // when they are to be asked after, because of what has happened; zero: nothing has
	debts  bool      // one of them has left something behind
	failed bool      // they could not be asked after
	last   time.Time // when they were asked after; zero: never
}

// consultTime is when the other listeners are to be asked after; zero if the next tick is soon enough.
func (e *Engine) consultTime() time.Time {
	o := &e.others
	switch {
	case o.asking || e.ending:
		return time.Time{}
	case !o.due.IsZero():
		return o.due
	case e.ledger.read && e.feed.period > consultEvery:
		return o.last.Add(consultEvery)
	}
	return time.Time{}
}

// consult asks after the other listeners when it is time.
func (e *Engine) consult(now time.Time) {
	o := &e.others
	if at := e.consultTime(); at.IsZero() || at.After(now) {
		return
	}
	e.command(Consult{Debts: o.debts || now.Sub(o.last) >= consultSoon})
	o.asking, o.debts, o.due, o.last = true, false, time.Time{}, now
}

// want has the others asked after in time.
func (o *others) want(at time.Time) {
	if o.due.IsZero() || at.Before(o.due) {
		o.due = at
	}
}

// consultAtTick asks after the other listeners if that was not done for a while.
func (e *Engine) consultAtTick(now time.Time) {
	if e.ledger.read && now.Sub(e.others.last) >= consultSoon {
		e.others.want(now)
	}
}

// consulted takes what the others have done.
func (e *Engine) consulted(in Consulted, now time.Time) {
	e.others.asking = false
	if errors.Is(in.Err, ErrVoid) {
		return
	}
	if in.Err != nil || e.others.failed {
		e.storeSaid(in.Err, now)
	}
	e.others.failed = in.Err != nil
	if in.Err == nil {
		e.others.Others = in.Others
		for id := range in.Others.Histories {
			if p := e.table.rows[id]; p != nil && p.records != nil {
				e.share(p)
			}
		}
	}
	e.explain(in.Err == nil, now)
	for _, r := range in.Unfinished {
		e.takeUp(r, now)
	}
	for _, w := range e.watches {
		e.reconsider(w, now)
	}
}

// start is a start by somebody who is not this listener.
type start struct {
	at    time.Time // zero: there is none
	since time.Time // when the life before it began, as far as that is known,
	pid   int       // and its pid
	born  time.Time // before which nothing was done to that life for certain, whatever has its pid; zero where events tell, which may come late
}

// startedUnknown has it found out who has started a process.
func (e *Engine) startedUnknown(p *process, s start, now time.Time) {
	p.acts.unknown = s
	e.others.want(now)
}

// explain tells the doing of other listeners from that of humans and other tools.
func (e *Engine) explain(asked bool, now time.Time) {
	for _, p := range e.table.order {
		if p.acts.stopping == heard && asked {
			p.acts.stopping = foreign
			stop := start{at: now, since: p.began, pid: p.acts.ended}
			if _, theirs := e.others.doneBy(p.ID, stop); theirs || e.doneByUs(p, stop) {
				p.acts.stopping, p.acts.foreignStop = 0, time.Time{}
			}
		}
		if p.acts.untold {
			p.acts.untold = false
			e.tellFlapping(p, now)
		}
		s := p.acts.unknown
		if s.at.IsZero() {
			continue
		}
		if e.doneByUs(p, s) {
			p.acts.unknown = start{}
			continue
		}
		if by, ours := e.others.doneBy(p.ID, s); ours {
			p.acts.unknown = start{}
			e.report(domain.Report{Kind: domain.ReportRestartedByOther, Process: p.ID, By: by}, now)
			continue
		}
		if !asked && now.Sub(s.at) < unexplainedFor {
			e.others.want(now.Add(time.Second))
			continue
		}
		p.acts.unknown = start{}
		e.startedByOther(p, s.at, now)
	}
}

// ended reports whether an act has ended the life before a start. What is older than that life was done to an earlier one of the
// same pid, as there are under every supervisord that is pid 1 of a container.
func (s start) ended(a domain.Act) bool {
	return a.PID != 0 && a.PID == s.pid && !a.At.Before(s.born)
}

// doneByUs reports whether it was this listener, also in an earlier life, that has stopped a process and started it. Events
// that come late may have used up the mark of that, each that of the next.
func (e *Engine) doneByUs(p *process, s start) bool {
	if s.pid != 0 && s.pid == p.acts.refused {
		return false
	}
	return slices.ContainsFunc(p.Acts, func(a domain.Act) bool {
		if a.By != "" || a.Death || a.Dry || a.PID == 0 || s.at.Sub(a.At) > oursFor {
			return false
		}
		return s.ended(a) || s.pid == 0 && a.At.After(s.since) && !a.At.After(s.at)
	})
}

// doneBy returns the listener that has started a process, if one has.
func (o *others) doneBy(id domain.ID, s start) (by string, ours bool) {
	if by, ours = o.Restarts[id]; ours {
		return by, true
	}
	for _, a := range slices.Backward(o.Histories[id].Acts) {
		if !a.Death && (s.ended(a) || a.At.After(s.since) && !a.At.After(s.at) && s.at.Sub(a.At) <= oursFor) {
			return a.By, true
		}
	}
	return "", false
}

// share puts what the others have done to a process into its history, and reports whether that was news.
func (e *Engine) share(p *process) bool {
	theirs, known := e.others.Histories[p.ID]
	if !known {
		return false
	}
	before := p.History
	if theirs.Rearmed.After(p.Rearmed) {
		p.Rearmed, p.GivenUp = theirs.Rearmed, nil
	}
	p.Acts = merged(before.Acts, theirs.Acts, p.Rearmed)
	if !slices.Equal(own(p.Acts), own(before.Acts)) || len(p.GivenUp) != len(before.GivenUp) {
		e.ledger.keep(p)
	}
	return !slices.Equal(p.Acts, before.Acts)
}

// own are the acts of this listener.
func own(all []domain.Act) []domain.Act {
	return slices.DeleteFunc(slices.Clone(all), func(a domain.Act) bool { return a.By != "" })
}

// merged are acts with those of others, each once, without those before somebody else has started the process. What others
// know too of the acts of this listener is left out, and not the other way round: each listener keeps its own, and if two
// left an act to each other, nobody would.
func merged(acts, theirs []domain.Act, rearmed time.Time) []domain.Act {
	all := slices.Clone(acts)
	for _, a := range theirs {
		if !slices.ContainsFunc(all, func(known domain.Act) bool { return known == a || known.By != "" && repeats(known, a) }) {
			all = append(all, a)
		}
	}
	slices.SortStableFunc(all, func(a, b domain.Act) int { return a.At.Compare(b.At) })
	var kept []domain.Act
	for i, a := range all {
		same := func(other domain.Act) bool { return a.By != "" && other.By != a.By && repeats(other, a) }
		mine := func(other domain.Act) bool { return other.By == "" && same(other) }
		cause := func(other domain.Act) bool { return caused(other, a) }
		if (rearmed.IsZero() || a.At.After(rearmed)) && !slices.ContainsFunc(kept, same) && !slices.ContainsFunc(all[i:], mine) &&
			!slices.ContainsFunc(all[:i], cause) && !slices.ContainsFunc(all[i:], cause) {
			kept = append(kept, a)
		}
	}
	return kept[max(0, len(kept)-mostActs):]
}

const (
	// sameAct is how far apart two listeners note the same act, the one when it was decided and the other when it was done.
	sameAct = 10 * time.Second
	// sameDeath is how far apart two listeners see a death of which they do not know the pid.
	sameDeath = 2 * time.Second
)

// repeats reports whether two acts are the same one.
func repeats(a, b domain.Act) bool {
	apart := a.At.Sub(b.At).Abs()
	switch {
	case a.Death != b.Death:
		return false
	case a.PID == 0 || b.PID == 0:
		return apart < sameDeath && (a.Death || a.By == b.By)
	case a.PID != b.PID:
		return false
	case a.Death:
		return apart < oursFor // one of them may know of it from a listing alone
	}
	return apart < sameAct
}

// caused reports whether a death is what an act has brought about.
func caused(act, death domain.Act) bool {
	return death.Death && !act.Death && act.PID != 0 && act.PID == death.PID && act.At.Sub(death.At).Abs() < oursFor
}

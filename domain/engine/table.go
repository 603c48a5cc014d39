package engine

import (
	"errors"
	"slices"
	"time"

	"supervisor-healthcheck/domain"
)

// The longest times for which the table is believed without a full listing.
const (
	eventfulFor  = 10 * time.Minute // while PROCESS_STATE events keep it
	narrowedFor  = time.Minute      // while only the selected processes are asked for
	searchingFor = 10 * time.Second // while none of the selected processes is known
)

// table is what is known of supervisord's processes. Without PROCESS_STATE events it is refreshed at every tick. With them
// only the processes whose state has changed are asked for: an event says that something changed, and supervisord is
// asked what it is now, so that an event that comes late or twice can do no harm. What is known may be stale; a restart
// therefore always looks again.
type table struct {
	rows     map[domain.ID]*process
	order    []*process // as supervisord lists them
	watched  []*process // those of them that a watch looks after
	listed   time.Time  // when all were listed; zero: never, or in doubt
	listings int        // counts the full listings
	doubts   int        // counts what makes a listing that is under way worthless
	turned   bool       // lives have ended or begun since the last Forget
	waiting  int        // answers that are still to come before the round
	asked    time.Time  // when they were asked for
	all      bool       // they are a full listing
	settings bool       // it is the settings that the round waits for
	ids      []domain.ID
	doubted  int // doubts when that was asked for
}

func newTable() table { return table{rows: map[domain.ID]*process{}} }

func (t *table) doubt() {
	t.listed = time.Time{}
	t.doubts++
}

// plan says whether all processes are to be asked for, or only some.
func (e *Engine) plan(now time.Time) (ids []domain.ID, all bool) {
	t := &e.table
	if t.listed.IsZero() {
		return nil, true
	}
	eventful, some := e.feed.eventful(), 0
	asked := func(p *process) bool { return !eventful || p.marked && settled(p.told) }
	for _, p := range t.watched {
		if asked(p) {
			some++
		}
	}
	age, longest := now.Sub(t.listed), eventfulFor
	switch {
	case !eventful && some == 0:
		longest = searchingFor
	case !eventful:
		longest = narrowedFor
	}
	if age >= longest || listingIsCheaper(some, len(t.order)) {
		return nil, true
	}
	ids = make([]domain.ID, 0, some)
	for _, p := range t.watched {
		if asked(p) {
			ids = append(ids, p.ID)
		}
	}
	return ids, false
}

// settled reports whether a process in this state may be judged, so that more than its state must be known: an event alone
// does not move it there.
func settled(s domain.State) bool {
	return s == domain.Running || s == domain.Fatal || s == domain.Exited
}

// listingIsCheaper reports whether asking for so many of all processes costs supervisord more than a full listing. Asking
// for one of 1000 was measured at 4.5 ms and listing them at 550 ms, one of 100 at 0.5 ms and 6.7 ms, one of 10 at 0.4 and
// 0.8.
func listingIsCheaper(asked, all int) bool { return asked > 1 && asked > all/10 }

// refresh asks for what is to be known before the round of a tick, and reports whether there is anything.
func (e *Engine) refresh(now time.Time) bool {
	t := &e.table
	t.ids, t.all = e.plan(now)
	if !t.all && len(t.ids) == 0 {
		return false
	}
	t.asked, t.doubted = now, t.doubts
	for _, p := range t.requested() {
		p.asking, p.before, p.marked = p.marked, p.told, false
	}
	t.waiting++
	e.command(Refresh{All: t.all, IDs: t.ids})
	return true
}

// requested are the rows that a refresh asks for.
func (t *table) requested() []*process {
	if t.all {
		return t.order
	}
	var rows []*process
	for _, id := range t.ids {
		if p := t.rows[id]; p != nil {
			rows = append(rows, p)
		}
	}
	return rows
}

// answered notes that the answer has come, and goes on with the round unless it was an error.
func (e *Engine) answered(err error, now time.Time) {
	e.table.waiting--
	if err == nil {
		e.informed(now)
	}
}

// informed begins the round, now that the processes are known. Whether one of them that has EXITED may do so stands in the
// settings, which are asked for first; once a round, because they may be untold.
func (e *Engine) informed(now time.Time) {
	if t := &e.table; e.wantsSettings() {
		t.waiting++
		t.settings = true
		e.askSettings()
		return
	}
	e.round(now)
}

// listed takes a full listing.
func (e *Engine) listed(in Listed, now time.Time) {
	t := &e.table
	e.supervisorSaid(in.Err, now)
	if in.Err != nil {
		t.unanswered()
		e.answered(in.Err, now)
		return
	}
	t.listings++
	order := make([]*process, 0, len(in.Processes))
	for _, p := range in.Processes {
		row := e.take(p, now)
		if row.listing != t.listings {
			row.listing = t.listings
			order = append(order, row)
		}
	}
	before := t.order
	t.order = order
	for _, row := range before {
		switch {
		case row.listing == t.listings:
		case row.marked && !row.asking: // an event that came while the answer was on its way
			t.order = append(t.order, row)
		default:
			e.drop(row)
		}
	}
	if t.doubted == t.doubts {
		t.listed = now
	}
	if !slices.Equal(before, t.order) {
		e.regroup()
	}
	e.answered(nil, now)
}

// seen takes the answers about some processes.
func (e *Engine) seen(in Seen, now time.Time) {
	t := &e.table
	var failed error
	for _, a := range in.Answers {
		switch {
		case errors.Is(a.Err, domain.ErrNoSuchProcess):
			if row := t.rows[a.ID]; row != nil {
				t.order = slices.DeleteFunc(t.order, func(other *process) bool { return other == row })
				e.drop(row)
				e.regroup()
			}
		case a.Err != nil:
			failed = a.Err
		default:
			e.take(a.Process, now)
		}
	}
	e.supervisorSaid(failed, now)
	if failed != nil {
		t.unanswered()
	}
	e.answered(failed, now)
}

// unanswered takes back that what events have told was asked for.
func (t *table) unanswered() {
	for _, p := range t.requested() {
		if p.asking && !p.marked {
			p.marked, p.told = true, p.before
		}
		p.asking = false
	}
}

// take brings a row up to date with an answer to what was asked at table.asked. A restart may have seen the process since,
// and supervisord takes seconds for a long listing.
func (e *Engine) take(answer domain.Process, now time.Time) *process {
	t := &e.table
	p := t.rows[answer.ID]
	if p == nil {
		p = e.add(answer.ID)
	}
	told := p.asking || p.marked
	p.asking = false
	if p.known && p.at.After(t.asked) {
		return p
	}
	if p.marked && !settled(p.told) {
		answer.State = p.told // an event that came while the answer was on its way
	}
	before, began := p.Process, p.began
	known := p.known
	e.update(p, answer, now)
	if known && !told && answer.PID != 0 && (answer.PID != before.PID || answer.Started.After(before.Started)) { // two may begin in one second
		e.lived(p, before, began, now)
	}
	return p
}

// update takes what was seen of a process, whoever has asked.
func (e *Engine) update(p *process, seen domain.Process, now time.Time) {
	if !p.known || !p.Process.Instance().Same(seen.Instance()) {
		e.table.turned = true
		p.young = p.known || seen.Uptime < youngAge
		p.born(seen, now)
	}
	first := !p.known
	p.Process, p.at, p.known = seen, now, true
	switch {
	case first:
		e.outlived(p, now)
	case len(p.GivenUp) > 0 && !p.Life.Same(p.Process.Instance()): // events or looks have told who has begun it
		p.Life = p.Process.Instance()
		e.ledger.keep(p)
	}
	if seen.State == domain.Running {
		e.tellRuns(p, seen.PID, now)
	}
	e.watchTrouble(p, now)
}

// add makes a row for a process that was not known.
func (e *Engine) add(id domain.ID) *process {
	p := &process{Process: domain.Process{ID: id, State: domain.StateUnknown}}
	e.table.rows[id] = p
	e.table.turned = true
	p.records = e.recordsFor(p)
	p.History = e.ledger.restored(id)
	if p.records != nil {
		e.share(p)
	}
	p.taught = &lessons{of: []*process{p}}
	x := e.restarts[id]
	p.restarting = x != nil && !x.stage.up
	return p
}

// drop forgets a process that supervisord does not know any more. A restart or a probe that is under way keeps its own
// reference.
func (e *Engine) drop(p *process) {
	delete(e.table.rows, p.ID)
	e.table.turned = true
	e.ledger.gone(p.ID)
	e.notices.forget(p.ID)
	e.slots.leave(p)
	for _, w := range e.watches {
		w.outage.forget(p.ID)
		w.waiting = slices.DeleteFunc(w.waiting, func(r *record) bool { return r.process == p })
	}
	if s := e.shared[p.Group]; s != nil {
		s.forget(p.ID)
		e.endShared(p.Group)
	}
}

// regroup has every watch know its processes, in supervisord's order.
func (e *Engine) regroup() {
	e.findPrograms()
	for _, w := range e.watches {
		w.members = w.members[:0]
	}
	e.table.watched = e.table.watched[:0]
	for _, p := range e.table.order {
		if p.watched() {
			e.table.watched = append(e.table.watched, p)
		}
		for _, r := range p.records {
			r.watch.members = append(r.watch.members, p)
		}
	}
	for _, w := range e.watches {
		w.findPorts()
	}
}

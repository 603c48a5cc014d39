package engine

import (
	"errors"
	"maps"
	"time"

	"supervisor-healthcheck/domain"
)

// savePause is the time between two saves: what changes meanwhile is saved together.
const savePause = time.Second

// ledger is what is to be kept of the histories over the lives of the listener.
type ledger struct {
	awaited time.Time // since when what was kept is being read; zero if nobody reads it, or it has been read
	read    bool      // it has been
	kept    map[domain.ID]domain.History
	unsaved map[domain.ID]*process // nil: it is gone
	saving  bool
	last    time.Time // when it was last saved
	full    bool      // the journal could not be written, and has not been written since
}

func newLedger() ledger {
	return ledger{kept: map[domain.ID]domain.History{}, unsaved: map[domain.ID]*process{}}
}

func (l *ledger) await(now time.Time) { l.awaited = now }

// unread is how long a policy must wait because what was used up is not known. The worst that can stand in the ledger is
// that it was all used up just before the listener began.
func (l *ledger) unread(p domain.Policy, now time.Time) time.Duration {
	if l.awaited.IsZero() {
		return 0
	}
	worst := max(p.Ladder.Min, p.Backoff.Min)
	if p.Limit.Count > 0 {
		worst = max(worst, p.Limit.Per)
	}
	return max(0, l.awaited.Add(worst).Sub(now))
}

func (l *ledger) keep(p *process) { l.unsaved[p.ID] = p }

func (l *ledger) gone(id domain.ID) {
	_, kept := l.kept[id]
	if _, unsaved := l.unsaved[id]; kept || unsaved {
		l.unsaved[id] = nil
	}
	delete(l.kept, id)
}

// restored is what was kept of a process that was not known until now.
func (l *ledger) restored(id domain.ID) domain.History {
	return l.kept[id]
}

// wakes is when something is to be saved.
func (l *ledger) wakes() time.Time {
	if l.saving || len(l.unsaved) == 0 || !l.awaited.IsZero() {
		return time.Time{}
	}
	return l.last.Add(savePause)
}

// save saves what has changed, all at once, unless that was done a moment ago or is being done.
func (e *Engine) save(now time.Time) {
	l := &e.ledger
	if l.saving || len(l.unsaved) == 0 || !l.awaited.IsZero() || !e.ending && now.Sub(l.last) < savePause {
		return
	}
	histories := make(map[domain.ID]domain.History, len(l.unsaved))
	for id, p := range l.unsaved {
		histories[id] = domain.History{}
		if p != nil {
			histories[id] = p.History.Clone() // whoever keeps it reads it while the engine goes on
			l.kept[id] = p.History.Clone()
		}
	}
	clear(l.unsaved)
	l.saving, l.last = true, now
	e.command(Save{histories})
}

// saved takes what came of a save. What could not be saved is saved with what changes next.
func (e *Engine) saved(in Saved, now time.Time) {
	e.ledger.saving = false
	if errors.Is(in.Err, ErrVoid) {
		return // nothing is kept here
	}
	e.stored(in.Err, true, now)
	if in.Err == nil || e.ending {
		return
	}
	for id := range in.Save.Histories {
		if _, changed := e.ledger.unsaved[id]; !changed {
			e.ledger.unsaved[id] = e.table.rows[id]
		}
	}
	e.ledger.last = now.Add(min(time.Minute, 10*savePause)) // it is tried again, but not all the time
}

// loaded takes what earlier lives have kept: histories are put before what has happened since, and restarts are finished.
func (e *Engine) loaded(in Loaded, now time.Time) {
	e.storeSaid(in.Err, now)
	if in.Histories != nil {
		e.ledger.awaited, e.ledger.read = time.Time{}, true
		maps.Copy(e.ledger.kept, in.Histories)
		for id, h := range in.Histories {
			if p := e.table.rows[id]; p != nil {
				p.History = joined(h, p.History)
				p.taught.known = false
				e.outlived(p, now)
			}
		}
	}
	for _, r := range in.Unfinished {
		e.takeUp(r, now)
	}
}

// joined is an earlier history with what has happened since.
func joined(before, since domain.History) domain.History {
	if since.Rearmed.After(before.Rearmed) {
		before.Rearmed, before.Acts, before.GivenUp = since.Rearmed, nil, nil
	}
	if len(since.GivenUp) > 0 {
		before.Life = since.Life
	}
	before.Acts = append(before.Acts[:len(before.Acts):len(before.Acts)], since.Acts...)
	before.GivenUp = append(before.GivenUp[:len(before.GivenUp):len(before.GivenUp)], since.GivenUp...)
	if since.Suspension != (domain.Suspension{}) {
		before.Suspension = since.Suspension
	}
	for _, b := range since.Boots {
		before.Boots = latest(before.Boots, b, bootsRemembered)
	}
	for _, h := range since.Healed {
		before.Healed = latest(before.Healed, h, healedRemembered)
	}
	return before
}

// stored takes what came of writing to the journal. That something was removed from it is no proof that it can be written: on
// a full disk that works too, and it would be told in turns that it works and that it does not.
func (e *Engine) stored(err error, proof bool, now time.Time) {
	switch {
	case errors.Is(err, ErrVoid):
		return
	case err != nil:
		e.ledger.full = true
	case proof:
		e.ledger.full = false
	}
	e.storeSaid(err, now)
}

// storeSaid reports trouble with the journal, and its end. That it can be read does not end trouble with writing.
func (e *Engine) storeSaid(err error, now time.Time) {
	if errors.Is(err, ErrVoid) {
		return
	}
	about := subject{kind: domain.ReportStoreFailed}
	if err == nil {
		if e.ledger.full {
			return
		}
		if worth, _ := e.notices.news(about, topic{}, now); worth {
			e.report(domain.Report{Kind: domain.ReportStoreWorks}, now)
		}
		return
	}
	if worth, again := e.notices.news(about, topic{text: err.Error()}, now); worth {
		e.report(domain.Report{Kind: domain.ReportStoreFailed, Again: again, Err: err}, now)
	}
}

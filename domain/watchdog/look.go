package watchdog

import (
	"context"
	"errors"
	"slices"
	"time"

	"supervisor-healthcheck/domain"
)

// look returns the processes as they are known now, after asking supervisord as little as is safe. It is used by
// one goroutine at a time.
func (t *table) look(ctx context.Context) ([]domain.Process, error) {
	t.mu.Lock()
	ids, all := t.plan(t.clock.Now())
	t.mu.Unlock()
	if all {
		if err := t.list(ctx); err != nil {
			return nil, err
		}
		return t.known(), nil
	}
	for _, id := range ids {
		if err := t.ask(ctx, id); err != nil {
			return nil, err
		}
	}
	return t.known(), nil
}

// plan says whether all processes are to be listed or only some are to be asked for.
func (t *table) plan(now time.Time) (ids []domain.ID, all bool) {
	if t.listed.IsZero() {
		return nil, true
	}
	age := now.Sub(t.listed)
	if t.fed() {
		for id, state := range t.changed {
			if t.selected(id) && lasting(state) {
				ids = append(ids, id)
			}
		}
	} else {
		for id := range t.rows {
			if t.selected(id) {
				ids = append(ids, id)
			}
		}
		if age >= narrowedFor || len(ids) == 0 && age >= searchingFor {
			return nil, true
		}
	}
	return ids, age >= fedFor || t.dear(len(ids))
}

// lasting reports whether a process in this state may be judged, so that more than its state must be known: an
// event alone does not move a row into it.
func lasting(s domain.State) bool {
	return s == domain.Running || s == domain.Fatal || s == domain.Exited
}

// dear reports whether asking for so many processes costs supervisord more than a full listing. Asking for one of
// 1000 was measured at 4.5 ms and listing them at 550 ms, one of 100 at 0.5 ms and 6.7 ms, one of 10 at 0.4 and 0.8.
func (t *table) dear(asked int) bool { return asked > 1 && asked > len(t.rows)/10 }

func (t *table) selected(id domain.ID) bool { return t.config.watchFor(id) >= 0 }

// list asks for all processes. What events have said meanwhile stays to be asked for again.
func (t *table) list(ctx context.Context) error {
	t.mu.Lock()
	before, asked := t.doubts, t.clock.Now()
	earlier := t.changed
	t.changed = map[domain.ID]domain.State{}
	t.mu.Unlock()
	processes, err := t.source.Processes(ctx)
	t.mu.Lock()
	defer t.mu.Unlock()
	if err != nil {
		for id, state := range earlier {
			t.untold(id, state)
		}
		return err
	}
	now := t.clock.Now()
	if len(t.rows) == 0 {
		t.rows = make(map[domain.ID]row, len(processes))
	}
	t.order = t.order[:0]
	for _, p := range processes {
		_, told := earlier[p.ID]
		t.remember(t.answered(p, told, asked))
		t.order = append(t.order, p.ID)
	}
	if len(t.rows) > len(t.order) {
		t.drop()
	}
	if before == t.doubts {
		t.listed = now
	}
	return nil
}

// drop forgets the rows that were not listed. The caller holds mu.
func (t *table) drop() {
	listed := make(map[domain.ID]row, len(t.order))
	for _, id := range t.order {
		listed[id] = t.rows[id]
	}
	t.rows, t.turned = listed, true
}

// ask asks for one process.
func (t *table) ask(ctx context.Context, id domain.ID) error {
	t.mu.Lock()
	state, told := t.changed[id]
	delete(t.changed, id)
	asked := t.clock.Now()
	t.mu.Unlock()
	p, err := t.source.Process(ctx, id)
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case errors.Is(err, domain.ErrNoSuchProcess):
		delete(t.rows, id)
		t.order = slices.DeleteFunc(t.order, func(other domain.ID) bool { return other == id })
		t.turned = true
		return nil
	case err != nil && told:
		t.untold(id, state)
		return err
	case err != nil:
		return err
	}
	if _, known := t.rows[id]; !known { // it was added while a listing was on its way
		t.order = append(t.order, id)
	}
	t.remember(t.answered(p, told, asked))
	return nil
}

// untold takes back that what an event has told was asked for, unless a later one has told more. The caller holds mu.
func (t *table) untold(id domain.ID, state domain.State) {
	if _, later := t.changed[id]; !later {
		t.changed[id] = state
	}
}

// answered is the row that follows from an answer to what was asked then. A restart may have seen the process since,
// and supervisord takes seconds for a long listing. The caller holds mu.
func (t *table) answered(p domain.Process, told bool, asked time.Time) row {
	if known := t.rows[p.ID]; known.at.After(asked) {
		return known
	}
	if !told {
		t.bear(p)
	}
	return row{process: t.outdated(p), at: t.clock.Now()}
}

// outdated is an answer with what events have told while it was on its way. The caller holds mu.
func (t *table) outdated(p domain.Process) domain.Process {
	if state, told := t.changed[p.ID]; told && !lasting(state) {
		p.State = state
	}
	return p
}

// bear notes a new life that no event has told of, yet. The caller holds mu.
func (t *table) bear(after domain.Process) {
	old, known := t.rows[after.ID]
	_, told := t.changed[after.ID]
	before := old.process
	if known && !told && after.PID != 0 && (after.PID != before.PID || after.Started.After(before.Started)) { // two may begin in one second
		t.newLives = append(t.newLives, birth{before, after})
	}
}

// known returns the table with every uptime brought up to now.
func (t *table) known() []domain.Process {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.clock.Now()
	processes := make([]domain.Process, 0, len(t.rows))
	for _, id := range t.order {
		r := t.rows[id]
		if r.process.PID != 0 {
			r.process.Uptime += now.Sub(r.at)
		}
		processes = append(processes, r.process)
	}
	return processes
}

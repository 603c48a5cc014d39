package watchdog

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/ports"
)

// The longest times for which the table is believed without a full listing.
const (
	fedFor       = 10 * time.Minute // while PROCESS_STATE events keep it
	narrowedFor  = time.Minute      // while only the selected processes are asked for
	searchingFor = 10 * time.Second // while none of the selected processes is known
)

// table is what is known of supervisord's processes. Without PROCESS_STATE events it asks at every look. With them
// it only asks for the processes whose state has changed: an event says that something changed, and supervisord is
// asked what it is now, so that an event that comes late or twice can do no harm. Its knowledge may be stale; a
// restart therefore always looks again.
type table struct {
	source ports.ProcessTable
	clock  ports.Clock
	config Config

	mu       sync.Mutex
	rows     map[domain.ID]row
	changed  map[domain.ID]domain.State // what events have told since it was asked for
	listed   time.Time                  // when all were listed; zero: never, or in doubt
	seenSelf map[domain.State]bool
	lost     bool  // events were lost, perhaps before the first that came
	crowd    int   // processes that were told to be RUNNING after events were lost, and since the last tick
	serial   int64 // of the last event that was news
	numbered bool  // there was one

	poolSerial int64 // the last one
	newLives   []birth
	relisted   bool        // since the last turnover
	doubts     int         // counts the events after which a listing that was under way is not to be believed
	order      []domain.ID // of the rows, as supervisord lists them
}

// row is one process, and when it was asked for.
type row struct {
	process domain.Process
	at      time.Time
}

// birth is a new life of a process that was seen in a listing and that no event had told of.
type birth struct {
	before, after domain.Process
}

func newTable(source ports.ProcessTable, clock ports.Clock, config Config) *table {
	return &table{
		source: source, clock: clock, config: config,
		rows: map[domain.ID]row{}, changed: map[domain.ID]domain.State{}, seenSelf: map[domain.State]bool{},
	}
}

// received takes from an event what it says about the table, and reports whether it is news. An event that another
// listener has refused comes again with the serial that it had and a new poolserial, however old it is by then; so
// does at once every event that is subscribed to by two of its names.
func (t *table) received(event domain.Event) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.numbered && event.PoolSerial > t.poolSerial+1 {
		t.doubt() // events were lost: anything may have happened
	}
	t.lost = t.lost || event.PoolSerial > t.poolSerial+1 || !t.numbered && event.PoolSerial > 0
	news := !t.numbered || event.Serial > t.serial
	if t.poolSerial = max(t.poolSerial, event.PoolSerial); !news {
		return false
	}
	t.serial, t.numbered = event.Serial, true
	switch {
	case event.Tick != nil && t.crowd < crowded:
		t.crowd = 0
	case event.Group != nil:
		t.doubt()
	case event.Change != nil:
		t.changes(*event.Change)
	}
	return true
}

func (t *table) doubt() {
	t.listed = time.Time{}
	t.doubts++
}

// changes notes a change of state. Supervisord sends a listener its own STARTING and RUNNING; whoever has got
// both is subscribed to PROCESS_STATE. Where many programs start with the listener, these are pushed out of the
// buffer of ten events before it is ready; the crowd of others that is left then tells the same. A single event of
// another process tells nothing: it may have been refused by a listener that is subscribed.
func (t *table) changes(c domain.StateChange) {
	if c.ID == t.config.Self && (c.To == domain.Starting || c.To == domain.Running) {
		t.seenSelf[c.To] = true
	}
	if c.To == domain.Running && t.lost && t.crowd < crowded {
		t.crowd++
	}
	t.changed[c.ID] = c.To
	r, known := t.rows[c.ID]
	switch {
	case known && !lasting(c.To):
		r.process.State = c.To
		t.rows[c.ID] = r
	case !known && !t.listed.IsZero(): // a program that supervisorctl update has added
		t.rows[c.ID] = row{process: domain.Process{ID: c.ID, State: domain.StateUnknown}, at: t.clock.Now()}
		t.order = append(t.order, c.ID)
	}
}

func (t *table) fed() bool {
	return t.seenSelf[domain.Running] && (t.seenSelf[domain.Starting] || t.lost) || t.crowd >= crowded
}

// crowded is how many processes must be told to be RUNNING without a tick between them.
const crowded = 5

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

func (t *table) selected(id domain.ID) bool {
	if t.config.ours(id) {
		return false
	}
	for _, watch := range t.config.Watches {
		if watch.Select.Matches(id) {
			return true
		}
	}
	return false
}

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
	rows := make(map[domain.ID]row, len(processes))
	t.order = t.order[:0]
	for _, p := range processes {
		_, told := earlier[p.ID]
		rows[p.ID] = t.answered(p, told, asked)
		t.order = append(t.order, p.ID)
	}
	t.rows, t.relisted = rows, true
	if before == t.doubts {
		t.listed = now
	}
	return nil
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
		t.relisted = true
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
	t.rows[id] = t.answered(p, told, asked)
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

// births returns the new lives that listings have shown since the last call.
func (t *table) births() []birth {
	t.mu.Lock()
	defer t.mu.Unlock()
	born := t.newLives
	t.newLives = nil
	return born
}

// update takes what a restart has seen of its process.
func (t *table) update(p domain.Process) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, known := t.rows[p.ID]; known {
		t.rows[p.ID] = row{process: p, at: t.clock.Now()}
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

// turnover returns the instances that live, if processes may have gone since the last call.
func (t *table) turnover() (map[domain.ID]domain.Instance, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.relisted {
		return nil, false
	}
	t.relisted = false
	alive := make(map[domain.ID]domain.Instance, len(t.rows))
	for id, r := range t.rows {
		alive[id] = r.process.Instance()
	}
	return alive, true
}

package watchdog

import (
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
	turned     bool        // lives have ended or begun since the last turnover
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
		t.remember(row{process: domain.Process{ID: c.ID, State: domain.StateUnknown}, at: t.clock.Now()})
		t.order = append(t.order, c.ID)
	}
}

func (t *table) fed() bool {
	return t.seenSelf[domain.Running] && (t.seenSelf[domain.Starting] || t.lost) || t.crowd >= crowded
}

// crowded is how many processes must be told to be RUNNING without a tick between them.
const crowded = 5

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
		t.remember(row{process: p, at: t.clock.Now()})
	}
}

// remember takes a row into the table, whichever way it was found, and notes when another life had its place. The caller
// holds mu.
func (t *table) remember(r row) {
	old, known := t.rows[r.process.ID]
	t.turned = t.turned || !known || !old.process.Instance().Same(r.process.Instance())
	t.rows[r.process.ID] = r
}

// turnedOver has turnover return them again.
func (t *table) turnedOver() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.turned = true
}

// turnover returns the instances that live, if one may have gone since the last call.
func (t *table) turnover() (map[domain.ID]domain.Instance, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.turned {
		return nil, false
	}
	t.turned = false
	alive := make(map[domain.ID]domain.Instance, len(t.rows))
	for id, r := range t.rows {
		alive[id] = r.process.Instance()
	}
	return alive, true
}

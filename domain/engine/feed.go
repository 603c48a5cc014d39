package engine

import (
	"time"

	"supervisor-healthcheck/domain"
)

// crowded is how many processes must be told to be RUNNING without a tick between them.
const crowded = 5

// feed is what the events themselves tell of how we get them.
type feed struct {
	serial     int64 // of the last event that was news
	poolSerial int64
	numbered   bool // there was one
	zero       bool // an event without numbers has come: of an embedder, or the very first of all
	lost       bool // events were lost, perhaps before the first that came
	crowd      int  // processes that were told to be RUNNING after events were lost, and since the last tick
	starting   bool // our own STARTING has come
	running    bool // our own RUNNING has come

	period   time.Duration // the shortest tick that was seen
	lastTick time.Time     // when the last tick was acted on
	first    domain.Tick   // the last one without numbers

	subscription
}

// received takes the numbers of an event, and reports whether it is news. An event that another listener has refused comes
// again with the serial that it had and a new poolserial, however old it is by then; so does at once every event that is
// subscribed to by two of its names.
func (e *Engine) received(n Numbers) bool {
	f := &e.feed
	f.events++
	if n == (Numbers{}) {
		f.zero = true
		return true
	}
	f.numbered = f.numbered || f.zero
	gap := n.PoolSerial > f.poolSerial+1
	if f.numbered && gap {
		e.table.doubt() // events were lost: anything may have happened
	}
	f.lost = f.lost || gap || !f.numbered && n.PoolSerial > 0
	news := !f.numbered || n.Serial > f.serial
	f.poolSerial = max(f.poolSerial, n.PoolSerial)
	if news {
		f.serial, f.numbered = n.Serial, true
	}
	return news
}

// copied reports whether a tick is a copy of the very first event of supervisord. Its numbers are 0, as those of all ticks of
// an embedder are, so only the tick itself can tell.
func (f *feed) copied(in Ticked) bool {
	if in.Numbers != (Numbers{}) || in.Tick == (domain.Tick{}) {
		return false
	}
	again := in.Tick == f.first
	f.first = in.Tick
	return again
}

// eventful reports whether PROCESS_STATE events tell of every change. supervisord sends a listener its own STARTING and
// RUNNING; whoever has got both is subscribed to them. Where many programs start with the listener, these are pushed out of
// the buffer of ten events before it is ready; the crowd of others that is left then tells the same. A single event of
// another process tells nothing: it may have been refused by a listener that is subscribed.
func (f *feed) eventful() bool {
	return f.running && (f.starting || f.lost) || f.crowd >= crowded
}

// took notes an event about a process.
func (f *feed) took(c domain.StateChange, self domain.ID) {
	f.changes = true
	if c.ID == self {
		f.starting = f.starting || c.To == domain.Starting
		f.running = f.running || c.To == domain.Running
	}
	if c.To == domain.Running && f.lost && f.crowd < crowded {
		f.crowd++
	}
}

// ticked notes a tick, and reports whether it is too late to act on: it is older than its period allows, and comes in a
// burst, as after a jam. One that comes in its time is acted on whatever the wall clock says.
func (f *feed) ticked(t domain.Tick, now time.Time) (late bool) {
	if f.crowd < crowded {
		f.crowd = 0
	}
	if t.Period > 0 && (f.period == 0 || t.Period < f.period) {
		f.period = t.Period
	}
	if !t.When.IsZero() && t.Stale(now) && !f.lastTick.IsZero() && now.Sub(f.lastTick) < t.Period/2 {
		return true
	}
	f.lastTick = now
	f.ticks++
	return false
}

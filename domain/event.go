package domain

import "time"

// Event is one notification from supervisord. At most one of Tick, Change, Group, Said and Order is set; an event of another
// kind has only its name and numbers.
type Event struct {
	Name       string // supervisord's eventname, such as TICK_5
	Serial     int64  // counts the events of this supervisord; the same when an event is delivered again
	PoolSerial int64  // counts the events of this listener's pool; a gap means that events were lost
	Tick       *Tick
	Change     *StateChange
	Group      *GroupChange
	Said       *Communication
	Order      *Order // of somebody who has sent it through supervisord
}

// Tick says that a period of supervisord's clock has begun.
type Tick struct {
	When   time.Time     // the beginning of the period; supervisord delivers it 1 to 2 s later, or much later after a jam
	Period time.Duration // 5 s, 60 s or 3600 s
}

// Stale reports whether the tick is more than one period older than now, as in the burst that follows a jam.
func (t Tick) Stale(now time.Time) bool {
	return now.Sub(t.When) > 2*t.Period
}

// StateChange says that a process has left one state for another.
type StateChange struct {
	ID       ID
	From, To State
	PID      int  // 0 where supervisord does not tell: STARTING, BACKOFF and FATAL
	Expected bool // EXITED only: the exit code is one of exitcodes
}

// GroupChange says that a process group was added to or removed from a running supervisord.
type GroupChange struct {
	Group string
}

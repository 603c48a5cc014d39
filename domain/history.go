package domain

import (
	"slices"
	"time"
)

// History is what was done to a process, and what its earlier troubles have taught. It belongs to the process, whatever
// watches look after it and whatever lives it or the listener has; each watch judges it by its own policy. Its times are
// on the clock of the port, whose differences a clock that is set does not change.
type History struct {
	Rearmed time.Time       // acts before that do not count: somebody else started the process then; zero: never
	Acts    []Act           // oldest first
	GivenUp []string        // the names of the watches that have given it up,
	Life    Instance        // and its last life that is known since then
	Boots   []time.Duration // from start to health, of the last lives, the newest last
	Healed  []time.Duration // troubles that ended by themselves, the newest last

	Suspension Suspension // zero, or over: none
}

// Suspension is a time for which somebody wants nothing to be done about a process. It is judged all the same.
type Suspension struct {
	Until  time.Time
	Reason string // what they said; may be empty
}

// Left is how long it lasts yet, 0 if it is over.
func (s Suspension) Left(now time.Time) time.Duration {
	if s.Until.IsZero() {
		return 0
	}
	return max(0, s.Until.Sub(now))
}

// Act is a restart, a start or a signal of ours, or a death of the process that supervisord made good. One act is known
// to all listeners under one supervisord, and counted once by each.
type Act struct {
	At      time.Time
	Death   bool          // it was a death, not ours
	Calm    time.Duration // the longest time of unbroken health between this act and the next, as this listener saw it
	PID     int           // of the life that it has ended; 0 if that is not known, or there was none
	Planned bool          // it was not done because of a trouble, and counts against nothing
	Dry     bool          // nothing was done: it was only said that it would be; no other listener is told
	By      string        // the listener that has done or seen it; empty: this one
}

// Others is what other listeners under the same supervisord have told of processes, dead listeners included.
type Others struct {
	Histories map[ID]History // what they have done and seen (Acts, each with By), and Rearmed; nothing else is shared
	Restarts  map[ID]string  // the restarts that they have under way, or have left unfinished, and whose they are
}

// Empty reports whether nothing is known.
func (h History) Empty() bool {
	return h.Rearmed.IsZero() && len(h.Acts) == 0 && len(h.GivenUp) == 0 && len(h.Boots) == 0 && len(h.Healed) == 0 &&
		h.Suspension == Suspension{}
}

// Clone returns a history that shares nothing with this one.
func (h History) Clone() History {
	return History{
		Rearmed: h.Rearmed, Acts: slices.Clone(h.Acts), GivenUp: slices.Clone(h.GivenUp), Life: h.Life, Boots: slices.Clone(h.Boots), Healed: slices.Clone(h.Healed),
		Suspension: h.Suspension,
	}
}

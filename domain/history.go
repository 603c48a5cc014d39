package domain

import (
	"slices"
	"time"
)

// History is what was done to a process, and what its earlier troubles have taught. It belongs to the process, whatever
// watches look after it and whatever lives it or the listener has; each watch judges it by its own policy. Its times are
// on the clock of the port, whose differences a clock that is set does not change.
type History struct {
	Acts    []Act           // oldest first
	GivenUp []string        // the names of the watches that have given it up
	Boots   []time.Duration // from start to health, of the last lives, the newest last
	Healed  []time.Duration // troubles that ended by themselves, the newest last
}

// Act is a restart, a start or a signal of ours, or a death of the process that supervisord made good.
type Act struct {
	At    time.Time
	Death bool          // it was a death, not ours
	Calm  time.Duration // the longest time of unbroken health between this act and the next
}

// Empty reports whether nothing is known.
func (h History) Empty() bool {
	return len(h.Acts) == 0 && len(h.GivenUp) == 0 && len(h.Boots) == 0 && len(h.Healed) == 0
}

// Clone returns a history that shares nothing with this one.
func (h History) Clone() History {
	return History{
		Acts: slices.Clone(h.Acts), GivenUp: slices.Clone(h.GivenUp), Boots: slices.Clone(h.Boots), Healed: slices.Clone(h.Healed),
	}
}

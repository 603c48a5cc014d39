package domain

import (
	"slices"
	"time"
)

// Snapshot is all that is known at one moment, for those who show it. It shares nothing with the engine that changes.
type Snapshot struct {
	At         time.Time  // by ports.Clock, as all other times but those of Process
	Eventful   bool       // PROCESS_STATE events tell of every change
	Supervisor Supervisor // zero as long as it was not needed
	Silent     error      // why supervisord's API cannot be used, nil if it can
	LastTick   time.Time
	Period     time.Duration // the shortest time between two ticks; 0 if not known
	Watches    []WatchStatus
	Processes  []ProcessStatus // in supervisord's order; only those that a watch selects
}

// WatchStatus is what is known of a watch.
type WatchStatus struct {
	Name      string
	Processes int
	Failing   int       // of those
	Canary    ID        // the one that was restarted to see whether it helps; zero if there is none
	Round     time.Time // when its last round began
}

// ProcessStatus is what is known of a process.
type ProcessStatus struct {
	Process  Process
	Expected bool      // it has EXITED, as its configuration says that it may
	Trouble  time.Time // since when it is not well; zero while it is
	Well     time.Time // since when it is healthy without a break; zero while it is not
	History  History
	Restart  *Progress       // of the restart that is under way
	Verdicts []VerdictStatus // one for each watch that selects it, in the order of the watches
}

// Condition is how a process is, in one word, over all watches.
type Condition string

// The conditions, the worst first.
const (
	// ConditionDown: it does not run, and should: FATAL, BACKOFF, or EXITED in a way that its configuration does not expect.
	ConditionDown Condition = "down"
	// ConditionGivenUp: it is unhealthy, and nothing is done about it any more.
	ConditionGivenUp Condition = "given up"
	// ConditionUnhealthy: it is unhealthy.
	ConditionUnhealthy Condition = "unhealthy"
	// ConditionRestarting: we are restarting it.
	ConditionRestarting Condition = "restarting"
	// ConditionUnknown: nobody can tell how it is.
	ConditionUnknown Condition = "unknown"
	// ConditionStarting: it is in its grace after a start, or was not judged yet.
	ConditionStarting Condition = "starting"
	// ConditionStopped: somebody has stopped it, or is about to; nothing is wrong.
	ConditionStopped Condition = "stopped"
	// ConditionEnded: it has ended as its configuration expects.
	ConditionEnded Condition = "ended"
	// ConditionHealthy: all is well.
	ConditionHealthy Condition = "healthy"
)

// Worst are all conditions, the worst first.
func Worst() []Condition {
	return []Condition{ConditionDown, ConditionGivenUp, ConditionUnhealthy, ConditionRestarting, ConditionUnknown, ConditionStarting,
		ConditionStopped, ConditionEnded, ConditionHealthy}
}

// Condition is the worst of what the watches say.
func (p ProcessStatus) Condition() Condition {
	if c := p.unjudged(); c != "" {
		return c
	}
	_, c := p.Telling()
	return c
}

// Under is how it is by one of its watches alone.
func (p ProcessStatus) Under(v VerdictStatus) Condition {
	if c := p.unjudged(); c != "" {
		return c
	}
	return v.Condition()
}

// unjudged is how it is where its state says so, whatever the watches say; empty if it runs and is left to do so.
func (p ProcessStatus) unjudged() Condition {
	if p.Restart != nil {
		return ConditionRestarting
	}
	switch p.Process.State {
	case Running:
		return ""
	case Starting:
		return ConditionStarting
	case Stopped, Stopping:
		return ConditionStopped
	case Exited:
		if p.Expected {
			return ConditionEnded
		}
		return ConditionDown
	case Fatal, Backoff:
		return ConditionDown
	}
	return ConditionUnknown
}

// Telling is what the watch says that has the worst news, and how the process is by that; the zero VerdictStatus if there is none.
func (p ProcessStatus) Telling() (v VerdictStatus, c Condition) {
	all := Worst()
	c = ConditionUnknown
	for i, other := range p.Verdicts {
		if now := other.Condition(); i == 0 || slices.Index(all, now) < slices.Index(all, c) {
			v, c = other, now
		}
	}
	return v, c
}

// Condition is how the process is by this verdict.
func (v VerdictStatus) Condition() Condition {
	switch {
	case v.At.IsZero():
		return ConditionStarting
	case v.Verdict.Health == Healthy:
		return ConditionHealthy
	case v.Verdict.Health == Unknown:
		return ConditionUnknown
	case v.Decision.Kind == GiveUp:
		return ConditionGivenUp
	case v.Decision.Cause == CauseGrace:
		return ConditionStarting
	}
	return ConditionUnhealthy
}

// VerdictStatus is what is known of a process under one watch.
type VerdictStatus struct {
	Watch    string
	Verdict  Verdict
	At       time.Time     // zero: it was not judged in this life
	Took     time.Duration // how long the checks took
	Decision Decision      // what followed from it, with Left as of now
	Failing  int           // unhealthy rounds in a row
	Passing  int           // healthy ones
	Limit    Limit         // of restarts; zero: none
	Used     int           // restarts of ours that count against it now
	Grace    time.Duration // the whole grace of the process, learnt or given
	Patience time.Duration // what is left of the time in which the trouble is expected to heal by itself
	Queued   bool          // its restart waits for a slot
}

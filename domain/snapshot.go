package domain

import "time"

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
	Trouble  time.Time // since when it is not well; zero while it is
	Well     time.Time // since when it is healthy without a break; zero while it is not
	History  History
	Restart  *Progress       // of the restart that is under way
	Verdicts []VerdictStatus // one for each watch that selects it, in the order of the watches
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

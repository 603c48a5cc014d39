package domain

import "time"

// Restart is one restart of one process, as it is kept until it is done. What follows from it is decided by the engine.
type Restart struct {
	Instance   Instance // the life that was judged, the only one that may be stopped
	Watch      string   // whose restart it is, for the log
	Reason     string   // why, for the log
	Planned    bool     // nothing was wrong with the process, see Verdict.Planned
	StartOnly  bool     // there is nothing to stop: a process in FATAL or EXITED is started
	Phase      Phase
	Supervisor int       // pid of the supervisord that was asked
	Begun      time.Time // when it was decided
	Tries      int       // starts that have failed

	// After is when that restart of the process was begun which this one comes after, and which may still be kept; zero if there is none.
	After time.Time
}

// Phase is how far a restart has come. The order matters.
type Phase int

const (
	// Planned: nothing has been sent.
	Planned Phase = iota
	// StopSent: the stop was sent or is about to be; it may have been carried out.
	StopSent
	// StopAccepted: supervisord has said yes to the stop, so this stop is ours and a start is owed.
	StopAccepted
	// StartSent: the start was sent or is about to be; it may have been carried out.
	StartSent
	// StartAccepted: the start was carried out, or somebody else started the process.
	StartAccepted
)

// String is the word that stands in logs and in the journal.
func (p Phase) String() string {
	return [...]string{"planned", "stop sent", "stop accepted", "start sent", "start accepted"}[p]
}

// Owes reports whether the process may be down because of us and has to be started yet.
func (r Restart) Owes() bool {
	return !r.StartOnly && r.Phase >= StopSent && r.Phase <= StartSent
}

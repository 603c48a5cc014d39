package domain

import "time"

// DecisionKind is one of four words.
type DecisionKind int

const (
	// Keep: there is nothing to do.
	Keep DecisionKind = iota
	// Hold: something is wrong and nothing is done about it yet; the cause says why not.
	Hold
	// Do: the policy's action is due.
	Do
	// GiveUp: the action would be due, but it has not helped too often.
	GiveUp
)

// Cause is why a decision is as it is, or why a restart does not come along. It is a word for programs: the log, the
// status and the metrics each have their own way to say it.
type Cause int

const (
	// CauseNone: all is as it should be, or nobody could tell what is wrong.
	CauseNone Cause = iota

	// Causes of Keep and Hold.

	// CauseTurn: a restart is planned, and waits without haste until no other one is under way.
	CauseTurn
	// CauseUnrest: a restart is planned, and waits until the process and all others of its group are well.
	CauseUnrest
	// CauseRecovering: Count of Of healthy rounds that a recovery needs.
	CauseRecovering
	// CauseGrace: the process is within its grace after a start; Left of it.
	CauseGrace
	// CauseFailures: Count of Of unhealthy rounds that a restart needs.
	CauseFailures
	// CauseSuspended: somebody has asked us to do nothing about it for a while; Left of that.
	CauseSuspended
	// CausePatience: earlier troubles of this process healed by themselves; it has Left to do so again.
	CausePatience
	// CauseBlocked: something that the process depends on is down (Blocker). Of another watch Count of its Of processes are.
	CauseBlocked
	// CauseMass: Count of the Of processes of the selection fail at once, and one is restarted to see whether it helps.
	// The next one is tried after Left, or when that one is healthy.
	CauseMass
	// CauseUndecided: whether too many fail at once depends on probes that are still running, or it is just being found out
	// whether another listener has started the process, or whether what it depends on is down.
	CauseUndecided
	// CauseShared: Count other processes came into trouble at the same time. One is restarted after Left to see
	// whether it helps.
	CauseShared
	// CauseLadder: the Count restarts since the process was last well have not helped; the next follows after Left.
	CauseLadder
	// CauseBackoff: the pause between two restarts; Left of it.
	CauseBackoff
	// CauseLimit: Count restarts and deaths have used up the limit of Of; the next restart is possible in Left.
	CauseLimit
	// CauseLedger: what was used up by earlier lives of the listener cannot be read yet.
	CauseLedger
	// CausePort: a process that shares the port of this one was restarted, and nobody has looked since whether it was
	// the one.
	CausePort

	// Causes of GiveUp.

	// CauseSpent: Count restarts of Of were not enough. A start by somebody else ends the give-up; so does Left without a
	// break of good health, and, with RearmByWindow, the limit when it allows another.
	CauseSpent

	// Causes of Do.

	// CauseFailing: Count unhealthy rounds in a row.
	CauseFailing
	// CausePlanned: nothing is wrong, and the time of a restart that is planned has come.
	CausePlanned
	// CauseObserve: it would be done, but the policy only observes.
	CauseObserve
	// CauseNoAction: it would be done, but the policy's action is none.
	CauseNoAction

	// Causes is how many there are.
	Causes = iota
)

// Decision is what follows from a verdict. It has no words: whoever tells of it finds them.
type Decision struct {
	Kind  DecisionKind
	Cause Cause
	Left  time.Duration // how long the cause lasts yet, where that is known
	Count int
	Of    int

	Blocker Blocker // CauseBlocked

	Trial    ID   // CauseMass, CauseShared: who was restarted last to see whether it helps; zero: nobody yet
	Helpless bool // its restart did not help
}

// String is the word of the decision.
func (k DecisionKind) String() string {
	return [...]string{
		"keep", "hold", "do", "give up",
	}[k]
}

// String is the word of the cause.
func (c Cause) String() string {
	return [...]string{
		"none", "turn", "unrest", "recovering", "grace", "failures", "suspended", "patience", "blocked", "mass", "undecided", "shared", "ladder", "backoff",
		"limit", "ledger", "port", "spent", "failing", "planned", "observe", "no action",
	}[c]
}

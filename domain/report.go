package domain

import "time"

// Report is one thing that has happened. The engine makes it, once; whoever keeps a log, a status, metrics or a history
// reads the same stream. Which fields are set depends on the kind; it must not be changed by who reads it.
type Report struct {
	Kind     ReportKind
	At       time.Time // by ports.Clock
	Watch    string    // the name of the watch that it is about; empty if it is about none
	Process  ID        // the process that it is about; zero if it is about none
	PID      int
	Uptime   time.Duration // how long the process has been running
	Again    bool          // it was reported before, and still holds
	Verdict  Verdict
	Decision Decision
	Spell    Spell         // ReportJudged: how long it has not been well under the watch, or was not until now
	Took     time.Duration // a probe: how long it took; a restart: how long the process was down
	Said     bool          // the verdict was reported a moment ago, with the decision that this follows from
	Text     string        // ReportSuspended: the reason that was given
	By       string        // ReportRestartedByOther: the listener that has restarted it
	Restart  *Progress     // of a report about a restart
	Census   *Census       // ReportWatching, ReportIdle
	Port     *PortUse      // ReportSharedPort, ReportPortConflict
	Deaths   *Deaths       // ReportFlapping
	Output   []string      // ReportOutput: lines, the newest last
	Events   *Events       // ReportNoTicks
	Signal   string        // ReportSignalled
	Err      error
}

// Spell is a time without health, as one watch sees it: from the first unhealthy round after the grace until it has recovered. A restart
// does not end it.
type Spell struct {
	Rounds int // that were unhealthy
	Lasted time.Duration
}

// ReportKind is what has happened.
type ReportKind int

const (
	// ReportProbed: the checks were run on a process. There is one for every run.
	ReportProbed ReportKind = iota
	// ReportJudged: the decision about a process is news, or still holds after a while.
	ReportJudged
	// ReportWatching: a watch looks after another number of processes than before.
	ReportWatching
	// ReportIdle: of all the processes of a watch none can be judged.
	ReportIdle
	// ReportProbeLate: a probe does not come back, and the process is not judged meanwhile.
	ReportProbeLate
	// ReportSharedPort: several processes of a watch are probed on one port, so that the check cannot tell them apart.
	ReportSharedPort
	// ReportPortConflict: another process holds the port that this one should listen on.
	ReportPortConflict
	// ReportFlapping: the process ends by itself over and over (Deaths). If Decision holds, it is not restarted by us until
	// the limit allows it.
	ReportFlapping
	// ReportWarning: a check (Verdict.Check) has something to say of which nothing follows (Verdict.Reason), or has no more (empty).
	ReportWarning
	// ReportStopped: somebody else has stopped the process; it is left alone until somebody starts it.
	ReportStopped
	// ReportRuns: a process that somebody else had stopped runs again.
	ReportRuns
	// ReportRestartedByOther: another listener (By) has restarted the process. It counts as if this one had.
	ReportRestartedByOther
	// ReportSuspended: somebody has asked that nothing be done about the process for a while (Decision.Left). Text is what they said.
	ReportSuspended
	// ReportResumed: that is over, or was taken back.
	ReportResumed
	// ReportRearmed: the restarts of the process are counted anew, because somebody else has started it. If Watch is set,
	// that watch has given it up no longer, because it was well for long enough.
	ReportRearmed

	// ReportRefused: the restart that was decided is not begun.
	ReportRefused
	// ReportWaiting: the restart waits for a slot.
	ReportWaiting
	// ReportFound: an earlier life of a listener has left an unfinished restart behind.
	ReportFound
	// ReportStopping: the process is being stopped, to be started again.
	ReportStopping
	// ReportLate: a restart takes longer than it should.
	ReportLate
	// ReportRestarted: the process runs again.
	ReportRestarted
	// ReportNotStarted: a process that was down could not be started.
	ReportNotStarted
	// ReportDropped: the restart has ended because there is nothing to do for us.
	ReportDropped
	// ReportLeft: the listener ends before the restart, which the next life of the listener goes on with.
	ReportLeft
	// ReportSignalled: a signal was sent to the process, or could not be sent (Err).
	ReportSignalled

	// ReportDown: nobody starts the process any more: it was given up and has ended (Decision), or supervisord has lost control of it.
	ReportDown

	// ReportSilent: supervisord's API fails (Err), and nothing is judged meanwhile.
	ReportSilent
	// ReportShutdown: supervisord is shutting down or reloading, and nothing is judged meanwhile.
	ReportShutdown
	// ReportAnswers: supervisord's API can be used again.
	ReportAnswers
	// ReportStoreFailed: the journal cannot be used (Err).
	ReportStoreFailed
	// ReportStoreWorks: the journal can be used again.
	ReportStoreWorks
	// ReportSkipped: a tick was not acted on, because it is stale, a copy, or comes before supervisord has answered the last one.
	ReportSkipped
	// ReportNoTicks: no tick has come for longer than it takes where supervisord sends one every minute (Events).
	ReportNoTicks
	// ReportNoChanges: ticks come, and no event tells what becomes of processes.
	ReportNoChanges
	// ReportOutput: what a process has written to its stderr last (Output), before it is stopped or because it did not start.
	ReportOutput
)

// Progress is how far a restart has come, and what is wrong with it.
type Progress struct {
	Phase     Phase
	StartOnly bool
	Trouble   Trouble
	Tries     int           // starts that have failed
	Next      time.Duration // when the next thing is tried
	Waiting   int           // restarts that wait for this one to end
	Ahead     []ID          // ReportWaiting: who is restarted before it, those first that are under way
	Waited    time.Duration // how long nothing has moved
	Limit     time.Duration // supervisord's own patience with the stop (stopwaitsecs), 0 if unknown
}

// Trouble is why a restart was not begun, does not come along, or has ended without a restart. It has no words of ours:
// Text and Err are what others said.
type Trouble struct {
	Kind   TroubleKind
	State  State // what the process was in
	PID    int   // TroubleReplaced, TroubleStartedByOther
	Status int   // TroubleExited, TroubleExitedAgain
	Text   string
	Err    error
}

// TroubleKind is what is wrong.
type TroubleKind int

const (
	// NoTrouble is the zero kind.
	NoTrouble TroubleKind = iota
	// TroubleListener: its group has the priority of event listeners, which are restarted only when they or their group are named.
	TroubleListener
	// TroubleNameless: supervisord does not say who it is, so that the next life of the listener could not tell whose restart it is.
	TroubleNameless
	// TroubleClaimed: another listener is restarting it (Err).
	TroubleClaimed
	// TroubleSupervisor: supervisord itself was restarted since.
	TroubleSupervisor
	// TroubleUnsent: nothing had been sent yet.
	TroubleUnsent
	// TroubleUnknown: supervisord does not know the process any more.
	TroubleUnknown
	// TroubleMoved: it is in another State by now than the one that it was judged in.
	TroubleMoved
	// TroubleReplaced: it was restarted meanwhile and has another PID.
	TroubleReplaced
	// TroubleUnasked: supervisord did not answer the look before the stop (Err).
	TroubleUnasked
	// TroubleGone: it ended, or somebody else stopped it, just before the stop.
	TroubleGone
	// TroubleRefused: supervisord has refused the stop or the start (Err).
	TroubleRefused
	// TroubleNotStopped: the answer to the stop was lost, and the process runs on.
	TroubleNotStopped
	// TroubleAnswerLost: the answer to the stop or the start was lost (Err).
	TroubleAnswerLost
	// TroubleBlind: supervisord does not say what the process does (Err).
	TroubleBlind
	// TroubleStoppedByOther: somebody else has stopped it, or is stopping it (State).
	TroubleStoppedByOther
	// TroubleStartedByOther: somebody else has started it, with this PID.
	TroubleStartedByOther
	// TroubleExited: it had ended by itself with this Status.
	TroubleExited
	// TroubleExitedAgain: it was started and has exited with this Status.
	TroubleExitedAgain
	// TroubleIgnored: supervisord said yes to the start and has not started it.
	TroubleIgnored
	// TroubleBackoff: supervisord tries to start it again (Text: its words).
	TroubleBackoff
	// TroubleFatal: supervisord has given up starting it (Text: its words).
	TroubleFatal
	// TroubleStill: it is still in State.
	TroubleStill
	// TroubleLimit: it does not stay up, and the limit of the policy does not allow another start before Progress.Next is over.
	TroubleLimit
	// TroubleSpent: it does not stay up, and the limit of the policy is used up (Report.Decision). It is in State.
	TroubleSpent
	// TroubleLeftStopped: somebody else has stopped those beside it meanwhile, so that it is left stopped.
	TroubleLeftStopped
	// TroubleUpdate: its settings were changed meanwhile, and the start waits for whoever changes it.
	TroubleUpdate
)

// Census counts the processes of a watch.
type Census struct {
	Selection string // in supervisorctl's words
	Processes int
	Groups    []string     // of a ReportWatching without processes: the groups that there are, in order
	States    []StateCount // by state; of a ReportWatching only when none can be judged
	Observe   bool         // of a ReportWatching: nothing is done, and it is only said what would be
}

// StateCount is how many processes are in a state.
type StateCount struct {
	State State
	Count int
}

// Deaths are the ends of a process by itself.
type Deaths struct {
	Count  int
	Within time.Duration // from the first to the last of them
	Exit   *Exit         // the last one, nil where supervisord does not tell
}

// Exit is how a process has ended.
type Exit struct {
	Status int
	Signal string // its name, such as SIGSEGV, if a signal has ended it; Status is meaningless then
}

// Events are what supervisord has sent.
type Events struct {
	Count  int64         // all of them
	Waited time.Duration // without a tick
}

// PortUse is who uses a TCP port.
type PortUse struct {
	Port    int
	Sharing int        // processes of the watch that are probed on it
	Holders []Listener // processes that hold it, other than the one that should
}

// String is the word of the report.
func (k ReportKind) String() string {
	return [...]string{
		"probed", "judged", "watching", "idle", "probe late", "shared port", "port conflict", "flapping", "warning", "stopped", "runs",
		"restarted by other", "suspended", "resumed", "rearmed", "refused", "waiting", "found", "stopping", "late", "restarted", "not started", "dropped", "left",
		"signalled", "down", "silent", "shutdown", "answers", "store failed", "store works", "skipped", "no ticks", "no changes", "output",
	}[k]
}

// String is the word of the trouble.
func (k TroubleKind) String() string {
	return [...]string{
		"none", "listener", "nameless", "claimed", "supervisor", "unsent", "unknown", "moved", "replaced",
		"unasked", "gone", "refused", "not stopped", "answer lost", "blind", "stopped by other", "started by other",
		"exited", "exited again", "ignored", "backoff", "fatal", "still", "limit", "spent", "left stopped", "update",
	}[k]
}

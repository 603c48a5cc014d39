package engine

import (
	"errors"
	"time"

	"supervisor-healthcheck/domain"
)

// Input is something that has happened outside and that the engine is told of. It is one of the types of this file.
type Input interface{ input() }

// ErrVoid is the error of an answer to a question that was cancelled: it says nothing about supervisord or the journal.
var ErrVoid = errors.New("cancelled")

// Numbers are the numbers of an event. An embedder without events leaves them 0.
type Numbers struct {
	Serial     int64 // counts the events of this supervisord; the same when an event is delivered again
	PoolSerial int64 // counts the events of this listener's pool; a gap means that events were lost
}

// Ticked says that it is time to judge whatever is due.
type Ticked struct {
	Numbers
	Tick domain.Tick // zero for an embedder with a schedule of its own
}

// Changed says that a process has left one state for another.
type Changed struct {
	Numbers
	Change domain.StateChange
}

// Regrouped says that supervisord has added or removed a group.
type Regrouped struct{ Numbers }

// Ordered says that somebody has sent an order through supervisord, to all listeners.
type Ordered struct {
	Numbers
	Order domain.Order
}

// Noted is an event that says nothing but its numbers.
type Noted struct{ Numbers }

// Listed is the answer to a Refresh of all processes.
type Listed struct {
	Processes []domain.Process // the engine keeps the slice
	Err       error
}

// Seen is the answer to a Refresh of some processes, in the order in which they were asked for. After an error that is not
// domain.ErrNoSuchProcess the others are not asked for.
type Seen struct {
	Answers []Answer
}

// Answer is what supervisord says of one process.
type Answer struct {
	ID      domain.ID
	Process domain.Process
	Err     error // domain.ErrNoSuchProcess if there is none of that name
}

// Configured is the answer to a Refresh of the settings.
type Configured struct {
	Settings map[domain.ID]domain.Settings // the engine keeps the map
	Err      error
}

// Identified is the answer to a Refresh of who supervisord is.
type Identified struct {
	Supervisor domain.Supervisor
	Err        error
}

// Suspend says that somebody wants nothing to be done about processes for a while; a Suspension that is zero takes that back.
type Suspend struct {
	IDs        []domain.ID
	Suspension domain.Suspension
}

// Probed is the answer to a Job of a Probe, see Job.Answer.
type Probed struct {
	Watch   int
	Era     int
	ID      domain.ID
	Number  uint64
	Verdict domain.Verdict
	Took    time.Duration
	Void    bool // the probe was cancelled: the verdict counts for nothing
}

// Asked is the answer to an Ask.
type Asked struct {
	Name    string         // of the dependency
	Verdict domain.Verdict // Unhealthy: it is down
	Void    bool           // the question was cancelled: the verdict counts for nothing
}

// Stepped is the answer to a Step.
type Stepped struct {
	Step    Step
	Process domain.Process // of a Look
	Err     error          // of the act
	Store   error          // of keeping the restart in the journal
	Others  *domain.Others // after an intent was kept; nil if that cannot be known

	Processes []domain.Process              // of a Survey
	Settings  map[domain.ID]domain.Settings // of a Reread; the engine keeps the map
}

// Signalled is the answer to a Signal.
type Signalled struct {
	Signal Signal
	Err    error
}

// Held is the answer to a Holders.
type Held struct {
	Holders   Holders
	Listeners []domain.Listener
	Err       error
}

// Loading says that a Loaded will come, before which the engine does not know what was used up.
type Loading struct{}

// Loaded is what earlier lives of the listener have kept. It comes again for as long as one of the two cannot be read.
type Loaded struct {
	Histories  map[domain.ID]domain.History // nil if they could not be read
	Unfinished []domain.Restart
	Err        error
}

// Completed is the answer to a Complete.
type Completed struct{ Report domain.Report }

// Saved is the answer to a Save.
type Saved struct {
	Save Save
	Err  error
}

// Consulted is the answer to a Consult.
type Consulted struct {
	Others     domain.Others
	Unfinished []domain.Restart // what was left behind and is ours now
	Err        error
}

// Reconfigured says that other watches are looked after from now on.
type Reconfigured struct {
	Watches  []domain.Watch
	Restarts int   // restarts at a time in all
	From     []int // for each watch its place among those before if it is the same one; -1 if it is new, or has changed
}

// Ending says that the listener is going to end: nothing is begun any more, and what was stopped is started.
type Ending struct{}

// Abandoned says that the listener ends now.
type Abandoned struct{}

// Woke says that the moment of Engine.Next has come.
type Woke struct{ At time.Time }

func (Ticked) input()       {}
func (Changed) input()      {}
func (Regrouped) input()    {}
func (Suspend) input()      {}
func (Ordered) input()      {}
func (Noted) input()        {}
func (Listed) input()       {}
func (Seen) input()         {}
func (Configured) input()   {}
func (Identified) input()   {}
func (Probed) input()       {}
func (Asked) input()        {}
func (Stepped) input()      {}
func (Signalled) input()    {}
func (Held) input()         {}
func (Loading) input()      {}
func (Loaded) input()       {}
func (Saved) input()        {}
func (Consulted) input()    {}
func (Completed) input()    {}
func (Reconfigured) input() {}
func (Ending) input()       {}
func (Abandoned) input()    {}
func (Woke) input()         {}

// Of is the input that an event of supervisord is to the engine.
func Of(event domain.Event) Input {
	numbers := Numbers{Serial: event.Serial, PoolSerial: event.PoolSerial}
	switch {
	case event.Tick != nil:
		return Ticked{Numbers: numbers, Tick: *event.Tick}
	case event.Change != nil:
		return Changed{Numbers: numbers, Change: *event.Change}
	case event.Group != nil:
		return Regrouped{numbers}
	case event.Order != nil:
		return Ordered{Numbers: numbers, Order: *event.Order}
	}
	return Noted{numbers}
}

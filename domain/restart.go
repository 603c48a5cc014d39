package domain

import (
	"errors"
	"fmt"
	"time"
)

// Restart is one restart of one process as a transaction: a pure state machine. Its owner does what the last Step
// says, reports what came of it (Saw, Blind, StopAnswered, StartAnswered), and gets the next Step, until Finish.
//
// Once a stop may have been carried out, it ends only when the process runs again, when it is certain that the
// stop was not ours or was not carried out, or when somebody else has taken over.
type Restart struct {
	Instance   Instance // the life that was judged, the only one that may be stopped
	Watch      string   // whose restart it is, for the log
	Reason     string   // why, for the log
	StartOnly  bool     // there is nothing to stop: a process in FATAL or EXITED is started
	Phase      Phase
	Supervisor int       // pid of the supervisord that was asked
	Begun      time.Time // when it was decided
	Tries      int       // starts that have failed

	sight time.Time // since when supervisord shows it running on although the fate of the stop is open
	looks int       // consecutive looks in this phase, for the pause between them
	fresh bool      // the stop has been accepted and nothing has been seen since
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

// Act is what the owner of a Restart does next.
type Act int

const (
	// Look asks supervisord for the process and reports Saw or Blind.
	Look Act = iota
	// SendStop asks supervisord to stop the process and reports StopAnswered. The journal is written first.
	SendStop
	// SendStart asks supervisord to start the process and reports StartAnswered. The journal is written first.
	SendStart
	// Finish ends the transaction; Outcome and Why tell how.
	Finish
)

// Outcome is how a transaction has ended.
type Outcome int

const (
	// Dropped: there was or is nothing to do for us.
	Dropped Outcome = iota
	// Restarted: the process runs again.
	Restarted
	// NotStarted: a StartOnly transaction whose start failed.
	NotStarted
)

// Step is what comes next in a transaction.
type Step struct {
	After   time.Duration // wait so long first
	Act     Act
	Outcome Outcome // with Finish
	Why     string  // with Finish, and when something went wrong: one phrase for the log
	Parked  bool    // it will take a while: do not hold up other restarts for this one
}

// The pauses between looks, and between starts that fail.
const (
	firstLook    = 10 * time.Millisecond
	longestLook  = time.Second
	firstRetry   = time.Second
	longestRetry = 5 * time.Minute
	openFate     = 2 * time.Second // a stop without an answer that has not shown for so long, while supervisord answers, was not carried out
	settle       = time.Second     // a stop just after a spawn can lose its signal, see Saw
)

// NewRestart begins a transaction; the first step is always Look.
func NewRestart(p Process, watch, reason string, supervisor int, now time.Time) (Restart, Step) {
	return Restart{
		Instance:   p.Instance(),
		Watch:      watch,
		Reason:     reason,
		StartOnly:  p.State != Running,
		Supervisor: supervisor,
		Begun:      now,
	}, Step{Act: Look}
}

// Resume takes up a transaction that an earlier life of the listener left behind, under the supervisord with this pid.
func (r Restart) Resume(supervisor int) (Restart, Step) {
	if r.Supervisor != supervisor {
		return r.finish(Dropped, "supervisord itself was restarted since")
	}
	if r.Phase == Planned {
		return r.finish(Dropped, "nothing had been sent yet")
	}
	return r, Step{Act: Look}
}

// Sending notes that the act of a step is about to be carried out, so that the journal can tell.
func (r Restart) Sending(act Act) Restart {
	switch act {
	case SendStop:
		r.Phase, r.looks = StopSent, 0
	case SendStart:
		if r.Phase != StartSent { // starts whose answers are lost must not follow each other ever so fast
			r.looks = 0
		}
		r.Phase = StartSent
	}
	return r
}

// Saw reports what supervisord says of the process.
func (r Restart) Saw(p Process, now time.Time) (Restart, Step) {
	if r.Phase == Planned {
		return r.sawPlanned(p)
	}
	sameLife := p.Started.Equal(r.Instance.Started) // a later life of the process has a later start
	if r.fresh && (p.State == Stopping || p.State == Stopped) && !sameLife {
		// It was restarted between our last look and our stop, which so has ended the new life: that start is owed.
		r.Instance, sameLife = p.Instance(), true
	}
	r.fresh = false
	switch p.State {
	case Running:
		return r.sawRunning(p, now)
	case Starting, StateUnknown:
		return r.look("")
	case Backoff:
		r, step := r.look("supervisord tries to start it again: " + p.SpawnError)
		step.Parked = true
		return r, step
	case Stopping:
		if sameLife && r.Phase <= StopAccepted {
			return r.look("")
		}
		return r.finish(Dropped, "somebody else is stopping it")
	case Stopped:
		switch {
		case sameLife && r.Owes():
			return r, Step{Act: SendStart}
		case sameLife && !r.StartOnly: // a life that somebody else has stopped would have begun later
			return r.notStarted(errors.New("supervisord said yes to the start and has not started it"))
		}
		return r.finish(Dropped, "somebody else has stopped it")
	case Exited:
		return r.sawExited(p, sameLife)
	}
	return r.sawFatal(p, sameLife)
}

// sawPlanned is the last look before the stop: only the very life that was judged may be stopped. A stop within
// milliseconds after the spawn reaches supervisord's fork before the program's exec and is lost, which costs
// stopwaitsecs and a SIGKILL; so a newborn process is given a second.
func (r Restart) sawPlanned(p Process) (Restart, Step) {
	switch {
	case r.StartOnly && (p.State == Fatal || p.State == Exited) && p.Instance().Same(r.Instance):
		return r, Step{Act: SendStart}
	case r.StartOnly:
		return r.finish(Dropped, "it is "+p.State.String()+" by now")
	case p.State != Running:
		return r.finish(Dropped, "it is "+p.State.String()+" by now, not RUNNING")
	case !p.Instance().Same(r.Instance):
		return r.finish(Dropped, fmt.Sprintf("it was restarted meanwhile: pid %d, not %d", p.PID, r.Instance.PID))
	case p.Uptime < settle && r.looks < 10: // bounded, for a clock that was set back
		r.looks++
		return r, Step{Act: Look, After: settle / 5}
	}
	return r, Step{Act: SendStop}
}

func (r Restart) sawRunning(p Process, now time.Time) (Restart, Step) {
	switch {
	case !p.Instance().Same(r.Instance):
		if r.Phase >= StartSent || r.Tries > 0 {
			return r.finish(Restarted, "")
		}
		return r.finish(Dropped, fmt.Sprintf("somebody else has started it again, pid %d", p.PID))
	case r.Phase == StopSent && r.sight.IsZero():
		r.sight = now
		return r.look("")
	case r.Phase == StopSent && now.Sub(r.sight) < openFate:
		return r.look("")
	}
	return r.finish(Dropped, "it was not stopped")
}

func (r Restart) sawExited(p Process, sameLife bool) (Restart, Step) {
	switch {
	case sameLife && r.StartOnly && r.Phase < StartAccepted: // both lives may have begun in the same second
		return r.finish(NotStarted, "the start was not carried out")
	case sameLife && !r.StartOnly:
		return r.finish(Dropped, fmt.Sprintf("it had ended by itself with status %d", p.ExitStatus))
	}
	return r.finish(NotStarted, fmt.Sprintf("it was started and has exited again with status %d", p.ExitStatus))
}

// sawFatal waits before the next start, and looks again after that: somebody may have started and stopped it meanwhile.
func (r Restart) sawFatal(p Process, sameLife bool) (Restart, Step) {
	why := "supervisord has given up starting it: " + p.SpawnError
	switch {
	case r.StartOnly && sameLife && r.Phase < StartAccepted:
		return r.finish(NotStarted, "the start was not carried out")
	case r.StartOnly:
		return r.finish(NotStarted, why)
	case r.Phase <= StopAccepted:
		return r, Step{Act: SendStart}
	}
	r.Phase, r.looks = StopAccepted, 0
	r.Tries++
	return r, Step{Act: Look, After: r.retry(), Why: why, Parked: true}
}

// Blind reports that supervisord did not say anything of the process.
func (r Restart) Blind(err error) (Restart, Step) {
	switch {
	case errors.Is(err, ErrNoSuchProcess):
		return r.finish(Dropped, "supervisord does not know it any more")
	case r.Phase == Planned:
		return r.finish(Dropped, err.Error())
	}
	r.sight, r.fresh = time.Time{}, false // a stop may wait in a supervisord that hangs
	r, step := r.look(err.Error())
	step.After = max(step.After, 200*time.Millisecond)
	step.Parked = r.looks > 8
	return r, step
}

// StopAnswered reports what supervisord said to the stop.
func (r Restart) StopAnswered(err error) (Restart, Step) {
	switch {
	case err == nil:
		r.Phase, r.fresh = StopAccepted, true
		return r.look("")
	case errors.Is(err, ErrNotRunning):
		return r.finish(Dropped, "it ended, or somebody else stopped it, just before")
	case errors.Is(err, ErrNoSuchProcess), errors.Is(err, ErrShuttingDown), errors.Is(err, ErrUnauthorized),
		errors.Is(err, ErrNotSent):
		return r.finish(Dropped, "it was not stopped: "+err.Error())
	}
	return r.look("the answer to the stop was lost: " + err.Error())
}

// StartAnswered reports what supervisord said to the start.
func (r Restart) StartAnswered(err error) (Restart, Step) {
	switch {
	case err == nil, errors.Is(err, ErrAlreadyStarted):
		r.Phase = StartAccepted
		return r.look("")
	case errors.Is(err, ErrNoSuchProcess):
		return r.finish(Dropped, "supervisord does not know it any more")
	case errors.Is(err, ErrCannotStart):
		return r.notStarted(err)
	case errors.Is(err, ErrShuttingDown), errors.Is(err, ErrUnauthorized), errors.Is(err, ErrNotSent):
		if r.StartOnly {
			return r.finish(NotStarted, err.Error())
		}
		r.Phase, r.looks = StopAccepted, 0
		return r, Step{Act: Look, After: firstRetry, Why: err.Error(), Parked: true}
	}
	return r.look("the answer to the start was lost: " + err.Error())
}

// notStarted is a start that supervisord refused because of the program: it is tried again, ever more rarely.
func (r Restart) notStarted(err error) (Restart, Step) {
	if r.StartOnly {
		return r.finish(NotStarted, err.Error())
	}
	r.Phase, r.looks = StopAccepted, 0
	r.Tries++
	return r, Step{Act: Look, After: r.retry(), Why: err.Error(), Parked: true}
}

func (r Restart) look(why string) (Restart, Step) {
	pause := min(firstLook<<min(r.looks, 10), longestLook)
	r.looks++
	return r, Step{Act: Look, After: pause, Why: why}
}

func (r Restart) retry() time.Duration {
	return min(firstRetry<<min(max(r.Tries-1, 0), 20), longestRetry)
}

func (r Restart) finish(outcome Outcome, why string) (Restart, Step) {
	return r, Step{Act: Finish, Outcome: outcome, Why: why}
}

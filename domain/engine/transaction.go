package engine

import (
	"errors"
	"slices"
	"time"

	"supervisor-healthcheck/domain"
)

// transaction is one restart of one process: a pure state machine. Its owner takes the step that the last answer has given,
// hands in what came of it (saw, blind, stopAnswered, startAnswered) or what an event has told (told), and gets the
// next, until Finish.
//
// Once a stop may have been carried out, it ends only when the process runs again, when it is certain that the stop was
// not ours or was not carried out, or when somebody else has taken over.
type transaction struct {
	domain.Restart

	sights   int  // looks in a row that have shown it running on although the fate of the stop is open
	looks    int  // consecutive looks in this phase, for the pause between them
	fresh    bool // the stop has been accepted a moment ago and nothing has been seen since
	eventful bool // events tell of its changes, so that looks are the fall-back

	last   domain.State  // at the last look
	risen  time.Time     // since when its new life is known to be RUNNING; zero if it is not
	newPID int           // of that life
	starts time.Duration // startsecs: so long supervisord has it STARTING
	exits  []int         // the exit statuses that it may end with by its configuration; 0 alone if nil
}

// outcome is how a transaction has ended.
type outcome int

const (
	dropped    outcome = iota // there was or is nothing to do for us
	restarted                 // the process runs again
	notStarted                // a start alone has failed
)

// next is what comes next in a transaction.
type next struct {
	after   time.Duration // wait so long first
	act     Act           // Look, SendStop, SendStart or Finish
	outcome outcome       // with Finish
	trouble domain.Trouble
	parked  bool // it will take a while: do not hold up other restarts for this one
	ours    bool // it runs again, and a start of ours has brought that about
}

// The pauses between looks, and between starts that fail.
const (
	firstLook    = 10 * time.Millisecond
	longestLook  = time.Second
	firstCheck   = 2 * time.Second // where events tell, and looks are for those that were lost
	longestCheck = 16 * time.Second
	firstRetry   = time.Second
	longestRetry = 5 * time.Minute
	openFate     = 2                // a stop without an answer that so many answered looks in a row do not show was not carried out
	steadyFor    = 10 * time.Second // what does not stay up, as for want of its port, mostly ends sooner, however short startsecs is
	settle       = time.Second      // a stop just after a spawn can lose its signal, see planned
)

// begin begins a transaction; the first step is always a look.
func begin(p domain.Process, watch, reason string, supervisor int, now time.Time) (transaction, next) {
	return transaction{Restart: domain.Restart{
		Instance:   p.Instance(),
		Watch:      watch,
		Reason:     reason,
		StartOnly:  p.State != domain.Running,
		Supervisor: supervisor,
		Begun:      now,
	}}, next{act: Look}
}

// resume takes up a transaction that an earlier life of the listener left behind, under the supervisord with this pid.
func resume(r domain.Restart, supervisor int) (transaction, next) {
	t := transaction{Restart: r}
	if r.Supervisor != supervisor {
		return t.finish(dropped, domain.Trouble{Kind: domain.TroubleSupervisor})
	}
	if r.Phase == domain.Planned {
		return t.finish(dropped, domain.Trouble{Kind: domain.TroubleUnsent})
	}
	return t, next{act: Look}
}

// sending notes that an act is about to be carried out, so that the journal can tell.
func (t transaction) sending(act Act) transaction {
	switch act {
	case SendStop:
		t.Phase, t.looks, t.sights = domain.StopSent, 0, 0
	case SendStart:
		if t.Phase != domain.StartSent { // starts whose answers are lost must not follow each other ever so fast
			t.looks = 0
		}
		t.Phase = domain.StartSent
	}
	return t
}

// told hands in an event about the process. The last result is false if it changes nothing. RUNNING of another life, which
// we have started, says all that a look would. STOPPED of the very life that we stop does not: where it comes late, a human
// may have started and stopped the process again.
func (t transaction) told(c domain.StateChange, now time.Time) (transaction, next, bool) {
	switch {
	case t.up() && c.To == domain.Running && c.PID == t.newPID:
		return t, next{}, false
	case t.Phase < domain.StopAccepted, t.Phase == domain.StartSent:
		return t, next{}, false // what supervisord answers to us comes first
	case t.Phase == domain.StopAccepted && c.To == domain.Stopped && c.PID != 0 && c.PID == t.Instance.PID:
		t.fresh = false
		return t, next{act: Look}, true
	case t.Phase == domain.StopAccepted && c.To == domain.Stopping, c.To == domain.Starting:
		return t, next{}, false
	case t.Phase == domain.StopAccepted && t.Tries > 0 && c.To != domain.Running && c.To != domain.Stopped:
		return t, next{}, false // the end of the start that has failed, after which there is a pause
	case t.Phase == domain.StartAccepted && c.To == domain.Running && c.PID != 0 && c.PID != t.Instance.PID:
		t, n := t.rise(domain.Process{ID: c.ID, State: c.To, PID: c.PID}, now)
		return t, n, true
	}
	return t, next{act: Look}, true
}

// saw hands in what supervisord says of the process.
func (t transaction) saw(p domain.Process, now time.Time) (transaction, next) {
	if t.Phase == domain.Planned {
		return t.planned(p)
	}
	sameLife := p.Started.Equal(t.Instance.Started) // a later life of the process has a later start
	if t.fresh && (p.State == domain.Stopping || p.State == domain.Stopped) && !sameLife {
		// It was restarted between our last look and our stop, which so has ended the new life: that start is owed.
		t.Instance, sameLife = p.Instance(), true
	}
	t.fresh = false
	before := t.last
	t.last = p.State
	switch p.State {
	case domain.Running:
		return t.running(p, before, now)
	case domain.Starting:
		return t.look(domain.Trouble{})
	case domain.StateUnknown:
		return t.lost()
	case domain.Backoff:
		t, n := t.look(domain.Trouble{Kind: domain.TroubleBackoff, State: p.State, Text: p.SpawnError})
		n.parked = true
		return t, n
	case domain.Stopping:
		if sameLife && t.Phase <= domain.StopAccepted {
			return t.look(domain.Trouble{})
		}
		return t.finish(dropped, domain.Trouble{Kind: domain.TroubleStoppedByOther, State: p.State})
	case domain.Stopped:
		return t.stopped(p, sameLife)
	case domain.Exited:
		return t.exited(p, sameLife)
	}
	return t.fatal(p, sameLife)
}

// planned is the last look before the stop: only the very life that was judged may be stopped. A stop within
// milliseconds after the spawn reaches supervisord's fork before the program's exec and is lost, which costs
// stopwaitsecs and a SIGKILL; so a newborn process is given a second.
func (t transaction) planned(p domain.Process) (transaction, next) {
	same := p.Instance().Same(t.Instance)
	switch {
	case t.StartOnly && (p.State == domain.Fatal || p.State == domain.Exited) && same:
		return t, next{act: SendStart}
	case t.StartOnly, p.State != domain.Running:
		return t.finish(dropped, domain.Trouble{Kind: domain.TroubleMoved, State: p.State})
	case !same:
		return t.finish(dropped, domain.Trouble{Kind: domain.TroubleReplaced, PID: p.PID})
	case p.Uptime < settle && t.looks < 10: // bounded, for a clock that was set back
		t.looks++
		return t, next{act: Look, after: settle / 5}
	}
	return t, next{act: SendStop}
}

func (t transaction) running(p domain.Process, before domain.State, now time.Time) (transaction, next) {
	switch {
	case !p.Instance().Same(t.Instance):
		if t.Phase >= domain.StartSent || t.Tries > 0 && before != domain.Stopped && before != domain.Fatal {
			return t.rise(p, now)
		}
		if t.Tries > 0 { // what failed to start is left by the start of somebody else alone, who so has taken over
			return t.finish(restarted, domain.Trouble{})
		}
		return t.finish(dropped, domain.Trouble{Kind: domain.TroubleStartedByOther, PID: p.PID})
	case t.Phase == domain.StopSent && t.sights+1 < openFate:
		// supervisord takes requests in the order in which they have come: what was sent before the first look was carried
		// out before it answers the second one, which was sent after the first was answered
		t.sights++
		return t.look(domain.Trouble{})
	}
	return t.finish(dropped, domain.Trouble{Kind: domain.TroubleNotStopped})
}

// up reports whether it runs again. What is up is not always there to stay.
func (t transaction) up() bool { return !t.risen.IsZero() }

// rise follows a process that runs again until it has done so for a while: a program that cannot get its port, say, may need
// longer to find out than startsecs, and would be down because of us all the same.
func (t transaction) rise(p domain.Process, now time.Time) (transaction, next) {
	if t.StartOnly {
		return t.finish(restarted, domain.Trouble{})
	}
	ours := t.Phase >= domain.StartSent && !t.up()
	if !t.up() || p.PID != t.newPID {
		t.risen, t.newPID, t.looks = now, p.PID, 0
	}
	t.Phase = domain.StartAccepted
	left := min(t.starts+steadyFor-p.Uptime, t.risen.Add(steadyFor).Sub(now))
	if left <= 0 {
		t, n := t.finish(restarted, domain.Trouble{})
		n.ours = ours
		return t, n
	}
	if !t.eventful {
		left = min(left, firstCheck<<min(t.looks, 10))
	}
	t.looks++
	return t, next{act: Look, after: left, ours: ours}
}

func (t transaction) stopped(p domain.Process, sameLife bool) (transaction, next) {
	switch {
	case sameLife && t.Owes():
		return t, next{act: SendStart}
	case sameLife && !t.StartOnly: // a life that somebody else has stopped would have begun later
		return t.retry(domain.Trouble{Kind: domain.TroubleIgnored})
	}
	return t.finish(dropped, domain.Trouble{Kind: domain.TroubleStoppedByOther, State: p.State})
}

func (t transaction) exited(p domain.Process, sameLife bool) (transaction, next) {
	switch {
	case sameLife && t.StartOnly && t.Phase < domain.StartAccepted: // both lives may have begun in the same second
		return t.finish(notStarted, domain.Trouble{Kind: domain.TroubleIgnored})
	case sameLife && !t.StartOnly:
		return t.finish(dropped, domain.Trouble{Kind: domain.TroubleExited, Status: p.ExitStatus})
	case t.StartOnly, t.Phase <= domain.StopAccepted && t.Tries == 0, t.expected(p.ExitStatus):
		return t.finish(notStarted, domain.Trouble{Kind: domain.TroubleExitedAgain, Status: p.ExitStatus})
	case p.Ended.Sub(p.Started) >= t.starts+steadyFor: // it has been up for long enough since
		return t.finish(dropped, domain.Trouble{Kind: domain.TroubleExited, Status: p.ExitStatus})
	case t.Phase <= domain.StopAccepted:
		return t, next{act: SendStart}
	}
	return t.retry(domain.Trouble{Kind: domain.TroubleExitedAgain, Status: p.ExitStatus})
}

// expected reports whether the process may end so: then its configuration leaves it down, and so do we.
func (t transaction) expected(status int) bool {
	return t.exits == nil && status == 0 || slices.Contains(t.exits, status)
}

// fatal waits before the next start, and looks again after that: somebody may have started and stopped it meanwhile.
func (t transaction) fatal(p domain.Process, sameLife bool) (transaction, next) {
	trouble := domain.Trouble{Kind: domain.TroubleFatal, State: p.State, Text: p.SpawnError}
	switch {
	case t.StartOnly && sameLife && t.Phase < domain.StartAccepted:
		return t.finish(notStarted, domain.Trouble{Kind: domain.TroubleIgnored})
	case t.StartOnly:
		return t.finish(notStarted, trouble)
	case t.Phase <= domain.StopAccepted:
		return t, next{act: SendStart}
	}
	return t.retry(trouble)
}

// lost follows a process that supervisord could not signal. supervisord leaves the state UNKNOWN no more: what is left is to
// see whether somebody removes the process.
func (t transaction) lost() (transaction, next) {
	pause := min(firstRetry<<min(t.looks, 20), longestRetry)
	t.looks++
	return t, next{act: Look, after: pause, parked: true}
}

// blind hands in that supervisord did not say anything of the process.
func (t transaction) blind(err error) (transaction, next) {
	switch {
	case errors.Is(err, domain.ErrNoSuchProcess):
		return t.finish(dropped, domain.Trouble{Kind: domain.TroubleUnknown})
	case t.Phase == domain.Planned:
		return t.finish(dropped, domain.Trouble{Kind: domain.TroubleUnasked, Err: err})
	}
	t.sights, t.fresh = 0, false // a stop may wait in a supervisord that hangs
	t, n := t.look(domain.Trouble{Kind: domain.TroubleBlind, Err: err})
	n.after = min(max(n.after, 200*time.Millisecond), longestLook)
	n.parked = t.looks > 8 || errors.Is(err, domain.ErrShuttingDown) // which does not start anything any more
	return t, n
}

// stopAnswered hands in what supervisord said to the stop. A fault of whatever kind is an answer: it was not stopped.
func (t transaction) stopAnswered(err error) (transaction, next) {
	var fault *domain.Fault
	switch {
	case err == nil:
		t.Phase, t.fresh = domain.StopAccepted, true
		return t.look(domain.Trouble{})
	case errors.Is(err, domain.ErrNotRunning):
		return t.finish(dropped, domain.Trouble{Kind: domain.TroubleGone})
	case errors.Is(err, domain.ErrNoSuchProcess), errors.Is(err, domain.ErrShuttingDown), errors.Is(err, domain.ErrUnauthorized),
		errors.Is(err, domain.ErrNotSent), errors.As(err, &fault):
		return t.finish(dropped, domain.Trouble{Kind: domain.TroubleRefused, Err: err})
	}
	return t.look(domain.Trouble{Kind: domain.TroubleAnswerLost, Err: err})
}

// startAnswered hands in what supervisord said to the start.
func (t transaction) startAnswered(err error) (transaction, next) {
	refused := domain.Trouble{Kind: domain.TroubleRefused, Err: err}
	switch {
	case err == nil, errors.Is(err, domain.ErrAlreadyStarted):
		t.Phase, t.looks = domain.StartAccepted, 0
		return t.look(domain.Trouble{})
	case errors.Is(err, domain.ErrNoSuchProcess):
		return t.finish(dropped, domain.Trouble{Kind: domain.TroubleUnknown})
	case errors.Is(err, domain.ErrCannotStart):
		t.last = domain.Backoff // perhaps: then supervisord tries it again, for us
		return t.retry(refused)
	case errors.Is(err, domain.ErrShuttingDown), errors.Is(err, domain.ErrUnauthorized), errors.Is(err, domain.ErrNotSent):
		if t.StartOnly {
			return t.finish(notStarted, refused)
		}
		t.Phase, t.looks = domain.StopAccepted, 0
		return t, next{act: Look, after: firstRetry, trouble: refused, parked: true}
	}
	return t.look(domain.Trouble{Kind: domain.TroubleAnswerLost, Err: err})
}

// retry follows a start that supervisord refused, or that failed, because of the program: it is tried again, ever more rarely.
func (t transaction) retry(trouble domain.Trouble) (transaction, next) {
	if t.StartOnly {
		return t.finish(notStarted, trouble)
	}
	t.Phase, t.looks, t.risen = domain.StopAccepted, 0, time.Time{}
	t.Tries++
	return t, next{act: Look, after: pauseAfter(t.Tries), trouble: trouble, parked: true}
}

// pauseAfter is the pause after so many starts that have failed.
func pauseAfter(tries int) time.Duration {
	return min(firstRetry<<min(max(tries-1, 0), 20), longestRetry)
}

func (t transaction) look(trouble domain.Trouble) (transaction, next) {
	pause := min(firstLook<<min(t.looks, 10), longestLook)
	if t.eventful && !t.fresh && (t.Phase == domain.StopAccepted || t.Phase == domain.StartAccepted) {
		pause = min(firstCheck<<min(t.looks, 10), longestCheck)
	}
	t.looks++
	return t, next{act: Look, after: pause, trouble: trouble}
}

func (t transaction) finish(o outcome, trouble domain.Trouble) (transaction, next) {
	return t, next{act: Finish, outcome: o, trouble: trouble}
}

package domain

import (
	"errors"
	"fmt"
)

// What supervisord can answer besides yes, as far as it makes a difference. Adapters wrap them, so ask with errors.Is.
var (
	// ErrNoSuchProcess: supervisord does not know this process, or no longer (fault 10 BAD_NAME).
	ErrNoSuchProcess = errors.New("no such process")
	// ErrNotRunning: there is nothing to stop or to signal (fault 70 NOT_RUNNING); also while it is STOPPING.
	ErrNotRunning = errors.New("not running")
	// ErrAlreadyStarted: it is STARTING, RUNNING or in BACKOFF (fault 60 ALREADY_STARTED).
	ErrAlreadyStarted = errors.New("already started")
	// ErrCannotStart: the program itself cannot be started (faults 20 NO_FILE, 21 NOT_EXECUTABLE, 40 ABNORMAL_TERMINATION, 50 SPAWN_ERROR).
	ErrCannotStart = errors.New("cannot start")
	// ErrShuttingDown: supervisord is shutting down or reloading and does nothing else (fault 6 SHUTDOWN_STATE).
	ErrShuttingDown = errors.New("supervisord is shutting down")
	// ErrUnauthorized: supervisord wants other credentials, or some. Nothing was done.
	ErrUnauthorized = errors.New("unauthorized")
	// ErrUnreachable: supervisord was not reached, or gave no answer that could be read. Unless the error is
	// also an ErrNotSent, the request may have been carried out.
	ErrUnreachable = errors.New("supervisord cannot be reached")
	// ErrNotSent goes with ErrUnreachable when the request certainly has not reached supervisord.
	ErrNotSent = errors.New("not sent")
	// ErrEventsEnded: supervisord has closed our stdin; no event will follow.
	ErrEventsEnded = errors.New("no more events: stdin was closed")
	// ErrClaimed: another listener of ours is restarting the process.
	ErrClaimed = errors.New("another listener is restarting it")
	// ErrOwed: a listener that lives no more has stopped the process, or may have, and that restart is not over. Who meets
	// it finishes it.
	ErrOwed = errors.New("a start is owed that a listener which lives no more has left behind")
	// ErrProber: a probe failed on our side of the connection: no file descriptor, memory or local port left, no address for a name, not
	// allowed to connect, or an address that cannot be one.
	ErrProber = errors.New("the probe failed on our side")
	// ErrGone: the process has vanished from the kernel's process table.
	ErrGone = errors.New("the process is gone")
)

// Fault is an XML-RPC fault as the server sent it.
type Fault struct {
	Code int
	Text string
}

// Error writes the code and the text.
func (f *Fault) Error() string { return fmt.Sprintf("fault %d: %s", f.Code, f.Text) }

// BadAnswer is what is wrong with the answer of a service, and how the answer begins.
type BadAnswer struct {
	Err       error
	Beginning string // as it came: whoever shows it hides what is secret, and what is no text
}

// Error is the text of Err.
func (b *BadAnswer) Error() string { return b.Err.Error() }

// Unwrap returns Err.
func (b *BadAnswer) Unwrap() error { return b.Err }

package ports

import (
	"context"

	"supervisor-healthcheck/domain"
)

//go:generate go tool mockgen -source=supervisor.go -destination=../mocks/supervisor.go -package=mocks

// Every method of these interfaces returns an error that is domain.ErrShuttingDown, domain.ErrUnauthorized or
// domain.ErrUnreachable where that is the cause, and bounds its own time, so that a supervisord that hangs is
// ErrUnreachable after some seconds.

// ProcessTable is supervisord's knowledge of its processes.
type ProcessTable interface {
	// Processes lists all processes. It costs supervisord time that grows with the square of their number.
	Processes(ctx context.Context) ([]domain.Process, error)

	// Process looks at one process; domain.ErrNoSuchProcess if there is none of that name.
	Process(ctx context.Context, id domain.ID) (domain.Process, error)

	// Settings returns the settings of all processes as supervisord last read them.
	Settings(ctx context.Context) (map[domain.ID]domain.Settings, error)
}

// ProcessControl changes the state of processes. None of its methods waits for the effect.
type ProcessControl interface {
	// Stop asks for the end of the process: domain.ErrNotRunning unless it was RUNNING, STARTING or in BACKOFF,
	// also when somebody else is stopping it; domain.ErrNoSuchProcess. A nil error means that this call did it.
	Stop(ctx context.Context, id domain.ID) error

	// Start spawns the process: domain.ErrAlreadyStarted, domain.ErrCannotStart, domain.ErrNoSuchProcess.
	// It must not be called while the process is STOPPING: supervisord says yes then and does nothing.
	Start(ctx context.Context, id domain.ID) error

	// Signal sends a signal, named as in "HUP": domain.ErrNotRunning, domain.ErrNoSuchProcess.
	Signal(ctx context.Context, id domain.ID, signal string) error
}

// ProcessLogs is what supervisord and its processes have written. Both methods read the end of a file, and no more.
type ProcessLogs interface {
	// LastExit returns how a process of this name, in whatever group, has ended last: supervisord's own log is the only place
	// that tells it of one that was started again. An error means that it is not there.
	LastExit(ctx context.Context, name string) (domain.Exit, error)

	// Stderr returns the last lines that the process has written to its stderr; domain.ErrNoSuchProcess.
	Stderr(ctx context.Context, id domain.ID) ([]string, error)
}

// SupervisorIdentity tells which supervisord answers.
type SupervisorIdentity interface {
	// Identity returns who answers. It fails with domain.ErrShuttingDown during a shutdown or reload.
	Identity(ctx context.Context) (domain.Supervisor, error)
}

package ports

import (
	"context"

	"supervisor-healthcheck/domain"
)

//go:generate go tool mockgen -source=commands.go -destination=../mocks/commands.go -package=mocks

// CommandRunner runs the commands of checks.
type CommandRunner interface {
	// Run runs a command to its end, with nothing to read on its stdin. Before it begins it may have to wait for others. When
	// the command has ended, its time is over or ctx is done, what it has started is ended with it, unless that has
	// left its process group. An error says why it could not be run, and the cure.
	Run(ctx context.Context, command domain.Command) (domain.Outcome, error)
}

// Workers starts commands that stay and judge one process after the other.
type Workers interface {
	// Worker returns the worker of a command, to which at most so many questions are put at a time. It is started when it is first
	// asked, and anew, ever more rarely, when it has ended, does not answer, or writes what is too long.
	Worker(command domain.Command, atOnce int) Worker
}

// Worker is a command that stays.
type Worker interface {
	// Ask has it judge a process. The timeout of the command is that of an answer. An error says why there is no verdict.
	Ask(ctx context.Context, p domain.Process) (domain.Verdict, error)
	// Close ends the command. Nothing is asked any more.
	Close()
}

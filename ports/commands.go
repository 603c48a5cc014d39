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

package ports

import (
	"context"

	"supervisor-healthcheck/domain"
)

//go:generate go tool mockgen -source=beats.go -destination=../mocks/beats.go -package=mocks

// Heartbeats tells what processes have sent as signs of life, in one way of sending them.
type Heartbeats interface {
	// Beats returns what this very life of the process has sent, also before it was first asked for. An error means that
	// nothing can be heard, domain.ErrDeaf that nobody listens.
	Beats(ctx context.Context, p domain.Process) (domain.Beats, error)
}

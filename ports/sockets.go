package ports

import (
	"context"

	"supervisor-healthcheck/domain"
)

//go:generate go tool mockgen -source=sockets.go -destination=../mocks/sockets.go -package=mocks

// SocketTable tells where processes listen.
type SocketTable interface {
	// Listening returns the TCP ports and the unix sockets on which the process or one of its descendants accepts connections,
	// each once, TCP first and in the order of the ports. It is domain.ErrGone for a process that is not there, and
	// fs.ErrPermission for one that we may not look at; descendants of that kind are left out.
	Listening(ctx context.Context, pid int) ([]domain.Endpoint, error)
}

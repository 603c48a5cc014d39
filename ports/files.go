package ports

import (
	"context"

	"supervisor-healthcheck/domain"
)

//go:generate go tool mockgen -source=files.go -destination=../mocks/files.go -package=mocks

// FileStat looks at files.
type FileStat interface {
	// Heartbeat looks at what is at the path itself, and follows no link that is there; fs.ErrNotExist if there is nothing.
	Heartbeat(ctx context.Context, path string) (domain.HeartbeatFile, error)
}

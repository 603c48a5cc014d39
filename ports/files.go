package ports

import (
	"context"
	"time"
)

//go:generate go tool mockgen -source=files.go -destination=../mocks/files.go -package=mocks

// FileStat looks at files.
type FileStat interface {
	// Changed returns when the file's inode last changed (its ctime), by the system's clock, which may have been set
	// since; fs.ErrNotExist if there is no such file.
	Changed(ctx context.Context, path string) (time.Time, error)
}

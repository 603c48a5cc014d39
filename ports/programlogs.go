package ports

import (
	"context"

	"supervisor-healthcheck/domain"
)

//go:generate go tool mockgen -source=programlogs.go -destination=../mocks/programlogs.go -package=mocks

// LogFile reads the files that programs' output is written to.
type LogFile interface {
	// Since returns what was written to the file since the place, the newest of it if that is more than so many bytes; from no
	// place nothing, but where the end is. It follows a file that was emptied, or renamed to PATH.1 as supervisord does. The error is
	// fs.ErrPermission or fs.ErrNotExist where that is the cause. What is no regular file is not read.
	Since(ctx context.Context, path string, from domain.LogPlace, most int) (domain.LogPart, error)
}

// LogTail reads them through supervisord, which may read what we may not.
type LogTail interface {
	// Tail returns the end of what the process has written to its stdout or its stderr, of at most so many bytes, and how much
	// the file has in all.
	Tail(ctx context.Context, id domain.ID, stderr bool, most int) (text string, size int64, err error)
}

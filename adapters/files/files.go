// Package files looks at files through the operating system.
package files

import (
	"context"
	"os"
	"time"

	"supervisor-healthcheck/ports"
)

var _ ports.FileStat = (*Files)(nil)

// Files looks at the files of this machine.
type Files struct{}

// New returns the files of this machine.
func New() *Files { return &Files{} }

// Changed returns when the inode of the file at path last changed; symbolic links are followed. Where the system has
// no such time, it is that of the last modification. Its errors are *fs.PathError, fs.ErrNotExist among them.
// A file system that hangs holds it up: stat cannot be interrupted.
func (*Files) Changed(ctx context.Context, path string) (time.Time, error) {
	if err := ctx.Err(); err != nil {
		return time.Time{}, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return time.Time{}, err
	}
	return changed(info), nil
}

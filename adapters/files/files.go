// Package files looks at files through the operating system.
package files

import (
	"context"
	"os"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/ports"
)

var _ ports.FileStat = (*Files)(nil)

// Files looks at the files of this machine.
type Files struct{}

// New returns the files of this machine.
func New() *Files { return &Files{} }

// Heartbeat looks at the file. Where the system does not tell when an inode was changed, that is the last modification. Its
// errors are *fs.PathError, fs.ErrNotExist among them. A file system that hangs holds it up: lstat cannot be interrupted.
func (*Files) Heartbeat(ctx context.Context, path string) (domain.HeartbeatFile, error) {
	if err := ctx.Err(); err != nil {
		return domain.HeartbeatFile{}, err
	}
	info, err := os.Lstat(path)
	if err != nil {
		return domain.HeartbeatFile{}, err
	}
	file := inode(info)
	file.Regular = info.Mode().IsRegular()
	return file, nil
}

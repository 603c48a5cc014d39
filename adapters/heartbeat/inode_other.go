//go:build !unix

package heartbeat

import (
	"io/fs"
	"os"
	"time"

	"supervisor-healthcheck/domain"
)

// inode is that of a file of this user's: where there are no users, nobody else can have made it.
func inode(fs.FileInfo) domain.HeartbeatFile { return domain.HeartbeatFile{Names: 1} }

func setTimes(path string, now time.Time) error { return os.Chtimes(path, now, now) }

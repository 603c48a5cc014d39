//go:build unix

package heartbeat

import (
	"io/fs"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"supervisor-healthcheck/domain"
)

func inode(info fs.FileInfo) domain.HeartbeatFile {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return domain.HeartbeatFile{Names: int(stat.Nlink), Owner: int(stat.Uid)}
	}
	return domain.HeartbeatFile{Names: 1, Owner: -1}
}

// setTimes would set those of a link that has come in between, and never those of its target.
func setTimes(path string, now time.Time) error {
	at, err := unix.TimeToTimespec(now)
	if err == nil {
		err = unix.UtimesNanoAt(unix.AT_FDCWD, path, []unix.Timespec{at, at}, unix.AT_SYMLINK_NOFOLLOW)
	}
	if err != nil {
		return &os.PathError{Op: "utimensat", Path: path, Err: err}
	}
	return nil
}

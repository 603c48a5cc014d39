//go:build darwin || freebsd || netbsd

package files

import (
	"io/fs"
	"syscall"
	"time"

	"supervisor-healthcheck/domain"
)

func inode(info fs.FileInfo) domain.HeartbeatFile {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return domain.HeartbeatFile{Changed: time.Unix(stat.Ctimespec.Unix()), Names: int(stat.Nlink), Owner: int(stat.Uid)}
	}
	return domain.HeartbeatFile{Changed: info.ModTime(), Names: 1, Owner: -1}
}

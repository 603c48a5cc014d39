//go:build !linux

package gopsutil

import (
	"context"
	"path/filepath"
	"slices"
	"syscall"

	"github.com/shirou/gopsutil/v3/net"
)

// sockets are the paths of the unix sockets of a process. Which of them it listens on is not told here; one that has a path of
// its own mostly is.
func (l library) sockets(ctx context.Context, pid int) (paths []string, err error) {
	connections, err := net.ConnectionsPidWithContext(l.under(ctx), "unix", int32(pid))
	for _, c := range connections {
		path := c.Laddr.IP
		if int(c.Pid) == pid && c.Type == syscall.SOCK_STREAM && filepath.IsAbs(path) && !slices.Contains(paths, path) {
			paths = append(paths, path)
		}
	}
	return paths, err
}

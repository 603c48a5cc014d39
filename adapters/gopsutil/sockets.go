package gopsutil

import (
	"context"
	"fmt"
	"slices"

	"github.com/shirou/gopsutil/v3/net"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/ports"
)

var _ ports.PortOwner = (*Sockets)(nil)

// Sockets tells who holds a TCP port. It may be used by several goroutines at once.
type Sockets struct {
	library library
	stats   *Stats
}

// NewSockets makes a Sockets that finds descendants through stats.
func NewSockets(stats *Stats) *Sockets {
	return &Sockets{library: library{proc: "/proc"}, stats: stats}
}

// Squatters returns the processes that listen on the TCP port, by IPv4 or IPv6, ordered by pid, unless the process with
// this pid or one of its descendants listens there itself. Of several processes that share an address of the port (a
// socket inherited by workers, SO_REUSEPORT) the library tells but one; a process of another user is left out unless
// we are root.
//
// It is cheap if the process itself listens. Otherwise it looks, on Linux, at the open files of every process; on other systems the
// library runs lsof, and where that is missing the error says so.
func (s *Sockets) Squatters(ctx context.Context, port, pid int) ([]domain.Listener, error) {
	family, err := s.stats.round(ctx).tree(pid)
	if err != nil {
		return nil, fmt.Errorf("squatters on port %d: %w", port, err)
	}
	for _, member := range family {
		if held, err := s.holders(ctx, port, member); err == nil && len(held) > 0 {
			return nil, nil
		}
	}
	pids, err := s.holders(ctx, port, everyone)
	if err != nil {
		return nil, fmt.Errorf("squatters on port %d: %w", port, err)
	}
	slices.Sort(pids)
	var squatters []domain.Listener
	for _, holder := range slices.Compact(pids) {
		if !slices.Contains(family, holder) {
			squatters = append(squatters, domain.Listener{PID: holder, Name: s.library.name(ctx, holder)})
		}
	}
	return squatters, nil
}

// everyone stands for all processes.
const everyone = 0

func (s *Sockets) holders(ctx context.Context, port, pid int) (pids []int, err error) {
	defer recovered(&err)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	connections, err := net.ConnectionsPidWithContext(s.library.under(ctx), "tcp", int32(pid))
	if err != nil {
		return nil, err
	}
	for _, c := range connections {
		if c.Status == "LISTEN" && c.Laddr.Port == uint32(port) && c.Pid > 0 {
			pids = append(pids, int(c.Pid))
		}
	}
	return pids, nil
}

func (l library) name(ctx context.Context, pid int) (name string) {
	var err error
	defer recovered(&err)
	name, _ = of(pid).NameWithContext(l.under(ctx))
	return name
}

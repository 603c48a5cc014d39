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
}

// NewSockets makes a Sockets.
func NewSockets() *Sockets { return &Sockets{library: library{proc: "/proc"}} }

// Listeners returns the processes that listen on the TCP port, by IPv4 or IPv6, ordered by pid. Of several processes
// that share an address of the port (a socket inherited by workers, SO_REUSEPORT) the library tells but one; a process
// of another user is left out unless we are root.
//
// It is dear: on Linux it looks at the open files of every process, on other systems the library runs lsof, and where
// that is missing the error says so.
func (s *Sockets) Listeners(ctx context.Context, port int) ([]domain.Listener, error) {
	pids, err := s.holders(ctx, port)
	if err != nil {
		return nil, fmt.Errorf("listeners on port %d: %w", port, err)
	}
	slices.Sort(pids)
	var listeners []domain.Listener
	for _, pid := range slices.Compact(pids) {
		listeners = append(listeners, domain.Listener{PID: pid, Name: s.library.name(ctx, pid)})
	}
	return listeners, nil
}

func (s *Sockets) holders(ctx context.Context, port int) (pids []int, err error) {
	defer recovered(&err)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	connections, err := net.ConnectionsWithContext(s.library.under(ctx), "tcp")
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

package gopsutil

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strconv"
	"sync"
	"time"

	gonet "github.com/shirou/gopsutil/v3/net"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/ports"
)

var _ ports.PortOwner = (*Sockets)(nil)

// Sockets tells who holds a TCP port. It may be used by several goroutines at once.
type Sockets struct {
	library library
	stats   *Stats

	mu     sync.Mutex // held while all sockets are looked at
	looked time.Time  // when the last look began
	seen   []socket   // what it has found
}

// socket is a listening socket and a process that holds it.
type socket struct {
	port, pid int
}

// NewSockets makes a Sockets that finds descendants through stats.
func NewSockets(stats *Stats) *Sockets {
	return &Sockets{library: library{proc: "/proc"}, stats: stats}
}

// Squatters returns the processes that listen on the TCP port of the loopback address, ordered by pid, unless the process
// with this pid or one of its descendants listens there itself. Of several processes that share an address of the port (a
// socket inherited by workers, SO_REUSEPORT) the library tells but one; a process of another user is left out unless
// we are root.
//
// It is cheap if nobody listens there. Otherwise it looks, on Linux, at the open files of every process, and many
// callers at a time share that look; on other systems the library runs lsof, and where that is missing the error says so.
func (s *Sockets) Squatters(ctx context.Context, port, pid int) ([]domain.Listener, error) {
	if !answers(ctx, port) {
		return nil, ctx.Err()
	}
	family, err := s.family(ctx, pid)
	if err != nil {
		return nil, fmt.Errorf("squatters on port %d: %w", port, err)
	}
	holders, err := s.holders(ctx, port)
	if err != nil {
		return nil, fmt.Errorf("squatters on port %d: %w", port, err)
	}
	if len(holders) == 0 || slices.ContainsFunc(family, func(member int) bool { return slices.Contains(holders, member) || s.shares(ctx, port, member) }) {
		return nil, nil
	}
	var squatters []domain.Listener
	for _, holder := range holders {
		squatters = append(squatters, domain.Listener{PID: holder, Name: s.library.name(ctx, holder)})
	}
	return squatters, nil
}

// family is the process and its descendants; nobody for 0.
func (s *Sockets) family(ctx context.Context, pid int) ([]int, error) {
	if pid == 0 {
		return nil, nil
	}
	return s.stats.round(ctx).tree(pid)
}

// answers reports whether anybody listens on the port of a loopback address.
func answers(ctx context.Context, port int) bool {
	dialer := &net.Dialer{Timeout: time.Second}
	for _, host := range []string{"127.0.0.1", "::1"} {
		conn, err := dialer.DialContext(ctx, "tcp", net.JoinHostPort(host, strconv.Itoa(port)))
		if err == nil {
			conn.Close()
		}
		if err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
			return true
		}
	}
	return false
}

// holders returns the pids that all sockets tell for the port, by a look that began after the call.
func (s *Sockets) holders(ctx context.Context, port int) (pids []int, err error) {
	asked := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if !s.looked.After(asked) {
		s.looked = time.Now()
		if s.seen, err = s.listening(ctx, 0); err != nil {
			s.looked = time.Time{}
			return nil, err
		}
	}
	for _, l := range s.seen {
		if l.port == port {
			pids = append(pids, l.pid)
		}
	}
	slices.Sort(pids)
	return slices.Compact(pids), nil
}

// shares reports whether the process holds a listening socket of the port besides the one that is told.
func (s *Sockets) shares(ctx context.Context, port, pid int) bool {
	own, err := s.listening(ctx, pid)
	return err == nil && slices.Contains(own, socket{port, pid})
}

// listening returns the listening sockets of a process, of all processes for 0.
func (s *Sockets) listening(ctx context.Context, pid int) (found []socket, err error) {
	defer recovered(&err)
	connections, err := gonet.ConnectionsPidWithContext(s.library.under(ctx), "tcp", int32(pid))
	if err != nil {
		return nil, err
	}
	for _, c := range connections {
		if c.Status == "LISTEN" && c.Pid > 0 {
			found = append(found, socket{int(c.Laddr.Port), int(c.Pid)})
		}
	}
	return found, nil
}

func (l library) name(ctx context.Context, pid int) (name string) {
	var err error
	defer recovered(&err)
	name, _ = of(pid).NameWithContext(l.under(ctx))
	return name
}

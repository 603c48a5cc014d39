package gopsutil

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net"
	"os"
	"strconv"
	"syscall"
	"time"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/ports"
)

var _ ports.PortOwner = (*Sockets)(nil)

// Sockets tells who holds a TCP port. It may be used by several goroutines at once.
type Sockets struct {
	library library
	stats   *Stats
	sights  []sight // in the order in which they are tried
	tables  *shared[kin]
}

// sight is one way to see who listens. The family is the process that should, and its descendants.
type sight interface {
	// squatters returns the pids that listen on the port, each once and in order; none if one of the family does.
	squatters(ctx context.Context, port int, family iter.Seq2[int, error]) ([]int, error)
}

// NewSockets makes a Sockets that finds descendants through stats.
func NewSockets(stats *Stats) *Sockets {
	return &Sockets{
		library: library{proc: "/proc"},
		stats:   stats,
		sights:  newSights(),
		tables:  newShared(func(context.Context) ([]kin, error) { return stats.table() }),
	}
}

// Squatters returns the processes that listen on the TCP port of the loopback address, ordered by pid, unless the process
// with this pid or one of its descendants listens there itself. A process of another user is left out unless we are root.
//
// On Linux these are all processes that have one of the port's sockets open, whether they inherited it or share the port by
// SO_REUSEPORT; a socket of another network namespace is not one of the port's. On other systems, and where /proc is not
// as expected, the library tells but one of several processes that share an address.
//
// It is cheap if nobody listens there, and on Linux if the process itself or one of its descendants does. Otherwise it looks, on
// Linux, at the open files of every process, and many callers at a time share that look; on other systems the library runs
// lsof, and where that is missing the error says so. Once ctx is done there is no answer but its error.
func (s *Sockets) Squatters(ctx context.Context, port, pid int) ([]domain.Listener, error) {
	if !answers(ctx, port) {
		return nil, ctx.Err()
	}
	pids, err := s.squatters(ctx, port, pid)
	if err != nil {
		return nil, fmt.Errorf("squatters on port %d: %w", port, err)
	}
	var squatters []domain.Listener
	for _, squatter := range pids {
		squatters = append(squatters, domain.Listener{PID: squatter, Name: s.library.name(ctx, squatter)})
	}
	return squatters, nil
}

func (s *Sockets) squatters(ctx context.Context, port, pid int) (pids []int, err error) {
	for _, one := range s.sights {
		pids, err = one.squatters(ctx, port, s.family(ctx, pid))
		if ended := ctx.Err(); ended != nil {
			return nil, ended
		}
		if err == nil {
			return pids, nil
		}
	}
	return nil, err
}

// family is the process and then its descendants, who are looked for only if the caller goes on; nobody for 0. The round in
// ctx is not used: the process may have been started after it.
func (s *Sockets) family(ctx context.Context, pid int) iter.Seq2[int, error] {
	return func(yield func(int, error) bool) {
		if pid == 0 || !yield(pid, nil) {
			return
		}
		now := s.stats.newRound(1)
		now.full = func() (table, error) { return s.tables.fresh(ctx) }
		members, err := now.tree(pid)
		if err != nil {
			yield(0, err)
			return
		}
		for _, member := range members[1:] {
			if !yield(member, nil) {
				return
			}
		}
	}
}

// answers reports whether anybody listens on the port of a loopback address.
func answers(ctx context.Context, port int) bool {
	dialer := &net.Dialer{Timeout: time.Second}
	for _, host := range []string{"127.0.0.1", "::1"} {
		conn, err := dialer.DialContext(ctx, "tcp", net.JoinHostPort(host, strconv.Itoa(port)))
		if err == nil {
			conn.Close()
		}
		if err == nil || errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, syscall.ECONNRESET) { // who resets has listened
			return true
		}
	}
	return false
}

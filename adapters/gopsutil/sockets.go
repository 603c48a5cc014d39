package gopsutil

import (
	"context"
	"fmt"
	"slices"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/ports"
)

var _ ports.PortOwner = (*Sockets)(nil)

// Sockets tells who holds a TCP port. It may be used by several goroutines at once.
type Sockets struct {
	library library
	stats   *Stats
	ways    []socketWay // in the order in which they are tried
}

// socketWay is one way to ask the system for the sockets that listen on a TCP port.
type socketWay interface {
	// on returns nil if nobody can be reached there by a loopback address.
	on(ctx context.Context, port int) (listeners, error)
}

// listeners are the sockets that listen on one TCP port.
type listeners interface {
	// heldBy is false for a process that is gone or hidden from us.
	heldBy(ctx context.Context, pid int) bool
	// holders finds processes that hold one of the sockets now. Of those that share one, not all need be found.
	holders(ctx context.Context) (pids []int, err error)
}

// NewSockets makes a Sockets that finds descendants through stats.
func NewSockets(stats *Stats) *Sockets {
	l := library{proc: "/proc"}
	return &Sockets{library: l, stats: stats, ways: socketWays(l)}
}

// Holders asks nothing more if nobody listens on the port where a loopback address reaches it, then the process and its
// descendants, and only then all processes. What that last look has found is used again for a while (see lookRest and lookAge), so
// that a holder that has come since is told later; one that is told holds the port now. Of processes that share the port one may
// be told for all. A process of another user is left out unless we are root. Systems other than Linux need lsof; where it is
// missing the error says so.
func (s *Sockets) Holders(ctx context.Context, port, pid int) ([]domain.Listener, error) {
	holders, err := s.holders(ctx, port, pid)
	if ended := ctx.Err(); ended != nil {
		return nil, ended
	}
	if err != nil {
		return nil, fmt.Errorf("holders of port %d: %w", port, err)
	}
	return holders, nil
}

func (s *Sockets) holders(ctx context.Context, port, pid int) (found []domain.Listener, err error) {
	there, err := s.on(ctx, port)
	if there == nil || err != nil {
		return nil, err
	}
	if held, err := s.held(ctx, there, pid); held || err != nil {
		return nil, err
	}
	pids, err := there.holders(ctx)
	for _, one := range pids {
		holder := s.library.listener(ctx, one)
		if holder.BelongsTo(pid) { // it began to listen after it was asked
			return nil, nil
		}
		found = append(found, holder)
	}
	return found, err
}

func (s *Sockets) on(ctx context.Context, port int) (there listeners, err error) {
	for _, w := range s.ways {
		if there, err = w.on(ctx, port); err == nil {
			return there, nil
		}
	}
	return nil, err
}

// held reports whether the process or one of its descendants listens on the port; false for 0. The round in ctx is not used:
// the process may have been started after it.
func (s *Sockets) held(ctx context.Context, there listeners, pid int) (bool, error) {
	if pid == 0 {
		return false, nil
	}
	members, err := s.stats.newRound(1).tree(pid)
	return slices.ContainsFunc(members, func(member int) bool { return there.heldBy(ctx, member) }), err
}

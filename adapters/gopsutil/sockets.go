package gopsutil

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
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
	all     *socketCache
}

// NewSockets makes a Sockets that finds descendants through stats.
func NewSockets(stats *Stats) *Sockets {
	l := library{proc: "/proc"}
	return &Sockets{
		library: l,
		stats:   stats,
		all:     newSocketCache(func(ctx context.Context) ([]socket, error) { return l.listening(ctx, 0) }),
	}
}

// Holders asks nothing more if nobody answers on the port of the loopback address, then the process and its descendants, and
// only then for the sockets of all processes. That look is up to a minute old, so that a holder that has come since is told
// later; one that is told holds the port now. Of processes that share the port one may be told for all. A process of another
// user is left out unless we are root. Systems other than Linux need lsof; where it is missing the error says so.
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
	if !answers(ctx, port) {
		return nil, nil
	}
	if held, err := s.held(ctx, port, pid); held || err != nil {
		return nil, err
	}
	all, err := s.all.sockets(ctx)
	for _, one := range all {
		if one.port != port || !s.library.holds(ctx, one.pid, port) {
			continue
		}
		holder := s.library.listener(ctx, one.pid)
		if holder.BelongsTo(pid) { // it began to listen after it was asked
			return nil, nil
		}
		found = append(found, holder)
	}
	return found, err
}

// held reports whether the process or one of its descendants listens on the port; false for 0. The round in ctx is not used:
// the process may have been started after it.
func (s *Sockets) held(ctx context.Context, port, pid int) (bool, error) {
	if pid == 0 {
		return false, nil
	}
	members, err := s.stats.newRound(1).tree(pid)
	return slices.ContainsFunc(members, func(member int) bool { return s.library.holds(ctx, member, port) }), err
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

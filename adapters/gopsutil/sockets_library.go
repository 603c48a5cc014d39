package gopsutil

import (
	"context"
	"iter"
	"slices"

	gonet "github.com/shirou/gopsutil/v3/net"
)

// librarySockets asks gopsutil.
type librarySockets struct {
	library library
	all     *shared[socket]
}

// socket is a listening socket and a process that holds it.
type socket struct {
	port, pid int
}

func newLibrarySockets() librarySockets {
	l := library{proc: "/proc"}
	return librarySockets{
		library: l,
		all:     newShared(func(ctx context.Context) ([]socket, error) { return l.listening(ctx, 0) }),
	}
}

func (s librarySockets) squatters(ctx context.Context, port int, family iter.Seq2[int, error]) ([]int, error) {
	holders, err := s.holders(ctx, port)
	if err != nil || len(holders) == 0 {
		return nil, err
	}
	for member, err := range family {
		if err != nil || slices.Contains(holders, member) || s.shares(ctx, port, member) {
			return nil, err
		}
	}
	return holders, nil
}

// holders returns the pids that all sockets tell for the port.
func (s librarySockets) holders(ctx context.Context, port int) (pids []int, err error) {
	all, err := s.all.fresh(ctx)
	for _, one := range all {
		if one.port == port {
			pids = append(pids, one.pid)
		}
	}
	slices.Sort(pids)
	return slices.Compact(pids), err
}

// shares reports whether the process holds a listening socket of the port besides the one that is told.
func (s librarySockets) shares(ctx context.Context, port, pid int) bool {
	own, err := s.library.listening(ctx, pid)
	return err == nil && slices.Contains(own, socket{port, pid})
}

// listening returns the listening sockets of a process, of all processes for 0.
func (l library) listening(ctx context.Context, pid int) (found []socket, err error) {
	defer recovered(&err)
	connections, err := gonet.ConnectionsPidWithContext(l.under(ctx), "tcp", int32(pid))
	if err != nil {
		return nil, err
	}
	for _, c := range connections {
		if c.Status == "LISTEN" && c.Pid > 0 {
			found = append(found, socket{int(c.Laddr.Port), int(c.Pid)})
		}
	}
	return found, ctx.Err() // the library may end early without an error
}

func (l library) name(ctx context.Context, pid int) (name string) {
	var err error
	defer recovered(&err)
	name, _ = of(pid).NameWithContext(l.under(ctx))
	return name
}

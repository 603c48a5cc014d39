package gopsutil

import (
	"context"
	"slices"

	"github.com/shirou/gopsutil/v3/net"

	"supervisor-healthcheck/domain"
)

// listening returns the listening sockets of a process, of all processes for 0, ordered by pid. Of processes that share an
// address, or a socket that they have inherited, the library tells but one if all are asked for.
func (l library) listening(ctx context.Context, pid int) (found []socket, err error) {
	defer recovered(&err)
	connections, err := net.ConnectionsPidWithContext(l.under(ctx), "tcp", int32(pid))
	if err != nil {
		return nil, err
	}
	for _, c := range connections {
		one := socket{int(c.Laddr.Port), int(c.Pid)}
		if c.Status == "LISTEN" && c.Pid > 0 && !slices.Contains(found, one) { // once, if it listens on several addresses
			found = append(found, one)
		}
	}
	slices.SortFunc(found, func(a, b socket) int { return a.pid - b.pid })
	return found, ctx.Err() // the library may end early without an error
}

// holds reports whether the process is seen to listen on the port. It is false for one that is gone or hidden from us.
func (l library) holds(ctx context.Context, pid, port int) bool {
	own, err := l.listening(ctx, pid)
	return err == nil && slices.Contains(own, socket{port, pid})
}

func (l library) listener(ctx context.Context, pid int) domain.Listener {
	return domain.Listener{PID: pid, Name: l.name(ctx, pid), Ancestors: l.ancestors(ctx, pid)}
}

func (l library) name(ctx context.Context, pid int) (name string) {
	var err error
	defer recovered(&err)
	name, _ = of(pid).NameWithContext(l.under(ctx))
	return name
}

// ancestors returns the parent, its parent and so on, as far as they can be told. A pid that is reused meanwhile could
// close a circle.
func (l library) ancestors(ctx context.Context, pid int) (chain []int) {
	var err error
	defer recovered(&err)
	for {
		parent, err := of(pid).PpidWithContext(l.under(ctx))
		if err != nil || parent < 1 || slices.Contains(chain, int(parent)) {
			return chain
		}
		pid = int(parent)
		chain = append(chain, pid)
	}
}

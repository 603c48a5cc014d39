package gopsutil

import (
	"context"
	"errors"
	stdnet "net"
	"os"
	"slices"
	"strconv"
	"syscall"
	"time"

	"github.com/shirou/gopsutil/v3/net"

	"supervisor-healthcheck/domain"
)

// lookAge is for how long the library's look at all processes is good enough. It takes a quarter of a second of a core with some
// hundreds of processes.
const lookAge = time.Minute

// librarySockets asks the library. On Linux that reads all TCP connections of the machine each time.
type librarySockets struct {
	library library
	all     *cache[[]socket]
}

// socket is a listening TCP socket and a process that holds it.
type socket struct {
	port, pid int
}

func newLibrarySockets(l library) librarySockets {
	all := newCache(func(ctx context.Context) ([]socket, error) { return l.listening(ctx, 0) },
		func(time.Duration) time.Duration { return lookAge })
	return librarySockets{library: l, all: all}
}

func (s librarySockets) on(ctx context.Context, port int) (listeners, error) {
	if !answers(ctx, port) {
		return nil, nil
	}
	return libraryPort{s, port}, nil
}

// answers reports whether anybody listens on the port of a loopback address.
func answers(ctx context.Context, port int) bool {
	dialer := &stdnet.Dialer{Timeout: time.Second}
	for _, host := range []string{"127.0.0.1", "::1"} {
		conn, err := dialer.DialContext(ctx, "tcp", stdnet.JoinHostPort(host, strconv.Itoa(port)))
		if err == nil {
			conn.Close()
		}
		if err == nil || errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, syscall.ECONNRESET) { // who resets has listened
			return true
		}
	}
	return false
}

type libraryPort struct {
	librarySockets
	port int
}

func (p libraryPort) heldBy(ctx context.Context, pid int) bool {
	own, err := p.library.listening(ctx, pid)
	return err == nil && slices.Contains(own, socket{p.port, pid})
}

func (p libraryPort) holders(ctx context.Context) (pids []int, err error) {
	all, err := p.all.get(ctx, func([]socket) bool { return false })
	for _, one := range all {
		if one.port == p.port && p.heldBy(ctx, one.pid) {
			pids = append(pids, one.pid)
		}
	}
	return pids, err
}

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

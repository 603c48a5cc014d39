package gopsutil

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"syscall"

	"github.com/shirou/gopsutil/v3/net"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/ports"
)

var _ ports.SocketTable = (*Sockets)(nil)

// Listening looks at the sockets of the process and of its descendants. A socket that it has inherited is its own. Unix sockets
// that have no file, and those whose file is gone, are left out.
func (s *Sockets) Listening(ctx context.Context, pid int) ([]domain.Endpoint, error) {
	found, err := s.listening(ctx, pid)
	if cancelled := ctx.Err(); cancelled != nil {
		return nil, cancelled
	}
	if err != nil {
		return nil, fmt.Errorf("sockets of process %d: %w", pid, err)
	}
	slices.SortFunc(found, inOrder)
	return slices.Compact(found), nil
}

func (s *Sockets) listening(ctx context.Context, pid int) (found []domain.Endpoint, err error) {
	if ended(pid) {
		return nil, domain.ErrGone
	}
	members, err := s.stats.newRound(1).tree(pid)
	if err != nil {
		return nil, err
	}
	for _, member := range members {
		own, err := s.library.endpoints(ctx, member)
		switch {
		case err != nil && member == pid && ended(pid):
			return nil, domain.ErrGone
		case err != nil && (member == pid || !unseen(err) && !ended(member)):
			return nil, err
		}
		found = append(found, own...)
	}
	return found, nil
}

// ended reports whether there is no such process. What ends while it is looked at has many errors.
func ended(pid int) bool { return pid < 1 || syscall.Kill(pid, 0) == syscall.ESRCH }

// endpoints are those of the process alone.
func (l library) endpoints(ctx context.Context, pid int) (found []domain.Endpoint, err error) {
	defer recovered(&err)
	connections, err := net.ConnectionsPidWithContext(l.under(ctx), "tcp", int32(pid))
	if err != nil {
		return nil, err
	}
	for _, c := range connections {
		if c.Status != "LISTEN" || int(c.Pid) != pid {
			continue
		}
		host := c.Laddr.IP
		if address, err := netip.ParseAddr(host); err == nil {
			host = address.Unmap().String()
		}
		found = append(found, domain.Endpoint{Network: "tcp", Address: netJoin(host, int(c.Laddr.Port))})
	}
	paths, err := l.sockets(ctx, pid)
	for _, path := range paths {
		found = append(found, domain.Endpoint{Network: "unix", Address: path})
	}
	return found, err
}

func netJoin(host string, port int) string {
	if address, err := netip.ParseAddr(host); err == nil {
		return netip.AddrPortFrom(address, uint16(port)).String()
	}
	return host + ":" + strconv.Itoa(port) // such as *:80 of lsof
}

// inOrder puts TCP before unix sockets, and ports in their order.
func inOrder(a, b domain.Endpoint) int {
	return cmp.Or(cmp.Compare(a.Network, b.Network), cmp.Compare(portOf(a), portOf(b)), cmp.Compare(a.Address, b.Address))
}

func portOf(e domain.Endpoint) uint16 {
	address, _ := netip.ParseAddrPort(e.Address)
	return address.Port()
}

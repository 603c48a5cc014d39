package wire

import (
	"cmp"
	"context"
	"io"
	"net/netip"
	"os"
	"runtime"
	"syscall"
	"time"
)

// loopback is a connection to this machine. The kernel makes it within the call that asks for it, and whoever is there has
// often answered before anybody has to wait for it. So it leaves the poller of the runtime alone until something must be
// waited for, which is half of what a probe costs with a connection of net's.
type loopback struct {
	fd     int
	peer   syscall.Sockaddr
	ctx    context.Context // bounds everything
	readBy time.Time       // zero for as long as ctx allows

	file *os.File    // of fd, once the poller has it
	stop func() bool // has file forget ctx
}

// toLoopback connects to an address of this machine that is written in numbers. It reports false for any other address.
func toLoopback(ctx context.Context, address string) (link, bool, error) {
	family, peer := ownAddress(address)
	if peer == nil {
		return nil, false, nil
	}
	if ctx.Err() != nil {
		return nil, true, ctx.Err()
	}
	fd, err := syscall.Socket(family, syscall.SOCK_STREAM|syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, true, err
	}
	l := &loopback{fd: fd, peer: peer, ctx: ctx}
	if err = l.connect(); err == nil {
		err = l.notItself()
	}
	if err != nil {
		l.Close()
		return nil, true, err
	}
	return l, true, nil
}

// ownAddress has no peer where the address is not a number of this machine.
func ownAddress(address string) (family int, peer syscall.Sockaddr) {
	at, err := netip.ParseAddrPort(address)
	switch ip := at.Addr().Unmap(); {
	case err != nil || !ip.IsLoopback() || ip.Zone() != "":
		return 0, nil
	case ip.Is4():
		return syscall.AF_INET, &syscall.SockaddrInet4{Port: int(at.Port()), Addr: ip.As4()}
	default:
		return syscall.AF_INET6, &syscall.SockaddrInet6{Port: int(at.Port()), Addr: ip.As16()}
	}
}

// connect asks twice, because the first answer is that the connection is on its way even where it has come about.
func (l *loopback) connect() error {
	for range 2 {
		if err := l.ask(); err != syscall.EAGAIN {
			return err
		}
	}
	return l.later(syscall.RawConn.Write, l.ask)
}

// ask is EAGAIN as long as the connection is on its way.
func (l *loopback) ask() error {
	err := syscall.Connect(l.fd, l.peer)
	if err == syscall.EINPROGRESS || err == syscall.EALREADY || err == syscall.EINTR {
		return syscall.EAGAIN
	}
	return err
}

// notItself refuses a connection with itself: where nobody listens on a port, the kernel may choose that one for our side.
func (l *loopback) notItself() error {
	own, err := syscall.Getsockname(l.fd)
	if err != nil {
		return err
	}
	if samePlace(own, l.peer) {
		return syscall.ECONNREFUSED
	}
	return nil
}

func samePlace(a, b syscall.Sockaddr) bool {
	switch a := a.(type) {
	case *syscall.SockaddrInet4:
		b, ok := b.(*syscall.SockaddrInet4)
		return ok && a.Port == b.Port && a.Addr == b.Addr
	case *syscall.SockaddrInet6:
		b, ok := b.(*syscall.SockaddrInet6)
		return ok && a.Port == b.Port && a.Addr == b.Addr
	}
	return false
}

// later has try called, by the poller's leave, until it is not EAGAIN.
func (l *loopback) later(wait func(syscall.RawConn, func(uintptr) bool) error, try func() error) (err error) {
	if l.file == nil {
		l.file = os.NewFile(uintptr(l.fd), "")
		l.file.SetReadDeadline(l.readBy)
		l.stop = context.AfterFunc(l.ctx, func() { l.file.SetDeadline(time.Unix(1, 0)) })
	}
	raw, err := l.file.SyscallConn()
	if err != nil {
		return err
	}
	failed := wait(raw, func(uintptr) bool {
		err = try()
		return err != syscall.EAGAIN
	})
	return cmp.Or(failed, err)
}

// Read implements io.Reader.
func (l *loopback) Read(p []byte) (int, error) {
	n, err := l.read(p)
	if err == syscall.EAGAIN {
		return l.readLater(p)
	}
	return n, err
}

func (l *loopback) readLater(p []byte) (n int, err error) {
	err = l.later(syscall.RawConn.Read, func() error {
		n, err = l.read(p)
		return err
	})
	return n, err
}

func (l *loopback) read(p []byte) (int, error) {
	if err := l.ctx.Err(); err != nil {
		return 0, err
	}
	if !l.readBy.IsZero() && time.Now().After(l.readBy) {
		return 0, os.ErrDeadlineExceeded
	}
	n, err := again(syscall.Read, l.fd, p)
	if n == 0 && err == nil && len(p) > 0 {
		return 0, io.EOF
	}
	return n, err
}

// Write implements io.Writer. It lets others go first before it returns: then the answer has often come when it is read.
func (l *loopback) Write(p []byte) (written int, err error) {
	for written < len(p) && err == nil {
		var n int
		if n, err = l.write(p[written:]); err == syscall.EAGAIN {
			n, err = l.writeLater(p[written:])
		}
		written += n
	}
	runtime.Gosched()
	return written, err
}

func (l *loopback) writeLater(p []byte) (n int, err error) {
	err = l.later(syscall.RawConn.Write, func() error {
		n, err = l.write(p)
		return err
	})
	return n, err
}

func (l *loopback) write(p []byte) (int, error) {
	if err := l.ctx.Err(); err != nil {
		return 0, err
	}
	return again(syscall.Write, l.fd, p)
}

// again repeats a call that a signal has interrupted.
func again(call func(int, []byte) (int, error), fd int, p []byte) (int, error) {
	for {
		if n, err := call(fd, p); err != syscall.EINTR {
			return max(n, 0), err
		}
	}
}

// SetReadDeadline is the time after which nothing is read any more.
func (l *loopback) SetReadDeadline(t time.Time) error {
	l.readBy = t
	if l.file == nil {
		return nil
	}
	return l.file.SetReadDeadline(t)
}

// Close closes it in the ordinary way.
func (l *loopback) Close() error {
	if l.file == nil {
		return syscall.Close(l.fd)
	}
	l.stop()
	return l.file.Close()
}

package gopsutil

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"
)

// listener is a socket that listens on a TCP port.
type listener struct {
	inode uint64
	port  uint16
}

// listeners returns all listeners of our network namespace, ordered by inode.
func listeners(ctx context.Context) (found []listener, err error) {
	for _, path := range [...]string{"/proc/self/net/tcp", "/proc/self/net/tcp6"} {
		fd, err := open([]byte(path), 0)
		if errors.Is(err, unix.ENOENT) && path[len(path)-1] == '6' {
			continue // a kernel without IPv6
		}
		if err == nil {
			found, err = readListeners(ctx, fd, found)
			unix.Close(fd)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	slices.SortFunc(found, func(a, b listener) int { return cmp.Compare(a.inode, b.inode) })
	return found, nil
}

// among reports whether the inode is that of one of the sockets, which are ordered by it.
func among(sockets []listener, inode uint64) bool {
	_, there := slices.BinarySearchFunc(sockets, inode, func(l listener, inode uint64) int { return cmp.Compare(l.inode, inode) })
	return there
}

// readListeners appends those of a file in the format of /proc/net/tcp to found. They come first, says
// Documentation/networking/proc_net_tcp.rst of the kernel. The connections, of which 132,000 took 80 ms to read, come after.
// Before Linux 4.4 such as are half open stood among the listeners.
func readListeners(ctx context.Context, fd int, found []listener) ([]listener, error) {
	from := lines{fd: fd}
	if _, err := from.next(ctx); err != nil { // the header
		return found, cmp.Or(unexpected(err), errFormat)
	}
	for {
		line, err := from.next(ctx)
		if err != nil {
			return found, unexpected(err)
		}
		l, state, err := parseListener(line)
		switch {
		case err != nil:
			return found, err
		case state == stateListen:
			found = append(found, l)
		case state != stateSynReceived:
			return found, nil
		}
	}
}

// unexpected makes no error of the end of a file.
func unexpected(err error) error {
	if err == io.EOF {
		return nil
	}
	return err
}

// The states of a socket that matter, see include/net/tcp_states.h of the kernel.
const (
	stateSynReceived = 0x03
	stateListen      = 0x0A
)

// parseListener reads a line as proc_pid_net(5) describes it: number, local address, remote address, state, queues,
// timer, retransmits, uid, timeout, inode and so on. Of a socket that does not listen only the state is read.
func parseListener(line []byte) (l listener, state byte, err error) {
	_, rest := field(line)
	local, rest := field(rest)
	_, rest = field(rest)
	text, rest := field(rest)
	number, err := strconv.ParseUint(string(text), 16, 8)
	if err != nil || len(text) != 2 {
		return listener{}, 0, errFormat
	}
	if number != stateListen {
		return listener{}, byte(number), nil
	}
	for range 5 {
		_, rest = field(rest)
	}
	text, _ = field(rest)
	inode, err := strconv.ParseUint(string(text), 10, 64)
	port, ok := portOf(local)
	if err != nil || !ok {
		return listener{}, 0, errFormat
	}
	return listener{inode: inode, port: port}, stateListen, nil
}

// portOf reads the port of an address, such as 0100007F:1F90 or one of IPv6 with 32 digits before the colon.
func portOf(address []byte) (uint16, bool) {
	host, text, _ := bytes.Cut(address, []byte{':'})
	port, err := strconv.ParseUint(string(text), 16, 16)
	return uint16(port), err == nil && len(text) == 4 && (len(host) == 8 || len(host) == 32)
}

// field returns the first word and what follows it.
func field(line []byte) (word, rest []byte) {
	word, rest, _ = bytes.Cut(bytes.TrimLeft(line, " "), []byte{' '})
	return word, rest
}

package gopsutil

import (
	"bytes"
	"context"
	"strconv"

	"golang.org/x/sys/unix"
)

// visitSockets visits the inodes of the sockets that the process has open, once for each descriptor, and ends with the first
// error of visit. A process that has vanished, or whose files we may not see, has none.
func visitSockets(ctx context.Context, pid int, buf []byte, visit func(inode uint64) error) error {
	dir, err := openOf(pid, "/fd")
	if err == nil {
		defer unix.Close(dir)
		err = entries(dir, buf, func(fd int) error {
			if inode, is := socketAt(dir, fd); is {
				if err := visit(inode); err != nil {
					return err
				}
			}
			return ctx.Err()
		})
	}
	if unseeable(err) {
		return ctx.Err()
	}
	return err
}

// unseeable reports whether the error says no more than that a process, or what it had open, is gone or hidden from us.
func unseeable(err error) bool {
	return err == unix.ENOENT || err == unix.ESRCH || err == unix.EACCES || err == unix.EPERM
}

// socketAt returns the inode of a socket; false for another file and for one that was closed meanwhile.
func socketAt(dir, fd int) (inode uint64, is bool) {
	var name, link [32]byte
	n, err := readlink(dir, strconv.AppendInt(name[:0], int64(fd), 10), link[:])
	if err != nil {
		return 0, false
	}
	return parseSocket(link[:n])
}

// parseSocket reads the link of a socket, socket:[INODE].
func parseSocket(link []byte) (inode uint64, is bool) {
	text, is := bytes.CutPrefix(link, []byte("socket:["))
	text, whole := bytes.CutSuffix(text, []byte{']'})
	if !is || !whole {
		return 0, false
	}
	inode, err := strconv.ParseUint(string(text), 10, 64)
	if err != nil {
		return 0, false
	}
	return inode, true
}

package gopsutil

import (
	"strconv"
	"unsafe"

	"golang.org/x/sys/unix"
)

// pathSize holds /proc/PID/task/TID/children with numbers of ten digits.
const pathSize = 64

// read reads the beginning of /proc/PID and name into buf. Files of /proc give a whole buffer in one read.
func read(buf []byte, pid int, name string) ([]byte, error) {
	fd, err := openOf(pid, name)
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	n, err := unix.Read(fd, buf)
	if err != nil {
		return nil, err
	}
	return buf[:n], nil
}

// openOf opens /proc/PID and name.
func openOf(pid int, name string) (int, error) {
	var room [pathSize]byte
	return open(pathOf(room[:0], pid, name), 0)
}

// pathOf appends /proc/PID and name.
func pathOf(path []byte, pid int, name string) []byte {
	return append(strconv.AppendInt(append(path, "/proc/"...), int64(pid), 10), name...)
}

// open is unix.Open without its copy of the path.
func open(path []byte, flags uintptr) (int, error) {
	path = append(path, 0)
	at := unix.AT_FDCWD
	fd, _, errno := unix.Syscall6(unix.SYS_OPENAT, uintptr(at), uintptr(unsafe.Pointer(&path[0])), unix.O_RDONLY|unix.O_CLOEXEC|flags, 0, 0, 0)
	if errno != 0 {
		return -1, errno
	}
	return int(fd), nil
}

// readlink is unix.Readlink without its copy of the path. What has no room is left out.
func readlink(path, target []byte) ([]byte, error) {
	path = append(path, 0)
	at := unix.AT_FDCWD
	n, _, errno := unix.Syscall6(unix.SYS_READLINKAT, uintptr(at), uintptr(unsafe.Pointer(&path[0])), uintptr(unsafe.Pointer(&target[0])), uintptr(len(target)), 0, 0)
	if errno != 0 {
		return nil, errno
	}
	return target[:n], nil
}

package web

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// longestPath is how many bytes the path of a unix socket may have on all systems that we know (sun_path has 104 on some).
const longestPath = 103

// listen opens a unix socket that nobody but its owner may use before mode and group say otherwise. A socket that a listener has left
// behind, to which nobody listens, is replaced; anything else that has the name stays.
func listen(path string, mode fs.FileMode, group string) (net.Listener, error) {
	short, done, err := shorter(path)
	if err != nil {
		return nil, err
	}
	gid, err := groupID(group)
	if err == nil {
		err = clearStale(path, short)
	}
	if err != nil {
		done()
		return nil, err
	}
	before := syscall.Umask(0o177) // of the whole program, for a moment: whatever else it makes then is as private
	listener, err := net.Listen("unix", short)
	syscall.Umask(before)
	if err != nil {
		done()
		return nil, fmt.Errorf("socket %s: %w", path, reason(err))
	}
	listener = &opened{Listener: listener, done: done}
	if gid >= 0 {
		err = os.Chown(path, -1, gid)
	}
	if err == nil {
		err = os.Chmod(path, mode)
	}
	if err != nil {
		listener.Close()
		return nil, fmt.Errorf("socket %s: %w", path, reason(err))
	}
	return listener, nil
}

// shorter is another name of a socket whose path is too long for the kernel, where there is one; done ends it.
func shorter(path string) (short string, done func(), err error) {
	if len(path) <= longestPath {
		return path, func() {}, nil
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return "", nil, fmt.Errorf("socket %s: %w", path, reason(err))
	}
	short = fmt.Sprintf("/proc/self/fd/%d/%s", dir.Fd(), filepath.Base(path))
	if _, err := os.Stat(filepath.Dir(short)); err != nil || len(short) > longestPath {
		dir.Close()
		return "", nil, fmt.Errorf("socket %s: its path has more than %d bytes; name a shorter one", path, longestPath)
	}
	return short, func() { dir.Close() }, nil
}

// opened is a listener with what it needs until it is closed.
type opened struct {
	net.Listener
	done func()
}

// Close closes the listener.
func (o *opened) Close() error {
	defer o.done()
	return o.Listener.Close()
}

func reason(err error) error {
	if number, ok := errors.AsType[syscall.Errno](err); ok {
		return number
	}
	return err
}

func groupID(name string) (int, error) {
	if name == "" {
		return -1, nil
	}
	if number, err := strconv.Atoi(name); err == nil && number >= 0 {
		return number, nil
	}
	group, err := user.LookupGroup(name)
	if err != nil {
		return 0, fmt.Errorf("socket_group %s: there is no such group", name)
	}
	return strconv.Atoi(group.Gid)
}

// clearStale removes a socket to which nobody listens.
func clearStale(path, short string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("socket %s: %w", path, reason(err))
	case info.Mode().Type() != fs.ModeSocket:
		return fmt.Errorf("socket %s: something else has this name; name another path", path)
	}
	conn, err := net.DialTimeout("unix", short, time.Second)
	if err == nil {
		conn.Close()
		return fmt.Errorf("socket %s: another listener has it; name another path", path)
	}
	if !errors.Is(err, syscall.ECONNREFUSED) {
		return fmt.Errorf("socket %s: %w", path, reason(err))
	}
	return os.Remove(path)
}

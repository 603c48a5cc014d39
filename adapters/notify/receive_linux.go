package notify

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"supervisor-healthcheck/domain"
)

// receive opens the socket and hands every message to take, from a goroutine that ends with stop, or when nothing can be read.
func receive(path string, take func(pid int, text string, now time.Time)) (stop func(), ended <-chan struct{}, err error) {
	conn, err := listen(path)
	if err != nil {
		return nil, nil, err
	}
	over := make(chan struct{})
	go func() {
		defer close(over)
		defer conn.Close()
		read(conn, take)
	}()
	return func() { conn.Close() }, over, nil
}

// listen makes the socket, in place of one that an earlier life has left behind.
func listen(path string) (*net.UnixConn, error) {
	if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	if err := makeRoom(path); err != nil {
		return nil, err
	}
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	file := os.NewFile(uintptr(fd), path)
	defer file.Close()
	// Who has sent a message is told only of those that come after this.
	if err := cmp.Or(unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_PASSCRED, 1), unix.Bind(fd, &unix.SockaddrUnix{Name: path})); err != nil {
		return nil, err
	}
	if err := os.Chmod(path, 0o666); err != nil { // services run as any user, and speak for themselves alone
		return nil, err
	}
	conn, err := net.FilePacketConn(file)
	if err != nil {
		return nil, err
	}
	return conn.(*net.UnixConn), nil
}

// makeRoom removes a socket at which nobody receives any more.
func makeRoom(path string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.Mode().Type() != fs.ModeSocket:
		return errors.New("there is something else that is no socket; remove it, or give another notify_socket")
	}
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: path, Net: "unixgram"})
	if err == nil {
		conn.Close()
		return errInUse
	}
	if !errors.Is(err, syscall.ECONNREFUSED) {
		return err
	}
	return os.Remove(path)
}

// read reads until the socket is closed. Descriptors that come along are closed, which is an answer too: systemd-notify waits for
// that.
func read(conn *net.UnixConn, take func(pid int, text string, now time.Time)) {
	text := make([]byte, longestMessage)
	const mostRights = 253 // in one message; see unix(7)
	beside := make([]byte, unix.CmsgSpace(unix.SizeofUcred)+unix.CmsgSpace(4*mostRights))
	for {
		n, beyond, flags, _, err := conn.ReadMsgUnix(text, beside)
		now := time.Now()
		pid := sender(beside[:beyond])
		switch {
		case err != nil:
			return
		case flags&unix.MSG_TRUNC == 0 && pid > 0:
			take(pid, string(text[:n]), now)
		}
	}
}

// sender is the pid of who has sent a message, 0 where that cannot be told, as of a process that we cannot see.
func sender(beside []byte) int {
	pid := 0
	messages, _ := unix.ParseSocketControlMessage(beside)
	for _, m := range messages {
		if rights, err := unix.ParseUnixRights(&m); err == nil {
			for _, fd := range rights {
				unix.Close(fd) //nolint:errcheck // it is not ours
			}
		} else if who, err := unix.ParseUnixCredentials(&m); err == nil {
			pid = int(who.Pid)
		}
	}
	return pid
}

// look tells when a process has begun, and its parent.
func look(pid int) (start uint64, parent int, err error) {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if errors.Is(err, fs.ErrNotExist) {
		return 0, 0, domain.ErrGone
	}
	if err != nil {
		return 0, 0, err
	}
	return parseStat(string(text))
}

// parseStat reads /proc/PID/stat: behind the name of the program, which may hold anything, the parent is the second field and the
// start the twentieth.
func parseStat(text string) (start uint64, parent int, err error) {
	fields := strings.Fields(text[strings.LastIndexByte(text, ')')+1:])
	if len(fields) < 20 {
		return 0, 0, fmt.Errorf("/proc says %d facts of a process", len(fields))
	}
	parent, wrong := strconv.Atoi(fields[1])
	start, err = strconv.ParseUint(fields[19], 10, 64)
	return start, parent, cmp.Or(wrong, err)
}

//go:build unix

package stdin

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// firstFree is the least descriptor that is not one of the standard three.
const firstFree = 3

// Open returns stdin as a file that can be closed while somebody reads it, which os.Stdin cannot. That needs a
// descriptor in non-blocking mode, which is harmless for a pipe or a socket only; anything else is returned as
// os.Stdin. Descriptor 0 stays open, but os.Stdin itself must not be read any more.
func Open() *os.File {
	info, err := os.Stdin.Stat()
	if err != nil || info.Mode()&(os.ModeNamedPipe|os.ModeSocket) == 0 {
		return os.Stdin
	}
	fd, err := unix.FcntlInt(0, unix.F_DUPFD_CLOEXEC, firstFree)
	if err != nil {
		return os.Stdin
	}
	if err := unix.SetNonblock(fd, true); err != nil {
		_ = unix.Close(fd)
		return os.Stdin
	}
	return os.NewFile(uintptr(fd), "stdin")
}

// TakeStdout returns the only way to the real stdout and points descriptor 1 at stderr: from then on whatever this
// program, a library or a child prints ends up in the log and not in the protocol. The caller closes the file,
// which no child inherits. Call it once, before anything is printed. A write to it after supervisord's death
// returns EPIPE, whereas one to descriptor 1 would end a Go program with SIGPIPE.
func TakeStdout() (*os.File, error) {
	fd, err := unix.FcntlInt(1, unix.F_DUPFD_CLOEXEC, firstFree)
	if err != nil {
		return nil, fmt.Errorf("duplicate stdout: %w", err)
	}
	if err := redirect(2, 1); err != nil {
		_ = unix.Close(fd)
		return nil, fmt.Errorf("point stdout at stderr: %w", err)
	}
	return os.NewFile(uintptr(fd), "stdout"), nil
}

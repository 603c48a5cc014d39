package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// errIrregular is why something that is no file is not used as one.
var errIrregular = errors.New("is no regular file")

// foreign reports whether something is no file of ours, but stands in the place of one.
func foreign(err error) bool {
	_, refused := errors.AsType[refusal](err)
	return refused || errors.Is(err, errIrregular)
}

// openFile opens a regular file of ours or of root, and nothing else: no link is followed, and a pipe does not make us wait
// for who writes into it.
func openFile(name string, flag int) (*os.File, fs.FileInfo, error) {
	f, err := os.OpenFile(name, flag|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_NOCTTY, 0o600)
	if err != nil {
		return nil, nil, irregular(name, err)
	}
	info, err := f.Stat()
	if err == nil {
		err = usable(name, info, os.Geteuid())
	}
	if err != nil {
		_ = f.Close()
		return nil, nil, err
	}
	return f, info, nil
}

// irregular explains why something could not even be opened: a socket, a directory, a link.
func irregular(name string, err error) error {
	info, statErr := os.Lstat(name)
	if statErr != nil || info.Mode().IsRegular() {
		return err
	}
	return usable(name, info, ownerOf(info))
}

// usable says why a file is none of a journal.
func usable(name string, info fs.FileInfo, uid int) error {
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s %w but %s", name, errIrregular, kind(info.Mode()))
	}
	if by := ownerOf(info); by != uid && by != 0 {
		return refusal{fmt.Sprintf("%s belongs to user %d", name, by), fmt.Sprintf("remove that file, or give it to user %d", uid)}
	}
	return nil
}

func kind(mode fs.FileMode) string {
	switch mode.Type() {
	case fs.ModeDir:
		return "a directory"
	case fs.ModeSymlink:
		return "a symbolic link"
	case fs.ModeNamedPipe:
		return "a named pipe"
	case fs.ModeSocket:
		return "a socket"
	}
	return "a device"
}

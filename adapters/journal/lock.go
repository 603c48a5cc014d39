package journal

import (
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// touched is how old the mark of the last use of a journal may become, which is the time of its lock file.
const touched = time.Hour

// tryLock returns nil while somebody else has the lock. A lock file that was deleted meanwhile locks nothing.
func (f file) tryLock() (unlock func(), err error) {
	name := f.path + ".lock"
	lock, info, err := openFile(name, os.O_RDWR|os.O_CREATE)
	if err != nil {
		return nil, err
	}
	err = unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if err == nil && stillThere(lock, name) {
		if now := time.Now(); now.Sub(info.ModTime()).Abs() > touched {
			_ = os.Chtimes(name, now, now)
		}
		return func() {
			_ = unix.Flock(int(lock.Fd()), unix.LOCK_UN) // a child that was just forked may have the descriptor too
			_ = lock.Close()
		}, nil
	}
	_ = lock.Close()
	if err == nil || errors.Is(err, unix.EWOULDBLOCK) || errors.Is(err, unix.EINTR) {
		return nil, nil
	}
	return nil, fmt.Errorf("lock %s: %w", name, err)
}

// clear moves aside what stands in the place of the lock file and is none. Two listeners do that one after the other, so that
// neither takes away the lock file which the other has made meanwhile.
func (f file) clear() error {
	dir, err := os.Open(f.dir())
	if err != nil {
		return err
	}
	defer dir.Close()
	if err := unix.Flock(int(dir.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		return err
	}
	defer func() { _ = unix.Flock(int(dir.Fd()), unix.LOCK_UN) }()
	name := f.path + ".lock"
	info, err := os.Lstat(name)
	if err != nil || usable(name, info, os.Geteuid()) == nil {
		return nil
	}
	return os.Rename(name, name+".bad")
}

func stillThere(opened *os.File, name string) bool {
	was, err := opened.Stat()
	if err != nil {
		return false
	}
	is, err := os.Lstat(name)
	return err == nil && os.SameFile(was, is)
}

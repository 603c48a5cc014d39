package journal

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// longest is how long a lock may be held; others hold it for some milliseconds, or while the disk writes.
const longest = 10 * time.Second

// errLost is what becomes of what was wanted under a lock that was taken over. It is as if the lock had never been had.
var errLost = fmt.Errorf("another listener has taken over its lock, which was held too long: %w", context.DeadlineExceeded)

// lock is the lock of a journal while it is had.
type lock struct {
	file *os.File
	name string
}

// tryLock returns nil while somebody else has the lock. A lock file that was deleted or moved meanwhile locks nothing. The
// time of the file is when one of us last took the lock.
func (f file) tryLock() (*lock, error) {
	name := f.path + ".lock"
	opened, _, err := openFile(name, os.O_RDWR|os.O_CREATE)
	if err != nil {
		return nil, err
	}
	l := &lock{file: opened, name: name}
	err = unix.Flock(int(opened.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if err == nil && !l.lost() {
		now := time.Now()
		_ = os.Chtimes(name, now, now)
		return l, nil
	}
	_ = opened.Close()
	if err == nil || errors.Is(err, unix.EWOULDBLOCK) || errors.Is(err, unix.EINTR) {
		return nil, nil
	}
	return nil, fmt.Errorf("lock %s: %w", name, err)
}

func (l *lock) release() {
	_ = unix.Flock(int(l.file.Fd()), unix.LOCK_UN) // a child that was just forked may have the descriptor too
	_ = l.file.Close()
}

// lost reports whether the lock locks nothing any more, because its file is not there or another one. No lock cannot be lost.
func (l *lock) lost() bool { return l != nil && !stillThere(l.file, l.name) }

// clear moves aside what stands in the place of the lock file and is none.
func (f file) clear() error {
	name := f.path + ".lock"
	_, err := f.lockAside(func(info fs.FileInfo) bool { return usable(name, info, os.Geteuid()) != nil })
	return err
}

// lockAside moves the lock file aside if it is wrong, and reports whether it did. Two listeners do that one after the other,
// so that neither takes away the lock file which the other has made meanwhile.
func (f file) lockAside(wrong func(fs.FileInfo) bool) (did bool, err error) {
	dir, err := os.Open(f.dir())
	if err != nil {
		return false, err
	}
	defer dir.Close()
	if err := unix.Flock(int(dir.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		return false, err
	}
	defer func() { _ = unix.Flock(int(dir.Fd()), unix.LOCK_UN) }()
	name := f.path + ".lock"
	info, err := os.Lstat(name)
	if err != nil || !wrong(info) {
		return false, nil
	}
	err = os.Rename(name, name+".bad")
	return err == nil, err
}

func stillThere(opened *os.File, name string) bool {
	was, err := opened.Stat()
	if err != nil {
		return false
	}
	is, err := os.Lstat(name)
	return err == nil && os.SameFile(was, is)
}

// jam is a lock that somebody has and does not give back: a listener that was suspended at that moment, or a stranger.
type jam struct {
	taken time.Time // when one of us last took the lock, by the time of its file
	since time.Time // since when that is known
}

// free replaces a lock that nobody has given back for too long, and takes the new one. Whoever has the old one finds it lost
// before any file is replaced.
func (j *Journal) free(f file) (*lock, error) {
	name := f.path + ".lock"
	info, err := os.Lstat(name)
	if err != nil {
		return nil, nil // moved or removed just now
	}
	if taken := info.ModTime(); j.jam.since.IsZero() || !taken.Equal(j.jam.taken) {
		j.jam = jam{taken: taken, since: time.Now()}
	}
	if time.Since(j.jam.since) < longest {
		return nil, nil
	}
	old := j.jam.taken
	j.jam = jam{}
	if did, _ := f.lockAside(func(info fs.FileInfo) bool { return info.ModTime().Equal(old) }); !did {
		return nil, nil // another listener is at it, or that cannot be done: the lock is waited for as before
	}
	j.spoiled = moved(name, fmt.Errorf("nobody has given it back for %s; fuser %s.bad tells who has it", longest, name))
	return f.tryLock()
}

package history

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
	"time"
)

// pair is a file of lines and the one before it: when the file has no room for more it takes the place of the older one. It belongs to
// one listener, which holds a lock on the file.
type pair struct {
	path  string
	most  int64 // bytes of each
	file  *os.File
	size  int64
	torn  bool // the file may end within a line
	tried time.Time
}

// openRegular opens a file to be read, if it is a regular one.
func openRegular(path string) (part, error) {
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return part{}, err
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errForeign
	}
	if err != nil {
		file.Close()
		return part{}, err
	}
	return part{file, info.Size()}, nil
}

// again is how long a file that cannot be used is left alone.
const again = 10 * time.Second

func newPair(path string, most int64) *pair { return &pair{path: path, most: most} }

const olderSuffix = ".1"

func (p *pair) older() string { return p.path + olderSuffix }

// append adds lines, each of which has its end.
func (p *pair) append(lines []byte) error {
	if err := p.open(); err != nil {
		return err
	}
	if p.size > 0 && p.size+int64(len(lines))+1 > p.most {
		if err := p.turn(); err != nil {
			return err
		}
	}
	if p.torn {
		lines = append([]byte("\n"), lines...)
	}
	n, err := p.file.Write(lines)
	p.size += int64(n)
	p.torn = n < len(lines) && (n > 0 || p.torn)
	if err != nil {
		return fmt.Errorf("history %s: %w", p.path, reason(err))
	}
	return nil
}

var errWaits = errors.New("it could not be opened a moment ago")

// open opens the file, unless it is open.
func (p *pair) open() error {
	if p.file != nil {
		return nil
	}
	if now := time.Now(); now.Sub(p.tried) < again {
		return fmt.Errorf("history %s: %w", p.path, errWaits)
	} else {
		p.tried = now
	}
	file, info, err := claim(p.path, os.O_APPEND)
	if err != nil {
		return fmt.Errorf("history %s: %w", p.path, reason(err))
	}
	p.file, p.size, p.torn = file, info.Size(), endsWithin(file, info.Size())
	return nil
}

var (
	errInUse   = errors.New("another listener has it")
	errForeign = errors.New("something else has this name")
)

// claim opens a file for this listener alone. Whatever is no file of ours stays as it is.
func claim(path string, flags int) (*os.File, fs.FileInfo, error) {
	file, err := os.OpenFile(path, flags|os.O_RDWR|os.O_CREATE|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0o600)
	if err != nil {
		return nil, nil, err
	}
	info, err := file.Stat()
	switch {
	case err != nil:
	case !info.Mode().IsRegular():
		err = errForeign
	case syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) != nil:
		err = errInUse
	}
	if err != nil {
		file.Close()
		return nil, nil, err
	}
	return file, info, nil
}

// endsWithin reports whether a file ends within a line, as one does whose listener was killed.
func endsWithin(file *os.File, size int64) bool {
	var last [1]byte
	if size == 0 {
		return false
	}
	_, err := file.ReadAt(last[:], size-1)
	return err == nil && last[0] != '\n'
}

// turn makes the file the older one.
func (p *pair) turn() error {
	if err := os.Rename(p.path, p.older()); err != nil {
		return fmt.Errorf("history %s: %w", p.path, reason(err))
	}
	p.close()
	p.tried = time.Time{}
	return p.open()
}

func (p *pair) close() {
	if p.file != nil {
		p.file.Close()
		p.file = nil
	}
}

// read opens both files, the older one first, as far as they are there, with their sizes.
func (p *pair) read() (all []part) {
	for _, path := range []string{p.older(), p.path} {
		if p, err := openRegular(path); err == nil {
			all = append(all, p)
		}
	}
	return all
}

func reason(err error) error {
	if number, ok := errors.AsType[syscall.Errno](err); ok {
		return number
	}
	return err
}

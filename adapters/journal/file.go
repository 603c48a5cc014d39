package journal

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// file is the journal of one supervisord on the disk. Beside it stand NAME.lock, which is never renamed, NAME.tmp
// while it is being written, and NAME.bad if one could not be read.
type file struct {
	path   string
	server string // without credentials
}

// largest bounds what is read; a real journal has some kilobytes.
const largest = 64 << 20

func fileName(server string) string {
	sum := sha256.Sum256([]byte(server))
	return fmt.Sprintf("supervisord-%x.json", sum[:6])
}

// tryLock returns nil while somebody else has the lock. A lock file that was deleted meanwhile locks nothing.
func (f file) tryLock() (unlock func(), err error) {
	name := f.path + ".lock"
	lock, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, err
	}
	err = unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if err == nil && stillThere(lock, name) {
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

func stillThere(opened *os.File, name string) bool {
	was, err := opened.Stat()
	if err != nil {
		return false
	}
	is, err := os.Lstat(name)
	return err == nil && os.SameFile(was, is)
}

// absent reports whether there is certainly no file: a directory that may not be searched could have one.
func (f file) absent() bool {
	_, err := os.Lstat(f.path)
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ENOTDIR)
}

// load reads the file. What cannot be understood is moved aside: then the document is empty and spoiled says why.
// The caller has the lock, so a temporary file is what a crash has left.
func (f file) load() (d document, spoiled, err error) {
	_ = os.Remove(f.path + ".tmp")
	data, err := f.read()
	if errors.Is(err, fs.ErrNotExist) {
		return f.empty(), nil, nil
	}
	if err != nil {
		return d, nil, err
	}
	d, cause := parse(data, f.server)
	if cause == nil {
		return d, nil, nil
	}
	if err := os.Rename(f.path, f.path+".bad"); err != nil {
		return d, nil, err
	}
	return f.empty(), fmt.Errorf("journal %s: begun anew, and the old one moved to %s.bad: %w", f.path, f.path, cause), nil
}

func (f file) empty() document { return document{Version: version, Server: f.server} }

func (f file) read() ([]byte, error) {
	in, err := os.OpenFile(f.path, os.O_RDONLY|unix.O_NOFOLLOW, 0)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	return io.ReadAll(io.LimitReader(in, largest))
}

// save puts the document in place of the file: at once, and on the disk when it returns if sync says so. A
// document without content is no file, which works on a full disk too.
func (f file) save(d document, sync bool) error {
	if len(d.Restarts)+len(d.Histories) == 0 {
		if err := os.Remove(f.path); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}
	data, err := d.text()
	if err != nil {
		return err
	}
	if err := f.replace(data, sync); err != nil {
		_ = os.Remove(f.path + ".tmp")
		return err
	}
	if sync {
		return syncDir(filepath.Dir(f.path))
	}
	return nil
}

func (f file) replace(data []byte, sync bool) error {
	out, err := os.OpenFile(f.path+".tmp", os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = out.Write(data)
	if err == nil && sync {
		err = out.Sync()
	}
	if err := errors.Join(err, out.Close()); err != nil {
		return err
	}
	return os.Rename(f.path+".tmp", f.path)
}

// syncDir makes the rename last. Some file systems cannot do that, and need not.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := d.Sync(); err != nil && !errors.Is(err, unix.EINVAL) && !errors.Is(err, unix.ENOTSUP) {
		return err
	}
	return nil
}

func (d document) text() ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err := enc.Encode(d)
	return out.Bytes(), err
}

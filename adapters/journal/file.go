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

// file is the journal of one supervisord on the disk. Beside it stand NAME.lock, which is not renamed as long as it is a
// file of ours that is given back, NAME.tmp while it is being written, and NAME.bad if one could not be read.
type file struct {
	path   string
	server string   // without credentials
	last   *written // nil: it is read each time
}

func fileIn(dir, server string, last *written) file {
	return file{path: filepath.Join(dir, fileName(server)), server: server, last: last}
}

func (f file) dir() string { return filepath.Dir(f.path) }

func fileName(server string) string {
	sum := sha256.Sum256([]byte(server))
	return fmt.Sprintf("supervisord-%x.json", sum[:6])
}

// load reads the file. What cannot be understood is moved aside: then the document is empty and spoiled says why.
// The caller has the lock, so a temporary file is what a crash has left.
func (f file) load() (d document, spoiled, err error) {
	if err := os.Remove(f.path + ".tmp"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		_ = os.Rename(f.path+".tmp", f.path+".tmp.bad") // a directory; what is written next tells if it is still there
	}
	d, cause, err := f.read()
	if errors.Is(err, fs.ErrNotExist) {
		return f.blank(), nil, nil
	}
	if cause == nil {
		return d, nil, err
	}
	if err := os.Rename(f.path, f.path+".bad"); err != nil {
		return d, nil, err
	}
	return f.blank(), moved(f.path, cause), nil
}

// blank is the document of a file that is not there.
func (f file) blank() document { return document{Version: version, Server: f.server} }

// there reports whether the file can be seen, although perhaps not read.
func (f file) there() bool {
	_, err := os.Lstat(f.path)
	return err == nil
}

// moved says that something was moved aside.
func moved(path string, cause error) error {
	return fmt.Errorf("journal %s: begun anew, and the old one moved to %s.bad: %w", path, path, cause)
}

// read needs no lock, because a file is only ever replaced as a whole. The cause is what is wrong with the content.
func (f file) read() (d document, cause, err error) {
	if d, known := f.last.read(f.path); known {
		return d, nil, nil
	}
	data, cause, err := f.content()
	if cause != nil || err != nil {
		return d, cause, err
	}
	d, cause = parse(data, f.server)
	return d, cause, nil
}

// content is what stands in the file, unless that is too much, or it is no file of ours, such as one that root has made
// whose listener we are no more: that will not become readable by waiting.
func (f file) content() (data []byte, cause, err error) {
	in, info, err := openFile(f.path, os.O_RDONLY)
	if foreign(err) || errors.Is(err, fs.ErrPermission) && f.there() {
		return nil, err, nil
	}
	if err != nil {
		return nil, nil, err
	}
	defer in.Close()
	if info.Size() > largest {
		return nil, tooLarge(info.Size()), nil
	}
	text := bytes.NewBuffer(make([]byte, 0, info.Size()+bytes.MinRead))
	if _, err = text.ReadFrom(io.LimitReader(in, largest)); err != nil {
		return nil, nil, err
	}
	return text.Bytes(), weigh(text.Bytes()), nil
}

// save puts the document in place of the file: at once, and on the disk when it returns if sync says so. A
// document without content is no file, which works on a full disk too. Under a lock that is lost it does nothing.
func (f file) save(d *document, l *lock, sync bool) error {
	if l.lost() {
		return errLost
	}
	if d.empty() {
		if err := os.Remove(f.path); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}
	data, err := d.fit()
	if err != nil {
		return err
	}
	if err := f.replace(d, data, l, sync); err != nil {
		if !l.lost() {
			_ = os.Remove(f.path + ".tmp")
		}
		return err
	}
	if sync {
		return syncDir(f.dir())
	}
	return nil
}

// try finds out whether a file can be written.
func (f file) try() error {
	name := f.path + ".tmp"
	defer func() { _ = os.Remove(name) }()
	return write(name, make([]byte, 4096), false, nil)
}

func (f file) replace(d *document, data []byte, l *lock, sync bool) error {
	keep := func(out *os.File) { f.last.keep(out, d, len(data)) }
	if err := write(f.path+".tmp", data, sync, keep); err != nil {
		return err
	}
	if l.lost() {
		return errLost
	}
	return os.Rename(f.path+".tmp", f.path)
}

// write makes a file, and hands it on before it is closed.
func write(name string, data []byte, sync bool, then func(*os.File)) error {
	out, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = out.Write(data)
	if err == nil && sync {
		err = out.Sync()
	}
	if err == nil && then != nil {
		then(out)
	}
	return errors.Join(err, out.Close())
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
	err := enc.Encode(d)
	return out.Bytes(), err
}

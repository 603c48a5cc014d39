package journal

import (
	"io/fs"
	"os"
	"slices"
	"sync"

	"golang.org/x/sys/unix"
)

// mostWritten bounds what is kept of a file in memory. A larger one is read again.
const mostWritten = 32 << 10

// written is the file as we have written it last. As long as nobody has replaced it, which only one of several listeners does, it need
// not be read. It is safe for concurrent use; nil keeps nothing.
type written struct {
	mu   sync.Mutex
	pin  *os.File // the file, open, so that its inode is not given to another one; nil if there is nothing to tell
	info fs.FileInfo
	doc  document
}

// keep takes note of a file that was written, and is not closed yet, with so many bytes.
func (w *written) keep(out *os.File, d *document, size int) {
	if w == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	_ = w.pin.Close() // there may be none
	w.pin, w.info, w.doc = nil, nil, document{}
	if size > mostWritten {
		return
	}
	info, err := out.Stat()
	if err != nil {
		return
	}
	if fd, err := unix.FcntlInt(out.Fd(), unix.F_DUPFD_CLOEXEC, 0); err == nil {
		w.pin, w.info, w.doc = os.NewFile(uintptr(fd), out.Name()), info, d.copied()
	}
}

// read tells what stands in the file of this name, if that is the one and nobody has changed it.
func (w *written) read(name string) (d document, known bool) {
	if w == nil {
		return d, false
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.pin == nil {
		return d, false
	}
	is, err := os.Lstat(name)
	if err != nil || !os.SameFile(is, w.info) || is.Size() != w.info.Size() || !is.ModTime().Equal(w.info.ModTime()) {
		return d, false
	}
	return w.doc.copied(), true
}

// copied shares with the document only what is never changed: the parts of a restart or a history.
func (d *document) copied() document {
	return document{Version: d.Version, Server: d.Server, Restarts: slices.Clone(d.Restarts), Histories: slices.Clone(d.Histories)}
}

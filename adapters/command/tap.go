//go:build unix

package command

import (
	"bytes"
	"errors"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// tap reads what a command writes.
type tap struct {
	file *os.File
	take func(part []byte) (more bool) // is handed everything, until it wants no more
}

// run reads to the end, or what is there when finish is called: whoever has inherited the descriptor may keep it open for ever.
func (t *tap) run() {
	defer t.file.Close() //nolint:errcheck // it was only read
	buffer := make([]byte, 4<<10)
	for {
		n, err := t.file.Read(buffer)
		switch {
		case n > 0 && !t.take(buffer[:n]):
			return
		case errors.Is(err, os.ErrDeadlineExceeded):
			t.drain(buffer)
			return
		case err != nil:
			return
		}
	}
}

// finish has run return soon.
func (t *tap) finish() { _ = t.file.SetReadDeadline(time.Unix(1, 0)) }

// drain takes what is in the pipe, without waiting for more.
func (t *tap) drain(buffer []byte) {
	_ = t.file.SetReadDeadline(time.Time{})
	raw, err := t.file.SyscallConn()
	if err != nil {
		return
	}
	_ = raw.Read(func(fd uintptr) bool {
		for {
			n, err := unix.Read(int(fd), buffer)
			if err == unix.EINTR {
				continue
			}
			if n <= 0 || !t.take(buffer[:n]) {
				return true
			}
		}
	})
}

// keeper keeps the beginning or the end of what is written, and tells when it is too much.
type keeper struct {
	head, tail int           // how many bytes of the one or of the other
	flooded    chan struct{} // closed when it is too much
	kept       bytes.Buffer
	all        int
}

func newKeeper(head, tail int) *keeper {
	return &keeper{head: head, tail: tail, flooded: make(chan struct{})}
}

func (k *keeper) take(part []byte) (more bool) {
	if k.tail == 0 {
		k.kept.Write(part[:min(len(part), k.head-k.kept.Len())])
	} else {
		k.kept.Write(part)
		k.kept.Next(max(0, k.kept.Len()-k.tail))
	}
	if k.all += len(part); k.all < flood {
		return true
	}
	close(k.flooded)
	return false
}

// lines cuts what is written into lines.
type lines struct {
	most int                // bytes of a line
	line func(line []byte)  // is handed each, without its end
	long func() (goOn bool) // is called for one that is too long
	part []byte             // of a line that has not ended
	skip bool               // the rest of one that is too long
}

func (l *lines) take(part []byte) (more bool) {
	for len(part) > 0 {
		end := bytes.IndexByte(part, '\n')
		if end < 0 {
			return l.add(part)
		}
		if !l.add(part[:end]) {
			return false
		}
		if !l.skip {
			l.line(bytes.TrimSuffix(l.part, []byte("\r")))
		}
		l.part, l.skip = l.part[:0], false
		part = part[end+1:]
	}
	return true
}

func (l *lines) add(part []byte) (more bool) {
	switch {
	case l.skip:
		return true
	case len(l.part)+len(part) <= l.most:
		l.part = append(l.part, part...)
		return true
	}
	l.skip = true
	return l.long()
}

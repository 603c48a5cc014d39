//go:build unix

package command

import (
	"bytes"
	"errors"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// tap reads what a command writes, and keeps the beginning or the end of it.
type tap struct {
	file       *os.File
	head, tail int
	flooded    chan struct{} // closed when it is too much

	kept bytes.Buffer // read by others after run has returned
	left int          // bytes until it is a flood
}

func newTap(file *os.File, head, tail int) *tap {
	return &tap{file: file, head: head, tail: tail, flooded: make(chan struct{}), left: flood}
}

// run reads to the end, or what is there when finish is called: whoever has inherited the descriptor may keep it open for ever.
func (t *tap) run() {
	defer t.file.Close() //nolint:errcheck // it was only read
	buffer := make([]byte, 4<<10)
	for {
		n, err := t.file.Read(buffer)
		t.take(buffer[:n])
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			t.drain(buffer)
			return
		case err != nil, t.left <= 0:
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
		for t.left > 0 {
			n, err := unix.Read(int(fd), buffer)
			if err == unix.EINTR {
				continue
			}
			if n <= 0 {
				break
			}
			t.take(buffer[:n])
		}
		return true
	})
}

func (t *tap) take(part []byte) {
	if t.left -= len(part); t.left <= 0 && len(part) > 0 {
		select {
		case <-t.flooded:
		default:
			close(t.flooded)
		}
	}
	if t.tail == 0 {
		t.kept.Write(part[:min(len(part), t.head-t.kept.Len())])
		return
	}
	t.kept.Write(part)
	t.kept.Next(max(0, t.kept.Len()-t.tail))
}

func (t *tap) text() string { return t.kept.String() }

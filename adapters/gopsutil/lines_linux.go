package gopsutil

import (
	"bytes"
	"context"
	"io"

	"golang.org/x/sys/unix"
)

// lines reads a file of /proc line by line, without an allocation as long as it stays on the stack.
type lines struct {
	fd       int
	buf      [4096]byte // the kernel gives no more than a page at a time
	from, to int        // what is not told yet
}

// next returns the next line, without its end, until it is called again; io.EOF after the last. A file that ends within a line, or
// has one that is longer than the buffer, is errFormat.
func (l *lines) next(ctx context.Context) ([]byte, error) {
	for {
		if line, _, whole := bytes.Cut(l.buf[l.from:l.to], []byte{'\n'}); whole {
			l.from += len(line) + 1
			return line, nil
		}
		if err := l.more(ctx); err != nil {
			return nil, err
		}
	}
}

func (l *lines) more(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	l.from, l.to = 0, copy(l.buf[:], l.buf[l.from:l.to])
	n, err := unix.Read(l.fd, l.buf[l.to:])
	if err == nil && n == 0 {
		err = io.EOF
		if l.to > 0 {
			err = errFormat
		}
	}
	l.to += max(n, 0)
	return err
}

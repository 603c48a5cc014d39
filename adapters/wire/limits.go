package wire

import (
	"fmt"
	"io"
)

// limits are those of one answer, made at once because every probe makes them.
type limits struct {
	head meter
	body body
}

// meter reads the header of an answer. It refuses to read more than left bytes, and knows whether any came and why no
// more do.
type meter struct {
	from   io.Reader
	left   int64
	begun  bool
	failed error
}

// Read implements io.Reader.
func (m *meter) Read(p []byte) (int, error) {
	if m.left <= 0 {
		m.failed = tooLong("the header of the answer", longestHead)
		return 0, m.failed
	}
	n, err := m.from.Read(p[:min(int64(len(p)), m.left)])
	m.left -= int64(n)
	m.begun = m.begun || n > 0
	m.failed = err
	return n, err
}

func (m *meter) stage() stage {
	if m.begun {
		return reading
	}
	return waiting
}

// body fails when more than left bytes were read, and remembers why it failed.
type body struct {
	from       io.Reader
	left, most int64
	failed     error // nil at the end
}

// Read implements io.Reader.
func (b *body) Read(p []byte) (int, error) {
	n, err := b.from.Read(p)
	if b.left -= int64(n); b.left < 0 {
		err = tooLong("the answer", b.most)
	}
	if err != nil && err != io.EOF {
		b.failed = err
	}
	return n, err
}

func tooLong(what string, most int64) *Failure {
	size := fmt.Sprintf("%d bytes", most)
	switch {
	case most > 0 && most%(1<<20) == 0:
		size = fmt.Sprintf("%d MB", most>>20)
	case most > 0 && most%(1<<10) == 0:
		size = fmt.Sprintf("%d kB", most>>10)
	}
	return &Failure{text: what + " is longer than " + size, sent: true}
}

package wire

import (
	"context"
	"fmt"
	"time"
)

// meter reads from a connection. It refuses to read more than left bytes, knows whether any came, and can lose its patience.
type meter struct {
	ctx      context.Context
	from     link
	left     int64
	begun    bool
	patience time.Duration // for all that is still to be read; 0 for no such bound
}

// Read implements io.Reader.
func (m *meter) Read(p []byte) (int, error) {
	if m.left <= 0 {
		return 0, tooLong("the header of the answer", longestHead)
	}
	m.hurry()
	n, err := m.from.Read(p[:min(int64(len(p)), m.left)])
	m.left -= int64(n)
	m.begun = m.begun || n > 0
	return n, err
}

// hurry begins to measure the patience, once. A context that is done has set another deadline, which must prevail.
func (m *meter) hurry() {
	if m.patience == 0 || m.ctx.Err() != nil {
		return
	}
	m.from.SetReadDeadline(time.Now().Add(m.patience))
	m.patience = 0
	if m.ctx.Err() != nil {
		m.from.SetReadDeadline(time.Unix(1, 0))
	}
}

func (m *meter) stage() stage {
	if m.begun {
		return reading
	}
	return waiting
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

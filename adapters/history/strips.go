package history

import (
	"slices"
	"strings"
	"time"
)

// strips are the last 24 hours of each process, a letter for the worst of each step.
type strips struct {
	from      time.Time
	processes map[string][]byte
}

const (
	stripSteps = 144
	unseen     = '.'
)

func newStrips(now time.Time) *strips {
	return &strips{from: now.UTC().Truncate(mostSpan).Add(-(stripSteps - 1) * mostSpan), processes: map[string][]byte{}}
}

func (s *strips) add(r Row) error {
	i := int((r.At.Sub(s.from) - 1) / mostSpan)
	if !r.At.After(s.from) || i >= stripSteps {
		return nil
	}
	strip := s.processes[r.Process]
	if strip == nil {
		strip = slices.Repeat([]byte{unseen}, stripSteps)
		s.processes[r.Process] = strip
	}
	if c := int(code(r.Condition)); strip[i] == unseen || c < strings.IndexByte(letters, strip[i]) {
		strip[i] = letters[c]
	}
	return nil
}

func (s *strips) text() map[string]string {
	all := make(map[string]string, len(s.processes))
	for name, strip := range s.processes {
		all[name] = string(strip)
	}
	return all
}

package main

import (
	"path/filepath"
	"strings"

	"supervisor-healthcheck/mocks/logline"
)

type (
	sign  = logline.Sign          // something about a line that a test looks for
	entry struct{ logline.Entry } // a line of the log of a listener
)

// parseEntries reads all whole lines of the log that are in the text.
func parseEntries(text string) (all []entry) {
	for line := range strings.Lines(text) {
		if e, ok := logline.Parse(line); ok && strings.HasSuffix(line, "\n") {
			all = append(all, entry{e})
		}
	}
	return all
}

func with(all []entry, signs ...sign) (found []entry) {
	for _, e := range all {
		if e.Has(signs...) {
			found = append(found, e)
		}
	}
	return found
}

// reading is how far a log has been read.
type reading struct {
	bytes   int
	entries []entry
}

// entries are the lines of a listener's log with all the signs.
func (s *sandbox) entries(listener string, signs ...sign) []entry {
	r := s.read[listener]
	if r == nil {
		r = &reading{}
		s.read[listener] = r
	}
	text := s.file(listener + ".err")
	if whole := strings.LastIndex(text, "\n") + 1; whole > r.bytes {
		r.entries = append(r.entries, parseEntries(text[r.bytes:whole])...)
		r.bytes = whole
	}
	return with(r.entries, signs...)
}

// told counts the lines with all the signs, in the logs of all listeners.
func (s *sandbox) told(signs ...sign) (count int) {
	logs, _ := filepath.Glob(s.path("*.err"))
	for _, log := range logs {
		count += len(s.entries(strings.TrimSuffix(filepath.Base(log), ".err"), signs...))
	}
	return count
}

// checked is the number of checks of the process that the listeners' logs tell of.
func (s *sandbox) checked(process string) int { return s.told(msgChecked, of(process)) }

// restarts is the number of restarts of the process that the listeners' logs tell of.
func (s *sandbox) restarts(process string) int { return s.told(msgRestarted, of(process)) }

// lines are those of the log of the listener check with all the signs.
func (s *stage) lines(signs ...sign) []entry { return s.entries("check", signs...) }

// says waits until the log of the listener check has so many lines with all the signs, or more.
func (s *stage) says(times int, signs ...sign) []entry {
	s.t.Helper()
	s.eventually(func() bool { return len(s.lines(signs...)) >= times }, "the log has %d lines with %q", times, signs)
	return s.lines(signs...)
}

// said fails unless the log of the listener check has exactly so many lines with all the signs by now.
func (s *stage) said(times int, signs ...sign) {
	s.t.Helper()
	if lines := s.lines(signs...); len(lines) != times {
		s.t.Errorf("the log has %d lines with %q, want %d: %q", len(lines), signs, times, lines)
	}
}

package main

import (
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// sign is something about a line that a test looks for.
type sign interface {
	in(entry) bool
	String() string
}

func (m message) in(e entry) bool { return e.Msg == string(m) }
func (m message) String() string  { return string(m) }

// fact is a sign that is no message.
type fact struct {
	name  string
	holds func(entry) bool
}

func (f fact) in(e entry) bool { return f.holds(e) }
func (f fact) String() string  { return f.name }

func equal(key, value string) sign {
	return fact{key + " " + value, func(e entry) bool { return e.attrs[key] == value }}
}

func prefixed(key, text string) sign {
	return fact{key + " " + text, func(e entry) bool { return strings.HasPrefix(e.attrs[key], text) }}
}

// entry is a line of the log of a listener.
type entry struct {
	Time       time.Time
	Level, Msg string
	attrs      map[string]string // everything, also these three
	text       string
}

func (e entry) String() string { return e.text }

// has reports whether all signs are in the line.
func (e entry) has(signs ...sign) bool {
	return !slices.ContainsFunc(signs, func(s sign) bool { return !s.in(e) })
}

// parseEntry reads a line as slog's text handler writes it.
func parseEntry(line string) (entry, bool) {
	e := entry{attrs: map[string]string{}, text: line}
	for rest := strings.TrimSpace(line); rest != ""; {
		key, value, ok := strings.Cut(rest, "=")
		if !ok || strings.ContainsAny(key, ` "`) {
			return entry{}, false
		}
		e.attrs[key], rest = firstWord(value)
	}
	e.Level, e.Msg = e.attrs["level"], e.attrs["msg"]
	var err error
	e.Time, err = time.Parse(time.RFC3339Nano, e.attrs["time"])
	return e, err == nil && e.Level != ""
}

// firstWord cuts the first word from a text; it may be quoted.
func firstWord(text string) (word, rest string) {
	if strings.HasPrefix(text, `"`) {
		if quoted, err := strconv.QuotedPrefix(text); err == nil {
			word, _ = strconv.Unquote(quoted)
			return word, strings.TrimPrefix(text[len(quoted):], " ")
		}
	}
	word, rest, _ = strings.Cut(text, " ")
	return word, rest
}

// parseEntries reads all whole lines of the log that are in the text.
func parseEntries(text string) (all []entry) {
	for line := range strings.Lines(text) {
		if e, ok := parseEntry(line); ok && strings.HasSuffix(line, "\n") {
			all = append(all, e)
		}
	}
	return all
}

func with(all []entry, signs ...sign) (found []entry) {
	for _, e := range all {
		if e.has(signs...) {
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

func TestALineOfTheLogIsRead(t *testing.T) {
	const line = `time=2026-11-22T14:16:13.184+01:00 level=WARN msg="two words" a=7 b="c: \"x=y\" z" empty=` + "\n"
	e, ok := parseEntry(line)
	want := map[string]string{"time": "2026-11-22T14:16:13.184+01:00", "level": "WARN", "msg": "two words", "a": "7",
		"b": `c: "x=y" z`, "empty": ""}
	if d := diff(want, e.attrs); d != "" || !ok || e.Time.UnixMilli()%1000 != 184 {
		t.Errorf("%t, %s, %s", ok, e.Time, d)
	}
	if !e.has(message("two words"), equal("a", "7"), prefixed("b", `c: "x`), aWarning()) || e.has(message("two words"), equal("a", "8")) {
		t.Errorf("a sign is not seen in %+v", e)
	}
	for _, other := range []string{"", "panic: x=y", "goroutine 1 [running]:", "supervisor_http_check: -n is missing", "a=b"} {
		if e, ok := parseEntry(other); ok {
			t.Errorf("%q was taken for %+v", other, e)
		}
	}
}

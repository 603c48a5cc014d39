// Package logline reads the lines of a listener's log, for tests that ask what they say.
package logline

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// Sign is something about a line that a test looks for.
type Sign interface {
	In(Entry) bool
	String() string
}

// Message is the sign that a line has this message.
type Message string

// In implements Sign.
func (m Message) In(e Entry) bool { return e.Msg == string(m) }

// String implements Sign.
func (m Message) String() string { return string(m) }

type fact struct {
	name  string
	holds func(Entry) bool
}

func (f fact) In(e Entry) bool { return f.holds(e) }
func (f fact) String() string  { return f.name }

// Fact is a sign of any kind, with a name for the one who reads that a test has failed.
func Fact(name string, holds func(Entry) bool) Sign { return fact{name, holds} }

// Equal is the sign that a key has this value.
func Equal(key, value string) Sign {
	return Fact(key+" "+value, func(e Entry) bool { return e.Attrs[key] == value })
}

// Prefixed is the sign that the value of a key begins so.
func Prefixed(key, text string) Sign {
	return Fact(key+" "+text, func(e Entry) bool { return strings.HasPrefix(e.Attrs[key], text) })
}

// Entry is a line.
type Entry struct {
	Time       time.Time
	Level, Msg string
	Attrs      map[string]string // everything, also these three
	Text       string            // the line as it was written
}

// String is the line as it was written.
func (e Entry) String() string { return e.Text }

// Has reports whether all signs are in the line.
func (e Entry) Has(signs ...Sign) bool {
	return !slices.ContainsFunc(signs, func(s Sign) bool { return !s.In(e) })
}

// Parse reads a line as slog's text handler writes it; false if it is none.
func Parse(line string) (Entry, bool) {
	e := Entry{Attrs: map[string]string{}, Text: line}
	for rest := strings.TrimSpace(line); rest != ""; {
		key, value, ok := strings.Cut(rest, "=")
		if !ok || strings.ContainsAny(key, ` "`) {
			return Entry{}, false
		}
		e.Attrs[key], rest = firstWord(value)
	}
	e.Level, e.Msg = e.Attrs["level"], e.Attrs["msg"]
	var err error
	e.Time, err = time.Parse(time.RFC3339Nano, e.Attrs["time"])
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

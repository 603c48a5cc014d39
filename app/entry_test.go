package app_test

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
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
}

// has reports whether all signs are in the line.
func (e entry) has(signs ...sign) bool {
	return !slices.ContainsFunc(signs, func(s sign) bool { return !s.in(e) })
}

// parseEntry reads a line as slog's text handler writes it.
func parseEntry(line string) (entry, bool) {
	e := entry{attrs: map[string]string{}}
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

// transcript is what a listener has written in all its lives.
type transcript struct {
	mu      sync.Mutex
	text    bytes.Buffer
	read    int // bytes of the text that are in entries, or no entries
	entries []entry
}

// Write adds to the text.
func (b *transcript) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

// String returns all of it.
func (b *transcript) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// count returns how often the text stands there, whatever wrote it.
func (b *transcript) count(text string) int { return strings.Count(b.String(), text) }

// tells returns how many lines of the log have all the signs.
func (b *transcript) tells(signs ...sign) (n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for {
		line, _, whole := bytes.Cut(b.text.Bytes()[b.read:], []byte("\n"))
		if !whole {
			break
		}
		b.read += len(line) + 1
		if e, ok := parseEntry(string(line)); ok {
			b.entries = append(b.entries, e)
		}
	}
	for _, e := range b.entries {
		if e.has(signs...) {
			n++
		}
	}
	return n
}

// scribed is a transcript of what was written already.
func scribed(text string) *transcript {
	b := &transcript{}
	b.text.WriteString(text)
	return b
}

func TestALineOfTheLogIsRead(t *testing.T) {
	const line = `time=2026-11-22T14:16:13.184+01:00 level=WARN msg="two words" a=7 b="c: \"x=y\" z" empty=`
	e, ok := parseEntry(line)
	want := map[string]string{"time": "2026-11-22T14:16:13.184+01:00", "level": "WARN", "msg": "two words", "a": "7", "b": `c: "x=y" z`, "empty": ""}
	if diff := cmp.Diff(want, e.attrs); diff != "" || !ok || e.Time.UnixMilli()%1000 != 184 {
		t.Errorf("%t, %s, %s", ok, e.Time, diff)
	}
	for _, other := range []string{"", "panic: x=y", "goroutine 1 [running]:", "supervisor_http_check: -n is missing", "a=b"} {
		if e, ok := parseEntry(other); ok {
			t.Errorf("%q was taken for %+v", other, e)
		}
	}
	log := scribed("noise\n" + line + "\n" + line)
	if got := [3]int{log.tells(), log.tells(message("two words"), equal("a", "7"), prefixed("b", "c: ")), log.tells(equal("a", "8"))}; got != [3]int{1, 1, 0} {
		t.Errorf("the lines with the signs are %v", got)
	}
	if _, err := log.Write([]byte("\n")); err != nil || log.tells() != 2 {
		t.Errorf("it does not read on: %d, %v", log.tells(), err)
	}
}

package notify

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// longestStatus is how much of a status is kept, in letters.
const longestStatus = 80

// notice is what one message says.
type notice struct {
	ready, beat, stopping bool
	status                string
	told                  bool // there is a status, which may be empty
}

// parse reads lines of KEY=VALUE. What it does not know, it passes over: the protocol has many more words.
func parse(text string) notice {
	var n notice
	for line := range strings.SplitSeq(text, "\n") {
		key, value, _ := strings.Cut(line, "=")
		switch {
		case key == "READY" && value == "1":
			n.ready = true
		case key == "WATCHDOG" && value == "1":
			n.beat = true
		case key == "STOPPING" && value == "1":
			n.stopping = true
		case key == "STATUS":
			n.status, n.told = clean(value), true
		}
	}
	return n
}

// clean is a text as one short line of printable letters.
func clean(text string) string {
	var b strings.Builder
	letters, blank := 0, false
	for _, r := range text {
		switch {
		case unicode.IsSpace(r):
			blank = b.Len() > 0
			continue
		case !unicode.IsPrint(r) || r == utf8.RuneError:
			r = '?'
		}
		if blank {
			b.WriteByte(' ')
			letters++
		}
		if letters >= longestStatus {
			return strings.TrimSpace(b.String()) + "..."
		}
		b.WriteRune(r)
		letters, blank = letters+1, false
	}
	return b.String()
}

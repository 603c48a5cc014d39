package app_test

import (
	"bytes"
	"strings"
	"sync"
	"testing"

	"supervisor-healthcheck/mocks/logline"
)

type (
	sign  = logline.Sign  // something about a line that a test looks for
	entry = logline.Entry // a line of the log of a listener
)

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
		if e, ok := logline.Parse(string(line)); ok {
			b.entries = append(b.entries, e)
		}
	}
	for _, e := range b.entries {
		if e.Has(signs...) {
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

func TestATranscriptIsReadOn(t *testing.T) {
	const line = `time=2026-11-22T14:16:13.184+01:00 level=WARN msg="two words" a=7`
	log := scribed("noise\n" + line + "\n" + line)
	if got := [2]int{log.tells(), log.tells(logline.Equal("a", "8"))}; got != [2]int{1, 0} {
		t.Errorf("the lines with the signs are %v", got)
	}
	if _, err := log.Write([]byte("\n")); err != nil || log.tells(message("two words")) != 2 {
		t.Errorf("it does not read on: %d, %v", log.tells(), err)
	}
}

package history

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Query says which events are wanted: the newest of them, as many as Limit.
type Query struct {
	Limit   int
	Since   time.Time // zero: from the beginning on
	Process string    // empty: of all
	Kinds   []string  // none: all
}

const (
	longestLine = 64 << 10 // longer ones are not ours
	chunk       = 64 << 10
)

// astray is how far the times of events may be out of order, because somebody has set the clock.
const astray = time.Hour

// part is a file as far as it was written when it was opened.
type part struct {
	*os.File
	size int64
}

// Events hands the lines of the events that are wanted to each, the oldest first, until it fails. It holds no more than a line of them.
func (h *History) Events(q Query, each func(line []byte) error) error {
	return q.tell(h.parts(), each)
}

// suffix is the end of the names of the files with the newest events.
const suffix = "-events.jsonl"

// PathOf is where a listener keeps its events, all files of which have names that begin so.
func PathOf(beginning string) string { return beginning + suffix }

// Beginnings are those of the names of all files of the listeners that have kept events in a directory, if they begin with the stem.
func Beginnings(dir, stem string) (all []string) {
	entries, _ := os.ReadDir(dir) // what cannot be read has none
	for _, entry := range entries {
		beginning, is := strings.CutSuffix(strings.TrimSuffix(entry.Name(), olderSuffix), suffix)
		if path := filepath.Join(dir, beginning); is && strings.HasPrefix(beginning, stem) && !slices.Contains(all, path) {
			all = append(all, path)
		}
	}
	return all
}

// Left hands the events that a listener has left at this path to each. It is for files that no listener serves.
func Left(path string, q Query, each func(line []byte) error) error {
	parts := newPair(path, 0).read()
	if len(parts) == 0 {
		file, err := os.Open(path)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("history %s: %w", path, reason(err))
		}
		file.Close() // of none it is an error, which says nothing
	}
	return q.tell(parts, each)
}

// Oldest is when the first event happened that is kept; zero if there is none.
func Oldest(path string) time.Time { return oldest(newPair(path, 0).read()) }

// oldest looks at the first lines, and closes the files.
func oldest(parts []part) (at time.Time) {
	defer closeAll(parts)
	for _, p := range parts {
		_ = Query{}.forward(p, 0, func(line []byte) error {
			at = timeOf(line)
			return io.EOF // one is enough
		})
		if !at.IsZero() {
			break
		}
	}
	return at
}

func closeAll(parts []part) {
	for _, p := range parts {
		p.Close()
	}
}

func (q Query) tell(parts []part, each func(line []byte) error) error {
	defer closeAll(parts)
	first, at := q.begin(parts)
	for i := first; i < len(parts); i++ {
		if err := q.forward(parts[i], at, each); err != nil {
			return err
		}
		at = 0
	}
	return nil
}

func (h *History) parts() []part {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.kept == nil {
		return nil
	}
	return h.kept.read()
}

// begin is where the first of the events stands that are wanted.
func (q Query) begin(parts []part) (first int, at int64) {
	found := 0
	first = len(parts)
	for i, p := range slices.Backward(parts) {
		enough := false
		backward(p, p.size, func(line []byte, offset int64) bool {
			wanted, more := q.match(line)
			if wanted {
				found++
				first, at = i, offset
			}
			enough = !more || found >= q.Limit
			return !enough
		})
		if enough {
			break
		}
	}
	return first, at
}

// match reports whether a line is wanted, and whether those before it may be.
func (q Query) match(line []byte) (wanted, more bool) {
	var e struct {
		At      time.Time `json:"at"`
		Process string    `json:"process"`
		Kind    string    `json:"kind"`
	}
	if json.Unmarshal(line, &e) != nil || e.At.IsZero() {
		return false, true // torn
	}
	about := (q.Process == "" || q.Process == e.Process) && (len(q.Kinds) == 0 || slices.Contains(q.Kinds, e.Kind))
	return about && !e.At.Before(q.Since), !e.At.Before(q.Since.Add(-astray))
}

func timeOf(line []byte) time.Time {
	var e Event
	_ = json.Unmarshal(line, &e) // it was looked at
	return e.At
}

func (q Query) forward(p part, from int64, each func([]byte) error) error {
	lines := bufio.NewReaderSize(io.NewSectionReader(p, from, p.size-from), longestLine)
	for {
		line, err := lines.ReadSlice('\n')
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue // its pieces are no events
		case err != nil:
			return nil // what has no end is not written yet, or was torn
		}
		line = bytes.TrimSpace(line)
		if wanted, _ := q.match(line); wanted {
			if err := each(line); err != nil {
				return err
			}
		}
	}
}

// backward tells the lines of a file, the last one first, each with where it begins, until it is told to stop or the file cannot be read.
func backward(file io.ReaderAt, size int64, each func(line []byte, at int64) bool) {
	var rest []byte // what stands from size on, up to the line that was told last
	for size > 0 {
		n := min(chunk, size)
		size -= n
		more := make([]byte, n, int(n)+len(rest))
		if _, err := file.ReadAt(more, size); err != nil {
			return
		}
		rest = append(more, rest...)
		for end := bytes.LastIndexByte(rest, '\n'); end >= 0; end = bytes.LastIndexByte(rest, '\n') {
			if line := rest[end+1:]; len(line) > 0 && !each(line, size+int64(end)+1) {
				return
			}
			rest = rest[:end]
		}
		rest = rest[:min(len(rest), longestLine)]
	}
	if len(rest) > 0 {
		each(rest, 0)
	}
}

package main

import (
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// demoLog reads the listener's log while it grows.
type demoLog struct {
	path  string
	read  int64
	lines []string // the complete lines so far
}

// more returns the lines that are new and complete.
func (l *demoLog) more() []string {
	file, err := os.Open(l.path)
	if err != nil {
		return nil // the listener has not been started yet
	}
	defer file.Close()
	text, _ := io.ReadAll(io.NewSectionReader(file, l.read, 1<<20)) // what cannot be read now is read later
	whole := strings.LastIndexByte(string(text), '\n') + 1
	if whole == 0 {
		return nil
	}
	l.read += int64(whole)
	lines := strings.Split(string(text[:whole-1]), "\n")
	l.lines = append(l.lines, lines...)
	return lines
}

// lives are the pids of the listener, one for each of its lives.
func (l *demoLog) lives() []int {
	var pids []int
	for _, text := range l.lines {
		if line := demoLine(text); line.value("msg") == "started" {
			pid, _ := strconv.Atoi(line.value("pid"))
			pids = append(pids, pid)
		}
	}
	return pids
}

// find returns the last line with this message about a process; the name of the process may be empty.
func (l *demoLog) find(message, process string) (demoLine, bool) {
	for i := len(l.lines) - 1; i >= 0; i-- {
		line := demoLine(l.lines[i])
		if line.value("msg") == message && (process == "" || line.value("process") == process) {
			return line, true
		}
	}
	return "", false
}

// demoLine is a line as slog.TextHandler writes it.
type demoLine string

func (l demoLine) value(key string) string {
	found := regexp.MustCompile(`(?:^| )` + key + `=("(?:[^"\\]|\\.)*"|\S*)`).FindStringSubmatch(string(l))
	if found == nil {
		return ""
	}
	if text, err := strconv.Unquote(found[1]); err == nil {
		return text
	}
	return found[1]
}

// time is when the line was written; zero if it does not say.
func (l demoLine) time() time.Time {
	at, _ := time.Parse(time.RFC3339Nano, l.value("time"))
	return at
}

func (l demoLine) duration(key string) time.Duration {
	d, _ := time.ParseDuration(l.value(key))
	return d
}

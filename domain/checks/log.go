package checks

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"regexp"
	"strings"
	"sync"
	"time"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/ports"
)

// Log are the settings of the log check: a line that a program must not write.
type Log struct {
	Pattern string        // a regular expression (RE2); required
	Stream  string        // stdout or stderr; default stdout
	For     time.Duration // how long a line makes the process unhealthy; 0: for one look
}

// Table is the settings.
func (l *Log) Table() []domain.Setting {
	return []domain.Setting{
		row(&l.Pattern, linePatterns(), domain.Setting{
			Word: "pattern", Main: true, Value: "PATTERN",
			Doc: "a regular expression (RE2); a line in which it is found is unhealthy, such as ^FATAL",
		}),
		row(&l.Stream, streams(), domain.Setting{
			Word: "stream", Value: "stdout|stderr", Default: "stdout",
			Doc: "which log is read; with redirect_stderr all is in that of stdout",
		}),
		row(&l.For, spans(), domain.Setting{
			Word: "for", Value: "DURATION",
			Doc: "how long a line makes the process unhealthy (default: for one check)",
		}),
	}
}

// linePatterns are patterns that do not find everything.
func linePatterns() form[string] {
	f := patterns()
	read := f.read
	f.read = func(text string) (string, string) {
		if text == "" {
			return "", "write a regular expression in RE2 syntax, such as ^FATAL"
		}
		return read(text)
	}
	return f
}

func streams() form[string] {
	f := texts()
	f.read = func(text string) (string, string) {
		if text != "stdout" && text != "stderr" {
			return "", "write stdout or stderr"
		}
		return text, ""
	}
	return f
}

// Build makes the check.
func (l Log) Build(w World) (domain.Check, error) {
	pattern, err := regexp.Compile(l.Pattern)
	if err != nil || l.Pattern == "" {
		return nil, wrong("pattern", l.Pattern, "write a regular expression as RE2 has them, such as ^FATAL or (?i)out of memory")
	}
	return &logCheck{pattern: pattern, stderr: l.Stream == "stderr", lasts: l.For, file: w.Logs, tail: w.Tail, clock: w.Clock,
		lives: map[domain.ID]logged{}}, nil
}

// How much of a log is read in one look: of a file, through supervisord, and of a line without an end.
const (
	mostRead = 256 << 10
	mostTail = 64 << 10
	mostLine = 16 << 10
)

// logCheck remembers of each process how far its log was read.
type logCheck struct {
	pattern *regexp.Regexp
	stderr  bool
	lasts   time.Duration
	file    ports.LogFile
	tail    ports.LogTail
	clock   ports.Clock

	mu    sync.Mutex
	lives map[domain.ID]logged // of the life seen last
}

// logged is what is known of the log of one life.
type logged struct {
	life  domain.Instance
	place domain.LogPlace
	rest  string // the beginning of a line that has no end yet
	told  bool   // which matches already
	line  string // the last line that matched,
	at    time.Time
}

// Name is "lines".
func (c *logCheck) Name() string { return "lines" }

// Run reads what is new. What was written before the first look at a life is not read: it may be an earlier life's.
func (c *logCheck) Run(ctx context.Context, p domain.Process) domain.Verdict {
	path, stream := p.StdoutLog, "stdout"
	if c.stderr {
		path, stream = p.StderrLog, "stderr"
	}
	switch {
	case p.PID == 0:
		return noPID()
	case path == "":
		return domain.Unknown.Because("supervisord keeps no log of its %s: %s_logfile is NONE, or redirect_stderr is set", stream, stream)
	}
	l := c.known(p)

	part, err := c.read(ctx, p, path, l.place)
	if verdict, failed := unmeasured(ctx, err); failed {
		return verdict
	}
	now := c.clock.Now()
	matched := l.take(part, c.pattern)
	if matched {
		l.at = now
	}
	c.keep(l)

	return c.judge(l, matched, now.Sub(l.at), stream, part)
}

func (c *logCheck) judge(l logged, matched bool, ago time.Duration, stream string, part domain.LogPart) domain.Verdict {
	var v domain.Verdict
	switch {
	case matched:
		v = domain.Unhealthy.Because("%s: %s", stream, l.line)
	case l.line != "" && c.lasts > 0 && ago < c.lasts:
		v = domain.Unhealthy.Because("%s, %s ago: %s", stream, short(ago), l.line)
	default:
		v = domain.Healthy.Because("no new line of %s matches", stream)
	}
	if part.Skipped > 0 {
		v = v.Warn("so much is written to %s that %d kB were not looked at", stream, (part.Skipped+1023)>>10)
	}
	return v
}

// read reads the file, or asks supervisord where only that may.
func (c *logCheck) read(ctx context.Context, p domain.Process, path string, from domain.LogPlace) (domain.LogPart, error) {
	if strings.HasPrefix(path, "/") {
		part, err := c.file.Since(ctx, path, from, mostRead)
		if !errors.Is(err, fs.ErrPermission) {
			return part, err
		}
	}
	text, size, err := c.tail.Tail(ctx, p.ID, c.stderr, mostTail)
	if err != nil {
		return domain.LogPart{}, err
	}
	part := domain.LogPart{Next: domain.LogPlace{Offset: size, Known: true}}
	if !from.Known {
		return part, nil
	}
	fresh := size - from.Offset
	if fresh < 0 || from.Inode != 0 { // it was emptied, or is another file
		fresh, part.Anew = size, true
	}
	part.Skipped = max(0, fresh-int64(len(text)))
	part.Text = text[max(0, int64(len(text))-fresh):]
	return part, nil
}

// take looks for lines that match in what is new. A line without an end is looked at too, and once more when it has gone on.
func (l *logged) take(part domain.LogPart, pattern *regexp.Regexp) (matched bool) {
	text := part.Text
	if part.Anew || part.Skipped > 0 {
		l.rest, l.told = "", false
	}
	if part.Skipped > 0 { // it begins in the middle of a line
		_, text, _ = strings.Cut(text, "\n")
	}
	l.place = part.Next
	text = l.rest + text
	for text != "" {
		line, after, whole := strings.Cut(text, "\n")
		if !l.told && pattern.MatchString(strings.TrimSuffix(line, "\r")) {
			matched, l.line, l.told = true, shortened(line), true
		}
		if !whole {
			break
		}
		text, l.told = after, false
	}
	l.rest = text
	if len(l.rest) > mostLine { // it may never end
		l.rest, l.told = "", false
	}
	return matched
}

// shortened is a line as a reason shows it.
func shortened(line string) string {
	text := printable(strings.Join(strings.Fields(line[:min(len(line), 8*longestQuote)]), " "))
	if letters := []rune(text); len(letters) > longestQuote {
		text = string(letters[:longestQuote-3]) + "..."
	}
	return text
}

func (c *logCheck) known(p domain.Process) logged {
	c.mu.Lock()
	defer c.mu.Unlock()
	if l := c.lives[p.ID]; l.life.Same(p.Instance()) {
		return l
	}
	return logged{life: p.Instance()}
}

func (c *logCheck) keep(l logged) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lives[l.life.ID] = l
}

var _ domain.Forgetter = (*logCheck)(nil)

// Forget drops what was read of all instances that are not alive.
func (c *logCheck) Forget(alive func(domain.Instance) bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	maps.DeleteFunc(c.lives, func(_ domain.ID, l logged) bool { return !alive(l.life) })
}

//go:build unix

package command

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"time"

	"supervisor-healthcheck/domain"
)

const (
	// longestLine is more than an answer has, and longestNote more than is logged of a line of stderr.
	longestLine, longestNote = 64 << 10, 1 << 10
	// idleLines is how many lines a worker may write to stdout that answer nothing, from one answer to the next.
	idleLines = 1000
	// notes is how many lines of stderr are logged from one question to the next.
	notes = 100
)

// life is one run of the command of a worker, from its start to its end.
type life struct {
	p      *process
	logger *slog.Logger
	began  time.Time
	over   chan struct{} // closed when nothing can be asked any more

	writing sync.Mutex // of lines to its stdin

	mu      sync.Mutex
	why     error // set before over is closed
	next    uint64
	waiting map[uint64]chan reply
	heard   int           // lines that were answers
	booted  time.Duration // from the beginning to the first answer
	last    time.Time     // when it has answered something
	idle    int           // lines since then that were none
	noted   int
	lastly  string // the last line of its stderr
}

// reply is an answer, or what is wrong with it.
type reply struct {
	verdict domain.Verdict
	err     error
}

// live takes over a command that was started.
func live(p *process, logger *slog.Logger) *life {
	l := &life{p: p, logger: logger.With("pid", p.cmd.Process.Pid), began: time.Now(), over: make(chan struct{}), waiting: map[uint64]chan reply{}}
	said := &lines{most: longestLine, line: l.hear, long: func() bool {
		l.fail(fmt.Errorf("the worker has written a line of more than %d bytes", longestLine))
		return false
	}}
	aside := &lines{most: longestNote, line: l.note, long: func() bool { return true }}
	stdout, stderr := &tap{p.stdout, said.take}, &tap{p.stderr, aside.take}
	var reading sync.WaitGroup
	reading.Go(stdout.run)
	reading.Go(stderr.run)
	go func() {
		<-p.ended
		stdout.finish()
		stderr.finish()
		reading.Wait()
		l.fail(l.ended())
	}()
	return l
}

// ended says how the command has ended.
func (l *life) ended() error {
	how := "exit status"
	status, signal := l.p.status()
	if signal != "" {
		how = signal
	} else {
		how = fmt.Sprintf("%s %d", how, status)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.lastly != "" {
		how += ": " + l.lastly
	}
	return errors.New("the worker has ended with " + how)
}

// fail ends the life, if it was not over already, and the command at once.
func (l *life) fail(why error) {
	l.finish(why)
	l.p.kill()
}

// finish has nothing more be asked.
func (l *life) finish(why error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.why == nil {
		l.why = why
		close(l.over)
	}
}

// dismiss has the command end as it likes, within a moment.
func (l *life) dismiss() {
	l.finish(errOver)
	_ = l.p.stdin.Close()
	l.p.terminate(context.Background())
}

// failed is why it is over, nil if it is not.
func (l *life) failed() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.why
}

// hear takes a line of its stdout.
func (l *life) hear(line []byte) {
	id, verdict, err := readAnswer(line)
	if errors.Is(err, errNoAnswer) && len(bytes.TrimSpace(line)) > 0 {
		l.logger.Debug("a worker writes to stdout what is no answer", "line", note(line))
	}
	l.mu.Lock()
	asked, waits := l.waiting[id]
	if !waits || errors.Is(err, errNoAnswer) {
		l.idle++
		flooded := l.idle == idleLines
		l.mu.Unlock()
		if flooded {
			l.fail(fmt.Errorf("the worker has written %d lines that answer nothing", idleLines))
		}
		return
	}
	defer l.mu.Unlock()
	delete(l.waiting, id)
	if l.heard++; l.heard == 1 {
		l.booted = time.Since(l.began)
	}
	l.idle, l.last = 0, time.Now()
	asked <- reply{verdict, err}
}

// note takes a line of its stderr.
func (l *life) note(line []byte) {
	text := note(line)
	if text == "" {
		return
	}
	l.mu.Lock()
	l.lastly = text
	l.noted++
	n := l.noted
	l.mu.Unlock()
	switch {
	case n < notes:
		l.logger.Debug("a worker says", "line", text)
	case n == notes:
		l.logger.Debug("a worker says", "line", text, "more", "left out until it is asked again")
	}
}

func note(line []byte) string {
	return domain.Secrets{}.Line(strings.ToValidUTF8(string(line), "?"), 200)
}

// put asks for a process, and returns where the answer will be.
func (l *life) put(p domain.Process, timeout time.Duration) (id uint64, asked chan reply, err error) {
	asked = make(chan reply, 1)
	l.mu.Lock()
	l.next++
	id = l.next
	l.waiting[id] = asked
	l.noted = 0
	l.mu.Unlock()
	line, err := json.Marshal(question{ID: id, Timeout: timeout.Seconds(), Process: infoOf(p)})
	if err != nil {
		return id, nil, err
	}
	l.writing.Lock()
	defer l.writing.Unlock()
	_ = l.p.stdin.SetWriteDeadline(time.Now().Add(timeout))
	_, err = l.p.stdin.Write(append(line, '\n'))
	switch {
	case err == nil:
		return id, asked, nil
	case errors.Is(err, os.ErrDeadlineExceeded):
		l.fail(fmt.Errorf("the worker has read nothing for %s", domain.ShortDuration(timeout)))
	case !l.p.waitFor(moment):
		l.fail(errors.New("the worker has closed its stdin"))
	}
	<-l.over // how it has ended says more
	return id, nil, l.failed()
}

// drop forgets a question that nobody waits for any more.
func (l *life) drop(id uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.waiting, id)
}

// silent reports whether nothing was answered since then.
func (l *life) silent(since time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.last.Before(since)
}

// answered reports whether it has ever answered, and how long after its start.
func (l *life) answered() (after time.Duration, ever bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.booted, l.heard > 0
}

package xmlrpc

import (
	"context"
	"regexp"
	"strconv"
	"strings"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/ports"
)

var (
	_ ports.ProcessLogs = (*Client)(nil)
	_ ports.LogTail     = (*Client)(nil)
)

const (
	logTail    = 8 << 10 // bytes of supervisord's log, a hundred lines
	stderrTail = 2 << 10 // bytes of a process's stderr,
	stderrMost = 10      // of which so many lines are returned
)

// LastExit implements ports.ProcessLogs.
func (c *Client) LastExit(ctx context.Context, name string) (domain.Exit, error) {
	const method = "supervisor.readLog"
	var text string
	err := c.call(ctx, c.single(method), func(answer []byte) error { return decode(method, answer, &text) }, -logTail, 0)
	if err != nil {
		return domain.Exit{}, err
	}
	exit, told := lastExit(text, name)
	if !told {
		return domain.Exit{}, c.about(method, unreadable("it does not tell how %s has ended", name))
	}
	return exit, nil
}

// lastExit finds the last end of a process in supervisord's log, such as "exited: web (exit status 139; not expected)" or
// "exited: web (terminated by SIGSEGV (core dumped); not expected)".
func lastExit(log, name string) (domain.Exit, bool) {
	pattern := regexp.MustCompile(`(?m) exited: ` + regexp.QuoteMeta(name) + ` \((?:exit status (\d+)|terminated by (SIG\w+|signal \d+))`)
	all := pattern.FindAllStringSubmatch(log, -1)
	if len(all) == 0 {
		return domain.Exit{}, false
	}
	last := all[len(all)-1]
	status, _ := strconv.Atoi(last[1])
	return domain.Exit{Status: status, Signal: last[2]}, true
}

// Stderr implements ports.ProcessLogs.
func (c *Client) Stderr(ctx context.Context, id domain.ID) ([]string, error) {
	text, size, err := c.Tail(ctx, id, true, stderrTail)
	if err != nil {
		return nil, err
	}
	return lastLines(text, size > stderrTail), nil
}

// Tail implements ports.LogTail.
func (c *Client) Tail(ctx context.Context, id domain.ID, stderr bool, most int) (string, int64, error) {
	method := "supervisor.tailProcessStdoutLog"
	if stderr {
		method = "supervisor.tailProcessStderrLog"
	}
	name, err := full(id)
	if err != nil {
		return "", 0, c.about(method, err)
	}
	var tail []any // the text, the size of the file, and whether there is more
	err = c.call(ctx, c.single(method), func(answer []byte) error { return decode(method, answer, &tail) }, name, 0, most)
	if err != nil {
		return "", 0, err
	}
	if len(tail) != 3 {
		return "", 0, c.about(method, unreadable("it is no text"))
	}
	text, _ := tail[0].(string) // nil where nothing was written
	size, _ := tail[1].(int64)
	return text, size, nil
}

// lastLines cuts a text into lines, without the first one if that is not whole.
func lastLines(text string, cut bool) []string {
	text = strings.TrimRight(text, "\n")
	if cut {
		_, text, _ = strings.Cut(text, "\n")
	}
	if text == "" {
		return nil
	}
	lines := strings.Split(text, "\n")
	return lines[max(0, len(lines)-stderrMost):]
}

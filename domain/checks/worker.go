package checks

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"sync"
	"time"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/ports"
)

var _ domain.Closing = (*workerCheck)(nil)

// Worker are the settings of the worker check: a command that stays, and is asked for the health of each process by a line of JSON.
// Each check has a worker of its own.
type Worker struct {
	Command     string            // split as supervisord splits command=; required
	Timeout     time.Duration     // of an answer; 0 is 10 s
	Parallel    int               // how many questions it is asked at a time; 0 is 1
	Environment map[string]string // variables besides those of the listener
	User        string            // whose rights it has; default: those of the listener
	Directory   string            // where it runs; default: where the listener does
}

// mostParallel is more than any worker answers at a time.
const mostParallel = 256

// Table is the settings.
func (w *Worker) Table() []domain.Setting {
	return slices.Concat([]domain.Setting{
		row(&w.Command, texts(), domain.Setting{
			Word: "command", Main: true, JSON: "command", Value: "COMMAND", Sensitive: true,
			Doc: "what is run once and asked for each process, such as /usr/local/bin/queue_worker",
		}),
		row(&w.Timeout, spans(), domain.Setting{
			Word: "timeout", JSON: "timeout", Value: "DURATION", Default: "10",
			Doc: "how long an answer may take",
		}),
		row(&w.Parallel, parallel(), domain.Setting{
			Word: "parallel", JSON: "parallel", Value: "N", Default: "1",
			Doc: "how many questions it is asked before it has answered the first of them",
		}),
	}, surroundings(&w.Environment, &w.User, &w.Directory))
}

func parallel() form[int] {
	return form[int]{
		read: func(text string) (int, string) { return domain.ParseWhole(text, 1, mostParallel) },
		json: func(raw json.RawMessage) (int, string) { return domain.ParseWhole(string(raw), 1, mostParallel) },
		show: func(n int) string {
			if n == 0 {
				return ""
			}
			return strconv.Itoa(n)
		},
	}
}

// Build makes the check.
func (w Worker) Build(world World) (domain.Check, error) {
	args, err := commandArgs(w.Command, false)
	if err != nil {
		return nil, err
	}
	command := domain.Command{Args: args, User: w.User, Directory: w.Directory, Timeout: cmp.Or(w.Timeout, execTimeout), Env: pairsOf(w.Environment)}
	if err := checkCommand(command); err != nil {
		return nil, err
	}
	atOnce := cmp.Or(w.Parallel, 1)
	if _, cure := domain.ParseWhole(strconv.Itoa(atOnce), 1, mostParallel); cure != "" {
		return nil, wrong("parallel", strconv.Itoa(atOnce), cure)
	}
	hire := sync.OnceValue(func() ports.Worker { return world.Workers.Worker(command, atOnce) })
	return &workerCheck{worker: hire, hide: commandSecrets(w.Environment)}, nil
}

type workerCheck struct {
	worker func() ports.Worker // the same one each time
	hide   domain.Secrets
}

// Name is "worker".
func (c *workerCheck) Name() string { return "worker" }

// Close ends the worker.
func (c *workerCheck) Close() { c.worker().Close() }

// Run asks the worker.
func (c *workerCheck) Run(ctx context.Context, p domain.Process) domain.Verdict {
	if p.PID == 0 {
		return noPID()
	}

	verdict, err := c.worker().Ask(ctx, p)
	if verdict, failed := unmeasured(ctx, err); failed {
		return verdict
	}

	const most = 200
	judged := verdict.Health.Because("%s", cmp.Or(c.hide.Line(verdict.Reason, most), "the worker gives no reason"))
	for _, w := range verdict.Warnings {
		judged = judged.Warn("%s", c.hide.Line(w.Text, most))
	}
	judged.Measures = verdict.Measures
	return judged
}

package checks

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/ports"
)

// Exec are the settings of the exec check: a command that tells the health of a process by its exit status.
type Exec struct {
	Command     string            // split as supervisord splits command=; required
	Shell       bool              // the command is a line for /bin/sh -c
	Timeout     time.Duration     // after which it is ended, with all that it has started; 0 is 10 s
	Convention  string            // what the status means: NagiosStatus, which is the default, or ExitStatus
	Warning     string            // what 1 means for Nagios: healthy, which is the default and warns, unhealthy or unknown
	Environment map[string]string // variables besides those of the listener and of the process
	User        string            // whose rights it has; default: those of the listener
	Directory   string            // where it runs; default: where the listener does
}

// What the exit status of a command means.
const (
	NagiosStatus = "nagios" // 0 healthy, 1 as Exec.Warning says, 2 unhealthy, all else unknown
	ExitStatus   = "exit"   // 0 healthy, all else unhealthy
)

const execTimeout = 10 * time.Second

// Table is the settings.
func (e *Exec) Table() []domain.Setting {
	return slices.Concat([]domain.Setting{
		row(&e.Command, texts(), domain.Setting{
			Word: "command", Main: true, Value: "COMMAND", Sensitive: true,
			Doc: "what is run for each process, such as /usr/local/bin/check_queue --max 100",
		}),
		row(&e.Shell, switches(), domain.Setting{
			Word: "shell", Value: "true|false", Default: "false",
			Doc: "the command is a line for /bin/sh",
		}),
		row(&e.Timeout, spans(), domain.Setting{
			Word: "timeout", Value: "DURATION", Default: "10",
			Doc: "how long the command may take; it is ended then, and the process is unhealthy",
		}),
		row(&e.Convention, choices(NagiosStatus, ExitStatus), domain.Setting{
			Word: "convention", Value: "nagios|exit", Default: NagiosStatus,
			Doc: "what the exit status means: nagios, or exit, for which every status but 0 is unhealthy",
		}),
		row(&e.Warning, choices("healthy", "unhealthy", "unknown"), domain.Setting{
			Word: "warning", Value: "healthy|unhealthy|unknown", Default: "healthy",
			Doc: "what the status 1 means, which is a warning for Nagios",
		}),
	}, surroundings(&e.Environment, &e.User, &e.Directory))
}

// Build makes the check.
func (e Exec) Build(w World) (domain.Check, error) {
	args, err := commandArgs(e.Command, e.Shell)
	if err != nil {
		return nil, err
	}
	command := domain.Command{Args: args, User: e.User, Directory: e.Directory, Timeout: cmp.Or(e.Timeout, execTimeout), Env: pairsOf(e.Environment)}
	if err := checkCommand(command); err != nil {
		return nil, err
	}
	c := &execCheck{runner: w.Commands, command: command, hide: commandSecrets(e.Environment), warning: domain.Healthy}
	switch e.Convention {
	case "", NagiosStatus:
	case ExitStatus:
		c.plain = true
		if e.Warning != "" {
			return nil, wrong("warning", e.Warning, "with convention = exit every status but 0 is unhealthy; leave one of both out")
		}
	default:
		return nil, wrong("convention", e.Convention, "write nagios or exit")
	}
	switch e.Warning {
	case "", "healthy":
	case "unhealthy":
		c.warning = domain.Unhealthy
	case "unknown":
		c.warning = domain.Unknown
	default:
		return nil, wrong("warning", e.Warning, "write healthy, unhealthy or unknown")
	}
	return c, nil
}

type execCheck struct {
	runner  ports.CommandRunner
	command domain.Command // but for the variables of the process
	hide    domain.Secrets
	plain   bool          // every status but 0 is unhealthy
	warning domain.Health // what status 1 means otherwise
}

// Name is "exec".
func (c *execCheck) Name() string { return "exec" }

// Run runs the command once.
func (c *execCheck) Run(ctx context.Context, p domain.Process) domain.Verdict {
	if p.PID == 0 {
		return noPID()
	}
	command := c.command
	command.Env = append(slices.Clone(variablesOf(p)), command.Env...)

	outcome, err := c.runner.Run(ctx, command)
	if verdict, failed := unmeasured(ctx, err); failed {
		return verdict
	}

	return c.judge(outcome)
}

func (c *execCheck) judge(o domain.Outcome) domain.Verdict {
	said := c.said(o)
	switch {
	case o.TimedOut:
		return domain.Unhealthy.Because("the command did not end within %s%s", domain.ShortDuration(c.command.Timeout), behind(said))
	case o.Flooded:
		return domain.Unknown.Because("the command wrote without an end%s", behind(said))
	case o.Signal != "" && !c.plain:
		return domain.Unknown.Because("the command was ended by %s%s", o.Signal, behind(said))
	}
	health := c.health(o.Status)
	if said == "" || health == domain.Unknown {
		said = ended(o) + behind(said)
	}
	verdict := health.Because("%s", said)
	if health == domain.Healthy && o.Status != 0 {
		verdict = verdict.Warn("%s", said)
	}
	return verdict
}

// health is what an exit status means. 126 and 127 are how shells and others like env say that they cannot run the command.
func (c *execCheck) health(status int) domain.Health {
	switch {
	case status == 0:
		return domain.Healthy
	case status == 126, status == 127:
		return domain.Unknown
	case c.plain, status == 2:
		return domain.Unhealthy
	case status == 1:
		return c.warning
	}
	return domain.Unknown
}

// said is the first line of what the command has written, without the figures that Nagios takes from behind a bar; if there is
// none, the last line of its stderr, where a script that has failed says why.
func (c *execCheck) said(o domain.Outcome) string {
	const most = 200
	first, _, _ := strings.Cut(strings.TrimLeft(o.Output, "\r\n\t "), "\n")
	first, _, _ = strings.Cut(first, "|")
	if text := c.hide.Line(first, most); text != "" {
		return text
	}
	last := strings.TrimRight(o.Errors, "\r\n\t ")
	return c.hide.Line(last[strings.LastIndexByte(last, '\n')+1:], most)
}

func ended(o domain.Outcome) string {
	if o.Signal != "" {
		return "the command was ended by " + o.Signal
	}
	return fmt.Sprintf("exit status %d", o.Status)
}

func behind(said string) string {
	if said == "" {
		return ""
	}
	return ": " + said
}

package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/jessevdk/go-flags"

	"supervisor-healthcheck/adapters/terminal"
	"supervisor-healthcheck/app"
	"supervisor-healthcheck/app/python"
	"supervisor-healthcheck/app/trial"
)

const self = "supervisor-healthcheck"

// Exit statuses. A usage error is told apart from trouble at work.
const (
	exitOK      = 0
	exitTrouble = 1
	exitUsage   = 2
	exitUnasked = 3 // supervisord cannot be asked
)

// program is this program with all that it does to the world.
type program struct {
	run        func(app.Options) int
	try        func(app.Options, trial.Question) (r round, end func(), err error)
	demo       func(ctx context.Context, stdout, stderr io.Writer) int
	executable func() (string, error) // the path of this very binary
	getenv     func(string) string
	environ    func() []string
	now        func() time.Time
	terminal   bool      // a person at a terminal has called it, who reads stderr
	stdout     io.Writer // the event protocol, once a listener runs
	stderr     io.Writer
}

// round makes one round of a trial.
type round = func(context.Context) (trial.Result, error)

// screen is what can be shown where the answers of the commands by hand go.
func (p program) screen() terminal.Screen { return terminal.Of(p.stdout, p.getenv) }

// main chooses the command by the name under which the program was called, or by the first word after it, and
// returns the exit status.
func (p program) main(args []string) int {
	if c, name, ok := calledAs(args); ok {
		return p.listen(name, c, args[1:])
	}
	if len(args) < 2 {
		return p.refuse(self, "name a command: "+commandNames())
	}
	word, rest := args[1], args[2:]
	if c, ok := findCommand(word); ok {
		return p.listen(self+" "+word, c, rest)
	}
	return p.other(word, rest)
}

// other runs the commands that are no listeners.
func (p program) other(word string, rest []string) int {
	switch word {
	case "-h", "--help":
		fmt.Fprint(p.stdout, overview())
		return exitOK
	case helpCommand:
		return p.help(rest)
	case sectionsCommand:
		return p.runSections(rest)
	case tryCommand:
		return p.tryChecks(rest)
	case checkCommand:
		return p.checkConfig(rest)
	case statusCommand:
		return p.status(rest)
	case eventsCommand:
		return p.events(rest)
	case topCommand:
		return p.top(rest)
	case reportCommand:
		return p.report(rest)
	case metricsCommand:
		return p.metrics(rest)
	case pauseCommand, resumeCommand:
		return p.pause(word, rest)
	case "version", "--version":
		return p.plain("version", rest, 0, func([]string) int { return p.version() })
	case "links":
		return p.plain("links DIR", rest, 1, func(args []string) int { return p.links(args[0]) })
	case pythonCommand:
		return p.plain("python DIR", rest, 1, func(args []string) int { return p.python(args[0]) })
	case "init":
		return p.propose(rest)
	case migrateCommand:
		return p.migrateListeners(rest)
	case "demo":
		return p.plain("demo", rest, 0, func([]string) int { return p.runDemo() })
	}
	var names []string
	for _, c := range append(commands(), others()...) {
		names = append(names, c.name)
	}
	if meant := nearest(word, names); meant != "" {
		return p.refuse(self, fmt.Sprintf("unknown command %q: did you mean %s?", word, meant))
	}
	return p.refuse(self, fmt.Sprintf("unknown command %q: the commands are %s", word, commandNames()))
}

// plain runs a command that has so many arguments and no flags but -h.
func (p program) plain(usage string, args []string, want int, run func([]string) int) int {
	rest, err := flags.NewNamedParser(usage, flags.HelpFlag|flags.PassDoubleDash).ParseArgs(args)
	switch name, _, _ := strings.Cut(usage, " "); {
	case flags.WroteHelp(err):
		fmt.Fprintf(p.stdout, "Usage: %s %s\n\n%s\n", self, usage, wrap(summary(name), 0))
		return exitOK
	case err != nil:
		return p.refuse(self+" "+name, err.Error())
	case len(rest) != want:
		return p.refuse(self+" "+name, fmt.Sprintf("%d arguments where %d belong: write %s %s", len(rest), want, self, usage))
	}
	return run(rest)
}

// untilInterrupted is the context of a command by hand, which somebody may interrupt.
func untilInterrupted() (context.Context, context.CancelFunc) {
	return signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
}

// runDemo runs the demo until its end, or until somebody interrupts it.
func (p program) runDemo() int {
	if p.demo == nil {
		return p.refuse(self+" demo", "this build has no demo")
	}
	ctx, stop := untilInterrupted()
	defer stop()
	return p.demo(ctx, p.stdout, p.stderr)
}

// listen runs a listener, or says on stderr in one sentence why it cannot: supervisord takes stdout for the event
// protocol. Under this one variable go-flags would print completions there.
func (p program) listen(name string, c command, args []string) int {
	os.Unsetenv("GO_FLAGS_COMPLETION")
	l, err := newLine(name, c)
	if err != nil {
		return p.refuse(name, err.Error())
	}
	options, err := l.options(args, p.getenv)
	if flags.WroteHelp(err) {
		fmt.Fprint(p.stdout, l.help())
		return exitOK
	}
	if err != nil {
		if p.terminal {
			defer fmt.Fprintf(p.stderr, "\n%s\n", wrap(byHand, 0))
		}
		return p.refuse(name, err.Error())
	}
	p.sayMisspelt(name, l.words)
	if p.terminal {
		fmt.Fprintf(p.stderr, "%s\n", wrap(name+" waits for events of supervisord on stdin, and this is a terminal. "+byHand+" Ctrl-C ends it.", 0))
	}
	return p.run(options)
}

// byHand is what somebody wants to know who runs a listener by hand.
const byHand = "This command is for command= in an [eventlistener:x] section of supervisord.conf; supervisord runs it. To see it at work now: " + self + " demo."

// sayMisspelt says which environment variables look as if they were for us and are not.
func (p program) sayMisspelt(name string, all []word) {
	var known []string
	for _, w := range all {
		if w.variable != "" {
			known = append(known, w.variable)
		}
	}
	p.sayUnknown(name, known)
}

func (p program) sayUnknown(name string, known []string) {
	known = append(known, demoVariable, "SUPERVISOR_HEALTHCHECK_E2E", python.Binary, python.Worker, checkConfigVariable)
	for _, variable := range p.environ() {
		given, _, _ := strings.Cut(variable, "=")
		if !strings.HasPrefix(given, "SUPERVISOR_HEALTHCHECK_") || slices.Contains(known, given) {
			continue
		}
		sentence := fmt.Sprintf("%s: the environment variable %s is none of ours and does nothing", name, given)
		if meant := nearest(given, known); meant != "" {
			sentence += ": did you mean " + meant + "?"
		}
		p.say("WARN", sentence)
	}
}

// refuse says what is wrong, in one sentence or several, each in a line of its own. In a log it has the time in front, like
// all other lines there; a person at a terminal knows what time it is.
func (p program) refuse(name, sentences string) int {
	for sentence := range strings.SplitSeq(sentences, "\n") {
		p.say("ERROR", name+": "+sentence)
	}
	return exitUsage
}

// say writes a line that is no report. It is not quoted as the others are, so that patterns can be read.
func (p program) say(level, sentence string) {
	front := ""
	if !p.terminal {
		front = "time=" + p.now().Format("2006-01-02T15:04:05.000Z07:00") + " level=" + level + " "
	}
	fmt.Fprintln(p.stderr, front+sentence)
}

// calledAs finds the listener that the program's name stands for.
func calledAs(args []string) (command, string, bool) {
	if len(args) == 0 {
		return command{}, "", false
	}
	name := strings.TrimSuffix(filepath.Base(args[0]), ".exe")
	for _, c := range commands() {
		if name == c.link() {
			return c, name, true
		}
	}
	return command{}, "", false
}

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"github.com/jessevdk/go-flags"

	"supervisor-healthcheck/app"
	"supervisor-healthcheck/app/config"
	"supervisor-healthcheck/app/trial"
	"supervisor-healthcheck/domain"
)

// exitUndecided is the status of try where supervisord cannot be asked, or a check could not judge.
const exitUndecided = 3

// tryChecks runs checks once, by hand, and restarts nothing.
func (p program) tryChecks(args []string) int {
	os.Unsetenv("GO_FLAGS_COMPLETION") // as for all listeners
	const name = self + " " + tryCommand
	var given ownFlags
	args, command, line := splitTry(args)
	names, err := given.parse(name, args, flags.None)
	if flags.WroteHelp(err) {
		fmt.Fprint(p.stdout, tryHelp())
		return exitOK
	}
	if err != nil {
		return p.refuse(name, err.Error())
	}
	var options app.Options
	if command.name != "" {
		name := name + " " + command.name
		if len(names) > 0 {
			return p.refuse(name, fmt.Sprintf("unexpected argument %q before the check", names[0]))
		}
		l, err := newLine(name, command)
		if err == nil {
			options, err = p.tryLine(l, line, given.file)
		}
		if flags.WroteHelp(err) {
			fmt.Fprint(p.stdout, l.help())
			return exitOK
		}
		if err != nil {
			return p.refuse(name, err.Error())
		}
		p.sayMisspelt(name, l.words)
	} else {
		current, err := p.configuration(given.file, false)
		if err != nil {
			return p.refuse(name, err.Error())
		}
		p.sayUnknown(name, config.Variables())
		options = current.Options()
		for _, sentence := range options.Warnings {
			p.say("WARN", name+": "+sentence)
		}
	}
	return p.tried(name, options, names, given.json)
}

// splitTry finds the command line of a drop-in command: its name as the first word, with a flag behind it. The flags of try itself
// stand in front of it.
func splitTry(args []string) (own []string, c command, line []string) {
	for i, arg := range args {
		value := i > 0 && (args[i-1] == "-c" || args[i-1] == "--configuration")
		if value || strings.HasPrefix(arg, "-") {
			continue
		}
		flagged := slices.ContainsFunc(args[i+1:], func(arg string) bool { return strings.HasPrefix(arg, "-") })
		if c, ok := findCommand(arg); ok && flagged {
			return args[:i], c, args[i+1:]
		}
		break
	}
	return args, command{}, nil
}

// tryLine reads the command line of a drop-in command. Its check needs no name here, and supervisord is where its file says.
func (p program) tryLine(l *line, args []string, file string) (app.Options, error) {
	for i := range l.groups[0].words {
		if w := &l.groups[0].words[i]; w.setting == "check-name" {
			w.need = ""
		}
	}
	l.target.name = tryCommand
	var server app.Options
	if p.getenv("SUPERVISOR_SERVER_URL") == "" || file != "" {
		path, err := p.configPath(file, false)
		if err == nil {
			server, err = config.Server(path, p.lookup())
		}
		if err != nil && file != "" {
			return app.Options{}, err
		}
	}
	return l.options(args, func(name string) string {
		return map[string]string{"SUPERVISOR_SERVER_URL": server.ServerURL, "SUPERVISOR_USERNAME": server.Username, "SUPERVISOR_PASSWORD": server.Password}[name] +
			p.unless(server.ServerURL != "", name)
	})
}

// unless is an environment variable, but for those that say where supervisord is if that is known already.
func (p program) unless(known bool, name string) string {
	if known && slices.Contains([]string{"SUPERVISOR_SERVER_URL", "SUPERVISOR_USERNAME", "SUPERVISOR_PASSWORD"}, name) {
		return ""
	}
	return p.getenv(name)
}

// tried runs the checks, shows what they say, and returns the exit status.
func (p program) tried(name string, options app.Options, names []string, asJSON bool) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	result, err := p.try(ctx, options, names)
	if _, unknown := errors.AsType[*trial.NoSuchName](err); unknown {
		return p.refuse(name, err.Error())
	}
	if err != nil {
		p.refuse(name, err.Error())
		return exitUndecided
	}
	if asJSON {
		err = writeJSON(p.stdout, struct {
			Verdict string      `json:"verdict"`
			Rows    []trial.Row `json:"rows"`
		}{result.Health().String(), append([]trial.Row{}, result.Rows...)})
	} else {
		err = result.Write(p.stdout, p.screen())
	}
	switch health := result.Health(); {
	case err != nil || health == domain.Unknown:
		return exitUndecided
	case health == domain.Unhealthy:
		return exitTrouble
	}
	return exitOK
}

func tryHelp() string {
	return fmt.Sprintf("Usage: %[1]s %[2]s [-c FILE] [--json] [NAME...]\n       %[1]s %[2]s [-c FILE] [--json] COMMAND [its flags]\n\n%[3]s\n\n", self, tryCommand, wrap(summary(tryCommand), 0)) +
		wrap("A NAME is that of a section, a group or a process. A COMMAND is one such as http: the line of a listener can be tried as it is, and needs no -n; what is meant for try stands in front of it. "+
			exitsOf(tryCommand), 0) +
		new(ownFlags).help()
}

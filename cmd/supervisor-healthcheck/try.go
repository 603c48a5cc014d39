package main

import (
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jessevdk/go-flags"

	"supervisor-healthcheck/app"
	"supervisor-healthcheck/app/config"
	"supervisor-healthcheck/app/trial"
	"supervisor-healthcheck/domain"
)

// tryFlags are those of try.
type tryFlags struct {
	ownFlags
	every time.Duration // from the end of a round to the next; 0: one is enough
	pid   int           // 0: supervisord tells
}

// Table is the settings of try.
func (f *tryFlags) Table() []domain.Setting {
	pid := func(text string) (int, string) { return domain.ParseWhole(text, 1, math.MaxInt32) }
	return append(f.ownFlags.Table(), domain.Bind(&f.pid, pid, strconv.Itoa, domain.Setting{
		Word: "pid", Value: "PID", Flag: domain.Flag{Long: "pid"},
		Doc: "judge this process under the name that is given, and do not ask supervisord; it is taken to run for long"}),
		domain.Bind(&f.every, domain.ParsePositive, domain.ShortDuration, domain.Setting{
			Word: "watch", Value: "[INTERVAL]", Flag: domain.Flag{Long: "watch"},
			Doc: "make a round again and again, " + usualInterval + " or so long after the last one, until Ctrl-C; failures are counted on from round to round"}))
}

// usualInterval is the interval of a watch that has none.
const usualInterval = "5s"

// tryChecks runs checks by hand, and restarts nothing.
func (p program) tryChecks(args []string) int {
	os.Unsetenv("GO_FLAGS_COMPLETION") // as for all listeners
	const name = self + " " + tryCommand
	var given tryFlags
	args, command, line := splitTry(withInterval(args), given.Table())
	names, err := parseOwn(given.Table(), name, args, flags.None)
	switch {
	case flags.WroteHelp(err):
		fmt.Fprint(p.stdout, tryHelp())
		return exitOK
	case err != nil:
		return p.refuse(name, err.Error())
	case command.name != "":
		return p.tryCommandLine(name+" "+command.name, command, line, given, names)
	}
	current, err := p.configuration(given.file, false)
	if err != nil {
		return p.refuse(name, err.Error())
	}
	p.sayUnknown(name, config.Variables())
	options := current.Options()
	for _, sentence := range options.Warnings {
		p.say("WARN", name+": "+sentence)
	}
	return p.tried(name, options, trial.Question{Names: names, Known: current.Processes(), PID: given.pid}, given)
}

// tryCommandLine tries the line of a drop-in command.
func (p program) tryCommandLine(name string, c command, args []string, given tryFlags, names []string) int {
	if len(names) > 0 {
		return p.refuse(name, fmt.Sprintf("unexpected argument %q before the check", names[0]))
	}
	l, err := newLine(name, c)
	if err != nil {
		return p.refuse(name, err.Error())
	}
	options, known, err := p.tryLine(l, args, given.file)
	if flags.WroteHelp(err) {
		fmt.Fprint(p.stdout, l.help())
		return exitOK
	}
	if err != nil {
		return p.refuse(name, err.Error())
	}
	p.sayMisspelt(name, l.words)
	if given.pid > 0 {
		known = nil // what the line names is one, or else a group of which it is any
	}
	return p.tried(self+" "+tryCommand, options, trial.Question{Known: known, PID: given.pid}, given)
}

// withInterval glues the interval to the flag that may stand without one: what begins with a digit is one.
func withInterval(args []string) []string {
	const flag = "--watch"
	var glued []string
	for i := 0; i < len(args); i++ {
		arg := args[i]
		if arg == "--" {
			return append(glued, args[i:]...)
		}
		if arg == flag {
			arg += "=" + usualInterval
			if i+1 < len(args) && strings.IndexAny(args[i+1], "0123456789") == 0 {
				i++
				arg = flag + "=" + args[i]
			}
		}
		glued = append(glued, arg)
	}
	return glued
}

// splitTry finds the command line of a drop-in command: its name as the first word, with a flag behind it. The flags of try itself
// stand in front of it.
func splitTry(args []string, table []domain.Setting) (own []string, c command, line []string) {
	for i, arg := range args {
		if strings.HasPrefix(arg, "-") || i > 0 && wantsValue(args[i-1], table) {
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

// wantsValue reports whether the word behind this one is its value.
func wantsValue(arg string, table []domain.Setting) bool {
	return slices.ContainsFunc(table, func(row domain.Setting) bool {
		return !row.Flag.Switch && (arg == "--"+row.Flag.Long || row.Flag.Short != 0 && arg == "-"+string(row.Flag.Short))
	})
}

// tryLine reads the command line of a drop-in command. Its check needs no name here, and supervisord is where its file says, which tells the
// processes too.
func (p program) tryLine(l *line, args []string, file string) (app.Options, []domain.ID, error) {
	for i := range l.groups[0].words {
		if w := &l.groups[0].words[i]; w.setting == "check-name" {
			w.need = ""
		}
	}
	l.target.name, l.byHand = tryCommand, true
	var server app.Options
	var known []domain.ID
	path, err := p.configPath(file, false)
	if err == nil {
		server, known, err = config.Server(path, p.lookup())
	}
	if err != nil && file != "" {
		return app.Options{}, nil, err
	}
	if file == "" && p.getenv("SUPERVISOR_SERVER_URL") != "" {
		server = app.Options{}
	}
	options, err := l.options(args, func(name string) string {
		return map[string]string{"SUPERVISOR_SERVER_URL": server.ServerURL, "SUPERVISOR_USERNAME": server.Username, "SUPERVISOR_PASSWORD": server.Password}[name] +
			p.unless(server.ServerURL != "", name)
	})
	return options, known, err
}

// unless is an environment variable, but for those that say where supervisord is if that is known already.
func (p program) unless(known bool, name string) string {
	if known && slices.Contains([]string{"SUPERVISOR_SERVER_URL", "SUPERVISOR_USERNAME", "SUPERVISOR_PASSWORD"}, name) {
		return ""
	}
	return p.getenv(name)
}

func tryHelp() string {
	return fmt.Sprintf("Usage: %[1]s %[2]s [flags] [NAME...]\n       %[1]s %[2]s [flags] COMMAND [its flags]\n\n%[3]s\n\n", self, tryCommand, wrap(summary(tryCommand), 0)) +
		wrap("A NAME is that of a section, a group or a process. A COMMAND is one such as http: the line of a listener can be tried as it is, and needs no -n; what is meant for try stands in front of it. "+
			"Where supervisord cannot be asked, the checks that ask at an address are made all the same. "+exitsOf(tryCommand), 0) +
		helpOwn(new(tryFlags).Table())
}

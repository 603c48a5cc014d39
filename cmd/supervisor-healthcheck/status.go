package main

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/jessevdk/go-flags"

	"supervisor-healthcheck/app"
	"supervisor-healthcheck/app/config"
	"supervisor-healthcheck/app/view"
	"supervisor-healthcheck/domain"
)

// statusFlags are those of the command status.
type statusFlags struct {
	where  view.Where
	format string
	exit   bool
	ignore []string
}

// Table is the settings of the command.
func (f *statusFlags) Table() []domain.Setting {
	return append(whereTable(&f.where),
		domain.Setting{Word: "format", Value: "FORMAT", Default: "text", Doc: "text, json, or nagios: one line, and its exit status 0, 1, 2 or 3",
			Flag: domain.Flag{Long: "format"}, Set: oneWord(&f.format, "text", "json", "nagios")},
		domain.Setting{Word: "exit-code", Doc: "end with 1 if a process or a listener is not well, for Docker's HEALTHCHECK and exec probes of Kubernetes",
			Flag: domain.Flag{Long: "exit-code", Switch: true}, Set: func(string) error { f.exit = true; return nil }},
		domain.Setting{Word: "ignore", Value: "NAME", Doc: "leave out this process, group or section; may be given several times",
			Flag: domain.Flag{Long: "ignore", Repeats: true}, Set: func(text string) error { f.ignore = append(f.ignore, text); return nil }},
	)
}

// whereTable says whose listeners are meant.
func whereTable(w *view.Where) []domain.Setting {
	into := func(field *string) func(string) error {
		return func(text string) error { *field = text; return nil }
	}
	return []domain.Setting{
		{Word: "socket", Value: "PATH", Doc: "the socket of one listener", Flag: domain.Flag{Long: "socket"}, Set: into(&w.Socket)},
		{Word: "state-dir", Value: "DIR", Doc: "the state_dir of the listeners, if they have one", Flag: domain.Flag{Long: "state-dir"}, Set: into(&w.StateDir)},
		{Word: "serverurl", Value: "URL", Doc: "only the listeners of this supervisord, unix:///path or http://host:port", Flag: domain.Flag{Long: "serverurl"}, Set: into(&w.ServerURL)},
	}
}

func oneWord(field *string, words ...string) func(string) error {
	return func(text string) error {
		if !slices.Contains(words, text) {
			return fmt.Errorf("write %s", strings.Join(words, ", "))
		}
		*field = text
		return nil
	}
}

// status shows how the processes are, as the listeners see them.
func (p program) status(args []string) int {
	const name = self + " " + statusCommand
	given := statusFlags{format: "text", where: p.where()}
	names, err := parseOwn(given.Table(), name, args, flags.None)
	switch {
	case flags.WroteHelp(err):
		fmt.Fprint(p.stdout, p.statusHelp())
		return exitOK
	case err != nil:
		return p.refuse(name, err.Error())
	}
	ctx, stop := untilInterrupted()
	defer stop()
	all, err := view.Ask(ctx, given.where)
	if err != nil {
		all.Troubles = append(all.Troubles, err.Error())
	}
	processes, missing := all.Processes(names)
	for _, name := range missing {
		all.Troubles = append(all.Troubles, "no listener looks after "+name)
	}
	return p.showStatus(given, all, view.Without(processes, given.ignore))
}

func (p program) showStatus(given statusFlags, all view.Status, processes []view.Process) int {
	status, err := view.Health(all, processes), error(nil)
	switch given.format {
	case "nagios":
		if status, err = view.WriteNagios(p.stdout, all, processes); err != nil {
			return view.Unsure
		}
		return status
	case "json":
		err = writeJSON(p.stdout, all)
	default:
		err = view.Write(p.stdout, p.screen(), all, processes, p.now())
	}
	switch {
	case err != nil:
		return exitTrouble
	case given.exit:
		return status
	case len(all.Listeners) == 0:
		return exitUndecided
	}
	return exitOK
}

// where are the listeners that the environment means.
func (p program) where() view.Where {
	return view.Where{StateDir: p.getenv(variableFor("state-dir")), ServerURL: p.getenv(variableFor("serverurl")), Configured: sync.OnceValues(p.configured)}
}

// configured are the socket and the state_dir that supervisord's own file has, where that is found and may be read.
func (p program) configured() (socket, stateDir string) {
	path, err := p.configPath("", false)
	if err != nil {
		return "", ""
	}
	o, err := config.Listener(path, p.lookup())
	if err != nil || o.Socket == "off" {
		return "", o.StateDir
	}
	return o.Socket, o.StateDir
}

// variableFor is the environment variable of a setting of the listener.
func variableFor(word string) string {
	table := new(app.Options).Table()
	return table[slices.IndexFunc(table, func(row domain.Setting) bool { return row.Word == word })].Flag.Variable
}

func (p program) statusHelp() string {
	return fmt.Sprintf("Usage: %s %s [NAME...] [OPTIONS]\n\n%s\n\n", self, statusCommand, wrap(summary(statusCommand), 0)) +
		wrap("NAME is a process, a group or a section. "+exitsOf(statusCommand), 0) + helpOwn(new(statusFlags).Table())
}

package main

import (
	"strings"

	"supervisor-healthcheck/domain/checks"
)

// command is a command that runs as an event listener.
type command struct {
	name    string
	title   string // of its flags in the help
	summary string
	checks  func() checkTable
	exits   string // a sentence about its exit status; that of all listeners is listenerExits
}

// commands are the commands of the Python package, in its order.
func commands() []command {
	var all []command
	for _, kind := range checks.Commands() {
		all = append(all, command{name: kind.Name, title: kind.Title, summary: kind.Summary, exits: listenerExits, checks: func() checkTable { return single{kind.New(), kind} }})
	}
	return append(all, command{name: "complex", title: "Complex check", summary: "Restart processes for which one of several checks fails.", exits: listenerExits,
		checks: func() checkTable { return &several{} }})
}

// link is the name under which the Python package installs the command.
func (c command) link() string { return "supervisor_" + c.name + "_check" }

func findCommand(name string) (command, bool) {
	for _, c := range commands() {
		if c.name == name {
			return c, true
		}
	}
	return command{}, false
}

const (
	sectionsCommand = "run" // the one listener for all sections
	tryCommand      = "try"
	checkCommand    = "check-config"
	helpCommand     = "help"
	statusCommand   = "status"
	pauseCommand    = "pause"
	resumeCommand   = "resume"
	migrateCommand  = "migrate"
	metricsCommand  = "metrics"
	eventsCommand   = "events"
	reportCommand   = "report"
	topCommand      = "top"
)

// listenerExits is the same for all: supervisord starts a listener again after every status but 0.
const listenerExits = "A listener exits with 0 when it was asked to stop or supervisord is gone; with 1 when the protocol broke, supervisord sends no events any more, or " +
	"SIGTERM came from somebody other than supervisord, so that supervisord starts it again; and with 2 at once, with a sentence on stderr for each mistake, when flags or " +
	"settings are wrong: supervisorctl status soon shows it as FATAL."

const pauseExits = "It exits with 0, with 1 if no listener looks after what is named, with 2 for a mistake in the call, and with 3 where no listener can be asked."

// others are the commands without the flags of a check.
func others() []command {
	return []command{
		{name: sectionsCommand, summary: "Run one event listener for all [healthcheck:NAME] sections of supervisord's own files.",
			exits: listenerExits},
		{name: "init", summary: "Look at the programs that run under supervisord, and print sections for them to begin with. It restarts nothing.",
			exits: "Exit status: 0, 2 for a mistake in the call or in the file, 3 if supervisord cannot be asked."},
		{name: tryCommand, summary: "Run the checks now, on the processes as they are, and show what they say and what would follow. It restarts nothing.",
			exits: "It exits with 0 if all are healthy; with 1 if one is unhealthy, whatever else could not be judged; with 2 if the call or the configuration is wrong; " +
				"and with 3 if supervisord cannot be asked or a check could not judge. With --watch that is about the last round."},
		{name: checkCommand, summary: "Show what the [healthcheck:NAME] sections mean for each process and where each value comes from, with all errors and with warnings.",
			exits: "It exits with 0, or with 2 where a listener could not begin."},
		{name: statusCommand, summary: "Show how the processes are, as the listeners that run see them: their health, why nothing is done about it, and what was done.",
			exits: "It exits with 0, or with 3 where no listener can be asked. With --exit-code 0 means that all are healthy or still in their grace, and 1 that one is not; with --format nagios it is 0, 1, 2 or 3 as Nagios has them."},
		{name: topCommand, summary: "Show the same live on a terminal. Keys sort, filter, pause and resume, and show one process with its checks and events; ? shows them.",
			exits: "It exits with 0, with 1 if the terminal is gone, and with 2 for a mistake in the call or where there is no terminal. It needs no listener: it waits for one."},
		{name: eventsCommand, summary: "Show what has happened, the newest last, as the listeners have kept it; with -f also what happens from now on.",
			exits: "It exits with 0, with 2 for a mistake in the call, and with 3 where no listener can be asked. With -f it waits for one, and Ctrl-C ends it."},
		{name: reportCommand, summary: "Report on the last days: what was done and whether it helped, what was held and how that ended, what would have been done in observe mode, and which settings that suggests.",
			exits: "It exits with 0, with 2 for a mistake in the call, and with 3 where nothing was kept. It needs no listener that runs: what was kept stands in files."},
		{name: pauseCommand, summary: "Have nothing done about processes for a while, whatever is found. It always ends by itself, and outlives the listener.", exits: pauseExits},
		{name: resumeCommand, summary: "End a pause before its time.", exits: pauseExits},
		{name: metricsCommand, summary: "Print the metrics of a listener that runs, in the text format of Prometheus.",
			exits: "It exits with 0, with 2 for a mistake in the call, and with 3 where no listener can be asked, or several are there and none is named."},
		{name: helpCommand, summary: "Tell at length about a topic: the sections, a check, the policy, the log, the listener. Without a topic it lists them.",
			exits: "It exits with 0, or with 2 if there is no such topic."},
		{name: migrateCommand, summary: "Print sections in place of the listeners of the Python package and of Superlance, with notes on what changes.",
			exits: "Exit status: 0, also if there is nothing to migrate; 1 if a listener was left; 2 for a mistake in the call or in the files."},
		{name: "links", summary: "Make symbolic links to this program in a directory, under the names of the seven Python commands, such as supervisor_http_check.",
			exits: "It exits with 0, or with 1 if they cannot be made, and then it makes none of them where a name is taken."},
		{name: pythonCommand, summary: "Write the module supervisor_checks.py into a directory. Checks in Python that were written for the package supervisor_checks run on it.",
			exits: "It exits with 0, or with 1 if the module cannot be written, or if another one has its name."},
		{name: "demo", summary: "Show at work what a listener does. It needs no supervisord.",
			exits: "It exits with 0, or with 1 if it did not come to its end."},
		{name: "version", summary: "Print the version.", exits: "It exits with 0."},
	}
}

func summary(name string) string { return other(name).summary }

func exitsOf(name string) string { return other(name).exits }

// other is the command without the flags of a check that has this name; if there is none, it has no name.
func other(name string) command {
	for _, c := range others() {
		if c.name == name {
			return c
		}
	}
	return command{}
}

func commandNames() string {
	var names []string
	for _, c := range append(commands(), others()...) {
		names = append(names, c.name)
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " or " + names[last] + "; -h tells more"
}

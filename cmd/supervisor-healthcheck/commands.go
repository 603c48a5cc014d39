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
}

// commands are the commands of the Python package, in its order.
func commands() []command {
	var all []command
	for _, kind := range checks.Commands() {
		all = append(all, command{kind.Name, kind.Title, kind.Summary, func() checkTable { return single{kind.New(), kind} }})
	}
	return append(all, command{"complex", "Complex check", "Restart processes for which one of several checks fails.",
		func() checkTable { return &several{} }})
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
)

// others are the commands without the flags of a check.
func others() []command {
	return []command{
		{name: sectionsCommand, summary: "Run one event listener for all [healthcheck:NAME] sections of supervisord's own files."},
		{name: "init", summary: "Look at the programs that run under supervisord, and print sections for them to begin with. It restarts nothing."},
		{name: tryCommand, summary: "Run the checks now, once, on the processes as they are, and show what they say and what would follow. It restarts nothing."},
		{name: checkCommand, summary: "Show what the [healthcheck:NAME] sections mean for each process and where each value comes from, with all errors and with warnings."},
		{name: "links", summary: "Make symbolic links to this program in a directory, under the names of the seven Python commands, such as supervisor_http_check."},
		{name: "demo", summary: "Show at work what a listener does. It needs no supervisord."},
		{name: "version", summary: "Print the version."},
	}
}

func summary(name string) string {
	for _, c := range others() {
		if c.name == name {
			return c.summary
		}
	}
	return ""
}

func commandNames() string {
	var names []string
	for _, c := range append(commands(), others()...) {
		names = append(names, c.name)
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " or " + names[last] + "; -h tells more"
}

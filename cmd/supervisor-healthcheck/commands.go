package main

import "strings"

// command is a command that runs as an event listener.
type command struct {
	name    string
	title   string // of its flags in the help
	summary string
	flags   func() checkFlags
}

// commands are the commands of the Python package, in its order.
func commands() []command {
	return []command{
		{"http", "HTTP check", "Restart processes that do not answer an HTTP request with status 200.", func() checkFlags { return &httpFlags{} }},
		{"tcp", "TCP check", "Restart processes that do not accept TCP connections.", func() checkFlags { return &tcpFlags{} }},
		{"xmlrpc", "XML-RPC check", "Restart processes that do not answer an XML-RPC call.", func() checkFlags { return &xmlrpcFlags{} }},
		{"memory", "Memory check", "Restart processes that use too much memory.", func() checkFlags { return &memoryFlags{} }},
		{"cpu", "CPU check", "Restart processes that use too much CPU for too long.", func() checkFlags { return &cpuFlags{} }},
		{"file", "File check", "Restart processes that no longer touch their file.", func() checkFlags { return &fileFlags{} }},
		{"complex", "Complex check", "Restart processes for which one of several checks fails.", func() checkFlags { return &complexFlags{} }},
	}
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

// others are the commands that are no listeners.
func others() []command {
	return []command{
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

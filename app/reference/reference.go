// Package reference is what the program says about itself at length, by topics, without a network. The prose of a topic is a
// template in text, or a file beside the code that it is about; every fact about a setting comes from the row of that setting.
package reference

import (
	"cmp"
	"embed"
	"slices"
	"strings"
	"text/template"

	"supervisor-healthcheck/adapters/metrics"
	"supervisor-healthcheck/adapters/words"
	"supervisor-healthcheck/app"
	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/checks"
)

//go:embed text
var texts embed.FS

// Duration is how a DURATION is written.
const Duration = "A DURATION is a number of seconds, or has a unit: 30, 30.5, 30s, 5m, 1h."

// Command is one of the commands of the program.
type Command struct {
	Name, Summary string
	Exits         string // a sentence about its exit status
	Listener      bool   // it runs as an event listener
}

// Source is what the command line knows of itself.
type Source struct {
	Commands []Command
	Target   []domain.Setting // which processes the listener of a check looks after
	Complex  []domain.Setting // of the command complex
}

// Topic is something that one can ask for.
type Topic struct {
	Name    string
	Also    []string // other names of it
	Summary string   // half a sentence
	File    string   // in place of a text: a file that is told as it is, so that it can be written to one

	file string
	data any
}

// Topics are all that there are: the checks, and what all of them have in common.
func Topics(s Source) []Topic {
	f := facts{s}
	others := []Topic{
		{Name: "complex", Summary: "several checks on one command line", data: f},
		{Name: "python", Summary: "checks that were written for the classes of the Python package", data: f},
		{Name: "policy", Summary: "when an unhealthy process is restarted", data: f},
		{Name: "commands", Summary: "what there is to call, and the exit statuses", data: f},
		{Name: "report", Summary: "what a report counts, and what it suggests", data: f},
		{Name: "log", Summary: "what each line of the log means", data: f},
		{Name: "alerts", Summary: "alert rules for Prometheus, as a file", File: metrics.Alerts},
		{Name: "dashboard", Summary: "a dashboard for Grafana, as a file", File: metrics.Dashboard},
		{Name: "listener", Summary: "the section of an event listener, and what supervisord allows it", data: f}}
	all := []Topic{{Name: "config", Summary: "the sections beside the programs, and the files that they stand in", data: f}}
	for _, c := range f.Checks() {
		t := Topic{Name: c.Word, Summary: half(c.Summary), file: "check", data: c}
		_, taken := Find(others, c.Word)
		switch {
		case taken: // a check of logs is not what somebody who reads ours asks for
			t.Name = c.Name
		case c.Name != c.Word:
			t.Also = []string{c.Name}
		}
		all = append(all, t)
	}
	return append(all, others...)
}

// Names are all names of topics.
func Names(topics []Topic) []string {
	var all []string
	for _, t := range topics {
		all = append(append(all, t.Name), t.Also...)
	}
	return all
}

// Find finds the topic of this name.
func Find(topics []Topic, name string) (Topic, bool) {
	i := slices.IndexFunc(topics, func(t Topic) bool { return t.Name == name || slices.Contains(t.Also, name) })
	if i < 0 {
		return Topic{}, false
	}
	return topics[i], true
}

// Text is the topic as Layout takes it, if it has no file.
func (t Topic) Text() (string, error) {
	all, err := template.ParseFS(texts, "text/*.txt")
	if err != nil {
		return "", err
	}
	var b strings.Builder
	err = all.ExecuteTemplate(&b, cmp.Or(t.file, t.Name)+".txt", t.data)
	return b.String(), err
}

// facts are what the templates are filled with.
type facts struct {
	Source
}

// check is one kind of check.
type check struct {
	checks.Kind
	Command bool // it has a command of its own
}

// Checks are the built-in checks.
func (f facts) Checks() []check {
	var all []check
	for _, kind := range checks.Kinds() {
		command := slices.ContainsFunc(f.Commands, func(c Command) bool { return c.Name == kind.Name })
		all = append(all, check{kind, command})
	}
	return all
}

// Settings are those of the check, as entries.
func (c check) Settings() []string {
	var all []string
	for _, row := range c.New().Table() {
		all = append(all, entry(c.Word, row, standing(row)))
	}
	return all
}

// Durations says how a DURATION is written, if one of the settings is one.
func (c check) Durations() string {
	if slices.ContainsFunc(c.New().Table(), func(row domain.Setting) bool { return strings.Contains(row.Value, "DURATION") }) {
		return Duration
	}
	return ""
}

// Keys are those of the JSON of complex.
func (c check) Keys() []string {
	var all []string
	for _, row := range c.New().Table() {
		if row.JSON != "" {
			all = append(all, row.JSON)
		}
	}
	return all
}

// Listeners are the commands that supervisord runs, ByHand the others.
func (f facts) Listeners() []Command { return f.only(true) }

// ByHand are the commands that a human runs.
func (f facts) ByHand() []Command { return f.only(false) }

func (f facts) only(listener bool) []Command {
	return slices.DeleteFunc(slices.Clone(f.Commands), func(c Command) bool { return c.Listener != listener })
}

// ListenerExits is what all listeners have in common.
func (f facts) ListenerExits() string { return f.Listeners()[0].Exits }

// Duration says how one is written.
func (f facts) Duration() string { return Duration }

// LogLines explains the log.
func (f facts) LogLines() string { return strings.TrimSpace(words.Explained()) }

// Policy, Supervisor, View and Log are settings of sections, Target and Complex those of command lines.
func (f facts) Policy() []string { return policy() }

// Supervisor are those about supervisord, Sections those that no command line has.
func (f facts) Supervisor() []string { return entries(new(app.Options).SupervisorTable()) }

// Sections are those of [healthcheck] alone.
func (f facts) Sections() []string { return entries(new(app.Options).SectionsTable()) }

// View are those that say who may see what the listener knows.
func (f facts) View() []string { return entries(new(app.Options).ViewTable()) }

// Log are those of the log.
func (f facts) Log() []string { return entries(new(app.Options).LogTable()) }

// Target are those that say which processes.
func (f facts) Target() []string { return flags(f.Source.Target) }

// Complex are those of the command complex.
func (f facts) Complex() []string { return flags(f.Source.Complex) }

// half is a sentence as what follows a name.
func half(sentence string) string {
	return strings.ToLower(sentence[:1]) + strings.TrimSuffix(sentence[1:], ".")
}

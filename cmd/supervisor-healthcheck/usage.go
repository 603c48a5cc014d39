package main

import (
	"fmt"
	"strings"

	"github.com/jessevdk/go-flags"

	"supervisor-healthcheck/adapters/terminal"
	"supervisor-healthcheck/app/reference"
)

// The layout of help texts.
const (
	textWidth  = terminal.Plain - 1
	textColumn = 32 // where descriptions begin
	glue       = terminal.Glue
)

// overview is the help of the program as a whole.
func overview() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Usage: %s COMMAND [flags]\n\n", self)
	b.WriteString(wrap("Listens to the events of supervisord and restarts the processes that are unwell.", 0) + "\n")
	b.WriteString("\nEvent listeners, for command= in an [eventlistener:x] section:\n")
	writeEntry(&b, sectionsCommand, summary(sectionsCommand), 12)
	for _, c := range commands() {
		writeEntry(&b, c.name, c.summary, 12)
	}
	b.WriteString("\nBy hand:\n")
	for _, c := range others() {
		if c.name != sectionsCommand {
			writeEntry(&b, c.name, c.summary, 16)
		}
	}
	fmt.Fprintf(&b, "\n%s\n", wrap("COMMAND -h shows the flags of a command. Called supervisor_http_check, and so on, the program is that command.", 0))
	return b.String()
}

// help is the help of one listener command.
func (l *line) help() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Usage: %s -n NAME (-g GROUP | -N PROCESS) [flags]\n\n%s\n", l.parser.Name, wrap(l.command.summary, 0))
	b.WriteString(wrap(reference.Duration, 0) + "\n")
	for _, group := range l.parser.Groups() {
		if group.ShortDescription != "Help Options" {
			writeGroup(&b, group)
		}
	}
	b.WriteString("\nHelp:\n")
	writeEntry(&b, "-h, --help", "show this text", textColumn)
	return b.String()
}

func writeGroup(b *strings.Builder, group *flags.Group) {
	fmt.Fprintf(b, "\n%s:\n", group.ShortDescription)
	if group.LongDescription != "" {
		b.WriteString("  " + wrap(group.LongDescription, 2) + "\n\n")
	}
	for _, option := range group.Options() {
		writeEntry(b, spelling(option), description(option), textColumn)
	}
}

func spelling(option *flags.Option) string {
	text := "    --" + option.LongName
	if option.ShortName != 0 {
		text = "-" + string(option.ShortName) + ", --" + option.LongName
	}
	if option.ValueName != "" {
		text += " " + option.ValueName
	}
	return text
}

func description(option *flags.Option) string {
	if option.DefaultMask == "" {
		return option.Description
	}
	return option.Description + " (default:" + glue + option.DefaultMask + ")"
}

// writeEntry writes a term, and its text at a column beside it, or below it if the term is too long.
func writeEntry(b *strings.Builder, term, text string, column int) {
	left := "  " + term
	if len(left)+2 > column {
		b.WriteString(left + "\n")
		left = ""
	}
	fmt.Fprintf(b, "%-*s%s\n", column, left, wrap(text, column))
}

// wrap breaks a text between words. Its lines after the first begin at the column; the first is to be put there.
func wrap(text string, column int) string { return terminal.Wrap(text, column, textWidth) }

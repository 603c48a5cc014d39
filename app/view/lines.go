package view

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"

	"supervisor-healthcheck/adapters/terminal"
)

// Line is an event in one line: when, how bad it is, what it is about, what has happened, and all facts as the log has them.
func Line(e Event, screen terminal.Screen, zone *time.Location) string {
	var b strings.Builder
	b.WriteString(screen.Paint(terminal.Faint, e.At.In(zone).Format(time.DateTime)) + " " + screen.Paint(Severity(e.Level), fmt.Sprintf("%-5s", plain(e.Level))) + " ")
	if e.Process != "" {
		b.WriteString(screen.Paint(terminal.Bold, plain(e.Process)) + " ")
	}
	b.WriteString(printable(e.Message))
	for _, fact := range e.Facts {
		b.WriteString(" " + pair(fact[0], fact[1]))
	}
	for _, fact := range [][2]string{{"watch", e.Watch}, {"check", e.Check}} {
		if fact[1] != "" {
			b.WriteString(" " + pair(fact[0], fact[1]))
		}
	}
	return b.String()
}

func pair(key, value string) string { return plain(key) + "=" + plain(value) }

// plain is a text as the log writes a value: in quotes where it would be read wrongly, or would do something to a terminal.
func plain(text string) string {
	odd := func(c rune) bool { return c == ' ' || c == '"' || c == '=' || c == '\\' || !unicode.IsPrint(c) }
	if text == "" || strings.ContainsFunc(text, odd) {
		return strconv.Quote(text)
	}
	return text
}

// printable is a sentence without anything that would do something to a terminal.
func printable(text string) string {
	if strings.ContainsFunc(text, func(c rune) bool { return !unicode.IsPrint(c) }) {
		return strconv.Quote(text)
	}
	return text
}

// Severity is how a level of the log is shown.
func Severity(level string) terminal.Colour {
	switch level {
	case "ERROR":
		return terminal.Red
	case "WARN":
		return terminal.Yellow
	}
	return terminal.Green
}

package config

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"supervisor-healthcheck/adapters/ini"
)

// The characters of a value that a file would lose, such as a space at its end or the sign that begins a comment, are written by
// their number: %(U+0020)s.
const (
	numberBegins = "%(U+"
	numberEnds   = ")s"
)

// literal puts the characters that a value has by their number into it. Whatever else stands in it stays; so a percent sign is
// doubled.
func literal(value string) string {
	if !strings.Contains(value, numberBegins) {
		return value
	}
	var b strings.Builder
	for value != "" {
		if strings.HasPrefix(value, "%%") {
			b.WriteString("%%")
			value = value[2:]
			continue
		}
		if r, rest, ok := numbered(value); ok {
			b.WriteString(strings.Replace(string(r), "%", "%%", 1))
			value = rest
			continue
		}
		b.WriteByte(value[0])
		value = value[1:]
	}
	return b.String()
}

// numbered takes a character from the beginning of a text that has it by its number.
func numbered(text string) (r rune, rest string, ok bool) {
	text, begun := strings.CutPrefix(text, numberBegins)
	digits, rest, ended := strings.Cut(text, numberEnds)
	n, err := strconv.ParseUint(digits, 16, 32)
	return rune(n), rest, begun && ended && err == nil && utf8.ValidRune(rune(n))
}

// Written is a text as the value of a section, which means this text whatever characters are in it. It is false for one that is
// not UTF-8: no file can hold that.
func Written(text string) (string, bool) {
	if !utf8.ValidString(text) {
		return "", false
	}
	runes := []rune(text)
	all := make([]string, len(runes))
	after := "" // what is written behind
	for i := len(runes) - 1; i >= 0; i-- {
		all[i] = character(runes, i, after)
		after = all[i]
	}
	return strings.Join(all, ""), true
}

// character is one character of a text as a section has it.
func character(runes []rune, i int, after string) string {
	r := runes[i]
	before, next := '\n', '\n' // an end is like that of a line
	if i > 0 {
		before = runes[i-1]
	}
	if i < len(runes)-1 {
		next = runes[i+1]
	}
	comment := (r == ';' || r == '#') && ini.IsSpace(before)
	expansion := r == '%' && (strings.HasPrefix(after, "%") || strings.HasPrefix(after, "("))
	lost := ini.IsSpace(r) && (ini.IsSpace(before) || ini.IsSpace(next))
	switch {
	case r == '\n' && !lost:
		return "\n    "
	case comment, expansion, lost && (before == '\n' || next == '\n' || r == '\n'), unicode.IsControl(r) && r != '\t':
		return fmt.Sprintf("%s%04X%s", numberBegins, r, numberEnds)
	}
	return string(r)
}

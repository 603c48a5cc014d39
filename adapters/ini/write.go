package ini

import (
	"strings"
	"unicode"
)

// Escaped is a text as a value of supervisord's sections has it, where a percent sign begins an expansion.
func Escaped(text string) string { return strings.ReplaceAll(text, "%", "%%") }

// Argument is a word of command=, quoted for Words.
func Argument(word string) string {
	word = Escaped(word)
	if word == "" || strings.ContainsAny(word, " \t\r\n'\"\\") {
		return "'" + strings.ReplaceAll(word, "'", `'"'"'`) + "'"
	}
	return word
}

// Remark is a line of comment.
func Remark(text string) string { return "; " + Printable(text) + "\n" }

// Printable is a text in which nothing ends the line: names and paths may hold anything.
func Printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || r == unicode.ReplacementChar {
			return '?'
		}
		return r
	}, text)
}

// Carries reports whether a value can stand in a file as it is: it has one line, no comment begins in it and no space around it
// would be lost.
func Carries(value string) bool {
	before := 'x'
	for _, r := range value {
		if unicode.IsControl(r) || r == unicode.ReplacementChar || (r == ';' || r == '#') && IsSpace(before) {
			return false
		}
		before = r
	}
	return strip(value) == value
}

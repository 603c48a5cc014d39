package terminal

import (
	"strings"
	"unicode/utf8"
)

// Glue is a space at which no line is broken.
const Glue = "\x00"

// Wrap breaks a text between words, so that no line is wider than it may be but one of a single long word. Its lines after the
// first begin at the column; the first is to be put there.
func Wrap(text string, column, width int) string {
	var b strings.Builder
	at := column
	for i, word := range strings.Fields(text) {
		length := utf8.RuneCountInString(word)
		switch {
		case i == 0:
		case at+1+length > width:
			b.WriteString("\n" + strings.Repeat(" ", column))
			at = column
		default:
			b.WriteString(" ")
			at++
		}
		b.WriteString(word)
		at += length
	}
	return strings.ReplaceAll(b.String(), Glue, " ")
}

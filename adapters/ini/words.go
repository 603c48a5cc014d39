package ini

import (
	"errors"
	"strings"
)

// The mistakes of a command line, in the words of what supervisord says of them.
var (
	errQuote  = errors.New("a quotation mark has no counterpart")
	errEscape = errors.New("nothing follows the backslash at its end")
)

// Words parts the value of command= into words, as supervisord does by means of Python's shlex.split: quotes and backslashes are
// those of a POSIX shell, and nothing else is special.
func Words(command string) ([]string, error) {
	var all []string
	var word strings.Builder
	begun, escaped := false, false
	quote := rune(0)
	for _, r := range command {
		switch {
		case escaped:
			if quote != 0 && r != quote && r != '\\' {
				word.WriteRune('\\')
			}
			word.WriteRune(r)
			escaped = false
		case r == '\\' && quote != '\'':
			begun, escaped = true, true
		case r == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(r)
		case r == '"' || r == '\'':
			begun, quote = true, r
		case strings.ContainsRune(" \t\r\n", r):
			if begun {
				all = append(all, word.String())
			}
			word.Reset()
			begun = false
		default:
			word.WriteRune(r)
			begun = true
		}
	}
	switch {
	case escaped:
		return nil, errEscape
	case quote != 0:
		return nil, errQuote
	case begun:
		all = append(all, word.String())
	}
	return all, nil
}

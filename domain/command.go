package domain

import (
	"errors"
	"strings"
	"time"
)

// Command is a program that a check has run.
type Command struct {
	Args      []string      // the program, looked for in PATH unless it holds a slash, and its arguments
	Env       []string      // NAME=value, besides the environment of the listener
	Directory string        // where it runs; empty: where the listener does
	User      string        // whose rights it has, by name or uid; empty: those of the listener
	Timeout   time.Duration // how long it may take, from its start on
}

// Outcome is how a command has ended.
type Outcome struct {
	Status   int    // its exit status; -1 if it was ended by a signal
	Signal   string // the name of that, such as SIGSEGV
	TimedOut bool   // it was ended because its time was over
	Flooded  bool   // it was ended because it wrote without an end
	Output   string // the beginning of what it has written to stdout
	Errors   string // the end of what it has written to stderr
}

// SplitCommand splits a command line into words as supervisord splits command=, by the rules of a POSIX shell without its
// expansions: blanks separate, quotes and backslashes keep. The cure is empty if there is nothing wrong.
func SplitCommand(text string) (words []string, cure string) {
	words, err := splitWords(text, " \t\r\n")
	switch {
	case err != nil:
		return nil, err.Error()
	case len(words) == 0:
		return nil, "write the program and its arguments"
	}
	return words, ""
}

// SplitVariables reads environment variables such as A=1,B="x y", with commas or blanks between.
func SplitVariables(text string) (all map[string]string, cure string) {
	words, err := splitWords(text, ", \t\r\n")
	if err != nil {
		return nil, err.Error()
	}
	all = map[string]string{}
	for _, word := range words {
		name, value, ok := strings.Cut(word, "=")
		if _, again := all[name]; !ok || again || !isVariable(name) || strings.ContainsRune(value, 0) {
			return nil, `write each variable once, with a comma between, such as A=1,B="x y"`
		}
		all[name] = value
	}
	return all, ""
}

func isVariable(name string) bool {
	letter := func(r rune) bool { return r == '_' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }
	for i, r := range name {
		if !letter(r) && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return name != ""
}

// splitWords is Python's shlex.split for any separators.
func splitWords(text, separators string) (words []string, err error) {
	var word strings.Builder
	begun := false // a word may be empty, as between two quotes
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case strings.IndexByte(separators, c) >= 0:
			if begun {
				words = append(words, word.String())
				word.Reset()
			}
			begun = false
			continue
		case c == '\\':
			if i++; i == len(text) {
				return nil, errors.New(`the last character is a backslash; write \\ for one that is meant`)
			}
			word.WriteByte(text[i])
		case c == '"' || c == '\'':
			inside, length := quoted(text[i+1:], c)
			if length < 0 {
				return nil, errors.New(`a quotation mark has no end; write \" or \' for one that is meant`)
			}
			word.WriteString(inside)
			i += length
		default:
			word.WriteByte(c)
		}
		begun = true
	}
	if begun {
		words = append(words, word.String())
	}
	return words, nil
}

// quoted reads up to the end of a quotation, and how long that is; -1 if it has none.
func quoted(text string, mark byte) (inside string, length int) {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == mark:
			return b.String(), i + 1
		case c == '\\' && mark == '"' && i+1 < len(text) && (text[i+1] == '"' || text[i+1] == '\\'):
			i++
			b.WriteByte(text[i])
		default:
			b.WriteByte(c)
		}
	}
	return "", -1
}

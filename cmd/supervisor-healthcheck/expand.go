package main

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"supervisor-healthcheck/domain"
)

// expand rewrites a command line that Python's argparse understands into one of "--long" and "--long=value" alone,
// which go-flags reads the same on every system. It knows unambiguous prefixes of long names, '_' for '-', bundles of
// short flags with a glued value (-cm100), and values that begin with a dash where argparse does. It goes no further
// than a request for help, and passes on what follows "--". What it cannot read it leaves out, and says so; no mistake shows
// a value that may be secret.
func expand(words []word, args []string) ([]string, mistakes) {
	e := newExpander(words)
	e.read(args)
	return e.out, e.wrong
}

// read reads all. After a mistake it goes on with the next flag, for nobody can tell whose the words before that are.
func (e *expander) read(args []string) {
	for len(args) > 0 && e.last.long != "help" {
		used, err := e.step(args)
		if err != nil {
			e.wrong.add(err)
			used = 1
			if e.last.secret && used < len(args) { // it may be a secret that begins with a dash
				used++
			}
			for used < len(args) && e.isValue(args[used]) {
				used++
			}
		}
		args = args[used:]
	}
}

type expander struct {
	words  []word
	out    []string
	last   word            // the flag that was read last
	given  map[string]bool // long names
	wrong  mistakes
	spoilt []string // long names of flags that were meant, and that a mistake has cost
}

func newExpander(words []word) *expander {
	return &expander{words: words, given: map[string]bool{}}
}

// step reads one flag with its value and says how many arguments that were.
func (e *expander) step(args []string) (int, error) {
	switch first := args[0]; {
	case first == "--":
		e.out = append(e.out, args...)
		return len(args), nil
	case strings.HasPrefix(first, "--"):
		return e.long(first[2:], args[1:])
	case e.isValue(first):
		return 0, e.stray(first)
	default:
		return e.bundle(first[1:], args[1:])
	}
}

func (e *expander) long(text string, rest []string) (int, error) {
	name, value, glued := strings.Cut(text, "=")
	w, err := find(e.words, strings.ReplaceAll(name, "_", "-"))
	if err != nil {
		e.spoilt = append(e.spoilt, w.long)
		return 0, err
	}
	return e.take(w, value, glued, rest)
}

func (e *expander) bundle(text string, rest []string) (int, error) {
	for {
		letter, size := utf8.DecodeRuneInString(text)
		w, ok := byLetter(e.words, letter)
		if !ok {
			return 0, fmt.Errorf("unknown flag -%c: -h shows the flags of this command", letter)
		}
		text = text[size:]
		if text == "" || w.takesValue || text[0] == '=' {
			return e.take(w, strings.TrimPrefix(text, "="), text != "", rest)
		}
		if _, err := e.take(w, "", false, nil); err != nil || w.long == "help" {
			return 1, err
		}
	}
}

// take writes the flag with its value, which is glued to it or the next argument.
func (e *expander) take(w word, value string, glued bool, rest []string) (int, error) {
	e.last = w
	used := 1
	if e.given[w.long] && !w.repeats {
		return 0, fmt.Errorf("%s is given twice: write it once", w.label())
	}
	e.given[w.long] = true
	switch {
	case !w.takesValue && glued:
		return 0, e.stray(value)
	case !w.takesValue:
		e.out = append(e.out, "--"+w.long)
		return used, nil
	case glued:
	case len(rest) == 0 || !e.isValue(rest[0]):
		e.spoilt = append(e.spoilt, w.long)
		return 0, fmt.Errorf("%s is missing its value: one that begins with a dash is written --%s=VALUE", w.label(), w.long)
	default:
		value, used = rest[0], 2
	}
	e.out = append(e.out, "--"+w.long+"="+value)
	return used, nil
}

// stray refuses what is no flag and no flag's value.
func (e *expander) stray(text string) error {
	e.spoilt = append(e.spoilt, e.last.long)
	switch {
	case e.last.secret:
		return fmt.Errorf("unexpected argument after the value of %s: put quotes around a value with spaces", e.last.label())
	case e.last.long != "" && !e.last.takesValue:
		return &domain.SettingError{Setting: e.last.label(), Value: text,
			Why: "this flag takes no value; leave the value out, or leave the flag out to switch it off"}
	}
	return unexpected(text)
}

// unexpected shows no more than the letter of what looks like a flag: a value that is secret elsewhere may be glued to it.
func unexpected(text string) error {
	if _, size := utf8.DecodeRuneInString(strings.TrimPrefix(text, "-")); strings.HasPrefix(text, "-") && len(text) > 1+size {
		text = text[:1+size] + domain.Hidden
	}
	return fmt.Errorf("unexpected argument %q: this command takes flags alone; put quotes around a value with spaces", text)
}

// isValue tells values from flags as argparse does: a number may have a sign, and what has a space in it is no flag unless it
// begins with one of the short ones, to which the rest is glued.
func (e *expander) isValue(text string) bool {
	if text == "-" || !strings.HasPrefix(text, "-") {
		return true
	}
	letter, _ := utf8.DecodeRuneInString(text[1:])
	if _, known := byLetter(e.words, letter); known {
		return false
	}
	number := regexp.MustCompile(`^-(\d+|\d*\.\d+)$`)
	return number.MatchString(text) || strings.Contains(text, " ")
}

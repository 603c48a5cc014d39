package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"supervisor-healthcheck/domain"
)

// reader turns the texts of flags into settings. Its wrong are all the things that are.
type reader struct {
	words     []word
	getenv    func(string) string
	variables map[string]string // long names of the flags whose text came from the environment, and from where
	said      map[string]bool   // long names of the flags of which enough was said
	wrong     mistakes
}

// readVariables gives the flags that were not given the values of their environment variables. An empty variable
// is none.
func (r *reader) readVariables() {
	r.variables = map[string]string{}
	for _, w := range r.words {
		if w.variable == "" || w.given() {
			continue
		}
		if text := r.getenv(w.variable); text != "" {
			r.fail(w.option.Set(&text))
			r.variables[w.long] = w.variable
		}
	}
}

// requireNeeded refuses the flags that must be given and were not.
func (r *reader) requireNeeded() {
	for _, w := range r.words {
		if w.need != "" && w.text() == "" && !r.said[w.long] {
			r.said[w.long] = true
			r.fail(fmt.Errorf("%s is missing: %s", w.label(), w.need))
		}
	}
}

// label names the flag, or the environment variable that stood in for it.
func (r *reader) label(long string) string {
	if variable, ok := r.variables[long]; ok {
		return variable
	}
	return byLong(r.words, long).label()
}

func (r *reader) fail(err error) { r.wrong.add(err) }

// mistakes are what is wrong with a command line, in the order in which it was found, each of them once.
type mistakes []error

func (m *mistakes) add(err error) {
	same := func(other error) bool { return other.Error() == err.Error() }
	if err != nil && !slices.ContainsFunc(*m, same) {
		*m = append(*m, err)
	}
}

// err is nil if there is none.
func (m mistakes) err() error {
	if len(m) == 0 {
		return nil
	}
	return m
}

// Error has a line for each mistake.
func (m mistakes) Error() string {
	var lines []string
	for _, err := range m {
		lines = append(lines, err.Error())
	}
	return strings.Join(lines, "\n")
}

// refuse says what is wrong with the value of a flag, without the value if that is secret.
func (r *reader) refuse(long, value, why string) {
	if r.said[long] {
		return // one mistake leads to another
	}
	r.said[long] = true
	switch w := byLong(r.words, long); {
	case value == "" && w.given():
		r.fail(fmt.Errorf("%s is missing its value: %s", r.label(long), why))
	case w.secret:
		r.fail(sentence(r.label(long), "", why))
	default:
		r.fail(sentence(r.label(long), value, why))
	}
}

func sentence(label, value, why string) error {
	if value == "" {
		return fmt.Errorf("%s: %s", label, why)
	}
	return &domain.SettingError{Setting: label, Value: value, Why: why}
}

// given reports whether the operator gave the setting, by its flag or by its variable.
func (r *reader) given(w word) bool { return w.given() || r.variables[w.long] != "" }

// absent reports whether there is nothing to read, so that a default holds.
func (r *reader) absent(long, text string) bool {
	return text == "" && !r.given(byLong(r.words, long))
}

// refuseError passes on what the settings of a check say about a flag's value.
func (r *reader) refuseError(long string, err error) {
	if bad, ok := errors.AsType[*domain.SettingError](err); ok {
		r.refuse(long, bad.Value, bad.Why)
		return
	}
	r.fail(err)
}

// atMostOne refuses two of these flags together.
func (r *reader) atMostOne(longs ...string) (given int) {
	var labels []string
	for _, long := range longs {
		if w := byLong(r.words, long); w.text() != "" {
			labels = append(labels, w.label())
		}
	}
	if len(labels) > 1 {
		r.fail(fmt.Errorf("%s cannot be given together: choose one", strings.Join(labels, " and ")))
	}
	return len(labels)
}

func (r *reader) exactlyOne(longs ...string) {
	if r.atMostOne(longs...) > 0 || slices.ContainsFunc(longs, func(long string) bool { return r.said[long] }) {
		return
	}
	var labels []string
	for _, long := range longs {
		labels = append(labels, byLong(r.words, long).label())
	}
	last := len(labels) - 1
	r.fail(fmt.Errorf("%s or %s is missing: say where the server listens", strings.Join(labels[:last], ", "), labels[last]))
}

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
	unread    bool              // what stands in a file or another variable stays there
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

// requireNeeded refuses what must be given, or something else instead, and was not.
func (r *reader) requireNeeded(g group) {
	for _, w := range g.words {
		all := g.instead(w)
		known := func(w word) bool { return w.text() != "" || r.said[w.long] }
		if w.need == "" || slices.ContainsFunc(all, known) {
			continue
		}
		r.said[w.long] = true
		r.fail(fmt.Errorf("%s is missing: %s", joined(labels(all), " or "), w.need))
	}
}

// fill sets the settings of a table to what was given. Of those that are too many together none is read.
func (r *reader) fill(g group) {
	for _, w := range g.words {
		r.atMostOne(g.instead(w))
	}
	for _, row := range g.table {
		if row.Flag.Long == "" && row.Flag.Variable != "" { // there is no flag for it
			r.fail(row.Set(r.getenv(row.Flag.Variable)))
		}
	}
	for _, w := range g.words {
		switch {
		case r.said[w.long]:
		case r.given(w):
			r.set(w)
		case g.defaults && w.byDefault() != "":
			r.refuseError(w.long, w.set(w.byDefault()))
		}
	}
}

func (r *reader) set(w word) {
	for _, text := range w.texts() {
		if w.row.Source != domain.Written && text == "" {
			continue
		}
		if text, ok := r.sourced(w, text); ok {
			r.refuseError(w.long, w.set(text))
		}
	}
}

// instead is a flag and those that may be given in its place.
func (g group) instead(w word) []word {
	all := []word{w}
	for _, other := range g.words {
		if other.row.Instead == w.setting {
			all = append(all, other)
		}
	}
	return all
}

// atMostOne refuses two of these flags together.
func (r *reader) atMostOne(all []word) {
	all = slices.DeleteFunc(all, func(w word) bool { return w.text() == "" })
	if len(all) < 2 {
		return
	}
	for _, w := range all {
		r.said[w.long] = true
	}
	r.fail(fmt.Errorf("%s cannot be given together: choose one", strings.Join(labels(all), " and ")))
}

func labels(all []word) []string {
	var labels []string
	for _, w := range all {
		labels = append(labels, w.label())
	}
	return labels
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
	case value == "" && w.given() && w.text() == "":
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

// refuseError passes on what a setting says about its value.
func (r *reader) refuseError(long string, err error) {
	if bad, ok := errors.AsType[*domain.SettingError](err); ok {
		r.refuse(long, bad.Value, bad.Why)
	} else if err != nil {
		r.said[long] = true
		r.fail(fmt.Errorf("%s %w", r.label(long), err))
	}
}

// text is what was given for a flag.
func (r *reader) text(long string) string { return byLong(r.words, long).text() }

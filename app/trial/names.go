package trial

import (
	"fmt"
	"slices"
	"strings"

	"supervisor-healthcheck/domain"
)

// NoSuchName says that a name is that of nothing which is looked after.
type NoSuchName struct {
	Name  string
	Meant string   // may be empty
	Known []string // sections and processes
}

// Error is a sentence with the cure.
func (e *NoSuchName) Error() string {
	switch {
	case e.Meant != "":
		return fmt.Sprintf("%q is looked after by no section: did you mean %s?", e.Name, e.Meant)
	case len(e.Known) == 0:
		return fmt.Sprintf("%q is looked after by no section, and nothing else is", e.Name)
	}
	return fmt.Sprintf("%q is looked after by no section: write one of %s", e.Name, strings.Join(e.Known[:min(mostNamed, len(e.Known))], ", "))
}

// unknown looks for a name that nothing has.
func (t *Trial) unknown(processes []domain.Process) error {
	var known []string
	for _, watch := range t.watches {
		known = append(known, watch.Name)
		for _, p := range processes {
			if watch.Select.Matches(p.ID) && !slices.Contains(known, shown(p.ID)) {
				known = append(known, shown(p.ID))
			}
		}
	}
	for _, name := range t.question.Names {
		means := func(watch domain.Watch) bool {
			return name == watch.Name || slices.ContainsFunc(processes, func(p domain.Process) bool { return watch.Select.Matches(p.ID) && called(p.ID, name) })
		}
		if !slices.ContainsFunc(t.watches, means) {
			return &NoSuchName{Name: name, Meant: domain.Nearest(name, known), Known: known}
		}
	}
	return nil
}

// called reports whether a process is meant by a name.
func called(id domain.ID, name string) bool {
	group, process, colon := strings.Cut(name, ":")
	switch {
	case name == "all" || name == "*":
		return true
	case colon && process == "*":
		return id.Group == group
	case colon:
		return id == domain.ID{Group: group, Name: process}
	}
	return id.Group == name || id.Name == name
}

// shown is the name of a process, or of a group of which nothing else is known.
func shown(id domain.ID) string {
	if id.Name == "" {
		return id.Group + ":*"
	}
	return id.String()
}

package config

import (
	"slices"
	"strings"

	"supervisor-healthcheck/adapters/ini"
	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/checks"
)

// dependencies are what depends= of a section names. Whether there are such sections is known when all are read.
func (r *reader) dependencies(s *ini.Section, g *given) []checks.Dependency {
	if g == nil {
		return nil
	}
	text, err := ini.Expand(doubled(g.value), r.ini.Everywhere(r.lookup))
	if err != nil {
		r.wrong(s, g, "", err.Error())
		return nil
	}
	words := strings.FieldsFunc(text, func(c rune) bool { return c == ',' || c == ' ' || c == '\n' || c == '\t' })
	if len(words) == 0 {
		r.wrong(s, g, "", "it is empty; write names of sections or addresses with commas between, such as redis, tcp://10.0.0.5:5432")
	}
	var all []checks.Dependency
	for _, word := range words {
		d, cure := checks.ReadDependency(word)
		switch {
		case cure != "":
			r.wrong(s, g, domain.WithoutSecrets(word), cure)
		case slices.ContainsFunc(all, func(other checks.Dependency) bool { return other.Name() == d.Name() }):
			r.wrong(s, g, word, "it is named twice; name it once")
		default:
			all = append(all, d)
		}
	}
	return all
}

// namesOf are dependencies as they are compared and shown.
func namesOf(all []checks.Dependency) []string {
	var names []string
	for _, d := range all {
		names = append(names, d.Name())
	}
	return names
}

// checkDependencies looks for dependencies on sections that there are not, and for sections that depend on themselves.
func (r *reader) checkDependencies() {
	others := map[string][]string{}
	var sections []string
	for _, w := range r.watched {
		sections = append(sections, w.watch.Name)
		others[w.watch.Name] = nil
		for _, d := range w.watch.Depends {
			if d.Watch != "" {
				others[w.watch.Name] = append(others[w.watch.Name], d.Watch)
			}
		}
	}
	for _, w := range r.watched {
		for _, name := range others[w.watch.Name] {
			if !slices.Contains(sections, name) {
				r.wrong(w.section, w.body.depends, name, lackOfSection(name, sections))
			}
		}
		if cycle := domain.Cycle(w.watch.Name, others); cycle != nil {
			r.wrong(w.section, w.body.depends, "", "the section would wait for itself: "+strings.Join(cycle, " depends on ")+"; take one of them out")
		}
	}
}

func lackOfSection(name string, sections []string) string {
	const why = "there is no section of this name"
	if meant := domain.Nearest(name, sections); meant != "" {
		return why + "; did you mean " + meant + "?"
	}
	return why + "; write [healthcheck:" + name + "] with a check of it, or an address such as tcp://" + name + ":5432"
}

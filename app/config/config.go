// Package config reads what stands beside the programs in supervisord's own files: [healthcheck:NAME] says how the processes of
// [program:NAME] are judged and what is done about them, [healthcheck] what holds for all of these sections and for the listener.
//
// A key of a section is one of three: the word of a check with its main value (memory = 800MB), a setting of a check
// (memory.cumulative = yes), or a word of the policy (failures = 3). All of them stand in the tables of domain.Setting.
package config

import (
	"slices"
	"strings"

	"supervisor-healthcheck/adapters/ini"
	"supervisor-healthcheck/app"
	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/checks"
)

// Config is what is configured.
type Config struct {
	Path     string // of the main file, absolute
	Watches  []Watch
	Listener app.Options // without watches

	Processes []domain.ID // that supervisord makes, in the order of the files

	Wrong     Problems // nothing can be begun with these
	Unmatched Problems // a listener can live with these: sections that look after nothing

	ini   *ini.Config
	files stamp
}

// Watch is one [healthcheck:NAME].
type Watch struct {
	app.Watch
	ini.Place
	Values []Value // the settings that are not the defaults, in the order in which they count

	same string // equal texts mean the same watch
}

// Value is a setting and where it comes from.
type Value struct {
	Word   string // such as failures, http or http/admin.timeout
	Text   string // as it is written; empty for a secret
	Origin string // a file with its line, or an environment variable
}

// Lookup tells the environment variables.
type Lookup = func(name string) (string, bool)

const (
	common = "healthcheck"
	prefix = common + ":"
)

// Load reads the files. Its error is about files that cannot be read at all; what is wrong in the sections is in the Config.
func Load(path string, lookup Lookup) (*Config, error) {
	r, err := load(path, lookup)
	if err != nil {
		return nil, err
	}
	return r.config, nil
}

// Files reads a file and those that it includes. Its error has a sentence in each line.
func Files(path string, lookup Lookup) (*ini.Config, error) {
	files, err := ini.Read(path, lookup)
	if err != nil {
		return nil, unreadable(err)
	}
	return files, nil
}

func load(path string, lookup Lookup) (*reader, error) {
	before := look([]string{path})
	files, err := Files(path, lookup)
	if err != nil {
		return nil, err
	}
	r := newReader(files, lookup)
	c := r.config
	c.files = before.with(files)
	r.defaults()
	names := map[string]string{}
	for _, s := range files.Sections {
		if name, ok := strings.CutPrefix(s.Name, prefix); ok {
			name = strings.TrimSpace(name)
			if first, again := names[name]; again {
				r.wrong(s, nil, "", "the section is written twice, and the other stands at "+first+"; write it once")
				continue
			}
			names[name] = s.Place.String()
			r.section(s, name)
		} else {
			r.misspelt(s)
		}
	}
	r.checkDependencies()
	if len(names) == 0 && len(c.Wrong) == 0 {
		c.Wrong = append(c.Wrong, &Problem{Place: ini.Place{File: files.Path, Line: 1},
			Why: "there is no section [healthcheck:NAME] in this file or in those that it includes; write one beside [program:NAME]"})
	}
	c.Wrong.inOrder(files)
	c.Unmatched.inOrder(files)
	return r, nil
}

// Err is all that is wrong, nil if nothing is.
func (c *Config) Err() error {
	if len(c.Wrong) == 0 {
		return nil
	}
	return c.Wrong
}

// Options are those of a listener for all sections.
func (c *Config) Options() app.Options {
	o := c.Listener
	o.Config = c.Path
	for _, w := range c.Watches {
		o.Watches = append(o.Watches, w.Watch)
	}
	for _, err := range c.Unmatched {
		o.Warnings = append(o.Warnings, err.Error())
	}
	return o
}

// Variables are the environment variables that are read.
func Variables() []string {
	var all []string
	for _, row := range slices.Concat(new(domain.Policy).Table(), []domain.Setting{new(domain.Policy).Basis()}, new(app.Options).Table()) {
		if row.Flag.Variable != "" {
			all = append(all, row.Flag.Variable)
		}
	}
	return all
}

// from says for each watch which of another configuration is the same, -1 where none is.
func (c *Config) from(before *Config) []int {
	places := map[string]int{}
	for i, w := range before.Watches {
		places[w.same] = i
	}
	var from []int
	for _, w := range c.Watches {
		place, known := places[w.same]
		if !known {
			place = -1
		}
		from = append(from, place)
	}
	return from
}

// misspelt warns of sections that look like ours.
func (r *reader) misspelt(s *ini.Section) {
	kind, name, named := strings.Cut(s.Name, ":")
	kind = strings.TrimSpace(kind)
	near := len(kind) > 8 && kind != common && nearly(kind, common)
	dotted, ok := strings.CutPrefix(s.Name, common+".")
	switch {
	case ok:
		r.unmatched(s, nil, "", "this section is none of ours; did you mean [healthcheck:"+dotted+"]?")
	case near && named:
		r.unmatched(s, nil, "", "this section is none of ours; did you mean [healthcheck:"+strings.TrimSpace(name)+"]?")
	case near:
		r.unmatched(s, nil, "", "this section is none of ours; did you mean [healthcheck]?")
	}
}

// kindOf is the check with this word.
func kindOf(kinds []checks.Kind, word string) (checks.Kind, bool) {
	i := slices.IndexFunc(kinds, func(k checks.Kind) bool { return k.Word == word })
	if i < 0 {
		return checks.Kind{}, false
	}
	return kinds[i], true
}

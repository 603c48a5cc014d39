package config

import (
	"cmp"
	"slices"
	"strings"

	"supervisor-healthcheck/adapters/ini"
	"supervisor-healthcheck/app"
	"supervisor-healthcheck/domain"
)

// Explained is a configuration for somebody who wants to see what it means. No secret is in it.
type Explained struct {
	File     string    `json:"file"`
	Included []string  `json:"included"`
	Listener []Fact    `json:"listener"`
	Sections []Section `json:"sections"`
	Errors   []string  `json:"errors"`   // nothing can be begun with these
	Warnings []string  `json:"warnings"` // of what is legal and unwise, and of sections that look after nothing
}

// Section is what one [healthcheck:NAME] means.
type Section struct {
	Name      string   `json:"name"`
	Place     string   `json:"place"`
	Select    string   `json:"select"`
	Processes []Judged `json:"processes"`
	Policy    []Fact   `json:"policy"`
	Depends   []Fact   `json:"depends"` // one for each
}

// Judged are processes whose checks have the same settings.
type Judged struct {
	Names  []string  `json:"names"`
	Checks []Checked `json:"checks"`
}

// Checked is a check with its settings.
type Checked struct {
	Name     string `json:"name"`
	Settings []Fact `json:"settings"`
}

// Fact is the value of a setting as it counts, and where it comes from.
type Fact struct {
	Word   string `json:"word"` // as sections write it
	Value  string `json:"value"`
	Origin string `json:"origin"` // a file with its line, an environment variable, or "default"
}

// watched is a section with all that was read of it.
type watched struct {
	section *ini.Section
	watch   Watch
	body    body
	policy  []given
	members []member
}

// ByDefault is the origin of a value that nobody has written.
const ByDefault = "default"

// Explain reads the files as Load does. Its error is about files that cannot be read at all.
func Explain(path string, lookup Lookup) (*Explained, error) {
	return explain(path, lookup, memoryOfMachine())
}

func explain(path string, lookup Lookup, memory uint64) (*Explained, error) {
	r, err := load(path, lookup)
	if err != nil {
		return nil, err
	}
	e := &Explained{File: r.ini.Path, Included: append([]string{}, r.ini.Included...), Listener: r.explainListener(), Sections: []Section{},
		Errors: r.config.Wrong.sentences(), Warnings: []string{}}
	for _, w := range r.watched {
		e.Sections = append(e.Sections, r.explain(w))
	}
	all := append(slices.Clone(r.config.Unmatched), r.unwise(memory)...)
	all.inOrder(r.ini)
	e.Warnings = all.sentences()
	return e, nil
}

// Server is where the supervisord of a file is and what it wants to hear, as listeners find it, and which processes it makes.
func Server(path string, lookup Lookup) (app.Options, []domain.ID, error) {
	files, err := Files(path, lookup)
	if err != nil {
		return app.Options{}, nil, err
	}
	r := newReader(files, lookup)
	r.server()
	return r.config.Listener, r.config.Processes, r.config.Err()
}

// Listener are the settings of the listener that [healthcheck] and the environment have. What is wrong there is left out.
func Listener(path string, lookup Lookup) (app.Options, error) {
	files, err := Files(path, lookup)
	if err != nil {
		return app.Options{}, err
	}
	r := newReader(files, lookup)
	if s := files.Section(common); s != nil {
		r.common = r.read(s)
	}
	r.own(r.config.Listener.Table())
	return r.config.Listener, nil
}

func (p Problems) sentences() []string {
	all := make([]string, 0, len(p))
	for _, err := range p {
		all = append(all, err.Error())
	}
	return all
}

func (r *reader) explain(w watched) Section {
	s := Section{Name: w.watch.Name, Place: w.section.Place.String(), Select: w.watch.Select.String(), Processes: []Judged{}}
	s.Depends = []Fact{}
	for _, name := range namesOf(w.watch.Depends) {
		s.Depends = append(s.Depends, Fact{Word: w.body.depends.word, Value: name, Origin: w.body.depends.origin()})
	}
	s.Policy = r.facts(policyTable(&w.watch.Policy), "", w.policy)
	s.Policy[0] = basis(s.Policy[0])
	places := map[string]int{}
	for _, m := range w.members {
		checks, text := r.checked(w.body.checks, m)
		place, known := places[text]
		if !known {
			place = len(s.Processes)
			places[text] = place
			s.Processes = append(s.Processes, Judged{Checks: checks})
		}
		s.Processes[place].Names = append(s.Processes[place].Names, m.id().String())
	}
	return s
}

// explainListener are the settings of the listener itself.
func (r *reader) explainListener() []Fact {
	table := r.config.Listener.Table()
	all := slices.Clone(r.common.others)
	for _, row := range table {
		if value, ok := r.variable(row); ok {
			all = slices.DeleteFunc(all, func(g given) bool { return g.word == row.Word || instead(table, row.Word, g.word) })
			all = append(all, given{word: row.Word, key: row.Flag.Variable, value: value})
		}
	}
	facts := r.facts(table, "", all)
	for i := range facts {
		if f := &facts[i]; f.Origin == ByDefault {
			f.Origin = cmp.Or(r.originInServer(f.Word), ByDefault)
		}
	}
	return facts
}

// originInServer is where supervisord's own sections say what they say in place of a setting of the listener; see server.
func (r *reader) originInServer(word string) string {
	server, at := "inet_http_server", "port"
	if strings.HasPrefix(r.config.Listener.ServerURL, "unix:") {
		server, at = "unix_http_server", "file"
	}
	control := r.values("supervisorctl", "serverurl", "username")
	switch {
	case word == "serverurl" && control[0] != "" && control[0] == r.config.Listener.ServerURL:
		return r.origin("supervisorctl", "serverurl")
	case word == "serverurl":
		return r.origin(server, at)
	case (word == "username" || word == "password") && control[1] != "":
		return r.origin("supervisorctl", word)
	case word == "username" || word == "password":
		return r.origin(server, word)
	}
	return ""
}

// origin is the place of a key, empty if there is none.
func (r *reader) origin(section, name string) string {
	if s := r.ini.Section(section); s != nil {
		if key, ok := r.ini.Get(s, name); ok {
			return key.Place.String()
		}
	}
	return ""
}

// basis is the policy that has the values of all that is not given: what was written, not what the sum of all happens to be.
func basis(f Fact) Fact {
	if f.Origin == ByDefault {
		f.Value = "recommended"
	}
	return f
}

// checked are the checks of one process, and a text that is the same where they are.
func (r *reader) checked(all []*check, m member) ([]Checked, string) {
	checked := []Checked{}
	var text strings.Builder
	for _, c := range all {
		values, _, ok := r.expanded(c, m)
		if !ok {
			continue // it is among the errors
		}
		_, table := r.afresh(c.kind)
		for _, g := range values {
			row, _ := rowOf(table, g.word)
			r.set(row, g.value) // what is wrong is among the errors
		}
		one := Checked{Name: c.name, Settings: r.facts(table, c.name, without(r.covered(c, values), values, table))}
		checked = append(checked, one)
		for _, f := range one.Settings {
			text.WriteString(f.Word + "\x00" + f.Value + "\x00")
		}
	}
	return checked, text.String()
}

// covered are the words that the main value of a check says in one, where that is given.
func (r *reader) covered(c *check, values []given) map[string]bool {
	covered := map[string]bool{}
	table := c.kind.New().Table()
	main := mainRow(table)
	i := slices.IndexFunc(values, func(g given) bool { return g.word == main.Word })
	if i < 0 {
		return map[string]bool{main.Word: true}
	}
	before := make([]string, len(table))
	for i, row := range table {
		before[i] = row.Get()
	}
	r.set(main, values[i].value)
	for i, row := range table {
		covered[row.Word] = !row.Main && row.Get() != before[i]
	}
	return covered
}

// without has values for rows that are not to be shown, unless they are given themselves.
func without(covered map[string]bool, values []given, table []domain.Setting) []given {
	for _, row := range table {
		if covered[row.Word] && !slices.ContainsFunc(values, func(g given) bool { return g.word == row.Word }) {
			values = append(values, given{word: row.Word, key: ""})
		}
	}
	return values
}

// facts are the rows of a table that have a value.
func (r *reader) facts(table []domain.Setting, check string, all []given) []Fact {
	facts := []Fact{}
	for _, row := range table {
		f := Fact{Word: written(row.Word), Value: row.Shown(), Origin: ByDefault}
		switch {
		case check != "" && row.Main:
			f.Word = check
		case check != "":
			f.Word = check + "." + f.Word
		}
		i := slices.IndexFunc(all, func(g given) bool { return g.word == row.Word })
		switch {
		case i >= 0 && all[i].key == "":
			continue
		case i >= 0:
			f.Origin = all[i].origin()
			if row.Source != domain.Written {
				f.Value = all[i].value
			} else if row.Word == "policy" {
				f.Value = cmp.Or(all[i].value, f.Value)
			}
		case row.Source != domain.Written:
			continue
		case givenOtherwise(table, row, all):
			continue
		}
		if row.Secret && f.Value != "" {
			f.Value = domain.NotShown
		}
		if f.Value != "" || row.Word == "policy" {
			facts = append(facts, f)
		}
	}
	return facts
}

// givenOtherwise reports whether a setting is given in another way, and not by its own word.
func givenOtherwise(table []domain.Setting, row domain.Setting, all []given) bool {
	return slices.ContainsFunc(all, func(g given) bool { return g.key != "" && instead(table, row.Word, g.word) })
}

package config

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"supervisor-healthcheck/adapters/ini"
	"supervisor-healthcheck/app"
	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/checks"
)

// reader turns the sections of files into a Config.
type reader struct {
	ini    *ini.Config
	lookup Lookup
	config *Config
	kinds  []checks.Kind
	bound  map[string]checks.Bound     // of each kind by its word; made once, for that costs most
	tables map[string][]domain.Setting // likewise, bound to them
	policy []domain.Setting            // likewise
	places
	common  body               // what [healthcheck] says
	watched []watched          // the sections, for who wants to see what they mean
	basis   domain.Policy      // of all sections
	same    string             // its text, to be compared
	bad     map[ini.Place]bool // keys with which something is wrong
	said    map[string]bool    // what was said
}

func newReader(files *ini.Config, lookup Lookup) *reader {
	r := &reader{ini: files, lookup: lookup, config: &Config{Path: files.Path, ini: files}, kinds: checks.Kinds(),
		bound: map[string]checks.Bound{}, tables: map[string][]domain.Setting{}, policy: policyTable(new(domain.Policy)), bad: map[ini.Place]bool{}, said: map[string]bool{}}
	for _, k := range r.kinds {
		r.bound[k.Word] = k.New()
		r.tables[k.Word] = r.bound[k.Word].Table()
	}
	r.places = newPlaces(files, lookup)
	r.config.Processes = r.order
	return r
}

// policyTable has the setting that names a policy before those that change one.
func policyTable(p *domain.Policy) []domain.Setting {
	return append([]domain.Setting{p.Basis()}, p.Table()...)
}

// wrong notes what is wrong with a key, or with the section where that is nil. Of each key it is said once.
func (r *reader) wrong(s *ini.Section, g *given, value, why string) {
	if p := r.problem(s, g, value, why); p != nil {
		r.config.Wrong = append(r.config.Wrong, p)
	}
}

// unmatched is wrong for something that a listener can live with.
func (r *reader) unmatched(s *ini.Section, g *given, value, why string) {
	if p := r.problem(s, g, value, why); p != nil {
		r.config.Unmatched = append(r.config.Unmatched, p)
	}
}

func (r *reader) problem(s *ini.Section, g *given, value, why string) error {
	p := &Problem{Value: value, Why: why}
	if s != nil {
		p.Place, p.Section = s.Place, s.Name
	}
	if g != nil {
		p.Place, p.Section, p.Key = g.place, g.section, g.key
		about := g.place.String() + "\x00" + g.key + "\x00" + value
		if r.said[about] {
			return nil // one mistake leads to another
		}
		r.said[about], r.bad[g.place] = true, true
	}
	return p
}

// defaults reads [healthcheck], and the environment, which wins over it.
func (r *reader) defaults() {
	if s := r.ini.Section(common); s != nil {
		r.common = r.read(s)
		for _, g := range []*given{r.common.chosen, r.common.depends} {
			if g != nil {
				r.wrong(s, g, "", "it belongs into a section [healthcheck:NAME]; this one holds for all of them")
			}
		}
	}
	for _, c := range r.common.checks {
		for i := range c.given {
			g := &c.given[i]
			row, _ := rowOf(r.tables[c.kind.Word], g.word)
			switch {
			case row.Main:
				r.wrong(nil, g, "", "a check belongs into a section [healthcheck:NAME]; here stand settings for all checks of its kind, such as http.timeout = 5s")
			case c.name != c.kind.Word:
				r.wrong(nil, g, "", "this is a setting of one check; write "+c.kind.Word+"."+written(g.word)+" for all checks of its kind")
			case !strings.Contains(g.value, "%("):
				plain := *g
				plain.value = single(g.value)
				r.try(&plain, r.tables[c.kind.Word])
			}
		}
	}
	for _, row := range r.policy {
		if value, ok := r.variable(row); ok {
			r.common.policy = slices.DeleteFunc(r.common.policy, func(g given) bool { return g.word == row.Word })
			r.common.policy = append(r.common.policy, given{word: row.Word, key: row.Flag.Variable, value: value})
		}
	}
	r.basis = domain.Recommended()
	r.fill(policyTable(&r.basis), body{}.policyOver(r.common.policy))
	r.same = fmt.Sprintf("%+v", r.basis)
	r.listener()
}

// variable is the value of the environment variable of a setting. An empty one is none.
func (r *reader) variable(row domain.Setting) (string, bool) {
	if row.Flag.Variable == "" || r.lookup == nil {
		return "", false
	}
	value, ok := r.lookup(row.Flag.Variable)
	return value, ok && value != ""
}

// fill gives rows the values that are the same for all processes.
func (r *reader) fill(table []domain.Setting, all []given) {
	for i := range all {
		g := all[i]
		text, err := ini.Expand(doubled(g.value), r.ini.Everywhere(r.lookup))
		if err != nil {
			r.wrong(nil, &g, "", err.Error())
			continue
		}
		g.value = text
		r.try(&g, table)
	}
}

// try sets a row, and says what is wrong with the value.
func (r *reader) try(g *given, table []domain.Setting) {
	row, _ := rowOf(table, g.word)
	if why := r.set(row, g.value); why != nil {
		r.wrong(nil, g, why.Value, why.Why)
	}
}

// set gives a row a value; the error has none if that must not be shown.
func (r *reader) set(row domain.Setting, value string) *domain.SettingError {
	text, err := r.source(row, value)
	if err == nil {
		err = row.Set(text)
	}
	if err == nil {
		return nil
	}
	bad := &domain.SettingError{Why: err.Error()}
	if setting, ok := errors.AsType[*domain.SettingError](err); ok {
		bad = &domain.SettingError{Value: setting.Value, Why: setting.Why}
	}
	if bad.Value = shown(bad.Value); row.Source == domain.InFile {
		bad.Value = value
	}
	return bad
}

// source is the text of a setting, wherever that is.
func (r *reader) source(row domain.Setting, value string) (string, error) {
	switch row.Source {
	case domain.InFile:
		content, err := os.ReadFile(value)
		if path, ok := errors.AsType[*os.PathError](err); ok {
			return "", &domain.SettingError{Value: value, Why: "the file cannot be read: " + path.Err.Error()}
		}
		text := strings.TrimSuffix(strings.TrimSuffix(string(content), "\n"), "\r")
		if text == "" {
			return "", &domain.SettingError{Value: value, Why: "the file is empty"}
		}
		return text, nil
	case domain.InVariable:
		text := ""
		if r.lookup != nil {
			text, _ = r.lookup(value)
		}
		if text == "" {
			return "", errors.New("this environment variable is not set; set it with environment= in supervisord.conf")
		}
		return text, nil
	}
	return value, nil
}

// section reads one [healthcheck:NAME].
func (r *reader) section(s *ini.Section, name string) {
	if name == "" {
		r.wrong(s, nil, "", "it has no name; write that of the program that it looks after, such as [healthcheck:web]")
		return
	}
	before := len(r.config.Wrong)
	b := r.read(s)
	if len(b.checks) == 0 && len(r.config.Wrong) == before { // one that is misspelt is one
		r.wrong(s, nil, "", "it has no check; write one such as http = http://127.0.0.1:8080/ping")
	}
	selection, members := r.choose(s, name, b.chosen)
	w := Watch{Watch: app.Watch{Name: name, Select: selection, Policy: r.basis, Depends: r.dependencies(s, b.depends)}, Place: s.Place}
	policy := b.policyOver(r.common.policy)
	r.judging(&w.Policy, b.policy, policy)
	w.remember(r.policy, "", policy)
	judging := r.same
	if len(b.policy) > 0 {
		judging = fmt.Sprintf("%+v", w.Policy)
	}
	var all strings.Builder
	all.WriteString(name + "\x00" + selectionText(selection, r.listening) + "\x00" + judging)
	if names := namesOf(w.Depends); names != nil {
		w.Values = append(w.Values, Value{Word: b.depends.word, Text: b.depends.value, Origin: b.depends.origin()})
		all.WriteString("\x00" + strings.Join(names, " "))
	}
	for _, c := range b.checks {
		c.inherit(r.common.checks, r.tables[c.kind.Word])
		settings, same := r.build(s, c, members)
		w.Checks = append(w.Checks, settings)
		w.remember(r.tables[c.kind.Word], c.name, c.given)
		all.WriteString("\x00" + c.name + same)
	}
	w.same = all.String()
	r.config.Watches = append(r.config.Watches, w)
	r.watched = append(r.watched, watched{section: s, watch: w, body: b, policy: policy, members: members})
}

// judging gives a policy, which is the one of all sections, what a section says itself.
func (r *reader) judging(p *domain.Policy, own, over []given) {
	switch {
	case len(own) == 0:
	case slices.ContainsFunc(own, func(g given) bool { return g.word == "policy" }):
		r.fill(policyTable(p), over)
	default:
		r.fill(p.Table(), own)
	}
}

// policyOver puts the policy of a section over what holds for all. The setting that names a policy stands before all others,
// wherever it is written.
func (b body) policyOver(all []given) []given {
	own := func(g given) bool {
		return slices.ContainsFunc(b.policy, func(o given) bool { return o.word == g.word })
	}
	over := append(slices.DeleteFunc(slices.Clone(all), own), b.policy...)
	first := func(g given) int {
		if g.word == "policy" {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(over, func(a, b given) int { return first(a) - first(b) })
	return over
}

// inherit puts the settings for all checks of a kind in front of those of the check.
func (c *check) inherit(common []*check, table []domain.Setting) {
	for _, all := range common {
		if all.name != c.kind.Word || all.kind.Word != c.kind.Word {
			continue
		}
		for i := len(all.given) - 1; i >= 0; i-- {
			g := all.given[i]
			if !slices.ContainsFunc(c.given, func(own given) bool { return own.word == g.word || instead(table, own.word, g.word) }) {
				c.given = slices.Insert(c.given, 0, g)
			}
		}
	}
}

// instead reports whether two settings are two ways to say the same.
func instead(table []domain.Setting, a, b string) bool {
	one, _ := rowOf(table, a)
	other, _ := rowOf(table, b)
	return one.Instead == b || other.Instead == a || one.Instead != "" && one.Instead == other.Instead
}

// remember keeps where the values come from.
func (w *Watch) remember(table []domain.Setting, check string, all []given) {
	for _, g := range all {
		row, _ := rowOf(table, g.word)
		v := Value{Word: g.word, Text: g.value, Origin: g.origin()}
		switch {
		case check != "" && row.Main:
			v.Word = check
		case check != "":
			v.Word = check + "." + g.word
		}
		if row.Secret {
			v.Text = ""
		}
		w.Values = append(w.Values, v)
	}
}

// valuesOf are the values of a table, to be compared.
func valuesOf(table []domain.Setting) string {
	var all strings.Builder
	for _, row := range table {
		all.WriteString(row.Word + "=" + row.Get() + "\n")
	}
	return all.String()
}

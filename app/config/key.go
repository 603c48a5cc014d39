package config

import (
	"slices"
	"strings"

	"supervisor-healthcheck/adapters/ini"
	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/checks"
)

// given is a setting as it stands in a section, or in the environment.
type given struct {
	word    string // of its row
	key     string // as it was written
	value   string
	place   ini.Place
	section string
}

// origin is where it comes from.
func (g given) origin() string {
	if g.place.File == "" {
		return g.key
	}
	return g.place.String()
}

// check is what a section says of one check.
type check struct {
	kind  checks.Kind
	name  string // in verdicts: its word, or word/label
	given []given
}

// body is what stands in a section, in the order in which it is written.
type body struct {
	policy []given
	checks []*check
	chosen *given // select
	others []given

	depends *given
}

// read tells what each key of a section is. Keys that mean nothing are wrong.
func (r *reader) read(s *ini.Section) body {
	var b body
	seen := map[string]given{}
	for _, k := range s.Keys {
		g := given{key: k.Name, value: literal(k.Value), place: k.Place, section: s.Name}
		what := r.sort(s, &g, &b)
		if what == "" {
			continue
		}
		if first, again := seen[what]; again {
			r.wrong(s, &g, "", "it is written twice, and the other is "+first.key+" at "+first.place.String()+"; write it once")
		}
		seen[what] = g
	}
	return b
}

// sort puts a setting where it belongs, and returns what it sets; empty if it is wrong.
func (r *reader) sort(s *ini.Section, g *given, b *body) (what string) {
	word, setting, dotted := strings.Cut(strings.ReplaceAll(g.key, "_", "-"), ".")
	name, label, labelled := strings.Cut(word, "/")
	kind, known := kindOf(r.kinds, name)
	switch {
	case known:
		return r.ofCheck(s, g, b, kind, label, labelled, setting, dotted)
	case dotted || labelled:
		r.unknown(s, g)
		return ""
	case word == "select":
		b.chosen, g.word = g, word
		return word
	case word == "depends":
		b.depends, g.word = g, word
		return word
	}
	if row, ok := rowOf(r.policy, word); ok {
		g.word = row.Word
		b.policy = append(b.policy, *g)
		return row.Word
	}
	if row, ok := rowOf(r.config.Listener.Table(), word); ok {
		if s.Name != common {
			r.wrong(s, g, "", "this is a setting of the listener and holds for all sections; write it into [healthcheck]")
			return ""
		}
		g.word = row.Word
		b.others = append(b.others, *g)
		return row.Word
	}
	r.unknown(s, g)
	return ""
}

func (r *reader) ofCheck(s *ini.Section, g *given, b *body, kind checks.Kind, label string, labelled bool, setting string, dotted bool) string {
	if labelled && (label == "" || strings.Trim(label, letters) != "") {
		r.wrong(s, g, "", "a second "+kind.Word+" check has a name of letters, digits and dashes behind the slash, such as "+kind.Word+"/admin")
		return ""
	}
	row, ok := mainRow(r.tables[kind.Word]), true
	if dotted {
		row, ok = rowOf(r.tables[kind.Word], setting)
	}
	if !ok {
		r.unknown(s, g)
		return ""
	}
	name := kind.Word
	if labelled {
		name += "/" + label
	}
	g.word = row.Word
	i := slices.IndexFunc(b.checks, func(c *check) bool { return c.name == name })
	if i < 0 {
		i = len(b.checks)
		b.checks = append(b.checks, &check{kind: kind, name: name})
	}
	b.checks[i].given = append(b.checks[i].given, *g)
	return name + "." + row.Word
}

const letters = "abcdefghijklmnopqrstuvwxyz0123456789-"

// rowOf finds the row with this word, which has dashes.
func rowOf(table []domain.Setting, word string) (domain.Setting, bool) {
	for _, row := range table {
		if row.Word == word || slices.Contains(row.Also, word) {
			return row, true
		}
	}
	return domain.Setting{}, false
}

// mainRow is the one that stands behind the word of the check itself.
func mainRow(table []domain.Setting) domain.Setting {
	for _, row := range table {
		if row.Main {
			return row
		}
	}
	return domain.Setting{}
}

// unknown says that there is no such key, and which may be meant.
func (r *reader) unknown(s *ini.Section, g *given) {
	shown := *g
	shown.key, _, _ = strings.Cut(g.key, " ") // more than a word is a slip, and may hold anything
	r.wrong(s, &shown, "", "there is no such setting; "+r.suggest(s.Name, strings.ReplaceAll(shown.key, "_", "-")))
}

// suggest says what the writer of a key may have meant.
func (r *reader) suggest(section, word string) string {
	check, setting, dotted := strings.Cut(word, ".")
	name, label, labelled := strings.Cut(check, "/")
	if kind, ok := kindOf(r.kinds, name); ok && dotted {
		words := words(r.tables[kind.Word])
		if meant := domain.Nearest(setting, words); meant != "" {
			return "did you mean " + check + "." + written(meant) + "?"
		}
		return kind.Word + " has " + written(strings.Join(words, ", "))
	}
	var all []string
	for _, kind := range r.kinds {
		all = append(all, kind.Word)
	}
	if meant := domain.Nearest(name, all); meant != "" && (dotted || labelled) {
		if labelled {
			meant += "/" + label
		}
		if dotted {
			meant += "." + setting
		}
		return "did you mean " + written(meant) + "?"
	}
	checks := strings.Join(all, ", ")
	all = append(all, "select", "depends")
	all = append(all, words(r.policy)...)
	if section == common {
		all = append(all, words(r.config.Listener.Table())...)
	}
	if meant := domain.Nearest(word, all); meant != "" {
		return "did you mean " + written(meant) + "?"
	}
	for _, kind := range r.kinds {
		if _, ok := rowOf(r.tables[kind.Word], word); ok {
			return "did you mean " + kind.Word + "." + written(word) + "?"
		}
	}
	return "the checks are " + checks + ", the settings of the policy are " + written(strings.Join(words(r.policy), ", "))
}

func words(table []domain.Setting) []string {
	var all []string
	for _, row := range table {
		all = append(all, row.Word)
	}
	return all
}

// written is a word as sections write it.
func written(word string) string { return strings.ReplaceAll(word, "-", "_") }

// nearly reports whether a word is another one misspelt.
func nearly(word, right string) bool { return domain.Nearest(word, []string{right}) != "" }

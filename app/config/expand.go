package config

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"supervisor-healthcheck/adapters/ini"
	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/checks"
)

// build makes the settings of a check, for each process where they differ, and a text that is the same where they are.
func (r *reader) build(s *ini.Section, c *check, members []member) (settings checks.Settings, same string) {
	r.together(s, c)
	c.mainFirst(mainRow(r.tables[c.kind.Word]).Word)
	if !slices.ContainsFunc(c.given, func(g given) bool { return strings.Contains(g.value, "%(") }) {
		settings, same = r.one(s, c, c.given, "")
		return named(c, settings), same
	}
	each := &perProcess{name: c.name, of: map[domain.ID]int{}}
	known := map[string]int{}
	var all strings.Builder
	for _, m := range members {
		values, text, ok := r.expanded(c, m)
		if !ok {
			return nil, ""
		}
		place, made := known[text]
		if !made {
			one, same := r.one(s, c, values, "; this is the value for "+m.id().String())
			if one == nil {
				return nil, ""
			}
			place = len(each.all)
			known[text] = place
			each.all = append(each.all, one)
			all.WriteString("\x01" + same)
		}
		each.of[m.id()] = place
		all.WriteString("\x01" + m.id().String() + " " + strconv.Itoa(place))
	}
	if len(each.all) == 1 && !slices.ContainsFunc(c.given, ofProcess) {
		return named(c, each.all[0]), all.String()
	}
	return each, all.String()
}

// mainFirst puts the main value before the settings that add to it.
func (c *check) mainFirst(main string) {
	place := func(g given) int {
		if g.word == main {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(c.given, func(a, b given) int { return place(a) - place(b) })
}

// ofProcess reports whether a value may be another one for a process that is not known yet.
func ofProcess(g given) bool {
	return slices.ContainsFunc([]string{"%(program_name)", "%(group_name)", "%(process_name)", "%(process_num)", "%(numprocs)"},
		func(name string) bool { return strings.Contains(g.value, name) })
}

// expanded are the values of a check for one process.
func (r *reader) expanded(c *check, m member) (values []given, text string, ok bool) {
	names := r.ini.Names(m.program, m.process, r.lookup)
	var all strings.Builder
	for _, g := range c.given {
		if strings.Contains(g.value, "%(") {
			value, err := ini.Expand(doubled(g.value), names)
			if err != nil {
				r.wrong(nil, &g, "", err.Error())
				return nil, "", false
			}
			g.value = value
			all.WriteString(value + "\x00")
		} else {
			g.value = single(g.value)
		}
		values = append(values, g)
	}
	return values, all.String(), true
}

// one makes the settings of a check from values without expansions. They are nil if something is wrong.
func (r *reader) one(s *ini.Section, c *check, values []given, whose string) (checks.Settings, string) {
	bound, table := r.afresh(c.kind)
	before := len(r.config.Wrong)
	for _, g := range values {
		row, _ := rowOf(table, g.word)
		if whose == "" {
			g.value = single(g.value)
		}
		if bad := r.set(row, g.value); bad != nil {
			r.wrong(nil, &g, bad.Value, bad.Why+whose)
		}
	}
	if len(r.config.Wrong) > before || slices.ContainsFunc(values, func(g given) bool { return r.bad[g.place] }) {
		return nil, ""
	}
	settings := c.kind.Settings(bound)
	if _, err := settings.Build(checks.World{}); err != nil {
		r.refuse(s, c, values, err, whose)
		return nil, ""
	}
	return settings, valuesOf(table)
}

// afresh are the settings of a kind, and its rows, as they are in a section where none is written.
func (r *reader) afresh(kind checks.Kind) (checks.Bound, []domain.Setting) {
	bound, table := r.bound[kind.Word], r.tables[kind.Word]
	kind.Reset(bound)
	return bound, checks.OfSection(table)
}

// together refuses two settings where one is too many.
func (r *reader) together(s *ini.Section, c *check) {
	table := r.tables[c.kind.Word]
	for i, g := range c.given {
		for _, other := range c.given[:i] {
			if instead(table, g.word, other.word) {
				r.wrong(s, &g, "", "it cannot be given together with "+other.key+"; choose one")
			}
		}
	}
}

// refuse says which key is meant by what a check says of its settings.
func (r *reader) refuse(s *ini.Section, c *check, values []given, err error, whose string) {
	bad, ok := asSetting(err)
	if !ok {
		r.wrong(nil, &values[0], "", err.Error()+whose)
		return
	}
	word := strings.ReplaceAll(bad.Setting, "_", "-")
	table := r.tables[c.kind.Word]
	i := slices.IndexFunc(table, func(row domain.Setting) bool { return row.Word == word || row.JSON == bad.Setting })
	if i < 0 {
		r.wrong(nil, &values[0], shown(bad.Value), bad.Why+whose)
		return
	}
	for _, g := range values {
		if g.word == table[i].Word {
			r.wrong(nil, &g, shown(bad.Value), bad.Why+whose)
			return
		}
	}
	g, main := values[0], mainRow(table)
	if !slices.ContainsFunc(values, func(g given) bool { return g.word == main.Word }) {
		g.key = c.name
		r.wrong(nil, &g, "", "it is missing; write "+c.name+" = "+main.Value+": "+main.Doc)
		return
	}
	g.key = c.name + "." + written(table[i].Word)
	r.wrong(nil, &g, "", fmt.Sprintf("it is missing; write %s = %s, or %s = %s", g.key, table[i].Value, c.name, main.Value))
}

func shown(value string) string {
	if value == domain.Hidden {
		return ""
	}
	return value
}

// doubled doubles percent signs that begin no expansion, so that 90% and %20 mean themselves here; %% is one of them too.
func doubled(text string) string {
	if !strings.Contains(text, "%") {
		return text
	}
	var out strings.Builder
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] != '%':
			out.WriteByte(text[i])
		case strings.HasPrefix(text[i:], "%%"):
			out.WriteString("%%")
			i++
		case strings.HasPrefix(text[i:], "%("):
			out.WriteByte('%')
		default:
			out.WriteString("%%")
		}
	}
	return out.String()
}

// single is a value without expansions as it is meant.
func single(text string) string { return strings.ReplaceAll(text, "%%", "%") }

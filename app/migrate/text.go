package migrate

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"supervisor-healthcheck/adapters/ini"
	"supervisor-healthcheck/app/discovery"
)

// Secret reports whether a secret stands in the Text, or may.
func (r Result) Secret() bool {
	common, _ := r.common()
	return common.secret || len(r.Left) > 0 || slices.ContainsFunc(r.Made, func(m Made) bool {
		return slices.ContainsFunc(m.Sections, func(s Section) bool { return s.secret })
	})
}

// Text is a file with the new sections. Command is the path of this program.
func (r Result) Text(command string) string {
	var b strings.Builder
	remark := func(text string) { b.WriteString(ini.Remark(text)) }
	var paths []string
	for _, c := range r.configs {
		if !slices.Contains(paths, c.Path) {
			paths = append(paths, c.Path)
		}
	}
	remark("Made by supervisor-healthcheck migrate of " + strings.Join(paths, ", ") + ".")
	if len(r.Made) > 0 {
		remark("When this file is included, take the old sections away, which would check the same:")
		for _, m := range r.Made {
			remark("  [" + m.section.Name + "] at " + m.section.Place.String())
		}
	}
	if r.Secret() {
		remark("It may hold passwords: keep it from other users.")
	}
	common, remarks := r.common()
	if len(common.Settings)+len(remarks) > 0 {
		b.WriteString("\n")
	}
	for _, sentence := range remarks {
		remark(sentence)
	}
	if len(common.Settings) > 0 {
		common.write(&b, "healthcheck")
	}
	for _, m := range r.Made {
		b.WriteString("\n")
		m.write(&b)
	}
	for _, l := range r.Left {
		b.WriteString("\n")
		l.write(&b)
	}
	if len(r.Made) > 0 {
		b.WriteString("\n")
		r.stanza(&b, command)
	}
	return b.String()
}

func (m Made) write(b *strings.Builder) {
	b.WriteString(ini.Remark("In place of [" + m.section.Name + "] at " + m.section.Place.String() + ", " + m.words[0]))
	for _, note := range m.Notes {
		b.WriteString(ini.Remark(note))
	}
	for _, s := range m.Sections {
		s.write(b, "healthcheck:"+s.Name)
	}
}

func (s Section) write(b *strings.Builder, name string) {
	b.WriteString("[" + name + "]\n")
	for _, setting := range s.Settings {
		b.WriteString(setting.Word + " = " + setting.Value + "\n")
	}
}

// write leaves a section as it is, as a comment.
func (l Left) write(b *strings.Builder) {
	b.WriteString(ini.Remark("Not migrated: [" + l.section.Name + "] at " + l.section.Place.String() + ": " + l.Why))
	b.WriteString(ini.Remark("  [" + l.section.Name + "]"))
	for _, k := range l.config.Keys(l.section) {
		for i, line := range strings.Split(k.Name+"="+k.Value, "\n") {
			b.WriteString(ini.Remark(map[bool]string{true: "  ", false: "      "}[i == 0] + line))
		}
	}
}

// stanza is the listener for all sections, unless there is one.
func (r Result) stanza(b *strings.Builder, command string) {
	taken := map[string]bool{}
	var priorities []int
	for _, c := range r.configs {
		for _, s := range c.Sections {
			if k, ok := c.Get(s, "priority"); ok {
				priority, _ := strconv.Atoi(strings.TrimSpace(k.Value))
				priorities = append(priorities, priority)
			}
			name, is := strings.CutPrefix(s.Name, "eventlistener:")
			if !is || r.replaced(s) {
				continue
			}
			if runs(c, s) {
				b.WriteString(ini.Remark("the one listener for all sections is there already: [" + s.Name + "] at " + s.Place.String()))
				return
			}
			taken[strings.TrimSpace(name)] = true
		}
	}
	name, priority := "healthcheck", 1001
	for taken[name] {
		name += "_"
	}
	for slices.Contains(priorities, priority) {
		priority++
	}
	kept, remarks := r.kept()
	for _, sentence := range remarks {
		b.WriteString(ini.Remark(sentence))
	}
	b.WriteString(discovery.Stanza(name, command, priority, r.logFolder(), kept...))
}

func (r Result) replaced(s *ini.Section) bool {
	return slices.ContainsFunc(r.Made, func(m Made) bool { return m.section == s })
}

// runs reports whether a section is that of the listener for all sections.
func runs(c *ini.Config, s *ini.Section) bool {
	key, ok := c.Get(s, "command")
	if !ok {
		return false
	}
	words, _ := ini.Words(key.Value)
	return len(words) > 1 && path.Base(words[0]) == "supervisor-healthcheck" && words[1] == "run"
}

// kept are the settings of the section of the listener itself that all old ones have in common.
func (r Result) kept() (all []Setting, remarks []string) {
	for _, key := range []string{"user", "directory", "stopwaitsecs"} {
		var values []said
		for _, m := range r.Made {
			values = append(values, said{m.section.Name, m.value(key)})
		}
		switch different := distinct(values); {
		case len(different) > 1:
			values = slices.DeleteFunc(values, func(one said) bool { return one.value == "" })
			remarks = append(remarks, "the old listeners have several values for "+key+", and this one has none: "+strings.Join(by(values), ", "))
		case different[0] != "" && ini.Carries(different[0]):
			all = append(all, Setting{Word: key, Value: ini.Escaped(different[0])})
		}
	}
	return all, remarks
}

// logFolder is where the old listeners have their logs.
func (r Result) logFolder() string {
	for _, m := range r.Made {
		if file := m.value("stderr_logfile"); path.IsAbs(file) && !strings.HasPrefix(file, "/dev/") {
			return path.Dir(file)
		}
	}
	return ""
}

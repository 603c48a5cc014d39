package config

import (
	"fmt"
	"slices"
	"strings"

	"supervisor-healthcheck/adapters/ini"
	"supervisor-healthcheck/domain"
)

// member is a process and the program that it is made of.
type member struct {
	program *ini.Program
	process ini.Process
}

func (m member) id() domain.ID { return domain.ID{Group: m.process.Group, Name: m.process.Name} }

// places are the processes that supervisord makes, by what they can be called.
type places struct {
	all       []member // but for event listeners
	programs  map[string][]member
	groups    map[string][]member
	listeners map[string][]member
	listening []string // the groups of event listeners
	ids       map[domain.ID]member
	order     []domain.ID       // all of them
	empty     map[string]string // sections that make no process, by their name
	names     []string          // of programs and groups, in their order
	broken    []error           // what keeps supervisord from making processes
}

func newPlaces(files *ini.Config, lookup Lookup) places {
	p := places{programs: map[string][]member{}, groups: map[string][]member{}, listeners: map[string][]member{},
		ids: map[domain.ID]member{}, empty: map[string]string{}}
	programs, broken := files.Programs(lookup)
	p.broken = broken
	for _, program := range programs {
		if len(program.Processes) == 0 {
			p.empty[program.Name] = program.Section.Name
		}
		for _, process := range program.Processes {
			m := member{program, process}
			p.ids[m.id()], p.order = m, append(p.order, m.id())
			p.groups[process.Group] = append(p.groups[process.Group], m)
			if program.Kind == "eventlistener" {
				p.listeners[program.Name] = append(p.listeners[program.Name], m)
				p.listening = append(p.listening, process.Group)
				continue
			}
			p.all = append(p.all, m)
			if p.programs[program.Name] == nil {
				p.names = append(p.names, program.Name)
			}
			p.programs[program.Name] = append(p.programs[program.Name], m)
		}
	}
	for _, s := range files.Sections {
		if group, ok := strings.CutPrefix(s.Name, "group:"); ok {
			group = strings.TrimSpace(group)
			p.names = append(p.names, group)
			if len(p.groups[group]) == 0 {
				p.empty[group] = s.Name
			}
		}
	}
	return p
}

// choose is what a section looks after: what its name makes, or what select= says.
func (r *reader) choose(s *ini.Section, name string, g *given) (domain.Selection, []member) {
	if g == nil {
		members := r.made(name)
		if members == nil {
			r.unmatched(s, nil, "", r.lack(name, fmt.Sprintf("there is no [program:%[1]s], [fcgi-program:%[1]s] or [group:%[1]s]", name), ", or say with select= what it looks after"))
			return domain.SelectGroup(name), nil
		}
		return r.selection(members), members
	}
	text, err := ini.Expand(doubled(g.value), r.ini.Everywhere(r.lookup))
	if err != nil {
		r.wrong(s, g, "", err.Error())
		return domain.Selection{}, nil
	}
	words := strings.FieldsFunc(text, func(c rune) bool { return c == ',' || c == ' ' || c == '\n' || c == '\t' })
	if len(words) == 0 {
		r.wrong(s, g, "", "it is empty; write names of programs or groups with commas between, such as web, api:*, jobs:worker_03, or * for all")
	}
	var all domain.Selection
	var members []member
	for _, word := range words {
		selection, found := r.called(s, g, word)
		all = all.And(selection)
		members = append(members, found...)
	}
	return all.Called(strings.Join(words, ", ")), members
}

// called is what one word of select= means.
func (r *reader) called(s *ini.Section, g *given, word string) (domain.Selection, []member) {
	group, name, colon := strings.Cut(word, ":")
	switch {
	case word == "*" || word == "all":
		all, _ := domain.Select("all")
		return all.But(r.listening...), r.all
	case group == "" || colon && name == "":
		r.wrong(s, g, word, "write the name of a program or a group, group:*, group:process, or * for all")
		return domain.Selection{}, nil
	case colon && name == "*":
		found := r.groups[group]
		if found == nil {
			r.unmatched(s, g, word, r.lack(group, "there is no group of this name", ""))
		}
		return domain.SelectGroup(group), found
	case colon:
		id := domain.ID{Group: group, Name: name}
		m, ok := r.ids[id]
		if !ok {
			r.unmatched(s, g, word, r.lackOf(id))
			return domain.SelectID(id), nil
		}
		return domain.SelectID(id), []member{m}
	}
	found := r.made(word)
	if found == nil {
		found = r.listeners[word]
	}
	if found == nil {
		r.unmatched(s, g, word, r.lack(word, "no program and no group has this name", ""))
		return domain.SelectGroup(word), nil
	}
	return r.selection(found), found
}

// made are the processes that a name makes: those of the program in whatever group, and those of the group.
func (r *reader) made(name string) []member {
	found := r.programs[name]
	for _, m := range r.groups[name] {
		if m.program.Kind != "eventlistener" && m.program.Name != name {
			found = append(slices.Clip(found), m)
		}
	}
	return found
}

// selection is that of these processes. Whole groups are selected as such, so that it holds for processes that are added.
func (r *reader) selection(members []member) domain.Selection {
	count := map[string]int{}
	for _, m := range members {
		count[m.process.Group]++
	}
	var all domain.Selection
	var ids []domain.ID
	for _, m := range members {
		switch group := m.process.Group; {
		case count[group] < 0:
		case count[group] == len(r.groups[group]):
			all = all.And(domain.SelectGroup(group))
			count[group] = -1
		default:
			ids = append(ids, m.id())
		}
	}
	return all.And(domain.SelectIDs(ids...))
}

// lack says why nothing has a name, and what may be meant.
func (r *reader) lack(name, why, otherwise string) string {
	if section, ok := r.empty[name]; ok {
		why = "[" + section + "] makes no process"
		for _, err := range r.broken {
			why += "; " + err.Error()
		}
		return why
	}
	if meant := domain.Nearest(name, r.names); meant != "" {
		return why + "; did you mean " + meant + "?"
	}
	return why + "; write the name of one" + otherwise
}

func (r *reader) lackOf(id domain.ID) string {
	var names []string
	for _, m := range r.groups[id.Group] {
		names = append(names, m.process.Name)
	}
	if names == nil {
		return r.lack(id.Group, "there is no group "+id.Group, "")
	}
	if meant := domain.Nearest(id.Name, names); meant != "" {
		return "no process of the group " + id.Group + " has this name; did you mean " + id.Group + ":" + meant + "?"
	}
	return "no process of the group " + id.Group + " has this name; it has " + strings.Join(names[:min(5, len(names))], ", ")
}

// selectionText is a selection, to be compared.
func selectionText(s domain.Selection, listeners []string) string {
	text := s.Called("").String()
	if all, _, _ := s.Parts(); all {
		text += " but " + strings.Join(listeners, " ")
	}
	return text
}

package ini

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
)

// Program is a [program:x], [fcgi-program:x] or [eventlistener:x] and the processes that supervisord makes of it.
type Program struct {
	Section   *Section
	Kind      string // program, fcgi-program or eventlistener
	Name      string
	Processes []Process
}

// Process is one process of a program. A program that is in several groups has its processes in each of them.
type Process struct {
	Group, Name string
	Number      int // process_num
	Count       int // numprocs
}

// Programs returns the programs as they are written, with the processes of each. Where something keeps supervisord from
// making processes of a program, it is among the errors and the program has none.
func (c *Config) Programs(lookup func(string) (string, bool)) (programs []*Program, wrong []error) {
	for _, s := range c.Sections {
		kind, name, ok := strings.Cut(s.Name, ":")
		if ok && slices.Contains([]string{"program", "fcgi-program", "eventlistener"}, kind) {
			programs = append(programs, &Program{Section: s, Kind: kind, Name: strip(name)})
		}
	}
	byName := map[string]*Program{}
	for _, p := range programs {
		if name := strings.TrimPrefix(p.Section.Name, p.Kind+":"); p.Kind != "eventlistener" && byName[name] == nil {
			byName[name] = p
		}
	}
	grouped := map[*Program]bool{}
	for _, s := range c.Sections {
		group, ok := strings.CutPrefix(s.Name, "group:")
		if !ok {
			continue
		}
		members, err := c.members(s, byName, lookup)
		wrong = append(wrong, err...)
		for _, p := range members {
			grouped[p] = true
			if err := c.make(p, strip(group), lookup); err != nil {
				wrong = append(wrong, err)
			}
		}
	}
	for _, p := range programs {
		if !grouped[p] {
			if err := c.make(p, p.Name, lookup); err != nil {
				wrong = append(wrong, err)
			}
		}
	}
	return programs, wrong
}

// members are the programs of a group.
func (c *Config) members(group *Section, programs map[string]*Program, lookup func(string) (string, bool)) (members []*Program, wrong []error) {
	key, ok := c.Get(group, "programs")
	if !ok {
		return nil, nil // a group without processes
	}
	text, err := Expand(key.Value, c.names(lookup))
	if err != nil {
		return nil, []error{&SyntaxError{key.Place, "programs: " + err.Error()}}
	}
	for name := range strings.SplitSeq(text, ",") {
		name = strip(name)
		p := programs[name]
		if p == nil {
			wrong = append(wrong, &SyntaxError{key.Place, fmt.Sprintf("there is no [program:%s]; write the names of programs with commas between", name)})
			continue
		}
		members = append(members, p)
	}
	return members, wrong
}

// world is what supervisord knows besides its files.
type world struct {
	node   string
	lookup func(name string) (string, bool)
}

// names are the expansions that supervisord knows everywhere. The environment is that of supervisord with what environment=
// of [supervisord] adds; lookup is asked for the same environment in all calls.
func (c *Config) names(lookup func(string) (string, bool)) Names {
	if c.world == nil {
		if lookup == nil {
			lookup = func(string) (string, bool) { return "", false }
		}
		c.world = &world{lookup: lookup}
		c.world.node, _ = os.Hostname()
		if section := c.Section("supervisord"); section != nil {
			if key, ok := c.Get(section, "environment"); ok {
				c.world.lookup = c.names(nil).with(key.Value).Lookup
			}
		}
	}
	return Names{Here: c.Dir(), Texts: map[string]string{"host_node_name": c.world.node}, Lookup: c.world.lookup}
}

// with are the names with what environment= adds, as long as that can be read.
func (n Names) with(environment string) Names {
	text, err := Expand(environment, n)
	if err != nil {
		return n
	}
	own, err := Pairs(text)
	if err != nil {
		return n
	}
	before := n.Lookup
	n.Lookup = func(name string) (string, bool) {
		if value, ok := own[name]; ok {
			return value, true
		}
		return before(name)
	}
	return n
}

// Everywhere are the expansions that supervisord knows in every section.
func (c *Config) Everywhere(lookup func(string) (string, bool)) Names { return c.names(lookup) }

// Names are the expansions that supervisord knows in the section of a program for one of its processes.
func (c *Config) Names(p *Program, process Process, lookup func(string) (string, bool)) Names {
	n := c.names(lookup)
	n.Texts["program_name"], n.Texts["group_name"] = p.Name, process.Group
	n.Numbers = map[string]int{"process_num": process.Number, "numprocs": process.Count}
	if key, ok := c.Get(p.Section, "environment"); ok {
		n = n.with(key.Value)
	}
	n.Texts["process_name"] = process.Name
	return n
}

// most bounds numprocs, which might be a slip.
const most = 100_000

// make adds the processes of a program within a group.
func (c *Config) make(p *Program, group string, lookup func(string) (string, bool)) error {
	n := c.names(lookup)
	n.Texts["program_name"], n.Texts["group_name"] = p.Name, group
	count, err := c.number(p.Section, "numprocs", 1, n)
	if err != nil {
		return err
	}
	first, err := c.number(p.Section, "numprocs_start", 0, n)
	if err != nil {
		return err
	}
	template := &Key{Name: "process_name", Value: "%(program_name)s", Place: p.Section.Place}
	if key, ok := c.Get(p.Section, "process_name"); ok {
		template = key
	}
	var made []Process
	for number := first; number < first+count; number++ {
		process := Process{Group: group, Number: number, Count: count}
		name, err := Expand(template.Value, c.Names(p, process, lookup).without("process_name"))
		if err != nil {
			return &SyntaxError{template.Place, "process_name: " + err.Error()}
		}
		process.Name = strip(name)
		if slices.ContainsFunc(made[max(0, len(made)-1):], func(other Process) bool { return other.Name == process.Name }) {
			return &SyntaxError{template.Place, fmt.Sprintf("all %d processes have the name %s; write %%(process_num)02d into process_name", count, process.Name)}
		}
		made = append(made, process)
	}
	p.Processes = append(p.Processes, made...)
	return nil
}

func (n Names) without(name string) Names {
	delete(n.Texts, name)
	return n
}

// number reads a setting that is a whole number.
func (c *Config) number(s *Section, name string, otherwise int, n Names) (int, error) {
	key, ok := c.Get(s, name)
	if !ok {
		return otherwise, nil
	}
	text, err := Expand(key.Value, n)
	if err != nil {
		return 0, &SyntaxError{key.Place, name + ": " + err.Error()}
	}
	number, err := strconv.Atoi(strip(text))
	if err != nil || number < 0 || number > most {
		return 0, &SyntaxError{key.Place, fmt.Sprintf("%s %q: write a whole number", name, text)}
	}
	return number, nil
}

// Dir is the directory of the main file, which %(here)s stands for.
func (c *Config) Dir() string {
	return cmp.Or(strings.TrimSuffix(c.Path[:strings.LastIndexByte(c.Path, '/')+1], "/"), "/")
}

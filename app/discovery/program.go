package discovery

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"supervisor-healthcheck/adapters/ini"
	"supervisor-healthcheck/domain"
)

// program is the processes of one program, in whatever groups.
type program struct {
	name    string // of its section
	selects string // what the section looks after, where its name does not say it
	of      int    // how many processes there are
	running []process
	resting []domain.Process
}

// process is one that runs.
type process struct {
	domain.ID
	pid    int
	number int // process_num
	digits int // of the shortest number in the program
	of     int // numprocs; 1 also where there is no number
}

// pool is the program that a process belongs to: one of the configuration, or a base of names within a group.
type pool struct {
	configured bool
	group      string // only of one that is not configured
	name       string
}

// programs puts the processes of a program together: as the configuration has them, or else by the number at the end of their
// names. Event listeners are left out.
func programs(processes []domain.Process, settings map[domain.ID]domain.Settings, c Configuration) []program {
	var order []pool
	members := map[pool][]domain.Process{}
	for _, p := range processes {
		if isListener(p.ID, settings, c) {
			continue
		}
		of := poolOf(p.ID, c)
		if members[of] == nil {
			order = append(order, of)
		}
		members[of] = append(members[of], p)
	}
	groups := map[string]int{}
	for _, p := range processes {
		groups[p.Group]++
	}
	var all []program
	for _, of := range order {
		all = append(all, newProgram(of, members[of], c))
	}
	name(all, order, members, groups)
	return all
}

func newProgram(of pool, members []domain.Process, c Configuration) program {
	p := program{name: of.name, of: len(members)}
	digits := math.MaxInt
	for _, m := range members {
		one := process{ID: m.ID, pid: m.PID, of: 1}
		if made, ok := c.Processes[m.ID]; ok {
			one.number, one.of = made.Number, made.Count
		} else if _, text := numbered(m.Name); text != "" && len(members) > 1 {
			one.number, _ = strconv.Atoi(text)
			one.of = len(members)
		}
		digits = min(digits, len(strconv.Itoa(one.number)))
		if m.State == domain.Running && m.PID > 0 {
			p.running = append(p.running, one)
		} else {
			p.resting = append(p.resting, m)
		}
	}
	for i := range p.running {
		p.running[i].digits = digits
	}
	return p
}

// isListener tells event listeners by the configuration, or by the priority that they have where nothing else is said.
func isListener(id domain.ID, settings map[domain.ID]domain.Settings, c Configuration) bool {
	if made, ok := c.Processes[id]; ok {
		return made.Listener
	}
	s, ok := settings[id]
	return ok && s.Priority == -1
}

func poolOf(id domain.ID, c Configuration) pool {
	if made, ok := c.Processes[id]; ok {
		return pool{configured: true, name: made.Program}
	}
	base, digits := numbered(id.Name)
	base = strings.TrimRight(base, "_-.: ")
	switch {
	case digits == "":
		base = id.Name
	case base == "": // the number is all of the name
		base = id.Group
	}
	return pool{group: id.Group, name: base}
}

// numbered parts a name from the number at its end.
func numbered(name string) (base, digits string) {
	base = strings.TrimRight(name, "0123456789")
	if len(name)-len(base) > 9 {
		return name, ""
	}
	return base, name[len(base):]
}

// name gives each program the name of its section. What a section looks after by its name alone are the processes of the program
// and of the group that are called so; where that is too much or too little, it says what.
func name(all []program, pools []pool, members map[pool][]domain.Process, groups map[string]int) {
	taken := map[string]bool{}
	for i, of := range pools {
		if of.configured {
			taken[of.name] = true
		}
		if !of.configured && len(members[of]) == groups[of.group] {
			all[i].name = of.group // it is the whole group
		}
	}
	for i, of := range pools {
		p, own := &all[i], members[of]
		if !of.configured {
			if taken[p.name] {
				p.name = of.group + "_" + of.name
			}
			taken[p.name] = true
			if p.name != of.group || len(own) != groups[of.group] {
				p.selects = selects(own, groups)
			}
			continue
		}
		for other, others := range members {
			if other != of && slices.ContainsFunc(others, func(o domain.Process) bool { return o.Group == of.name }) {
				p.selects = selects(own, groups)
			}
		}
	}
}

// selects names the processes as select= wants it; whole groups are named as such.
func selects(members []domain.Process, groups map[string]int) string {
	own := map[string]int{}
	for _, m := range members {
		own[m.Group]++
	}
	var words []string
	for _, m := range members {
		if own[m.Group] == groups[m.Group] {
			words = append(words, m.Group+":*")
		} else {
			words = append(words, m.Group+":"+m.Name)
		}
	}
	return ini.Escaped(strings.Join(distinct(words), ", "))
}

func (p program) pids() []int {
	var pids []int
	for _, one := range p.running {
		pids = append(pids, one.pid)
	}
	return pids
}

// amount is how many processes there are.
func (p program) amount() string {
	if len(p.resting) > 0 {
		return fmt.Sprintf("%d of %d processes run", len(p.running), p.of)
	}
	return several(p.of, "process", "processes")
}

// states are those of the processes that do not run, each once.
func (p program) states() string {
	var names []string
	for _, m := range p.resting {
		names = append(names, m.State.String())
	}
	return strings.Join(distinct(names), ", ")
}

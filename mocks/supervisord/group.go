package supervisord

import (
	"slices"
	"strings"
	"syscall"

	"supervisor-healthcheck/domain"
)

// group is a process group in use. Groups stand in the order in which they are started.
type group struct {
	name      string
	processes []*process
	pool      *pool
}

// configured are the names of the groups of the configuration in their order, those of the listeners first because of
// their priority -1.
func (s *Server) configured() []string {
	var names []string
	for _, p := range s.config.Programs {
		names = append(names, p.Group)
	}
	slices.Sort(names)
	var first []string
	for _, l := range s.config.listeners() {
		first = append(first, l.Name)
	}
	slices.Sort(first)
	return append(first, slices.Compact(names)...)
}

// use makes a group of the configuration and announces it, also to the listener that is added with it.
func (s *Server) use(name string) {
	g := &group{name: name}
	if l := s.config.listener(name); l != nil {
		p := &process{Program: l.program().filled()}
		g.pool = &pool{name: name, events: l.Events, size: l.BufferSize, process: p, state: Acknowledged, wanted: -1}
		p.pool = g.pool
		g.processes = []*process{p}
		next := slices.IndexFunc(s.groups, func(other *group) bool { return other.pool == nil || other.name > name })
		if next < 0 {
			next = len(s.groups)
		}
		s.groups = slices.Insert(s.groups, next, g)
	} else {
		for _, program := range s.config.Programs {
			if program.Group == name {
				g.processes = append(g.processes, &process{Program: program})
			}
		}
		slices.SortFunc(g.processes, func(a, b *process) int { return strings.Compare(a.Name, b.Name) })
		s.groups = append(s.groups, g)
	}
	s.raise("PROCESS_GROUP_ADDED", "groupname:"+name+"\n")
	s.dirty = true
}

// drop takes a group out of use, with the buffer if it is the listener's.
func (s *Server) drop(g *group) {
	s.groups = slices.DeleteFunc(slices.Clone(s.groups), func(other *group) bool { return other == g })
	s.raise("PROCESS_GROUP_REMOVED", "groupname:"+g.name+"\n")
	s.dirty = true
}

func (s *Server) group(name string) *group {
	for _, g := range s.groups {
		if g.name == name {
			return g
		}
	}
	return nil
}

func (g *group) process(name string) *process {
	for _, p := range g.processes {
		if p.Name == name {
			return p
		}
	}
	return nil
}

func (g *group) atRest() bool {
	return !slices.ContainsFunc(g.processes, func(p *process) bool { return !p.atRest() })
}

// windDown stops one group after the other, the last first, and then ends the server or begins anew.
func (s *Server) windDown() {
	for len(s.stopping) > 0 {
		last := s.stopping[len(s.stopping)-1]
		if !last.atRest() {
			s.halt(last)
			return
		}
		s.stopping = s.stopping[:len(s.stopping)-1]
	}
	if s.mood == shutdown {
		s.over(ended)
		return
	}
	s.hangUp()
	s.boot()
}

// leave begins a shutdown or a reload.
func (s *Server) leave(mood mood) {
	s.mood, s.stopping = mood, slices.Clone(s.groups)
	s.raise("SUPERVISOR_STATE_CHANGE_STOPPING", "")
	s.dirty = true
}

// halt stops a group in a shutdown.
func (s *Server) halt(g *group) {
	for _, p := range slices.Backward(g.processes) {
		switch p.state {
		case domain.Running, domain.Starting:
			s.stop(p, p.stopSignal())
		case domain.Backoff:
			s.giveUp(p)
		}
	}
}

func (p *process) stopSignal() syscall.Signal {
	if signal, ok := p.StopSignal.(syscall.Signal); ok {
		return signal
	}
	return syscall.SIGTERM
}

// find looks a process up by "group:name", or by "name" alone where both are equal. The process is nil for "group:*".
func (s *Server) find(name string) (*group, *process, error) {
	groupName, processName, all := split(name)
	g := s.group(groupName)
	if g == nil {
		return nil, nil, fault(badName, name)
	}
	if all {
		return g, nil, nil
	}
	p := g.process(processName)
	if p == nil {
		return nil, nil, fault(badName, name)
	}
	return g, p, nil
}

func split(name string) (group, process string, all bool) {
	group, process, two := strings.Cut(name, ":")
	if !two {
		return name, name, false
	}
	return group, process, process == "" || process == "*"
}

// sameProcess compares two names of a process as supervisord reads them.
func sameProcess(a, b string) bool {
	groupA, processA, _ := split(a)
	groupB, processB, _ := split(b)
	return groupA == groupB && processA == processB
}

package view

import (
	"slices"

	"supervisor-healthcheck/adapters/web"
	"supervisor-healthcheck/domain"
)

// Process is one process as all listeners that look after it see it.
type Process struct {
	web.Process
	Supervisord string
	Others      []web.Process // what further listeners say of it
}

// Processes are those with these names, or all without names. A name is that of a process, group:* or a group, or that of a watch.
// Missing are names that nothing has.
func (s Status) Processes(names []string) (all []Process, missing []string) {
	found := map[string]bool{}
	place := map[string]int{}
	for _, l := range s.Listeners {
		for _, p := range l.Processes {
			if !wanted(p, names, found) {
				continue
			}
			key := l.Listener.Supervisord + "\x00" + p.Name
			if i, again := place[key]; again {
				all[i].add(p)
				continue
			}
			place[key] = len(all)
			all = append(all, Process{Process: p, Supervisord: l.Listener.Supervisord})
		}
	}
	for _, name := range names {
		if !found[name] {
			missing = append(missing, name)
		}
	}
	return all, missing
}

// add takes what another listener says of the process. The worst news stands first.
func (p *Process) add(other web.Process) {
	if worse(other.Condition, p.Condition) {
		p.Process, other = other, p.Process
	}
	p.Others = append(p.Others, other)
}

func worse(a, b domain.Condition) bool {
	all := domain.Worst()
	return slices.Index(all, a) < slices.Index(all, b)
}

func wanted(p web.Process, names []string, found map[string]bool) bool {
	is := len(names) == 0
	for _, name := range names {
		if called(p, name) {
			is, found[name] = true, true
		}
	}
	return is
}

func called(p web.Process, name string) bool {
	return domain.IDOf(p.Name).Called(name) || slices.ContainsFunc(p.Verdicts, func(v web.Verdict) bool { return v.Watch == name })
}

// The exit statuses of Health, which Docker and Kubernetes know, and those of Nagios.
const (
	Fine     = 0
	Unwell   = 1
	Critical = 2
	Unsure   = 3
)

// bad reports whether something should be done about a process.
func (p Process) bad() bool {
	return p.Condition == domain.ConditionDown || p.Condition == domain.ConditionGivenUp || p.Condition == domain.ConditionUnhealthy
}

// Health is 0 if all of these processes are healthy or may still become so, and all listeners are; else 1.
func Health(s Status, all []Process) int {
	if len(s.Troubles) > 0 || slices.ContainsFunc(all, Process.bad) {
		return Unwell
	}
	return Fine
}

// Without leaves out the processes that have one of these names.
func Without(all []Process, names []string) []Process {
	return slices.DeleteFunc(all, func(p Process) bool { return len(names) > 0 && wanted(p.Process, names, map[string]bool{}) })
}

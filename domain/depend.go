package domain

import (
	"fmt"
	"slices"
	"strings"
)

// Dependency is what the processes of a watch cannot work without. While it is down nothing is done about those that are
// unhealthy, because a restart would not help them.
type Dependency struct {
	Name  string // that of another watch, or the address as an operator reads it, such as "tcp 10.0.0.5:5432"
	Check Check  // asks at the address; it is run without a process. Nil: it is another watch
}

// Blocker is a dependency that keeps a restart back.
type Blocker struct {
	Name    string // of the Dependency
	Reason  string // what came of asking at the address; empty of another watch
	Stopped bool   // none of the processes of the other watch runs
	Back    bool   // it is down no longer, and the next verdict decides
}

// CheckDependencies says what is wrong with the dependencies of watches: one that is none of them, or a cycle.
func CheckDependencies(watches []Watch) error {
	others := map[string][]string{}
	for _, w := range watches {
		others[w.Name] = []string{}
		for _, d := range w.Depends {
			if d.Check == nil {
				others[w.Name] = append(others[w.Name], d.Name)
			}
		}
	}
	for _, w := range watches {
		for _, name := range others[w.Name] {
			if others[name] == nil {
				return fmt.Errorf("%s: depends on %s, which is no watch", w.Name, name)
			}
		}
		if cycle := Cycle(w.Name, others); cycle != nil {
			return fmt.Errorf("%s: depends on itself: %s", w.Name, strings.Join(cycle, " -> "))
		}
	}
	return nil
}

// Cycle returns the way from a name back to itself, nil if there is none; others are what each name depends on.
func Cycle(name string, others map[string][]string) []string {
	seen := map[string]bool{}
	var follow func(way []string) []string
	follow = func(way []string) []string {
		for _, next := range others[way[len(way)-1]] {
			if next == name {
				return append(slices.Clone(way), name)
			}
			if seen[next] {
				continue
			}
			seen[next] = true
			if cycle := follow(append(slices.Clone(way), next)); cycle != nil {
				return cycle
			}
		}
		return nil
	}
	return follow([]string{name})
}

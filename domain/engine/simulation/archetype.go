package simulation

import "time"

// archetype is a sort of groups.
type archetype struct {
	Name   string
	weight int              // how many of all groups are of it
	boots  [2]time.Duration // between which the usual boot of a group lies
	sure   bool             // no boot hangs
	shares bool             // 3 to 8 replicas share the work
	leaks  bool
	draw   func(h *Host, g *group, c chance)
}

// archetypes are all of them.
func archetypes() []archetype {
	usual := [2]time.Duration{2 * time.Second, 60 * time.Second}
	return []archetype{
		{Name: "steady", weight: 14, boots: [2]time.Duration{time.Second, 20 * time.Second}, sure: true, draw: (*Host).steady},
		{Name: "blips", weight: 8, boots: [2]time.Duration{time.Second, 20 * time.Second}, sure: true, draw: (*Host).blips},
		{Name: "slowboot", weight: 8, boots: [2]time.Duration{5 * time.Second, 600 * time.Second}, draw: (*Host).slowBoot},
		{Name: "gc", weight: 4, boots: [2]time.Duration{15 * time.Second, 90 * time.Second}, draw: (*Host).collections},
		{Name: "hang", weight: 13, boots: usual, draw: (*Host).hanging},
		{Name: "leak", weight: 6, boots: usual, leaks: true, draw: (*Host).steady},
		{Name: "crashloop", weight: 5, boots: usual, draw: (*Host).crashLoops},
		{Name: "broken", weight: 5, boots: usual, draw: (*Host).brokenDeploys},
		{Name: "flapping", weight: 6, boots: usual, draw: (*Host).flapping},
		{Name: "outage", weight: 16, boots: usual, draw: (*Host).outages},
		{Name: "overload", weight: 7, boots: [2]time.Duration{10 * time.Second, 90 * time.Second}, shares: true, draw: (*Host).overloads},
		{Name: "human", weight: 5, boots: usual, draw: (*Host).humans},
		{Name: "checker", weight: 4, boots: usual, draw: (*Host).checkerTrouble},
	}
}

// pick is the archetype by weight for a number from 0 to 1.
func pick(x float64) archetype {
	all, sum := archetypes(), 0
	for _, a := range all {
		sum += a.weight
	}
	n := int(x * float64(sum))
	for _, a := range all {
		if n -= a.weight; n < 0 {
			return a
		}
	}
	return all[0]
}

// storm is the archetype of World.Storm.
func storm() archetype {
	return archetype{Name: "storm", boots: [2]time.Duration{2 * time.Second, 300 * time.Second}, leaks: true, shares: true, draw: (*Host).storm}
}

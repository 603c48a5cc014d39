package simulation

import "time"

// group is processes of one archetype that share deploys, dependencies and load.
type group struct {
	kind    archetype
	members []*process
	traits  traits

	// What goes on, from outside:
	out      bool          // what it depends on is away
	outages  int           // how many of them there were, this one included
	since    time.Duration // when the last one began,
	calm     bool          // and whether all members were well until then
	hand     time.Duration // when a human last did something to one of the members
	broken   bool          // a deploy that never works; see traits.dies
	crashing bool          // a deploy that dies some time after each start
	blind    bool          // probes fail on the checker's side
	demand   float64       // the work that there is, as a share of what all members can do; 0: enough is free
	excess   float64       // by how much the work exceeds what those that serve can do
}

// traits stay as they are.
type traits struct {
	boot        time.Duration // the usual boot
	startsAfter time.Duration
	hungBoots   float64 // the share of boots that never end
	without     lack
	drops       bool // it exits when what it depends on goes away, unless it waits
	dies        bool // its broken deploys die at once
}

// lack is what a boot does that finds what it depends on away.
type lack int

const (
	waits  lack = iota
	exits       // after some seconds: supervisord starts it again for ever
	fails       // at once: it ends in FATAL
	absent      // it depends on nothing
)

// warmUp is how long a process that shares load does half of the work after its boot.
const warmUp = time.Minute

// allWell reports whether nothing is wrong with any member, and nobody has restarted one of them lately.
func (g *group) allWell(now time.Duration) bool {
	for _, p := range g.members {
		if p.sick(now) || p.group.blind || now-p.started < 30*time.Minute {
			return false
		}
	}
	return true
}

// weigh computes the excess anew.
func (g *group) weigh(now time.Duration) {
	g.excess = 0
	if g.demand == 0 {
		return
	}
	able := 0.0
	for _, p := range g.members {
		able += p.ability(now)
	}
	g.excess = 1 // nobody serves, or hardly anybody
	if able > 0 {
		g.excess = min(1, max(0, g.demand*float64(len(g.members))/able-1))
	}
}

func (p *process) ability(now time.Duration) float64 {
	switch {
	case !p.serves(now):
		return 0
	case now < p.life.booted+warmUp && p.life.booted > 0:
		return 0.5
	}
	return 1
}

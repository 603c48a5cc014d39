package simulation

import (
	"time"

	"supervisor-healthcheck/domain"
)

// process is one process with the truth about it.
type process struct {
	id     domain.ID
	number int // in its host
	group  *group
	supervised
	life   life
	ills   ills
	ledger ledger
	watch  watch
	tally  *Tally
	luck   chance // of its lives
	people chance // when somebody comes to help it
}

// supervised is what supervisord knows of a process.
type supervised struct {
	state   domain.State
	pid     int // 0 while it is down
	last    int // that of its last life
	started time.Duration
	born    time.Duration // the same by the wall clock
	died    time.Duration // its last end by the wall clock
	early   int           // deaths in a row before startsecs were over
	row     int           // deaths with less than ten minutes of life before each
	turn    uint64        // counts spawns, stops and deaths: what was planned for an earlier turn is void
	manual  bool          // a human has stopped it and nobody has started it since
	killed  bool          // its next death is the keeper's doing
	next    func()        // what follows when the stop is complete
}

// life is what is true of a process from one spawn to its end.
type life struct {
	cause    cause
	booted   time.Duration // when its boot is over; never while it waits or hangs
	nominal  time.Duration // when its boot would be over if nothing were wrong
	hung     bool          // only a restart helps
	stubborn bool          // it ignores SIGTERM
	leaking  bool          // over its limit
	waiting  bool          // its boot waits for what it depends on
	exposed  bool          // it was up when what it depends on went away
	since    time.Duration // since when it is hung or leaking
}

// cause is why a life began.
type cause int

const (
	planned  cause = iota // a human wanted it so
	faulty                // a fault, or the restart that cures one
	needless              // a restart that cured nothing
)

// ills are troubles from outside that pass by themselves.
type ills struct {
	sick   int // windows in which probes fail
	paused int // windows in which the process does nothing at all, as in a pause of a garbage collector
}

// up reports whether there is a life that may serve.
func (p *process) up() bool { return p.state == domain.Running || p.state == domain.Starting }

func (p *process) booting(now time.Duration) bool { return p.up() && now < p.life.booted }

// serves reports whether the process takes its share of the work, were it not for too much of it.
func (p *process) serves(now time.Duration) bool {
	return p.up() && now >= p.life.booted && !p.blocked(now) && p.ills.sick == 0 && !p.group.out && !p.group.broken
}

// blocked reports whether nothing in the process goes forward, so that not even a heartbeat comes.
func (p *process) blocked(now time.Duration) bool {
	return p.life.hung || p.ills.paused > 0 || now < p.life.booted
}

// sick reports whether each probe fails for sure.
func (p *process) sick(now time.Duration) bool { return !p.serves(now) || p.life.leaking }

// doubtful reports whether a probe of what is up may fail, whatever the reason.
func (p *process) doubtful(now time.Duration) bool {
	return p.up() && (p.sick(now) || p.group.excess > 0 || p.group.blind)
}

// Class is what a restart was by the truth at the moment of its stop.
type Class int

// The classes. All but Cure and Futile are unjust: without the restart nothing would have been worse.
const (
	Cure      Class = iota // it hung, leaked or was dead, and a restart helps
	Futile                 // a broken deploy or a crash loop: nothing is gained and nothing lost
	Boot                   // it would have come up by itself
	Transient              // a pause, a blip or flapping: it would have passed
	Outage                 // what it depends on was away
	Overload               // the others become busier
	Needless               // nothing was wrong
	Human                  // a human had stopped it
	classes
)

// String is the word of the table.
func (c Class) String() string {
	return [...]string{"cure", "futile", "boot", "transient", "outage", "overload", "healthy", "human"}[c]
}

// class is the truth about a restart now.
func (p *process) class(now time.Duration) Class {
	g := p.group
	switch {
	case p.manual:
		return Human
	case g.broken || g.crashing:
		return Futile
	case g.out && !p.life.hung:
		return Outage
	case p.state == domain.Fatal || p.life.hung || p.life.leaking:
		return Cure
	case !p.up() || p.booting(now):
		return Boot
	case p.ills.sick > 0 || p.ills.paused > 0:
		return Transient
	case g.demand > 0:
		return Overload
	}
	return Needless
}

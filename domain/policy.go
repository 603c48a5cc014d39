package domain

import (
	"fmt"
	"slices"
	"strconv"
	"time"
)

// Policy says how patient we are with a process and what is done about an unhealthy one. The words of its settings
// (see Set) are the same on the command line and in configuration files. The zero Policy is not valid: begin with
// DropIn or Recommended.
type Policy struct {
	Failures    int           // failures: consecutive Unhealthy rounds before anything is done
	Successes   int           // successes: consecutive Healthy rounds after which it counts as recovered
	StartGrace  time.Duration // start-grace: after its start, Unhealthy does not count for so long, or until it has been healthy
	Warmup      time.Duration // warmup: the grace is learnt from the last boots of the program, up to so long; 0 learns nothing
	Patience    time.Duration // patience: how long a trouble of the program may heal by itself is learnt, up to so long; 0 learns nothing
	Ladder      Pause         // ladder: the first restart at once, the pauses before those that follow
	Limit       Limit         // restart-limit
	Rearm       Rearm         // rearm: what ends a give-up
	Backoff     Pause         // backoff: the pause between restarts of one process
	MaxParallel int           // max-parallel: restarts at a time within one group
	MassFailure float64       // mass-failure: the share of one selection that, failing at once, is held back; 0 is off
	Outage      time.Duration // outage: troubles that begin together are held so long before one restart is tried; 0 is off
	Recover     []State       // recover: states besides RUNNING that are acted on: Fatal, Exited, Backoff
	Observe     bool          // mode: observe does everything but act
	Interval    time.Duration // interval: judge at most this often; 0 judges at every tick
	Action      Action        // action
}

// Limit is a number of restarts in a period. The zero Limit is none.
type Limit struct {
	Count int
	Per   time.Duration
}

// String writes the limit as Policy.Set reads it, such as 5/1h.
func (l Limit) String() string {
	if l.Count == 0 {
		return "none"
	}
	return strconv.Itoa(l.Count) + "/" + ShortDuration(l.Per)
}

// Pause is a time between restarts that doubles from Min to Max with every restart. The zero Pause is no pause.
type Pause struct {
	Min, Max time.Duration
}

// String writes the pause as Policy.Set reads it, such as 1m..1h.
func (p Pause) String() string {
	switch {
	case p == Pause{}:
		return "none"
	case p.Min == p.Max:
		return ShortDuration(p.Min)
	}
	return ShortDuration(p.Min) + ".." + ShortDuration(p.Max)
}

// Rearm says what ends a give-up.
type Rearm int

const (
	// RearmByHuman: only a start by somebody else ends a give-up.
	RearmByHuman Rearm = iota
	// RearmByWindow: it also ends as soon as the restart limit allows another restart.
	RearmByWindow
)

// String writes it as Policy.Set reads it.
func (r Rearm) String() string {
	if r == RearmByWindow {
		return "window"
	}
	return "human"
}

// Action is what is done about an unhealthy process. The zero Action restarts it.
type Action struct {
	Kind   ActionKind
	Signal string // the name without SIG, for SendSignal
}

// String writes the action as Policy.Set reads it, such as signal:HUP.
func (a Action) String() string {
	switch a.Kind {
	case SendSignal:
		return "signal:" + a.Signal
	case OnlySay:
		return "none"
	}
	return "restart"
}

// ActionKind is one of the three actions.
type ActionKind int

const (
	// RestartProcess stops and starts the process.
	RestartProcess ActionKind = iota
	// SendSignal sends the process a signal.
	SendSignal
	// OnlySay says in the log that it should be restarted.
	OnlySay
)

// MassMinimum is the number of processes that must fail at once before MassFailure holds anything back.
const MassMinimum = 3

// DropIn is the policy of the Python package's commands: restart at the first Unhealthy, always, at once.
func DropIn() Policy {
	return Policy{Failures: 1, Successes: 1, MaxParallel: 16}
}

// Recommended is the policy of new configurations: what has proved best in simulated years of service, see ARCHITECTURE.md.
func Recommended() Policy {
	return Policy{
		Failures:    2,
		Successes:   1,
		StartGrace:  10 * time.Second,
		Warmup:      20 * time.Minute,
		Patience:    3 * time.Minute,
		Ladder:      Pause{Min: time.Minute, Max: time.Hour},
		MaxParallel: 1,
		Outage:      5 * time.Minute,
		Recover:     []State{Fatal},
		Interval:    10 * time.Second,
	}
}

// PolicyNamed returns the policy of this name: drop-in or recommended. Its error is a *SettingError.
func PolicyNamed(name string) (Policy, error) {
	switch name {
	case "drop-in":
		return DropIn(), nil
	case "recommended":
		return Recommended(), nil
	}
	return DropIn(), &SettingError{Setting: "policy", Value: name, Why: `write "drop-in" or "recommended"`}
}

// Acts reports whether more is done about an unhealthy process than to say so.
func (p Policy) Acts() bool { return !p.Observe && p.Action.Kind != OnlySay }

// Recovers reports whether a process in this state is started by us.
func (p Policy) Recovers(s State) bool { return slices.Contains(p.Recover, s) }

// Watch is what is looked after, how it is judged and how patient we are.
type Watch struct {
	Name   string // the name of the check command, for the log
	Select Selection
	Checks []Check
	Policy Policy

	Depends []Dependency // without a cycle
}

// Port returns the TCP port that the checks expect the process to listen on, 0 if there is none.
func (w Watch) Port(p Process) int {
	for _, check := range w.Checks {
		if listening, ok := check.(Listening); ok {
			if port, known := listening.Port(p); known {
				return port
			}
		}
	}
	return 0
}

// ShortDuration writes a duration, for ParseDuration, without the parts that are zero, such as 1h for 1h0m0s.
func ShortDuration(d time.Duration) string {
	switch {
	case d >= time.Hour && d%time.Hour == 0:
		return fmt.Sprintf("%dh", d/time.Hour)
	case d >= time.Minute && d%time.Minute == 0:
		return fmt.Sprintf("%dm", d/time.Minute)
	}
	return d.String()
}

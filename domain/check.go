package domain

import (
	"context"
	"runtime/debug"
	"strings"
)

// Check judges processes. It is the one interface that a check of your own implements.
//
// Run is called from several goroutines at once, for different processes. It must return soon after ctx is
// cancelled; what it says after that counts for nothing. It says Unknown whenever the trouble is its own.
type Check interface {
	// Name is short and lower-case; it stands in the log.
	Name() string
	// Run judges the process as it is now.
	Run(ctx context.Context, p Process) Verdict
}

// Forgetter is a Check that remembers something of each process. It is told from time to time which instances
// are alive, and forgets all others, so that it does not grow with history.
type Forgetter interface {
	Check
	// Forget drops what is remembered of every instance for which alive is false.
	Forget(alive func(Instance) bool)
}

// Listening is a Check that expects the process to listen on a TCP port.
type Listening interface {
	Check
	// Port returns the TCP port of this process, false if it has none that can be told.
	Port(p Process) (int, bool)
}

// Addressed is a Check that asks whoever answers at an address. It looks at no process, so it needs no pid to judge one, and cannot
// tell whether the process runs.
type Addressed interface {
	Check
	// Addressed reports whether the address for the process can be told. A process of which only the group is known has no name.
	Addressed(p Process) bool
}

// Local is a Check that asks nobody but the kernel, such as one of memory, so that any number of it may run at once. All
// other checks of a round are spread in time.
type Local interface {
	Check
	// Local reports whether that is so.
	Local() bool
}

// Closing is a Check that keeps something which must be ended, such as a command that runs. Close is called once, when
// nobody runs the check any more, or while somebody still does.
type Closing interface {
	Check
	Close()
}

// NewCheck makes a check of a function.
func NewCheck(name string, run func(ctx context.Context, p Process) Verdict) Check {
	return checkFunc{name: name, run: run}
}

type checkFunc struct {
	name string
	run  func(ctx context.Context, p Process) Verdict
}

func (c checkFunc) Name() string                               { return c.name }
func (c checkFunc) Run(ctx context.Context, p Process) Verdict { return c.run(ctx, p) }

// Judge runs the checks in their order. The first Unhealthy wins; if there is none, an Unknown outweighs the Healthy
// ones, then one that is still Booting, then one that has a restart Planned. Without checks, or once ctx is cancelled, the verdict is
// Unknown; so it is for a check that panics. The warnings and measures of all checks that were run go with it.
func Judge(ctx context.Context, checks []Check, p Process) Verdict {
	verdict := Verdict{Reason: "no check"}
	var warnings []Warning
	var measures []Measure
	for i, check := range checks {
		v := run(ctx, check, p)
		if ctx.Err() != nil {
			return Verdict{Health: Unknown, Reason: context.Cause(ctx).Error(), Check: check.Name()}
		}
		warnings, measures = join(warnings, v.Warnings), join(measures, v.Measures)
		if v.Health == Unhealthy {
			v.Warnings, v.Measures = warnings, measures
			return v
		}
		if i == 0 || v.weight() > verdict.weight() {
			verdict = v
		}
	}
	verdict.Warnings, verdict.Measures = warnings, measures
	return verdict
}

// join does without a copy where one of them is empty, which is the usual case.
func join[T any](a, b []T) []T {
	if len(a) == 0 {
		return b
	}
	return append(a[:len(a):len(a)], b...)
}

// weight says which of several verdicts stands for all, if none is Unhealthy.
func (v Verdict) weight() int {
	switch {
	case v.Health == Unknown:
		return 3
	case v.Booting:
		return 2
	case v.Planned:
		return 1
	}
	return 0
}

func run(ctx context.Context, check Check, p Process) (v Verdict) {
	name := ""
	defer func() {
		if r := recover(); r != nil {
			v = Unknown.Because("the check panicked: %v at %s", r, panicSite(debug.Stack()))
		}
		v.Check = name
		for i := range v.Warnings {
			v.Warnings[i].Check = name
		}
		for i := range v.Measures {
			v.Measures[i].Check = name
		}
	}()
	name = check.Name()
	return check.Run(ctx, p)
}

// panicSite finds the line of the code that panicked: the one after the first frame of the runtime's panic.
func panicSite(stack []byte) string {
	lines := strings.Split(string(stack), "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, "panic(") {
			for _, frame := range lines[i+2:] {
				if site := strings.TrimSpace(frame); strings.HasPrefix(frame, "\t") && !strings.Contains(site, "/runtime/") {
					site, _, _ = strings.Cut(site, " ")
					return site
				}
			}
		}
	}
	return "an unknown place"
}

package domain

import "fmt"

// Health is one of three words about a process. The zero value is Unknown, so that a forgotten verdict restarts nothing.
type Health int

const (
	// Unknown is news about the checker, not about the process: it could not tell. It is logged and never acted on.
	Unknown Health = iota
	// Healthy means that the process does what it is there for.
	Healthy
	// Unhealthy means that it does not.
	Unhealthy
)

// String is the word in lower case.
func (h Health) String() string {
	switch h {
	case Healthy:
		return "healthy"
	case Unhealthy:
		return "unhealthy"
	}
	return "unknown"
}

// Because makes a verdict of this health with its reason: one line for the operator, with what was measured.
func (h Health) Because(format string, args ...any) Verdict {
	return Verdict{Health: h, Reason: fmt.Sprintf(format, args...)}
}

// Verdict is what a check says of a process.
type Verdict struct {
	Health Health
	Reason string
	Check  string // the name of the check that said it; filled in by Judge
	Answer string // how the answer begins that was not as it should be, printable and without secrets: for who looks for the fault

	// Booting says of what is Healthy that it has not said yet that it is ready: the grace after its start goes on.
	Booting bool

	// Planned: nothing is wrong with a process that is Healthy, and it is to be restarted all the same, such as one that has
	// run for as long as it should. That is not urgent, and counts as no trouble.
	Planned bool

	// Warnings are what somebody should know although nothing follows from it, such as a certificate that is about to expire.
	// A check may add one or more to whatever its health is.
	Warnings []Warning

	// Measures are what was measured, for who draws it.
	Measures []Measure
}

// Warning is something that a check says besides its verdict. It restarts nothing.
type Warning struct {
	Check string // the name of the check that said it; filled in by Judge
	Text  string // one line for the operator; what differs in digits alone is taken for the same
}

// Warn adds a warning to a verdict.
func (v Verdict) Warn(format string, args ...any) Verdict {
	v.Warnings = append(v.Warnings[:len(v.Warnings):len(v.Warnings)], Warning{Text: fmt.Sprintf(format, args...)})
	return v
}

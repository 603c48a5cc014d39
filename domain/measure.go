package domain

// Measure is a number that a check has measured, for who draws it. Nothing follows from it: the verdict says what was thought of it.
type Measure struct {
	Check string // the name of the check that measured it; filled in by Judge
	Of    Measured
	Value float64 // in the unit of Of
	Limit float64 // the most that is healthy, in the same unit; 0: there is no limit

	// Forecast is in how many seconds the limit will be reached, as the last hours suggest; 0: nothing is foretold.
	Forecast float64
}

// Measured is what a measure is of. The list is closed: metrics and the page have a place for each.
type Measured string

// What is measured, and its unit.
const (
	MeasuredMemory      Measured = "memory"      // bytes, counted as the check counts them
	MeasuredCPU         Measured = "cpu"         // processors: 0.5 is half of one
	MeasuredFiles       Measured = "fds"         // open file descriptors
	MeasuredThreads     Measured = "threads"     // threads
	MeasuredAnswer      Measured = "answer"      // seconds until the answer, whatever it said; without one there is none
	MeasuredBeat        Measured = "beat"        // seconds since the last heartbeat; before the first one, since it is waited for
	MeasuredCertificate Measured = "certificate" // seconds until the certificate of the service ends; below 0: it has ended
)

// Measuring adds a measure to a verdict.
func (v Verdict) Measuring(m Measure) Verdict {
	v.Measures = append(v.Measures[:len(v.Measures):len(v.Measures)], m)
	return v
}

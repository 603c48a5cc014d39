package watchdog

import (
	"time"

	"supervisor-healthcheck/domain"
)

// local reports whether the exam asks nobody but the kernel.
func (w *Watchdog) local(x exam) bool {
	if x.process.State != domain.Running {
		return true // no check is asked about it
	}
	for _, check := range w.watchOf(x).Checks {
		if l, ok := check.(domain.Local); !ok || !l.Local() {
			return false
		}
	}
	return true
}

// pace says when the lanes of a round may begin: those that are local at once, and of the others as many as there are workers
// at the beginning; they are too few to be spread. What is left begins one after the other.
type pace struct {
	all, atOnce int
	gap         time.Duration // between two of the others
}

// unhurried is the time between two probes where there are few. Two cores that also run what is probed have
// enough to do with one in a millisecond; more at a time would make healthy services answer late.
const unhurried = time.Millisecond

// spreadOver is the part of the interval between two rounds within which all probes of a round have begun. It is small
// because a service that hangs should be known early.
const spreadOver = 16

// newPace puts the local lanes first. The interval is that between two rounds; without one nothing is spread.
func (w *Watchdog) newPace(lanes [][]exam, interval time.Duration) ([][]exam, pace) {
	ordered := make([][]exam, 0, len(lanes))
	var others [][]exam
	for _, lane := range lanes {
		if w.local(lane[0]) {
			ordered = append(ordered, lane)
		} else {
			others = append(others, lane)
		}
	}
	p := pace{all: len(lanes), atOnce: len(ordered)}
	if len(others) > 0 {
		p.gap = min(unhurried, interval/spreadOver/time.Duration(len(others)))
	}
	return append(ordered, others...), p
}

// ready is how many lanes may have begun so long after the beginning of the round.
func (p pace) ready(elapsed time.Duration) int {
	if p.gap <= 0 {
		return p.all
	}
	return min(p.all, p.atOnce+fewWorkers+int(max(0, elapsed)/p.gap))
}

// interval is how long it takes at least until the same process is judged again, when ticks come so often.
func (w *Watchdog) interval(period time.Duration) time.Duration {
	least := w.config.Watches[0].Policy.Interval
	for _, watch := range w.config.Watches {
		least = min(least, watch.Policy.Interval)
	}
	return max(period, least)
}

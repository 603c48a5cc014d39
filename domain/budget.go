package domain

import (
	"fmt"
	"time"
)

// Budget is what a process has used up of its restarts. It survives the lives of the process, and those of the
// listener. Its times are on the clock of the port, whose differences a clock that is set does not change.
type Budget struct {
	Restarts     []time.Time // what we did, and deaths that supervisord made good; oldest first
	Last         time.Time   // when we last acted
	Pause        time.Duration
	HealthySince time.Time // zero unless the last verdict was Healthy
	GivenUp      bool
}

// remembered bounds the memory of one process.
const remembered = 1000

// Spend notes that the policy's action is being carried out now.
func (b Budget) Spend(p Policy, now time.Time) Budget {
	b = b.note(p, now)
	b.Last = now
	if p.Backoff.Max > 0 {
		b.Pause = min(max(2*b.Pause, p.Backoff.Min), p.Backoff.Max)
	}
	return b
}

// Died notes that the process has ended by itself and was started again by supervisord. Deaths count against the
// same budget as our restarts: who dies over and over cannot be helped by one more. The second result says that the
// budget has just been used up by this death. Nothing is given up by that: only a restart that is needed and too many.
func (b Budget) Died(p Policy, now time.Time) (Budget, bool) {
	if p.Limit.Count == 0 {
		return b, false
	}
	free := b.wait(p.Limit, now) == 0
	b = b.note(p, now)
	b.HealthySince = time.Time{}
	return b, free && b.wait(p.Limit, now) > 0
}

// Rearm is the budget of a process that somebody else has started: whoever did it takes the responsibility.
func (b Budget) Rearm() Budget { return Budget{} }

func (b Budget) note(p Policy, now time.Time) Budget {
	var kept []time.Time
	for _, at := range b.Restarts {
		if now.Sub(at) < max(p.Limit.Per, time.Hour) {
			kept = append(kept, at)
		}
	}
	kept = append(kept, now)
	b.Restarts = kept[max(0, len(kept)-remembered):]
	return b
}

// wait is how long the limit forbids a restart; 0 if it allows one now.
func (b Budget) wait(l Limit, now time.Time) time.Duration {
	if l.Count == 0 || len(b.Restarts) < l.Count {
		return 0
	}
	oldest := b.Restarts[len(b.Restarts)-l.Count]
	return max(0, oldest.Add(l.Per).Sub(now))
}

func (b Budget) spent(l Limit, now time.Time) string {
	n := 0
	for _, at := range b.Restarts {
		if now.Sub(at) < l.Per {
			n++
		}
	}
	return fmt.Sprintf("%d restarts in %s", n, shortened(l.Per))
}

func (b Budget) givenUp(p Policy) string {
	cure := "start it by hand to re-arm"
	if p.Limit.Count == 0 { // given up under a limit that is no more
		return "earlier restarts were not enough; " + cure
	}
	if p.Rearm == RearmByWindow {
		cure = "waiting until the limit allows another"
	}
	return fmt.Sprintf("%d restarts in %s were not enough; %s", p.Limit.Count, shortened(p.Limit.Per), cure)
}

// shortened writes a duration without the parts that are zero, such as 1h for 1h0m0s.
func shortened(d time.Duration) string {
	switch {
	case d >= time.Hour && d%time.Hour == 0:
		return fmt.Sprintf("%dh", d/time.Hour)
	case d >= time.Minute && d%time.Minute == 0:
		return fmt.Sprintf("%dm", d/time.Minute)
	}
	return d.String()
}

// Mass is what one round has found about all processes of one selection.
type Mass struct {
	Failing, Judged int
	Holds           bool // nothing is to be done about this process because so many fail at once
}

// String writes "7 of 9".
func (m Mass) String() string { return fmt.Sprintf("%d of %d", m.Failing, m.Judged) }

// MassTrial says whether so many processes of a selection fail at once that the cause is shared.
type MassTrial int

const (
	// MassOpen: it depends on those that are still being judged.
	MassOpen MassTrial = iota
	// MassNo: too few fail, whatever the others say.
	MassNo
	// MassYes: enough fail already.
	MassYes
)

// MassFails answers for a selection of judged processes, of which failing are Unhealthy and open are still being judged.
func (p Policy) MassFails(failing, open, judged int) MassTrial {
	if p.MassFailure == 0 {
		return MassNo
	}
	const slack = 1e-9 // 0.14*50 is more than 7
	enough := func(n int) bool { return n >= MassMinimum && float64(n) >= p.MassFailure*float64(judged)-slack }
	switch {
	case enough(failing):
		return MassYes
	case !enough(failing + open):
		return MassNo
	}
	return MassOpen
}

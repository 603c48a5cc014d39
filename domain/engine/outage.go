package engine

import (
	"time"

	"supervisor-healthcheck/domain"
)

// The pause in which the process that was restarted to see whether a restart helps may prove it; it doubles each time
// that it did not. Who was tried before waits for one more, so that it is another's turn first.
const (
	firstTrial   = 5 * time.Minute
	longestTrial = time.Hour
)

// trials are the restarts of single processes, of many that fail for what may be one cause, to see whether a restart
// helps. The one that is tried is the canary.
type trials struct {
	canary domain.ID
	tries  int // since one has helped
	next   time.Time
	tried  map[domain.ID]int
}

// left is how long a process must wait until it may be tried.
func (t *trials) left(id domain.ID, fewest int, pause time.Duration, now time.Time) time.Duration {
	at := t.next
	if t.tried[id] > fewest && !at.IsZero() {
		at = at.Add(pause)
	}
	return max(0, at.Sub(now))
}

// begun notes that a process is restarted.
func (t *trials) begun(id domain.ID, pause time.Duration, now time.Time) {
	if t.tried == nil {
		t.tried = map[domain.ID]int{}
	}
	t.canary = id
	t.tried[id]++
	t.next = now.Add(min(pause<<min(t.tries, 20), longestTrial))
	t.tries++
}

// undone takes back that the canary is restarted.
func (t *trials) undone(id domain.ID, now time.Time) {
	if t.canary == id {
		t.canary, t.next = domain.ID{}, now
		t.tried[id]--
		t.tries = max(0, t.tries-1)
	}
}

// helped notes that the canary is healthy: the next one may be tried at once.
func (t *trials) helped(now time.Time) {
	t.canary, t.tries, t.next = domain.ID{}, 0, now
}

// forget drops a process that is gone. If it was the canary, the others wait for as long as if it had not helped.
func (t *trials) forget(id domain.ID) {
	delete(t.tried, id)
	if t.canary == id {
		t.canary = domain.ID{}
	}
}

// outage is the guard of one watch against failures that many of its processes share.
type outage struct{ trials }

// openFor is how long a probe is waited for that others depend on: longer than one takes that tries it three times.
const openFor = time.Minute

// massMinimum is the number of processes that must fail at once before anything is held back.
const massMinimum = domain.MassMinimum

// fails reports whether a process counts as failing under a watch, and whether it counts at all. One that is down,
// starting or restarting because of us does, until it has been found healthy.
func (r *record) fails() (failing, counts bool) {
	p := r.process
	judged := !r.judged.IsZero() && !r.outdated() && p.State == domain.Running && !p.restarting
	switch {
	case judged:
		return r.verdict.Health == domain.Unhealthy, true
	case p.State == domain.Fatal || p.State == domain.Backoff || p.restarting || !p.trouble.IsZero():
		return true, true
	}
	return false, r.probe != 0
}

// tally counts the processes of the watch: those that fail, those that may turn out to fail because a probe is under way,
// and all that can be judged.
func (w *watch) tally(now time.Time) (failing, open, all int) {
	for _, p := range w.members {
		r := p.record(w)
		bad, counts := r.fails()
		switch {
		case bad:
			failing++
		case r.probe != 0 && now.Sub(r.since) < openFor:
			open++
		}
		if counts {
			all++
		}
	}
	return failing, open, all
}

// enough reports whether so many failing processes of all are held back.
func (w *watch) enough(failing, all int) bool {
	const slack = 1e-9 // 0.14*50 is more than 7
	return failing >= massMinimum && float64(failing) >= w.Policy.MassFailure*float64(all)-slack
}

// fewest is how often the one was tried that was tried least, of the processes that fail.
func (w *watch) fewest() int {
	least := -1
	for _, p := range w.members {
		if bad, _ := p.record(w).fails(); bad && !p.restarting {
			if n := w.outage.tried[p.ID]; least < 0 || n < least {
				least = n
			}
		}
	}
	return max(0, least)
}

// mass says whether a restart is held back because too many processes of the watch fail at once, or whether that depends
// on probes that are under way. Holding back is never for ever: after a growing pause one is tried.
func (e *Engine) mass(r *record, now time.Time) (domain.Decision, bool) {
	w := r.watch
	if w.Policy.MassFailure == 0 {
		return domain.Decision{}, false
	}
	failing, open, all := w.tally(now)
	switch {
	case w.enough(failing, all):
		left := w.outage.left(r.process.ID, w.fewest(), firstTrial, now)
		return domain.Decision{Kind: domain.Hold, Cause: domain.CauseMass, Left: left, Count: failing, Of: all}, left > 0
	case w.enough(failing+open, all):
		return domain.Decision{Kind: domain.Hold, Cause: domain.CauseUndecided, Count: failing, Of: all}, true
	}
	w.outage = outage{}
	return domain.Decision{}, false
}

// massed reports whether the guard of the watch holds, so that who is restarted is its canary.
func (w *watch) massed(now time.Time) bool {
	if w.Policy.MassFailure == 0 {
		return false
	}
	failing, _, all := w.tally(now)
	return w.enough(failing, all)
}

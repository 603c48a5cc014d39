package watchdog

import (
	"context"
	"slices"
	"time"

	"supervisor-healthcheck/domain"
)

// places bounds the restarts at a time, in all and within one group.
type places struct {
	total  int
	taken  int
	groups map[string]int
}

// room reports whether one more restart fits into a group that may have so many.
func (p *places) room(group string, most int) bool {
	return p.taken < p.total && p.groups[group] < most
}

func (p *places) take(group string, most int) bool {
	if !p.room(group, most) {
		return false
	}
	p.taken++
	p.groups[group]++
	return true
}

func (p *places) free(group string) {
	p.taken--
	if p.groups[group]--; p.groups[group] == 0 {
		delete(p.groups, group)
	}
}

// waiter is a process whose restart was decided when there was no place for it.
type waiter struct {
	judged
	since time.Time
}

// fresh is how old a verdict may be for a restart that had to wait. An older one is found anew.
const fresh = time.Second

// wait puts a process on the list; once only, whatever number of watches want it. The caller holds mu.
func (w *Watchdog) wait(j judged) {
	if w.waits(j.process.ID) {
		return
	}
	w.waiting = append(w.waiting, waiter{judged: j, since: w.world.Clock.Now()})
	w.logger(j.exam).Info("the restart waits for others to end")
}

// waits reports whether a process is on the list. The caller holds mu.
func (w *Watchdog) waits(id domain.ID) bool {
	return slices.ContainsFunc(w.waiting, func(other waiter) bool { return other.process.ID == id })
}

// leave gives a place back.
func (w *Watchdog) leave(probing, restarting context.Context, group string) {
	w.mu.Lock()
	w.places.free(group)
	w.mu.Unlock()
	w.advance(probing, restarting)
}

// advance lets those who wait go on for whom there is room: with a fresh verdict at once, otherwise after being
// judged again, one at a time.
func (w *Watchdog) advance(probing, restarting context.Context) {
	for probing.Err() == nil {
		w.mu.Lock()
		next, found := w.nextWaiting()
		w.mu.Unlock()
		if !found {
			return
		}
		if w.world.Clock.Now().Sub(next.since) >= fresh {
			w.spawn(func() {
				w.again(probing, restarting, next.exam)
				w.advance(probing, restarting)
			})
			return
		}
		w.restart(probing, restarting, next.judged)
	}
}

// nextWaiting takes the first off the list for whom there is room. The caller holds mu.
func (w *Watchdog) nextWaiting() (waiter, bool) {
	for i, next := range w.waiting {
		if w.places.room(next.process.Group, w.watchOf(next.exam).Policy.MaxParallel) {
			w.waiting = append(w.waiting[:i:i], w.waiting[i+1:]...)
			return next, true
		}
	}
	return waiter{}, false
}

// again judges a process anew whose restart had to wait.
func (w *Watchdog) again(probing, restarting context.Context, x exam) {
	p, err := w.world.Table.Process(probing, x.process.ID)
	w.mu.Lock()
	skip := err != nil || !p.Instance().Same(x.process.Instance()) || p.State != x.process.State || x.subject.busy || w.open[p.ID]
	x.subject.busy = x.subject.busy || !skip
	w.mu.Unlock()
	if skip { // whoever it is now, it is judged in the next round
		return
	}
	x.process, x.tally = p, &tally{judged: 1, open: 1}
	w.examine(w.world.Stats.Round(probing, pids([]exam{x})), restarting, x)
}

// humanMade reports whether a change of state that supervisord tells of was somebody else's doing. Ours are
// announced in marks before they are sent. The caller holds mu.
func humanMade(marks map[domain.ID]time.Time, id domain.ID, now time.Time) bool {
	at, ours := marks[id]
	delete(marks, id)
	return !ours || now.Sub(at) > 10*time.Minute
}

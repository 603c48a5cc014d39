package engine

import (
	"slices"
	"time"

	"supervisor-healthcheck/domain"
)

// slots bound the restarts at a time, in all and within one group. A slot is free again when the restarted process is
// healthy or its grace is over, so that the next one is not stopped before this one serves. One whose stop takes long counts
// for its group alone meanwhile: it burdens nobody, and processes of other groups that hang need not wait for it.
type slots struct {
	total  int
	taken  map[domain.ID]slot
	groups map[string]int
	queue  []*record // restarts that wait, the oldest first
}

// slot is held by a process.
type slot struct {
	until time.Time // zero: until its restart has ended
	slow  time.Time // when its stop will have taken long; zero if it is not being stopped, or takes long already
	aside bool      // its stop takes long, and it does not count for other groups
}

func newSlots(total int) slots {
	return slots{total: total, taken: map[domain.ID]slot{}, groups: map[string]int{}}
}

// slowStop is how long a stop takes that is waited for in all.
const slowStop = 2 * time.Second

// counted is how many restarts there are of those that count in all for one of this group.
func (s *slots) counted(group string) int {
	n := len(s.taken)
	for id, own := range s.taken {
		if own.aside && id.Group != group {
			n--
		}
	}
	return n
}

// stopping notes that a process is being stopped from now on.
func (s *slots) stopping(id domain.ID, now time.Time) {
	if own, held := s.taken[id]; held && own.until.IsZero() {
		s.taken[id] = slot{slow: now.Add(slowStop)}
	}
}

// starting notes that a process is being started, which burdens others again.
func (s *slots) starting(id domain.ID) {
	if own, held := s.taken[id]; held && own.until.IsZero() {
		s.taken[id] = slot{}
	}
}

// freshFor is how old a verdict may be for a restart that had to wait. An older one is found anew.
const freshFor = time.Second

// room reports whether one more restart fits into a group that may have so many.
func (s *slots) room(id domain.ID, most int) bool {
	if _, own := s.taken[id]; own {
		return true
	}
	return s.groups[id.Group] < most
}

// turn reports whether there is room for a restart besides those that wait and were there before.
func (s *slots) turn(r *record) bool {
	before, all := map[string]int{}, 0
	fits := func(r *record) bool {
		id := r.process.ID
		return s.room(id, r.watch.Policy.MaxParallel-before[id.Group]) && s.counted(id.Group)+all < s.total
	}
	for _, other := range s.queue {
		if other == r {
			break
		}
		if fits(other) {
			before[other.process.Group]++
			all++
		}
	}
	_, own := s.taken[r.process.ID]
	return own || fits(r)
}

func (s *slots) take(id domain.ID) {
	if _, own := s.taken[id]; !own {
		s.groups[id.Group]++
	}
	s.taken[id] = slot{}
}

// give gives the slot of a process back, if it has one.
func (s *slots) give(id domain.ID) {
	if _, own := s.taken[id]; !own {
		return
	}
	delete(s.taken, id)
	if s.groups[id.Group]--; s.groups[id.Group] == 0 {
		delete(s.groups, id.Group)
	}
}

// ended gives back the slot of a process whose restart has ended, unless it has it until it is well.
func (s *slots) ended(id domain.ID) {
	if own, held := s.taken[id]; held && own.until.IsZero() {
		s.give(id)
	}
}

// hold lets a restarted process have its slot until it is well, but not longer than that.
func (s *slots) hold(id domain.ID, until time.Time) {
	if _, own := s.taken[id]; own {
		s.taken[id] = slot{until: until}
	}
}

// well gives the slot of a restarted process back that is healthy.
func (s *slots) well(p *process, now time.Time) {
	if own, held := s.taken[p.ID]; held && !own.until.IsZero() {
		s.taken[p.ID] = slot{until: now}
	}
}

// free gives back the slots whose time is over.
func (s *slots) free(now time.Time) {
	for id, own := range s.taken {
		switch {
		case !own.until.IsZero() && !own.until.After(now):
			s.give(id)
		case !own.slow.IsZero() && !own.slow.After(now):
			s.taken[id] = slot{aside: true}
		}
	}
}

func (s *slots) wakes() time.Time {
	var next time.Time
	for _, own := range s.taken {
		for _, at := range []time.Time{own.until, own.slow} {
			if !at.IsZero() && (next.IsZero() || at.Before(next)) {
				next = at
			}
		}
	}
	return next
}

func (s *slots) unqueue(r *record) {
	if r.queued {
		r.queued = false
		s.queue = slices.DeleteFunc(s.queue, func(other *record) bool { return other == r })
	}
}

// leave takes a process that is gone off the queue and out of its slot.
func (s *slots) leave(p *process) {
	for _, r := range p.records {
		s.unqueue(r)
	}
	if !p.restarting {
		s.give(p.ID)
	}
}

// waiting counts the restarts that wait for the slot of this process.
func (s *slots) waiting(id domain.ID) int {
	n := 0
	for _, r := range s.queue {
		full := s.counted(r.process.Group) >= s.total && !s.taken[id].aside
		if full || r.process.Group == id.Group {
			n++
		}
	}
	return n
}

// enqueue has a restart wait for a slot, one for each process.
func (e *Engine) enqueue(r *record, now time.Time) {
	for _, other := range r.process.records {
		if other.queued {
			return
		}
	}
	ahead := e.slots.ahead(r)
	r.queued = true
	e.slots.queue = append(e.slots.queue, r)
	e.report(domain.Report{Kind: domain.ReportWaiting, Watch: r.watch.Name, Process: r.process.ID, PID: r.process.PID,
		Verdict: r.verdict, Restart: &domain.Progress{Ahead: ahead}}, now)
}

// advance lets those who wait go on for whom there is room: with a fresh verdict at once, otherwise after another probe,
// as many at a time as there is room for.
func (e *Engine) advance(now time.Time) {
	if e.ending || len(e.slots.queue) == 0 {
		return
	}
	probing := map[string]int{}
	all := 0
	for _, r := range slices.Clone(e.slots.queue) {
		p := r.process
		if p.restarting || p.State != domain.Running && (r.outdated() || !e.recovers(r)) {
			e.slots.unqueue(r)
			continue
		}
		most := r.watch.Policy.MaxParallel - probing[p.Group]
		switch {
		case !e.slots.room(p.ID, most) || e.slots.counted(p.Group)+all >= e.slots.total:
		case r.probe != 0:
			probing[p.Group]++
			all++
		case p.State == domain.Running && (r.outdated() || now.Sub(r.judged) >= freshFor) && e.roundIsNear(r.watch):
		case p.State == domain.Running && (r.outdated() || now.Sub(r.judged) >= freshFor):
			probing[p.Group]++
			all++
			e.command(Probe{[]Job{e.job(r, now)}})
		default:
			e.again(r, now)
		}
	}
}

// roundIsNear reports whether who waits is judged anew together with the others of its watch, because the policy asks how
// these are. Where ticks are rare it is judged alone, with what was last known of the others.
func (e *Engine) roundIsNear(w *watch) bool {
	const soon = time.Minute
	guarded := w.Policy.MassFailure > 0 || w.Policy.Outage > 0
	return guarded && e.feed.period > 0 && max(e.feed.period, w.Policy.Interval) <= soon
}

// again decides anew about a restart that has waited, with the verdict that there is.
func (e *Engine) again(r *record, now time.Time) {
	d := e.decide(r, now)
	if d.Cause == domain.CauseUndecided {
		return
	}
	if d.Kind == domain.Do {
		e.slots.unqueue(r)
		e.restart(r, now)
		return
	}
	e.conclude(r, d, now)
}

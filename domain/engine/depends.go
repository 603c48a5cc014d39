package engine

import (
	"maps"
	"slices"
	"time"

	"supervisor-healthcheck/domain"
)

// dependency is one of a watch, with the other watch if it is one.
type dependency struct {
	domain.Dependency
	watch *watch // nil: it is an address
}

// addresses are the dependencies at addresses, by their names, so that each is asked once however many watches name it.
type addresses map[string]*address

// address is what is known of one. It is asked only when a restart depends on it.
type address struct {
	asked   time.Time
	asking  bool
	verdict domain.Verdict // what came of it; Unhealthy: it is down
}

// findDependencies finds which watches depend on which, and forgets the addresses that none depends on any more.
func (e *Engine) findDependencies() {
	named := map[string]*watch{}
	for _, w := range e.watches {
		named[w.Name] = w
	}
	addresses := map[string]bool{}
	for _, w := range e.watches {
		w.depends = nil
		for _, d := range w.Depends {
			addresses[d.Name] = addresses[d.Name] || d.Check != nil
			if other := named[d.Name]; d.Check != nil {
				w.depends = append(w.depends, dependency{Dependency: d})
			} else if other != nil {
				w.depends = append(w.depends, dependency{d, other})
			}
		}
	}
	for _, w := range e.watches {
		w.needs = w.above(nil)
	}
	maps.DeleteFunc(e.addresses, func(name string, _ *address) bool { return !addresses[name] })
}

// above adds the watches that this one depends on, directly or not.
func (w *watch) above(known []*watch) []*watch {
	for _, d := range w.depends {
		if d.watch != nil && !slices.Contains(known, d.watch) {
			known = d.watch.above(append(known, d.watch))
		}
	}
	return known
}

// blocked says whether a restart is held back because something is down that the process depends on, or whether that is not
// known yet. The first unhealthy verdict after it has come back restarts nothing: it may be older than that.
func (e *Engine) blocked(r *record, now time.Time) (domain.Decision, bool) {
	if _, given := r.gaveUp(); given || len(r.watch.depends) == 0 {
		return domain.Decision{}, false
	}
	open := false
	for _, d := range r.watch.depends {
		switch h := e.down(d, r.watch, now); h.Cause {
		case domain.CauseBlocked:
			return h, true
		case domain.CauseUndecided:
			open = true
		}
	}
	last := r.decision
	switch {
	case open:
		return domain.Decision{Kind: domain.Hold, Cause: domain.CauseUndecided}, true
	case last.Cause == domain.CauseBlocked && !last.Blocker.Back:
		back := domain.Blocker{Name: last.Blocker.Name, Back: true}
		return domain.Decision{Kind: domain.Hold, Cause: domain.CauseBlocked, Blocker: back}, true
	}
	return domain.Decision{}, false
}

// blocked says whether another watch is down that this one depends on, as far as that is known without asking anybody.
func (w *watch) blocked(now time.Time) (domain.Decision, bool) {
	for _, d := range w.depends {
		if d.watch != nil {
			if h := d.watch.down(now); h.Cause == domain.CauseBlocked {
				return h, true
			}
		}
	}
	return domain.Decision{}, false
}

// down says whether a dependency is down: the decision is that of who depends on it, with CauseUndecided where it is being found
// out, and zero where it is not down.
func (e *Engine) down(d dependency, w *watch, now time.Time) domain.Decision {
	if d.watch != nil {
		return d.watch.down(now)
	}
	a := e.addresses[d.Name]
	if a == nil {
		a = &address{}
		e.addresses[d.Name] = a
	}
	age := now.Sub(a.asked)
	switch {
	case a.asking && age < openFor:
		return domain.Decision{Cause: domain.CauseUndecided}
	case a.asking: // a check that hangs is not the fault of what it asks
		return domain.Decision{}
	case a.asked.Before(w.round) || age >= openFor:
		a.asked, a.asking = now, true
		e.command(Ask{d.Dependency})
		return domain.Decision{Cause: domain.CauseUndecided}
	case a.verdict.Health == domain.Unhealthy:
		blocker := domain.Blocker{Name: d.Name, Reason: a.verdict.Reason}
		return domain.Decision{Kind: domain.Hold, Cause: domain.CauseBlocked, Blocker: blocker}
	}
	return domain.Decision{}
}

// down says likewise whether none of the processes of a watch does its work. One that nobody can judge is taken to do it.
func (w *watch) down(now time.Time) domain.Decision {
	failing, open, running := 0, 0, 0
	for _, p := range w.members {
		r := p.record(w)
		bad, _ := r.fails()
		switch {
		case p.State != domain.Running || bad:
			failing++
		case r.probe != 0 && now.Sub(r.since) < openFor:
			open++
		}
		if p.State == domain.Running {
			running++
		}
	}
	switch all := len(w.members); {
	case failing+open < all || all == 0:
		return domain.Decision{}
	case open > 0:
		return domain.Decision{Cause: domain.CauseUndecided}
	default:
		blocker := domain.Blocker{Name: w.Name, Stopped: running == 0}
		return domain.Decision{Kind: domain.Hold, Cause: domain.CauseBlocked, Count: failing, Of: all, Blocker: blocker}
	}
}

// asked takes what came of asking at an address, and decides about those that have waited for it.
func (e *Engine) asked(in Asked, now time.Time) {
	a := e.addresses[in.Name]
	if a == nil {
		return // nobody depends on it any more
	}
	a.asking = false
	if in.Void {
		a.asked = time.Time{} // who waits is judged anew in the next round
		return
	}
	a.verdict = in.Verdict
	e.reconsiderThose(now, func(d dependency) bool { return d.watch == nil && d.Name == in.Name })
}

// reconsiderThose decides about those that have waited to know of such a dependency.
func (e *Engine) reconsiderThose(now time.Time, such func(dependency) bool) {
	for _, w := range e.watches {
		if slices.ContainsFunc(w.depends, such) {
			e.reconsider(w, now)
		}
	}
}

// needs reports whether the trouble of a process may be no more than that of another: whatever finds it unhealthy depends on
// a watch that looks after the other one.
func (p *process) needs(other *process) bool {
	if !slices.ContainsFunc(p.records, func(r *record) bool { return len(r.watch.needs) > 0 }) {
		return false
	}
	ill := false
	for _, r := range p.records {
		if r.verdict.Health != domain.Unhealthy || r.outdated() {
			continue
		}
		ill = true
		if !slices.ContainsFunc(r.watch.needs, func(w *watch) bool { return other.record(w) != nil }) {
			return false
		}
	}
	return ill
}

package engine

import "slices"

// reconfigure looks after other watches from now on. What a watch knows stays if it is the same as before: streaks,
// verdicts, its canary. What was done to processes belongs to them and stays in any case, and so do restarts that are under
// way, whatever watch has begun them.
func (e *Engine) reconfigure(in Reconfigured) {
	before := e.watches
	e.config.Watches, e.config.Restarts = in.Watches, in.Restarts
	e.slots.total = in.Restarts
	e.watches = nil
	for i, w := range in.Watches {
		kept := &watch{told: -1}
		if from := in.From[i]; from >= 0 {
			kept = before[from]
		}
		kept.Watch, kept.index = w, i
		e.watches = append(e.watches, kept)
	}
	e.selectors = newSelectors(e.watches)
	e.findDependencies()
	e.era++
	for _, p := range e.table.rows {
		e.rewatch(p)
	}
	for _, x := range e.restarts {
		if x.record != nil && !slices.Contains(e.watches, x.record.watch) {
			x.record = nil
		}
	}
	e.notices.keep(e.watches)
	e.regroup()
	e.table.doubt() // what was not looked after is not known well
}

// rewatch gives a process the records of the watches that look after it now. A probe that is under way is of no use any more.
func (e *Engine) rewatch(p *process) {
	before := p.records
	p.records = e.recordsFor(p)
	for _, old := range before {
		i := slices.IndexFunc(p.records, func(r *record) bool { return r.watch == old.watch })
		if i < 0 {
			e.slots.unqueue(old)
			old.watch.outage.forget(p.ID)
			old.watch.waiting = slices.DeleteFunc(old.watch.waiting, func(r *record) bool { return r == old })
			continue
		}
		old.probe, old.port = 0, 0
		p.records[i] = old
	}
	gone := func(name string) bool {
		return !slices.ContainsFunc(p.records, func(r *record) bool { return r.watch.Name == name })
	}
	if left := slices.DeleteFunc(slices.Clone(p.GivenUp), gone); len(left) != len(p.GivenUp) {
		p.GivenUp = left
		e.ledger.keep(p)
	}
	if before == nil && p.records != nil {
		e.share(p)
	}
}

// keep forgets what was reported of watches that are no more.
func (n notices) keep(watches []*watch) {
	for about := range n {
		if about.watch != "" && !slices.ContainsFunc(watches, func(w *watch) bool { return w.Name == about.watch }) {
			delete(n, about)
		}
	}
}

// watchOf is the watch that a command was about, nil if it is no more or may have another place now.
func (e *Engine) watchOf(place, era int) *watch {
	if era != e.era {
		return nil
	}
	return e.watches[place]
}

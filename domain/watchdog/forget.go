package watchdog

import "supervisor-healthcheck/domain"

// forget drops what is remembered of processes that supervisord does not know any more.
func (w *Watchdog) forget() {
	alive, ok := w.table.turnover()
	if !ok {
		return
	}
	needed := false // something is, of one that is not alive
	w.mu.Lock()
	for key, s := range w.subjects {
		switch _, known := alive[key.id]; {
		case known:
		case s.busy:
			needed = true
		default:
			delete(w.subjects, key)
		}
	}
	for id := range w.budgets {
		switch _, known := alive[id]; {
		case known:
		case w.open[id]:
			needed = true
		default:
			delete(w.budgets, id)
		}
	}
	prune(w.starts, alive)
	prune(w.stops, alive)
	prune(w.ends, alive)
	w.mu.Unlock()
	if needed {
		w.table.turnedOver() // and is forgotten later
	}
	living := func(i domain.Instance) bool { return alive[i.ID].Same(i) }
	for _, watch := range w.config.Watches {
		for _, check := range watch.Checks {
			if f, ok := check.(domain.Forgetter); ok {
				f.Forget(living)
			}
		}
	}
}

func prune[T any](remembered map[domain.ID]T, alive map[domain.ID]domain.Instance) {
	for id := range remembered {
		if _, known := alive[id]; !known {
			delete(remembered, id)
		}
	}
}

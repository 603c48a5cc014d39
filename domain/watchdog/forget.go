package watchdog

import "supervisor-healthcheck/domain"

// forget drops what is remembered of processes that supervisord does not know any more.
func (w *Watchdog) forget() {
	alive, ok := w.table.turnover()
	if !ok {
		return
	}
	needed := false // of one that is not alive
	w.mu.Lock()
	for key, s := range w.subjects {
		if _, known := alive[key.id]; !known && !s.busy {
			delete(w.subjects, key)
		} else if !known {
			needed = true
		}
	}
	for id := range w.budgets {
		if _, known := alive[id]; !known && !w.open[id] {
			delete(w.budgets, id)
		} else if !known {
			needed = true
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

package watchdog

// Sizes returns how much is remembered, by the name of what it is about.
func (w *Watchdog) Sizes() map[string]int {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.table.mu.Lock()
	defer w.table.mu.Unlock()
	return map[string]int{
		"subjects": len(w.subjects), "budgets": len(w.budgets), "unsaved": len(w.unsaved), "open": len(w.open),
		"starts": len(w.starts), "stops": len(w.stops), "ends": len(w.ends), "groups": len(w.places.groups), "waiting": len(w.waiting),
		"rows": len(w.table.rows), "changed": len(w.table.changed), "order": len(w.table.order), "births": len(w.table.newLives),
	}
}

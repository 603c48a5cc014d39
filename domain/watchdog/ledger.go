package watchdog

import (
	"context"
	"time"

	"supervisor-healthcheck/domain"
)

// setBudget remembers a budget. One of which nothing was ever spent needs no memory: since when the process is healthy
// matters only to the pause after a restart. The caller holds mu.
func (w *Watchdog) setBudget(id domain.ID, b domain.Budget) {
	if len(b.Restarts) == 0 && b.Last.IsZero() && !b.GivenUp {
		delete(w.budgets, id)
		return
	}
	w.budgets[id] = b
}

// acted notes that the action has been carried out, or has only been said.
func (w *Watchdog) acted(j judged) {
	w.mu.Lock()
	defer w.mu.Unlock()
	j.subject.record = j.subject.record.Acted()
	w.spend(j.process.ID, w.watchOf(j.exam).Policy)
}

// spend takes an action from the budget. The caller holds mu.
func (w *Watchdog) spend(id domain.ID, p domain.Policy) {
	w.setBudget(id, w.budgets[id].Spend(p, w.world.Clock.Now()))
	if p.Limit.Count > 0 || p.Backoff.Max > 0 {
		w.keep(id)
	}
}

// keep has the budget written to the ledger, beside everything else: it is no reason to wait. The caller holds mu.
func (w *Watchdog) keep(id domain.ID) {
	w.unsaved[id] = true
	if !w.saving { // one at a time, or an old budget could overtake a new one
		w.saving = true
		w.spawnLocked(w.save)
	}
}

// save writes the budgets that have changed until there is none.
func (w *Watchdog) save() {
	ctx := context.Background()
	for {
		w.mu.Lock()
		var id domain.ID
		for id = range w.unsaved {
			break
		}
		budget := w.budgets[id]
		w.mu.Unlock()
		budget.HealthySince = time.Time{}
		bounded, cancel := context.WithTimeout(ctx, 5*time.Second)
		w.journalTrouble(w.world.Ledger.Keep(bounded, id, budget))
		cancel()
		if w.saved(id, budget) {
			return
		}
	}
}

// saved takes a budget off the list unless it has changed meanwhile, and reports whether the list is empty.
func (w *Watchdog) saved(id domain.ID, kept domain.Budget) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := w.budgets[id]
	if now.Last.Equal(kept.Last) && now.GivenUp == kept.GivenUp && len(now.Restarts) == len(kept.Restarts) {
		delete(w.unsaved, id)
	}
	w.saving = len(w.unsaved) > 0
	return !w.saving
}

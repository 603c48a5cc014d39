package watchdog

import (
	"supervisor-healthcheck/domain"
)

// changed draws from a PROCESS_STATE event what others do with a process. STOPPED and FATAL are left only by
// startProcess, so whoever starts from there and is not us is a human or another tool; EXITED is left by supervisord.
func (w *Watchdog) changed(c domain.StateChange) {
	if w.watchFor(c.ID) < 0 {
		return
	}
	now := w.world.Clock.Now()
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case c.To == domain.Stopping && humanMade(w.stops, c.ID, now):
		w.world.Log.Info("stopped by somebody else: left alone until it is started", "process", c.ID.String())
	case c.To == domain.Starting && (c.From == domain.Stopped || c.From == domain.Fatal) && humanMade(w.starts, c.ID, now):
		w.startedByOthers(c.ID)
	case c.To == domain.Exited && !c.Expected:
		w.died(c.ID)
	}
}

// lived draws the same from new lives that only a listing has shown. A life that followed another without a stop
// in between may have been a death or a quick restart by hand: it counts as a death.
func (w *Watchdog) lived(births []birth) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, b := range births {
		switch {
		case w.watchFor(b.after.ID) < 0 || w.open[b.after.ID]:
		case b.before.State == domain.Stopped || b.before.State == domain.Fatal:
			w.startedByOthers(b.after.ID)
		default:
			w.died(b.after.ID)
		}
	}
}

// watchFor returns the first watch that looks after the process, -1 if there is none.
func (w *Watchdog) watchFor(id domain.ID) int {
	if w.config.ours(id) {
		return -1
	}
	for i, watch := range w.config.Watches {
		if watch.Select.Matches(id) {
			return i
		}
	}
	return -1
}

// startedByOthers gives a process its budget back. The caller holds mu.
func (w *Watchdog) startedByOthers(id domain.ID) {
	before := w.budgets[id]
	if len(before.Restarts) == 0 && !before.GivenUp {
		return
	}
	w.setBudget(id, before.Rearm())
	w.keep(id)
	w.world.Log.Info("started by somebody else: counting its restarts anew", "process", id.String())
}

// died counts a death against the budget. The caller holds mu.
func (w *Watchdog) died(id domain.ID) {
	policy := w.config.Watches[w.watchFor(id)].Policy
	after, over := w.budgets[id].Died(policy, w.world.Clock.Now())
	w.setBudget(id, after)
	if policy.Limit.Count > 0 {
		w.keep(id)
	}
	if over {
		w.world.Log.Warn("flapping: it ends by itself over and over, and is not restarted by us any more; start it by hand to re-arm",
			"process", id.String(), "limit", policy.Limit.String())
	}
}

package watchdog

import (
	"context"
	"errors"
	"slices"
	"time"

	"supervisor-healthcheck/domain"
)

// changed draws from a PROCESS_STATE event what others do with a process. STOPPED and FATAL are left only by
// startProcess, so whoever starts from there and is not us is a human or another tool.
func (w *Watchdog) changed(c domain.StateChange) {
	if w.config.watchFor(c.ID) < 0 {
		return
	}
	now := w.world.Clock.Now()
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case c.To == domain.Stopping && humanMade(w.stops, c.ID, now):
		if !slices.Contains(w.stopped, c.ID) {
			w.stopped = append(w.stopped, c.ID)
		}
	case c.To == domain.Exited:
		w.ends[c.ID] = end{at: now, expected: c.Expected}
	case c.To == domain.Starting && c.From != domain.Backoff && humanMade(w.starts, c.ID, now):
		w.startedAfter(c)
	}
}

// end is an end of a process that it has come to by itself.
type end struct {
	at       time.Time
	expected bool
}

// atOnce is how soon supervisord starts a process again that has EXITED, if it does: with its next look, which it has
// every second. Whoever starts it later is a human or another tool.
const atOnce = 3 * time.Second

// startedAfter says what a start means that was not ours. The caller holds mu.
func (w *Watchdog) startedAfter(c domain.StateChange) {
	last, known := w.ends[c.ID]
	delete(w.ends, c.ID)
	switch {
	case c.From != domain.Exited || known && w.world.Clock.Now().Sub(last.at) > atOnce:
		w.startedByOthers(c.ID)
	case !last.expected:
		w.died(c.ID)
	}
}

// tellStopped says who was stopped by somebody else since the last round, unless that is supervisord, which is
// shutting down.
func (w *Watchdog) tellStopped(ctx context.Context) {
	w.mu.Lock()
	stopped := w.stopped
	w.stopped = nil
	w.mu.Unlock()
	if len(stopped) == 0 {
		return
	}
	if _, err := w.world.Identity.Identity(ctx); errors.Is(err, domain.ErrShuttingDown) || ctx.Err() != nil {
		return
	}
	for _, id := range stopped {
		w.world.Log.Info("stopped by somebody else: left alone until it is started", "process", id.String())
	}
}

// lived draws the same from new lives that only a listing has shown. A life that followed another without a stop
// in between may have been a death or a quick restart by hand: it counts as a death.
func (w *Watchdog) lived(births []birth) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, b := range births {
		switch {
		case w.config.watchFor(b.after.ID) < 0 || w.open[b.after.ID]:
		case byHand(b):
			w.startedByOthers(b.after.ID)
		default:
			w.died(b.after.ID)
		}
	}
}

// byHand reports whether supervisord cannot have begun a life by itself.
func byHand(b birth) bool {
	switch b.before.State {
	case domain.Stopping, domain.Stopped, domain.Fatal:
		return true
	case domain.Exited:
		return b.after.Started.Sub(b.before.Ended) > atOnce
	}
	return false
}

// watchFor returns the first watch that looks after the process, -1 if there is none.
func (c Config) watchFor(id domain.ID) int {
	if c.ours(id) {
		return -1
	}
	for i, watch := range c.Watches {
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
	policy := w.config.Watches[w.config.watchFor(id)].Policy
	after, over := w.budgets[id].Died(policy, w.world.Clock.Now())
	w.setBudget(id, after)
	if policy.Limit.Count > 0 {
		w.keep(id)
	}
	if over {
		w.world.Log.Warn("flapping: it ends by itself over and over, and is not restarted by us until the limit allows it",
			"process", id.String(), "limit", policy.Limit.String())
	}
}

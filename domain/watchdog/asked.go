package watchdog

import (
	"context"

	"supervisor-healthcheck/domain"
)

// whoAnswers returns the pid of supervisord, 0 if it does not answer. It is asked once: the listener does not outlive it.
func (w *Watchdog) whoAnswers(ctx context.Context) int {
	w.asking.Lock()
	defer w.asking.Unlock()
	if w.supervisor.PID == 0 {
		if found, err := w.world.Identity.Identity(ctx); err == nil {
			w.supervisor = found
		}
	}
	return w.supervisor.PID
}

// listenerPriority is that of an event listener's group unless it is configured otherwise; programs have 999. There is
// no other sign of event listeners in supervisord's API.
const listenerPriority = -1

func (w *Watchdog) isEventListener(ctx context.Context, id domain.ID) bool {
	w.learn(ctx, id)
	w.mu.Lock()
	defer w.mu.Unlock()
	settings, known := w.settings[id]
	return known && settings.Priority == listenerPriority
}

// learn asks for the settings of all processes if this one is not among those that are known, and reports whether it
// had to.
func (w *Watchdog) learn(ctx context.Context, id domain.ID) (asked bool) {
	w.asking.Lock()
	defer w.asking.Unlock()
	w.mu.Lock()
	_, known := w.settings[id]
	w.mu.Unlock()
	if known {
		return false
	}
	if all, err := w.world.Table.Settings(ctx); err == nil {
		w.mu.Lock()
		w.settings = all
		w.mu.Unlock()
	}
	return true
}

package watchdog

import (
	"context"
	"time"

	"supervisor-healthcheck/domain"
)

// resume remembers the budgets of earlier lives, and finishes what they have left behind. A service may be down
// because of us, so a journal that cannot be read is tried again until it can.
func (w *Watchdog) resume(probing, restarting context.Context) {
	budgets := persist(w, probing, w.world.Ledger.Budgets)
	w.mu.Lock()
	for id, b := range budgets {
		w.setBudget(id, b)
	}
	w.mu.Unlock()
	for _, restart := range persist(w, probing, w.world.Journal.Unfinished) {
		w.spawn(func() { w.takeUp(probing, restarting, restart) })
	}
}

// persist reads from the journal until that succeeds or ctx is done.
func persist[T any](w *Watchdog, ctx context.Context, read func(context.Context) (T, error)) T {
	for pause := time.Second; ; pause = min(2*pause, time.Minute) {
		found, err := read(ctx)
		if err == nil || ctx.Err() != nil {
			return found
		}
		w.journalTrouble(err)
		if w.world.Clock.Sleep(ctx, pause) != nil {
			return found
		}
	}
}

// takeUp carries on a transaction of an earlier life. It takes no place: it brings a service back.
func (w *Watchdog) takeUp(probing, restarting context.Context, restart domain.Restart) {
	id := restart.Instance.ID
	w.mu.Lock()
	taken := w.open[id]
	w.open[id] = true
	w.mu.Unlock()
	if taken {
		return
	}
	c := &carrier{
		watchdog: w, probing: probing, restarting: restarting, restart: restart, began: restart.Begun,
		log: w.world.Log.With("check", restart.Watch, "process", id.String()),
	}
	defer c.close()
	supervisor := w.whoAnswers(probing)
	for pause := 100 * time.Millisecond; supervisor == 0; pause = min(2*pause, 5*time.Second) {
		if w.world.Clock.Sleep(probing, pause) != nil {
			return
		}
		supervisor = w.whoAnswers(probing)
	}
	c.log.Warn("found a restart that an earlier life of the listener did not finish", "phase", restart.Phase.String())
	c.restart, c.step = restart.Resume(supervisor)
	c.carry()
}

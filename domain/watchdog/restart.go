package watchdog

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"supervisor-healthcheck/domain"
)

// restart begins the transaction that restarts a process, unless one is under way, or puts it on the waiting list.
func (w *Watchdog) restart(probing, restarting context.Context, j judged) {
	id := j.process.ID
	w.mu.Lock()
	defer w.mu.Unlock()
	if probing.Err() != nil || w.open[id] {
		return
	}
	if !w.places.take(id.Group, w.watchOf(j.exam).Policy.MaxParallel) {
		w.wait(j)
		return
	}
	w.open[id] = true
	w.spawnLocked(func() { w.begin(probing, restarting, j) })
}

// begin carries a new transaction to its end. The intent is in the journal before the process is looked at for
// the last time, so that nothing slow lies between that look and the stop.
func (w *Watchdog) begin(probing, restarting context.Context, j judged) {
	c := &carrier{
		watchdog: w, probing: probing, restarting: restarting, log: w.logger(j.exam), policy: w.watchOf(j.exam).Policy,
		checks: w.watchOf(j.exam).Checks, placed: true, began: w.world.Clock.Now(),
	}
	c.restart, c.step = domain.NewRestart(j.process, w.watchOf(j.exam).Name, reason(j.verdict), w.whoAnswers(probing), c.began)
	defer c.close()
	if young := newborn - j.process.Uptime; young > 0 && !c.restart.StartOnly && w.world.Clock.Sleep(probing, young) != nil {
		return
	}
	if why := c.refusal(j.process.ID); why != "" {
		w.refuse(c, j, why)
		return
	}
	c.carry()
}

// newborn is the age below which the domain puts off the stop. An intent that lay in the journal meanwhile would have the
// next life of the listener take a human's stop for ours.
const newborn = time.Second

// refusal keeps the intent in the journal, and returns why there must be no restart, if so.
func (c *carrier) refusal(id domain.ID) string {
	w := c.watchdog
	if w.isEventListener(c.probing, id) {
		return "its group has priority -1, as event listeners have"
	}
	if c.restart.StartOnly {
		return ""
	}
	if c.restart.Supervisor == 0 { // the next life could not tell whether the journal is about the same supervisord
		return "supervisord does not say who it is"
	}
	err := w.world.Journal.Write(c.probing, c.restart.Sending(domain.SendStop))
	if errors.Is(err, domain.ErrClaimed) {
		return err.Error()
	}
	if c.probing.Err() == nil {
		w.journalTrouble(err)
	}
	return ""
}

// refuse says once of a process that it is not restarted, and that it is not the one that a mass failure lets through.
func (w *Watchdog) refuse(c *carrier, j judged, why string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.mass[j.watch] == j.process.ID {
		w.mass[j.watch] = domain.ID{}
	}
	if c.probing.Err() == nil && j.subject.refused != why {
		j.subject.refused = why
		c.log.Warn("not restarted", "why", why)
	}
}

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

// carrier carries one transaction: it does what the steps say.
type carrier struct {
	watchdog   *Watchdog
	probing    context.Context // before anything was sent
	restarting context.Context // after that
	log        *slog.Logger
	policy     domain.Policy
	checks     []domain.Check
	restart    domain.Restart
	step       domain.Step
	process    domain.Process // as last seen
	began      time.Time
	stopped    time.Time // when the stop was sent
	placed     bool      // it holds one of the places
	owing      bool      // it is counted among those that Listen waits for
	complained []string  // the reasons that have been said
	told       int       // failed starts that have been said
	closed     bool
}

func (c *carrier) carry() {
	for c.step.Act != domain.Finish {
		c.account()
		if c.context().Err() == nil {
			c.complain()
		}
		if c.context().Err() != nil || c.watchdog.world.Clock.Sleep(c.context(), c.step.After) != nil {
			c.interrupted()
			return
		}
		c.take()
	}
	c.finish()
}

// interrupted leaves the transaction to the journal, if there is anything left to do.
func (c *carrier) interrupted() {
	switch c.restart.Phase {
	case domain.Planned:
		c.forget()
	case domain.StartAccepted:
		c.log.Info("started: the listener is stopping and does not see what becomes of it")
	default:
		c.log.Warn("restart not done: the listener is stopping, and its next life goes on with it", "phase", c.restart.Phase.String())
	}
}

// context is the one under which the next step is taken: a process that is down because of us is started even when
// the listener is stopping.
func (c *carrier) context() context.Context {
	if c.restart.Owes() {
		return c.restarting
	}
	return c.probing
}

// take takes the step.
func (c *carrier) take() {
	w, id, ctx := c.watchdog, c.restart.Instance.ID, c.context()
	c.restart = c.restart.Sending(c.step.Act)
	switch c.step.Act {
	case domain.Look:
		p, err := w.world.Table.Process(ctx, id)
		if err != nil {
			c.restart, c.step = c.restart.Blind(err)
			if errors.Is(err, domain.ErrShuttingDown) && c.step.Act != domain.Finish {
				c.step.Why = "" // the round tells of it, and it is no trouble of this restart
			}
			return
		}
		c.process = p
		c.restart, c.step = c.restart.Saw(p, w.world.Clock.Now())
	case domain.SendStop:
		if !c.promise() {
			c.restart.Phase = domain.Planned // carry ends it
			return
		}
		c.mark(w.stops)
		c.stopped = w.world.Clock.Now()
		c.log.Warn("restarting: stop", "pid", c.restart.Instance.PID, "reason", c.restart.Reason)
		err := w.world.Control.Stop(c.restarting, id)
		c.restart, c.step = c.restart.StopAnswered(err)
		c.write()
	case domain.SendStart:
		c.write()
		c.mark(w.starts)
		err := w.world.Control.Start(c.restarting, id)
		c.restart, c.step = c.restart.StartAnswered(err)
	}
}

// mark announces a stop or start, and takes what it costs from the budget: of a restart the stop, of a start alone the start.
func (c *carrier) mark(marks map[domain.ID]time.Time) {
	w, id := c.watchdog, c.restart.Instance.ID
	w.mu.Lock()
	defer w.mu.Unlock()
	marks[id] = w.world.Clock.Now()
	if c.step.Act == domain.SendStop || c.restart.StartOnly {
		w.spend(id, c.policy)
	}
}

// write brings the journal up to date. What is in it already suffices to finish the restart, so an error is only said.
func (c *carrier) write() {
	if c.restart.StartOnly || c.step.Act == domain.Finish {
		return
	}
	c.watchdog.journalTrouble(c.watchdog.world.Journal.Write(c.restarting, c.restart))
}

// forget takes the transaction out of the journal even when the listener is ending: what is left there says that a
// stop may have been sent.
func (c *carrier) forget() {
	if !c.restart.StartOnly {
		ctx := context.WithoutCancel(c.restarting)
		c.watchdog.journalTrouble(c.watchdog.world.Journal.Remove(ctx, c.restart.Instance.ID))
	}
}

// complain says why it takes so long, once for every reason and at every start that fails, which is ever more rarely,
// and gives the place back when it will take longer.
func (c *carrier) complain() {
	if c.step.Parked && c.placed {
		c.placed = false
		c.watchdog.leave(c.probing, c.restarting, c.restart.Instance.Group)
	}
	why, failed := c.step.Why, c.restart.Tries > c.told
	if why == "" || slices.Contains(c.complained, why) && !failed {
		return
	}
	if len(c.complained) < 20 {
		c.complained = append(c.complained, why)
	}
	c.log.Error("restart not done yet", "why", why, "phase", c.restart.Phase.String(), "failed_starts", c.restart.Tries,
		"next_try_in", c.step.After.String())
	if failed && c.told == 0 {
		c.findSquatters()
	}
	c.told = c.restart.Tries
}

// account keeps the number of those for whom Listen waits when it ends.
func (c *carrier) account() {
	owing := c.restart.Owes() && !c.step.Parked
	if owing == c.owing {
		return
	}
	c.owing = owing
	w := c.watchdog
	w.mu.Lock()
	defer w.mu.Unlock()
	if owing {
		w.owing++
		return
	}
	w.owing--
	select {
	case w.paid <- struct{}{}:
	default:
	}
}

// promise makes Listen wait for the start that a stop is owed, unless it is ending already. It asks under the lock, so
// that no stop is sent after Listen has seen that nobody owes anything.
func (c *carrier) promise() bool {
	w := c.watchdog
	w.mu.Lock()
	defer w.mu.Unlock()
	if c.probing.Err() != nil {
		return false
	}
	c.owing = true
	w.owing++
	return true
}

// finish says how it ended.
func (c *carrier) finish() {
	c.forget()
	now := c.watchdog.world.Clock.Now()
	switch c.step.Outcome {
	case domain.Restarted:
		down := now.Sub(c.began)
		switch {
		case !c.stopped.IsZero():
			down = now.Sub(c.stopped)
		case !c.restart.StartOnly: // an earlier life has stopped it
			down = max(0, c.process.Started.Sub(c.began))
		}
		c.watchdog.table.update(c.process)
		c.log.Warn("restarted", "pid", c.process.PID, "down_for", down.Truncate(time.Millisecond).String(), "failed_starts", c.restart.Tries)
		c.close() // what follows must hold up nobody
		c.findSquatters()
	case domain.NotStarted:
		c.log.Error("not started", "why", c.step.Why)
	default:
		c.log.Info("restart dropped", "why", c.step.Why)
	}
}

// close ends the carrier, whatever has become of the transaction. It may be called again.
func (c *carrier) close() {
	if c.closed {
		return
	}
	c.closed = true
	c.step.Parked = true // nobody waits for it any more
	c.account()
	w, id := c.watchdog, c.restart.Instance.ID
	w.mu.Lock()
	delete(w.open, id)
	w.mu.Unlock()
	if c.placed {
		w.leave(c.probing, c.restarting, id.Group)
	}
}

package watchdog

import (
	"context"
	"errors"
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

package watchdog

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"supervisor-healthcheck/domain"
)

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

package app

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/ports"
)

// askedWithin is how long supervisord may take to say what state the listener is in.
const askedWithin = time.Second

// watchEnd returns a function for the end of the listener, which reports whether supervisord did not ask for that: it says
// RUNNING then, and STOPPING when it has sent the signal itself. It is asked as soon as ctx is done. Whoever does not answer, such
// as a supervisord that shuts down, has asked.
func watchEnd(ctx context.Context, table ports.ProcessTable, self domain.ID) (uncalled func() bool) {
	if self.Name == "" {
		return func() bool { return false } // it was run by hand
	}
	said := make(chan bool, 1)
	stop := context.AfterFunc(ctx, func() {
		asking, cancel := context.WithTimeout(context.WithoutCancel(ctx), askedWithin)
		defer cancel()
		p, err := table.Process(asking, self)
		said <- err == nil && (p.State == domain.Running || p.State == domain.Starting)
	})
	return func() bool { return !stop() && <-said }
}

// status says why the listener has ended, and is its exit status.
func status(logger *slog.Logger, err error, uncalled bool) int {
	switch {
	case err == nil && uncalled:
		logger.Warn("stopped: somebody other than supervisord has sent the signal; the exit status is 1, so that supervisord starts the listener again")
		return ExitFailed
	case err == nil:
		logger.Info("stopped: it was asked to")
		return ExitStopped
	case errors.Is(err, domain.ErrEventsEnded):
		logger.Info("stopped: supervisord is gone")
		return ExitStopped
	}
	logger.Error("stopped", "error", err)
	return ExitFailed
}

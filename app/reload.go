package app

import (
	"context"
	"log/slog"
	"os"
	"slices"
	"strings"
	"syscall"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/checks"
	"supervisor-healthcheck/domain/watchdog"
	"supervisor-healthcheck/ports"
)

// Reloaded is what a configuration says that was read anew.
type Reloaded struct {
	Watches  []Watch
	From     []int    // for each watch the place of the same one among those before, -1 if there is none; see watchdog.Reconfigure
	Restarts int      // as in Options
	Warnings []string // sentences of what can be lived with
	Later    []string // settings that have changed and hold from the next start on
	Taken    func()   // called once they are looked after
}

// attendant does what signals ask for while a listener runs. One goroutine owns it.
type attendant struct {
	options Options
	dog     *watchdog.Watchdog
	world   checks.World
	watches []domain.Watch // those that are looked after
	renew   func() error   // reads the credentials of those who look anew
	logger  *slog.Logger

	settings *Settings // is told of other watches
}

// run attends until ctx is done. SIGHUP has the configuration read anew, if there is one; all other signals are written to
// the log and otherwise ignored. At ticks it is looked whether the files have changed, and garbage is collected.
func (a *attendant) run(ctx context.Context, signals <-chan os.Signal, ticks <-chan struct{}) {
	house := newTidier()
	for {
		select {
		case <-ctx.Done():
			return
		case s := <-signals:
			if s == syscall.SIGHUP && a.options.Reload != nil {
				a.reload(ctx)
				continue
			}
			a.logger.Info("signal ignored: there is nothing to reload or to reopen", "signal", s.String())
		case <-ticks:
			house.tidy()
			if a.options.Changed != nil && a.options.Changed() {
				a.logger.Warn("the configuration has changed on disk and was not loaded",
					"cure", "\"supervisorctl signal HUP\" and the name of this listener")
			}
		}
	}
}

// reload has the watches of the configuration looked after as it is now. What is the same keeps its checks and all that
// they have seen. If anything is wrong, all stays as it was.
func (a *attendant) reload(ctx context.Context) {
	next, err := a.options.Reload()
	if ctx.Err() != nil {
		return // the listener has ended meanwhile
	}
	var built []domain.Watch
	if err == nil {
		built, err = buildWatches(next.Watches, a.world)
	}
	if err == nil {
		for i, from := range next.From {
			if from >= 0 {
				built[i].Checks = a.watches[from].Checks
			}
		}
		err = a.dog.Reconfigure(built, next.Restarts, next.From)
	}
	if err != nil {
		for sentence := range strings.SplitSeq(err.Error(), "\n") {
			a.logger.Error("not reloaded: all stays as it was", "error", sentence)
		}
		return
	}
	next.Taken()
	if err := a.renew(); err != nil {
		a.logger.Error("the credentials of listen stay as they were", "error", err)
	}
	for i, watch := range a.watches {
		if !slices.Contains(next.From, i) {
			end(watch)
		}
	}
	a.watches = built
	a.settings.Hold(next.Watches)
	same := 0
	for _, from := range next.From {
		if from >= 0 {
			same++
		}
	}
	a.logger.Info("reloaded", "watches", names(next.Watches), "unchanged", same)
	a.warn(next.Warnings)
	if len(next.Later) > 0 {
		a.logger.Warn("some settings hold from the next start of the listener on", "settings", strings.Join(next.Later, " "))
	}
}

// end ends what the checks of a watch keep.
func end(watch domain.Watch) {
	for _, check := range watch.Checks {
		if c, ok := check.(domain.Closing); ok {
			c.Close()
		}
	}
}

func (a *attendant) warn(sentences []string) {
	for _, sentence := range sentences {
		a.logger.Warn("a section looks after nothing", "section", sentence)
	}
}

// ticking is a source of events that tells of each tick, without waiting for who listens.
type ticking struct {
	ports.EventSource
	ticks chan<- struct{}
}

// Next returns the next event.
func (t ticking) Next(ctx context.Context) (domain.Event, error) {
	event, err := t.EventSource.Next(ctx)
	if err == nil && event.Tick != nil {
		select {
		case t.ticks <- struct{}{}:
		default: // the last one is not seen to yet
		}
	}
	return event, err
}

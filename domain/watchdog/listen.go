package watchdog

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/ports"
)

// ErrDeaf means that supervisord has stopped sending events although it answers: it has put the listener into the
// state UNKNOWN, which it never leaves but by its end.
var ErrDeaf = errors.New("supervisord sends no events any more")

// Listen serves the events until ctx is done (nil), they end (domain.ErrEventsEnded), ErrDeaf, or the protocol
// cannot be written. Every event is accepted at once; whatever it causes runs beside the loop. Before Listen
// returns, restarts that have stopped a process get the time that is left of StopWait to start it again.
func (w *Watchdog) Listen(ctx context.Context, source ports.EventSource) error {
	probing, stop := context.WithCancelCause(ctx)
	restarting, abandon := context.WithCancel(context.WithoutCancel(ctx))
	defer abandon()
	l := &listener{watchdog: w, source: source, probing: probing, restarting: restarting}
	w.spawn(func() { w.resume(probing, restarting) })
	err := l.serve(ctx)
	stop(errors.New("the listener is stopping"))
	w.drain(err)
	abandon()
	w.mu.Lock()
	w.ending = true
	w.mu.Unlock()
	w.acting.Wait()
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// listener is the event loop of one Listen. It is used by one goroutine.
type listener struct {
	watchdog   *Watchdog
	source     ports.EventSource
	probing    context.Context // ends with the loop
	restarting context.Context // ends after the time for half-done restarts
	period     time.Duration   // the shortest tick that was seen
	tick       int64           // serial of the last tick
	ticked     bool
}

func (l *listener) serve(ctx context.Context) error {
	for {
		event, err := l.next(ctx)
		if err != nil {
			return err
		}
		if err := l.source.Done(); err != nil {
			return err
		}
		l.handle(event)
	}
}

// next waits for an event, for three periods and a margin. If none has come although supervisord answers, it waits
// for one more period (we may have been suspended ourselves) and then says ErrDeaf.
func (l *listener) next(ctx context.Context) (domain.Event, error) {
	patience := 3*l.period + 10*time.Second
	for answered := false; ; {
		event, err := l.await(ctx, patience)
		if err == nil || ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded) {
			return event, err
		}
		if answered {
			return domain.Event{}, fmt.Errorf("%w for more than %s although it answers", ErrDeaf, 3*l.period)
		}
		_, err = l.watchdog.world.Identity.Identity(ctx)
		answered = err == nil
		if answered {
			patience = l.period
		}
	}
}

func (l *listener) await(ctx context.Context, patience time.Duration) (domain.Event, error) {
	if l.period == 0 {
		return l.source.Next(ctx)
	}
	bounded, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return l.source.Next(bounded)
}

// handle does what an event asks for, or starts it, and never waits.
func (l *listener) handle(event domain.Event) {
	w := l.watchdog
	news := w.table.received(event)
	switch {
	case event.Change != nil && news:
		w.changed(*event.Change)
	case event.Tick != nil:
		l.onTick(event.Serial, *event.Tick)
	}
}

func (l *listener) onTick(serial int64, tick domain.Tick) {
	w := l.watchdog
	if l.period == 0 || tick.Period < l.period {
		l.period = tick.Period
	}
	copied := l.ticked && l.tick == serial
	l.tick, l.ticked = serial, true
	switch {
	case copied:
		w.world.Log.Debug("tick skipped: it was delivered before", "serial", serial)
	case tick.Stale(w.world.Clock.Now()):
		w.world.Log.Debug("tick skipped: it is stale", "serial", serial, "when", tick.When)
	case !w.looking.CompareAndSwap(false, true):
		w.world.Log.Debug("tick skipped: supervisord has not answered the last round yet", "serial", serial)
	default:
		go w.round(l.probing, l.restarting, l.period)
	}
}

// drain waits for the starts that are owed. When supervisord itself is gone there is nobody to ask.
func (w *Watchdog) drain(cause error) {
	stopWait := w.stopWait()
	patience := max(stopWait-1500*time.Millisecond, stopWait/2)
	if errors.Is(cause, domain.ErrEventsEnded) {
		patience = 500 * time.Millisecond
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	for w.owes() {
		select {
		case <-w.paid:
		case <-timer.C:
			return // the next life of the listener goes on with them
		}
	}
}

// stopWait is our own stopwaitsecs: as we were told, or as supervisord said when it was asked for the settings, or
// its default.
func (w *Watchdog) stopWait() time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	return cmp.Or(w.config.StopWait, w.settings[w.config.Self].StopWait, 10*time.Second)
}

func (w *Watchdog) owes() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.owing > 0
}

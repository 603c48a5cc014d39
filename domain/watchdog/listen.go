package watchdog

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/engine"
	"supervisor-healthcheck/ports"
)

// ErrNoEvents means that supervisord has stopped sending events although it answers: it has put the listener into the
// state UNKNOWN, which it never leaves but by its end.
var ErrNoEvents = errors.New("supervisord sends no events any more")

// errStopping is why probes end that are under way when the listener ends.
var errStopping = errors.New("the listener is stopping")

// Listen serves the events until ctx is done (nil), they end (domain.ErrEventsEnded), ErrNoEvents, or the protocol cannot
// be written. Every event is accepted at once; whatever it causes goes on beside that. Before Listen returns, restarts
// that have stopped a process get the time that is left of StopWait to start it again.
func (w *Watchdog) Listen(ctx context.Context, source ports.EventSource) error {
	w.running <- struct{}{}
	defer func() { <-w.running }()
	probing, stop := context.WithCancelCause(ctx)
	defer stop(errStopping)
	restarting, abandon := context.WithCancel(context.WithoutCancel(ctx))
	defer abandon()

	l := newLoop(w, probing)
	l.restarting, l.listening = restarting, true
	l.load()
	events := &pump{world: w.world, source: source, send: l.send}
	l.run(func() message { events.run(ctx); return answered(nil) })
	err := l.untilEnded()

	l.handle(engine.Ending{})
	stop(errStopping)
	l.payDebts(err)
	l.handle(engine.Abandoned{})
	abandon()
	l.end()
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// untilEnded runs the loop until there are no more events, and returns why.
func (l *loop) untilEnded() error {
	for l.source == nil {
		select {
		case m := <-l.inbox:
			l.receive(m)
		case a := <-l.asks:
			if err := l.catchUp(); err != nil {
				l.take(a)
				return err
			}
			l.take(a)
		}
	}
	return l.source.err
}

// catchUp receives what has been sent already, so that a round knows of every event that was accepted before it. It returns
// why there are no more events, if there are none.
func (l *loop) catchUp() error {
	for len(l.inbox) > 0 {
		m := <-l.inbox
		l.receive(m)
		if m.ended != nil {
			return m.ended.err
		}
	}
	return nil
}

// payDebts waits for the starts that are owed, and for what is to be kept. When supervisord itself is gone there is nobody
// to ask.
func (l *loop) payDebts(cause error) {
	stopWait := cmp.Or(l.config.StopWait, l.engine.StopWait(), 10*time.Second)
	patience := max(stopWait-1500*time.Millisecond, stopWait/2)
	if errors.Is(cause, domain.ErrEventsEnded) {
		patience = 500 * time.Millisecond
	}
	ctx, cancel := context.WithCancel(l.restarting)
	defer cancel()
	over := make(chan struct{})
	l.run(func() message {
		if l.world.Clock.Sleep(ctx, patience) == nil {
			close(over)
		}
		return answered(nil)
	})
	for l.engine.Owes() > 0 || l.engine.Unsaved() {
		select {
		case m := <-l.inbox:
			l.receive(m)
		case <-over:
			return
		}
	}
}

// pump brings the events of supervisord into the loop. It is used by one goroutine.
type pump struct {
	world  World
	source ports.EventSource
	send   func(message)
	period time.Duration // the shortest tick that was seen
}

func (p *pump) run(ctx context.Context) {
	for {
		event, err := p.next(ctx)
		if err == nil {
			err = p.source.Done()
		}
		if err != nil {
			p.send(message{ended: &end{err}})
			return
		}
		if event.Tick != nil && (p.period == 0 || event.Tick.Period < p.period) {
			p.period = event.Tick.Period
		}
		p.send(message{input: engine.Of(event)})
	}
}

// next waits for an event, for three periods and a margin. If none has come although supervisord answers, it waits
// for one more period (we may have been suspended ourselves) and then says ErrNoEvents.
func (p *pump) next(ctx context.Context) (domain.Event, error) {
	patience := 3*p.period + 10*time.Second
	for answered := false; ; {
		event, err := p.await(ctx, patience)
		if err == nil || ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded) {
			return event, err
		}
		if answered {
			return domain.Event{}, fmt.Errorf("%w for more than %s although it answers", ErrNoEvents, 3*p.period)
		}
		_, err = p.world.Identity.Identity(ctx)
		answered = err == nil
		if answered {
			patience = p.period
		}
	}
}

func (p *pump) await(ctx context.Context, patience time.Duration) (domain.Event, error) {
	if p.period == 0 {
		return p.source.Next(ctx)
	}
	bounded, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return p.source.Next(bounded)
}

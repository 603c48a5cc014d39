package watchdog

import (
	"context"
	"time"

	"supervisor-healthcheck/domain/engine"
)

// alarm wakes the loop when the engine or the prober wants it.
type alarm struct {
	at     time.Time // zero: it is not set
	cancel context.CancelFunc
}

func (a *alarm) stop() {
	if a.cancel != nil {
		a.cancel()
	}
	*a = alarm{}
}

// setAlarm has the loop woken at the next moment that matters.
func (l *loop) setAlarm(now time.Time) {
	at, _ := l.engine.Next()
	if next := l.prober.wakes(); !next.IsZero() && (at.IsZero() || next.Before(at)) {
		at = next
	}
	if at.Equal(l.alarm.at) {
		return
	}
	l.alarm.stop()
	if at.IsZero() || l.ended {
		return
	}
	ctx, cancel := context.WithCancel(l.restarting)
	l.alarm = alarm{at: at, cancel: cancel}
	l.run(func() message {
		if l.world.Clock.Sleep(ctx, at.Sub(now)) != nil {
			return answered(nil)
		}
		return answered(engine.Woke{At: at})
	})
}

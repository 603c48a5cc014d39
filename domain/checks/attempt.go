package checks

import (
	"context"
	"sync"
	"time"
)

// attempt is a context with a deadline, as context.WithTimeout makes it, but for its timer: that is made when somebody waits
// for the end. Most probes of services of this machine are over before anything has to be waited for, and a timer that the
// parent must know of is a tenth of what such a probe costs.
type attempt struct {
	context.Context // what bounds it besides; never waited for
	began, until    time.Time

	mu    sync.Mutex
	timed context.Context // made when somebody waits
	stop  context.CancelFunc
	over  bool // cancel was called before
}

// within begins an attempt. Its cancel must be called.
func within(ctx context.Context, limit time.Duration) *attempt {
	now := time.Now() // of the clock that timers go by
	until := now.Add(limit)
	if sooner, ok := ctx.Deadline(); ok && sooner.Before(until) {
		until = sooner
	}
	return &attempt{Context: ctx, began: now, until: until}
}

// cancel ends the attempt.
func (a *attempt) cancel() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.over = true
	if a.stop != nil {
		a.stop()
	}
}

// begun is the context with a timer. The lock must be held.
func (a *attempt) begun() context.Context {
	if a.timed == nil {
		a.timed, a.stop = context.WithDeadline(a.Context, a.until)
		if a.over {
			a.stop()
		}
	}
	return a.timed
}

// Deadline implements context.Context.
func (a *attempt) Deadline() (time.Time, bool) { return a.until, true }

// Done implements context.Context.
func (a *attempt) Done() <-chan struct{} {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.begun().Done()
}

// Err implements context.Context.
func (a *attempt) Err() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.timed == nil && !a.over && a.Context.Err() == nil && time.Now().Before(a.until) {
		return nil
	}
	return a.begun().Err() // which remains what it is
}

// Value implements context.Context.
func (a *attempt) Value(key any) any {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.timed != nil {
		return a.timed.Value(key) // context finds there whom to tell of the end
	}
	return a.Context.Value(key)
}

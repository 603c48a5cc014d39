// Package clock is the system's clock.
package clock

import (
	"context"
	"time"

	"supervisor-healthcheck/ports"
)

var _ ports.Clock = Clock{}

// Clock is the time of this machine.
type Clock struct{}

// New returns the system's clock.
func New() Clock { return Clock{} }

// Now returns the present, with a monotonic reading.
func (Clock) Now() time.Time { return time.Now() }

// Sleep waits for d, or returns the error of ctx as soon as that is done. A d of 0 or less only asks ctx.
func (Clock) Sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 || ctx.Err() != nil {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

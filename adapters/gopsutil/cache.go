package gopsutil

import (
	"context"
	"time"
)

// cache keeps what one look at all processes has found, for all who ask for a while.
type cache[T any] struct {
	take func(context.Context) (T, error)
	rest func(took time.Duration) time.Duration // from the beginning of a look until the next may begin
	turn chan struct{}                          // holds one element while somebody uses what follows

	due   time.Time // when the next look may begin, zero before the first
	found T
}

func newCache[T any](take func(context.Context) (T, error), rest func(took time.Duration) time.Duration) *cache[T] {
	return &cache[T]{take: take, rest: rest, turn: make(chan struct{}, 1)}
}

// get returns what a look has found that is not due again, or is good enough for the caller, who must not change it. A look
// that fails, or is ended by the ctx of the caller who takes it, is not shared.
func (c *cache[T]) get(ctx context.Context, enough func(T) bool) (none T, err error) {
	select {
	case c.turn <- struct{}{}:
		defer func() { <-c.turn }()
	case <-ctx.Done():
		return none, ctx.Err()
	}
	began := time.Now()
	if !c.due.IsZero() && (began.Before(c.due) || enough(c.found)) {
		return c.found, nil
	}
	found, err := c.take(ctx)
	if err != nil {
		return none, err
	}
	c.found, c.due = found, began.Add(c.rest(time.Since(began)))
	return found, nil
}

package gopsutil

import (
	"context"
	"time"
)

// shared is a look at the whole machine. Callers at the same time share it, and with a rest looks do not follow each other
// closely, however many callers there are: whoever comes soon after a look waits for the next, and so do those after him.
type shared[T any] struct {
	take func(context.Context) ([]T, error)
	rest time.Duration // from the end of a look to the beginning of the next
	turn chan struct{} // holds one element while somebody looks

	began, ended time.Time // of the last look
	seen         []T       // what it has found
}

func newShared[T any](take func(context.Context) ([]T, error)) *shared[T] {
	return &shared[T]{take: take, turn: make(chan struct{}, 1)}
}

// fresh returns what was found by a look that began after the call; the caller must not change it. A look that fails, or is
// ended by the ctx of the caller who takes it, is not shared.
func (s *shared[T]) fresh(ctx context.Context) ([]T, error) { return s.since(ctx, time.Now()) }

// since is fresh for a look that began after the moment.
func (s *shared[T]) since(ctx context.Context, moment time.Time) ([]T, error) {
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if s.began.After(moment) {
		return s.seen, nil
	}
	if err := s.pause(ctx); err != nil {
		return nil, err
	}
	began := time.Now()
	seen, err := s.take(ctx)
	s.ended = time.Now()
	if err != nil {
		return nil, err
	}
	s.began, s.seen = began, seen
	return seen, nil
}

// pause waits until the next look may begin.
func (s *shared[T]) pause(ctx context.Context) error {
	left := s.rest - time.Since(s.ended)
	if left <= 0 {
		return nil
	}
	timer := time.NewTimer(left)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

package gopsutil

import (
	"context"
	"time"
)

// lookAge is for how long a look is good enough. It takes a quarter of a second of a core with some hundreds of processes.
const lookAge = time.Minute

// socket is a listening TCP socket and a process that holds it.
type socket struct {
	port, pid int
}

// socketCache keeps what one look at the listening sockets of all processes has found, for all who ask within a minute.
type socketCache struct {
	take func(context.Context) ([]socket, error)
	turn chan struct{} // holds one element while somebody uses what follows

	began time.Time // of the last look, zero before the first
	found []socket
}

func newSocketCache(take func(context.Context) ([]socket, error)) *socketCache {
	return &socketCache{take: take, turn: make(chan struct{}, 1)}
}

// sockets returns what a look found that began less than a minute ago; the caller must not change it. A look that fails, or is
// ended by the ctx of the caller who takes it, is not shared.
func (c *socketCache) sockets(ctx context.Context) ([]socket, error) {
	select {
	case c.turn <- struct{}{}:
		defer func() { <-c.turn }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if !c.began.IsZero() && time.Since(c.began) < lookAge {
		return c.found, nil
	}
	began := time.Now()
	found, err := c.take(ctx)
	if err != nil {
		return nil, err
	}
	c.began, c.found = began, found
	return found, nil
}

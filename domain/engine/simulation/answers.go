package simulation

import (
	"time"

	"supervisor-healthcheck/domain"
)

// epoch is the beginning of the simulation on the clock of the machine, and on the wall clock until somebody sets it.
func epoch() time.Time { return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC) }

// See is what supervisord says of a process, its times by the wall clock and to the second.
func (h *Host) See(n int) domain.Process {
	p := h.processes[n]
	seen := domain.Process{ID: p.id, State: p.state, PID: p.pid}
	if p.turn > 0 {
		seen.Started = second(p.born)
	}
	if p.died > 0 {
		seen.Ended = second(p.died)
	}
	switch p.state {
	case domain.Exited:
		seen.ExitStatus = 1
	case domain.Fatal, domain.Backoff:
		seen.SpawnError = "Exited too quickly (process log may have details)"
	}
	if p.pid > 0 {
		seen.Uptime = max(0, second(h.Wall()).Sub(seen.Started))
	}
	return seen
}

func second(wall time.Duration) time.Time { return epoch().Add(wall.Truncate(time.Second)) }

// List is what supervisord says of all processes.
func (h *Host) List() []domain.Process {
	list := make([]domain.Process, len(h.processes))
	for n := range list {
		list[n] = h.See(n)
	}
	return list
}

// call is an answer of supervisord to what is asked of it: the error of f, unless supervisord is away.
func (h *Host) call(f func() error) error {
	away, mute := h.Away()
	switch {
	case away && mute:
		_ = f()
		return domain.ErrUnreachable
	case away:
		return unsent{}
	}
	return f()
}

// unsent is a request that has certainly not reached supervisord.
type unsent struct{}

func (unsent) Error() string   { return "connection refused" }
func (unsent) Unwrap() []error { return []error{domain.ErrUnreachable, domain.ErrNotSent} }

// stopProcess is supervisord's call of this name, without waiting.
func (h *Host) stopProcess(n int) error {
	return h.call(func() error {
		if !h.Stop(n) {
			return domain.ErrNotRunning
		}
		return nil
	})
}

// startProcess is supervisord's call of this name, without waiting.
func (h *Host) startProcess(n int) error {
	return h.call(func() error {
		switch h.State(n) {
		case domain.Starting, domain.Running, domain.Backoff:
			return domain.ErrAlreadyStarted
		}
		if !h.Start(n) {
			return domain.ErrUnreachable // an assertion of supervisord's fails
		}
		return nil
	})
}

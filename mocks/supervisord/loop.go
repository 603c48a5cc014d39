package supervisord

import (
	"context"
	"slices"
	"syscall"
	"time"

	"supervisor-healthcheck/domain"
)

// Await waits until the condition holds, and looks again whenever anything has changed in the server. The condition
// may call the server's methods. It returns the error of ctx if that is done first.
func (s *Server) Await(ctx context.Context, condition func() bool) error {
	for {
		s.mu.Lock()
		changed := s.changed
		s.mu.Unlock()
		if condition() {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// until is Await for those who hold the lock; it is given up while they wait.
func (s *Server) until(ctx context.Context, condition func() bool) error {
	for !condition() {
		changed := s.changed
		s.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			s.mu.Lock()
			return ctx.Err()
		}
		s.mu.Lock()
	}
	return nil
}

func (s *Server) gone() bool { return s.mood >= ended }

// settle is a pass of supervisord's main loop: it draws every consequence of what has happened since the last.
func (s *Server) settle() {
	for s.dirty = true; s.dirty && !s.frozen; {
		s.dirty = false
		s.pass()
	}
	s.orphaned()
	if next := s.next(); !next.IsZero() && !s.frozen && !s.gone() {
		s.timer.Reset(time.Until(next))
	}
	close(s.changed)
	s.changed = make(chan struct{})
}

func (s *Server) pass() {
	for _, e := range s.bury() {
		if s.gone() {
			e.process.child = nil
		} else {
			s.finish(e.process, e.child.cmd.ProcessState.ExitCode())
		}
	}
	if s.gone() {
		return
	}
	now := time.Now()
	for _, g := range slices.Clone(s.groups) {
		if g.pool != nil {
			s.hear(g.pool)
		}
		for _, p := range g.processes {
			s.transition(p, now)
		}
		if g.pool != nil && !s.gone() {
			s.dispatch(g.pool)
		}
	}
	if s.mood == restarting || s.mood == shutdown {
		s.windDown()
	}
}

func (s *Server) bury() []end {
	exits := s.exits
	s.exits = nil
	return exits
}

// orphaned forgets the process groups that have become empty, before their number is given to a stranger.
func (s *Server) orphaned() {
	for pid := range s.orphans {
		if syscall.Kill(-pid, 0) != nil {
			delete(s.orphans, pid)
		}
	}
}

// next is when the passing of time will bring something.
func (s *Server) next() time.Time {
	var next time.Time
	for _, g := range s.groups {
		for _, p := range g.processes {
			if s.mood != running && p.in(domain.Backoff, domain.Exited) {
				continue
			}
			if due := p.deadline(); !due.IsZero() && (next.IsZero() || due.Before(next)) {
				next = due
			}
		}
	}
	return next
}

func (s *Server) wake() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle()
}

package stdin

import (
	"context"
	"sync"
	"time"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/ports"
)

var _ ports.Heartbeats = (*Source)(nil)

// mostHeard is of how many processes the last communication is remembered: more than one supervisord has.
const mostHeard = 10_000

// heard is what the events have told of the heartbeats of processes.
type heard struct {
	mu   sync.Mutex
	any  bool // an event has come
	last map[domain.ID]said
}

// said is when a life has said something last.
type said struct {
	pid int
	at  time.Time
}

// take takes an event when it comes.
func (h *heard) take(e domain.Event, now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.any = true
	switch {
	case e.Said != nil:
		if len(h.last) >= mostHeard {
			h.forgetOldest()
		}
		h.last[e.Said.ID] = said{pid: e.Said.PID, at: now}
	case e.Change != nil && e.Change.To == domain.Starting: // what was said before is of another life, though it had the same pid
		delete(h.last, e.Change.ID)
	}
}

func (h *heard) forgetOldest() {
	var oldest domain.ID
	var at time.Time
	for id, s := range h.last {
		if at.IsZero() || s.at.Before(at) {
			oldest, at = id, s.at
		}
	}
	delete(h.last, oldest)
}

// Beats implements ports.Heartbeats: every PROCESS_COMMUNICATION is one.
func (s *Source) Beats(_ context.Context, p domain.Process) (domain.Beats, error) {
	s.heard.mu.Lock()
	defer s.heard.mu.Unlock()
	if !s.heard.any {
		return domain.Beats{}, domain.ErrDeaf
	}
	beats := domain.Beats{Anybody: len(s.heard.last) > 0}
	if last := s.heard.last[p.ID]; last.pid != 0 && last.pid == p.PID {
		beats.Last, beats.Ready = last.at, true
	}
	return beats, nil
}

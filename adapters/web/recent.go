package web

import (
	"sync"
	"time"

	"supervisor-healthcheck/domain"
)

// freshFor is how long a snapshot is shown to all who ask.
const freshFor = 500 * time.Millisecond

// recent is a listener that is asked for a snapshot no more often than anybody can look, however many do.
type recent struct {
	Listening

	mu    sync.Mutex
	taken time.Time
	last  domain.Snapshot
}

// Recent has all who look at the same time see the same snapshot, at most half a second old. One that was made so stays as it is.
func Recent(l Listening) Listening {
	if r, is := l.(*recent); is {
		return r
	}
	return &recent{Listening: l}
}

// Snapshot is one that is young enough.
func (r *recent) Snapshot() domain.Snapshot {
	r.mu.Lock()
	defer r.mu.Unlock()
	if now := time.Now(); now.Sub(r.taken) >= freshFor {
		r.last, r.taken = r.Listening.Snapshot(), now
	}
	return r.last
}

// Suspend hands the order on. The next look is a new one.
func (r *recent) Suspend(names []string, lasting time.Duration, reason string) [][]domain.ID {
	found := r.Listening.Suspend(names, lasting, reason)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.taken = time.Time{}
	return found
}

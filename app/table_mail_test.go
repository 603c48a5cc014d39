package app_test

import (
	"context"
	"math/rand/v2"
	"sync"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/ports"
)

// habits say how badly the mail does its work: one event in so many is lost, or followed by a copy of it or of an
// earlier one. 0 is never. With doubles each is delivered twice.
type habits struct {
	random        *rand.Rand
	loses, copies int
	doubles       bool
}

// mail is a source of events that loses some, delivers some again and holds some back.
type mail struct {
	inner  ports.EventSource
	turned chan struct{} // filled when held may have changed

	mu      sync.Mutex
	habits  habits
	held    bool
	blind   bool           // it loses everything but marks
	past    []domain.Event // the last ones
	again   []domain.Event // copies that are due
	out     *domain.Event  // the one that the watchdog deals with
	copied  bool           // that is a copy
	counted count
}

// count is how many events the watchdog has dealt with, how many of them were marks, how many were lost and how many
// delivered again.
type count struct{ dealt, marks, lost, twice int }

// Next returns the next event or a copy of an earlier one.
func (m *mail) Next(ctx context.Context) (domain.Event, error) {
	m.deal()
	if e, ok := m.copy(); ok {
		return e, nil
	}
	for {
		e, err := m.inner.Next(ctx)
		if err != nil {
			return e, err
		}
		if err := m.wait(ctx); err != nil {
			return domain.Event{}, err
		}
		if !m.lose(e) {
			return m.hand(e, false), nil
		}
		if err := m.inner.Done(); err != nil {
			return domain.Event{}, err
		}
	}
}

// Done accepts an event that is no copy.
func (m *mail) Done() error {
	m.mu.Lock()
	copied := m.copied
	m.mu.Unlock()
	if copied {
		return nil
	}
	return m.inner.Done()
}

// deal notes that the watchdog has dealt with what it was handed.
func (m *mail) deal() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.out == nil {
		return
	}
	m.counted.dealt++
	if mark(*m.out) {
		m.counted.marks++
	}
	m.out = nil
}

func mark(e domain.Event) bool { return e.Name == "REMOTE_COMMUNICATION" }

// count returns what has become of the events so far.
func (m *mail) count() count {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.counted
}

func (m *mail) hand(e domain.Event, copied bool) domain.Event {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.out, m.copied = &e, copied
	if copied || mark(e) {
		return e
	}
	m.past = append(m.past, e)
	m.past = m.past[max(0, len(m.past)-10):]
	switch {
	case m.habits.doubles:
		m.again = append(m.again, e)
	case m.habits.one(m.habits.copies):
		m.again = append(m.again, m.past[m.habits.random.IntN(len(m.past))])
	}
	return e
}

// one is true once in n.
func (h habits) one(n int) bool { return n > 0 && h.random.IntN(n) == 0 }

func (m *mail) copy() (domain.Event, bool) {
	m.mu.Lock()
	if len(m.again) == 0 {
		m.mu.Unlock()
		return domain.Event{}, false
	}
	e := m.again[0]
	m.again = m.again[1:]
	m.counted.twice++
	m.mu.Unlock()
	return m.hand(e, true), true
}

func (m *mail) lose(e domain.Event) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	ours := e.Change != nil && e.Change.ID == listenerID() // without these the table is not kept from events at all
	if mark(e) || ours || !m.blind && !m.habits.one(m.habits.loses) {
		return false
	}
	m.counted.lost++
	return true
}

// hold keeps all events back until it is called with false.
func (m *mail) hold(yes bool) {
	m.mu.Lock()
	m.held = yes
	m.mu.Unlock()
	select {
	case m.turned <- struct{}{}:
	default:
	}
}

func (m *mail) wait(ctx context.Context) error {
	for {
		m.mu.Lock()
		held := m.held
		m.mu.Unlock()
		if !held {
			return nil
		}
		select {
		case <-m.turned:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// loseAll has everything but marks lost, until it is called with false.
func (m *mail) loseAll(yes bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.blind = yes
}

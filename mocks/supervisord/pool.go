package supervisord

import (
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"supervisor-healthcheck/domain"
)

// Delivery is one event as it was written to a listener. A rejected event is delivered again, as another Delivery.
type Delivery struct {
	Event
	Serial     int
	PoolSerial int
	Raised     time.Time // when it happened
	At         time.Time // when it was written
	Answered   time.Time // zero as long as there is no answer
	Result     string    // what the listener answered; "OK" accepts, everything else rejects
}

// Deliveries returns the last 10 000 events that were written to Config.Listener, in order.
func (s *Server) Deliveries() []Delivery {
	if s.config.Listener == nil {
		return nil
	}
	return s.DeliveriesTo(s.config.Listener.Name)
}

// DeliveriesTo returns the last 10 000 events that were written to this listener, in order.
func (s *Server) DeliveriesTo(listener string) []Delivery {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.deliveries[listener])
}

// pool is the listener's side of its process: the buffer of waiting events and the state of the protocol.
type pool struct {
	name       string
	events     []string
	size       int
	buffer     []*notice
	serial     int
	overflowed int
	process    *process

	state  Readiness
	output []byte  // read from its stdout and not yet understood
	wanted int     // the announced length of the result; -1 before the result line
	result []byte  // what has come of it
	busy   *notice // the event that it has
	deaf   bool    // it has closed its stdin
}

// notice is one event for all listeners.
type notice struct {
	Event
	serial      int
	raised      time.Time
	poolSerials map[string]int // by listener
}

// pool is that of Config.Listener, if it is in use.
func (s *Server) pool() *pool {
	if s.config.Listener == nil {
		return nil
	}
	return s.poolOf(s.config.Listener.Name)
}

func (s *Server) poolOf(listener string) *pool {
	if g := s.group(listener); g != nil {
		return g.pool
	}
	return nil
}

func (s *Server) pools() []*pool {
	var all []*pool
	for _, g := range s.groups {
		if g.pool != nil {
			all = append(all, g.pool)
		}
	}
	return all
}

// accept buffers an event, at the head when it comes back. The oldest waiting event has to go when the buffer is full.
func (s *Server) accept(p *pool, n *notice, head bool) {
	if _, known := n.poolSerials[p.name]; !known {
		n.poolSerials[p.name] = p.serial
		p.serial++
	}
	if len(p.buffer) >= p.size {
		p.buffer = p.buffer[1:]
		p.overflowed++
	}
	if head {
		p.buffer = slices.Insert(p.buffer, 0, n)
	} else {
		p.buffer = append(p.buffer, n)
	}
	s.dirty = true
}

// dispatch writes the oldest event to a listener that is RUNNING and READY. It never waits: the pipe is fed by a
// goroutine of its own.
func (s *Server) dispatch(p *pool) {
	if len(p.buffer) == 0 || p.state != Ready || p.deaf || p.process.state != domain.Running || p.process.child == nil {
		return
	}
	n := p.buffer[0]
	p.buffer = p.buffer[1:]
	if !p.process.child.feed(s.envelope(p, n)) {
		s.crash()
		return
	}
	p.state, p.busy, p.wanted = Busy, n, -1
	s.deliveries[p.name] = append(recent(s.deliveries[p.name]), Delivery{Event: n.Event, Serial: n.serial, PoolSerial: n.poolSerials[p.name],
		Raised: n.raised, At: time.Now()})
	s.dirty = true
}

func (s *Server) envelope(p *pool, n *notice) []byte {
	return fmt.Appendf(nil, "ver:3.0 server:%s serial:%d pool:%s poolserial:%d eventname:%s len:%d\n%s",
		s.config.Identifier, n.serial, p.name, n.poolSerials[p.name], n.Name, utf8.RuneCountInString(n.Payload), n.Payload)
}

// reject puts the event that a listener has not accepted at the head of the buffer again, and at that of every other
// listener: supervisord takes processes of equal priority for one another there.
func (s *Server) reject(p *pool) {
	n := p.busy
	if n == nil {
		return
	}
	p.busy = nil
	for _, each := range s.pools() {
		s.accept(each, n, true)
	}
}

// answered notes the result of the delivery that is not yet answered, which is the last to this listener.
func (s *Server) answered(p *pool, result string) {
	deliveries := s.deliveries[p.name]
	if last := len(deliveries) - 1; last >= 0 {
		deliveries[last].Answered, deliveries[last].Result = time.Now(), result
	}
}

// recent keeps a record from growing without bound.
func recent[T any](record []T) []T {
	const most = 10_000
	if len(record) < most {
		return record
	}
	return record[1:]
}

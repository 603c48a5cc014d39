package supervisord

import (
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"supervisor-healthcheck/domain"
)

// Delivery is one event as it was written to the listener. A rejected event is delivered again, as another Delivery.
type Delivery struct {
	Event
	Serial     int
	PoolSerial int
	At         time.Time
	Answered   time.Time // zero as long as there is no answer
	Result     string    // what the listener answered; "OK" accepts, everything else rejects
}

// Deliveries returns the last 10 000 events that were written to the listener, in order.
func (s *Server) Deliveries() []Delivery {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.deliveries)
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

type notice struct {
	Event
	serial, poolSerial int
}

func (s *Server) pool() *pool {
	for _, g := range s.groups {
		if g.pool != nil {
			return g.pool
		}
	}
	return nil
}

// accept buffers an event, at the head when it comes back. The oldest waiting event has to go when the buffer is full.
func (s *Server) accept(p *pool, n *notice, head bool) {
	if n.poolSerial < 0 {
		n.poolSerial = p.serial
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
	s.deliveries = append(recent(s.deliveries), Delivery{Event: n.Event, Serial: n.serial, PoolSerial: n.poolSerial, At: time.Now()})
	s.dirty = true
}

func (s *Server) envelope(p *pool, n *notice) []byte {
	return fmt.Appendf(nil, "ver:3.0 server:%s serial:%d pool:%s poolserial:%d eventname:%s len:%d\n%s",
		s.config.Identifier, n.serial, p.name, n.poolSerial, n.Name, utf8.RuneCountInString(n.Payload), n.Payload)
}

// reject puts the event that the listener has not accepted back to the head of the buffer.
func (s *Server) reject(p *pool) {
	if n := p.busy; n != nil {
		p.busy = nil
		s.accept(p, n, true)
	}
}

// answered notes the result of the delivery that is not yet answered, which is the last.
func (s *Server) answered(result string) {
	if last := len(s.deliveries) - 1; last >= 0 {
		s.deliveries[last].Answered, s.deliveries[last].Result = time.Now(), result
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

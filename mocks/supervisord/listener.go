package supervisord

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Readiness is the state of the listener in the event protocol.
type Readiness string

// The four states. Unknown follows every violation of the protocol and ends only with the process.
const (
	Acknowledged Readiness = "ACKNOWLEDGED"
	Ready        Readiness = "READY"
	Busy         Readiness = "BUSY"
	Unknown      Readiness = "UNKNOWN"
)

// ListenerState is what supervisord knows of a listener and tells nobody.
type ListenerState struct {
	State      Readiness // of its present or last life
	PID        int       // 0 when it does not run
	Buffered   int       // events that wait, without the one that it has
	Overflowed int       // events that were dropped because too many waited
}

// Accepts reports whether the listener has said that it is READY. While events wait it is BUSY again at once, so who waits for that
// may never see it READY.
func (l ListenerState) Accepts() bool { return l.State == Ready || l.State == Busy }

// ListenerState returns the state of Config.Listener; the zero value if there is none.
func (s *Server) ListenerState() ListenerState {
	if s.config.Listener == nil {
		return ListenerState{}
	}
	return s.ListenerStateOf(s.config.Listener.Name)
}

// ListenerStateOf returns the state of this listener; the zero value if there is none.
func (s *Server) ListenerStateOf(listener string) ListenerState {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.poolOf(listener)
	if p == nil {
		return ListenerState{}
	}
	return ListenerState{State: p.state, PID: p.process.pid(), Buffered: len(p.buffer), Overflowed: p.overflowed}
}

// KillListener sends SIGKILL to Config.Listener, as a death that supervisord has not wanted.
func (s *Server) KillListener() error {
	if s.config.Listener == nil {
		return errors.New("kill the listener: there is none")
	}
	return s.Kill(s.config.Listener.Name)
}

// Kill sends SIGKILL to a process, as a death that supervisord has not wanted.
func (s *Server) Kill(name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, p, err := s.find(name)
	if err != nil {
		return err
	}
	if p == nil || p.child == nil {
		return fmt.Errorf("kill %s: it does not run", name)
	}
	return p.child.cmd.Process.Kill()
}

// Noise writes raw bytes to the stdin of Config.Listener, between events and whatever its state.
func (s *Server) Noise(junk []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.pool()
	if p == nil || p.process.child == nil {
		return errors.New("make noise: the listener does not run")
	}
	if !p.process.child.feed(bytes.Clone(junk)) {
		return errors.New("make noise: the listener does not read its stdin")
	}
	return nil
}

// reborn begins the protocol anew for a new life of the process.
func (p *pool) reborn() {
	p.state, p.output, p.result, p.wanted, p.busy, p.deaf = Acknowledged, nil, nil, -1, nil, false
}

// hear understands as much of the listener's output as can be understood.
func (s *Server) hear(p *pool) {
	for understood := true; understood && len(p.output) > 0; {
		switch p.state {
		case Acknowledged:
			understood = s.hearReady(p)
		case Busy:
			understood = s.hearAnswer(p)
		case Ready:
			s.confuse(p)
		default:
			p.output = nil
		}
	}
}

func (s *Server) hearReady(p *pool) bool {
	const token = "READY\n"
	if len(p.output) < len(token) {
		return false
	}
	if !bytes.HasPrefix(p.output, []byte(token)) {
		s.confuse(p)
		return true
	}
	p.state, p.output, s.dirty = Ready, p.output[len(token):], true
	return true
}

func (p *pool) resultLine() (string, bool) {
	line, rest, found := bytes.Cut(p.output, []byte("\n"))
	if found {
		p.output = rest
	}
	return string(line), found
}

// hearAnswer follows supervisord to the letter: the first seven bytes of the result line are never compared, a
// result of no bytes is seen only when more bytes come, and a negative length swallows everything.
func (s *Server) hearAnswer(p *pool) bool {
	if p.wanted == -1 {
		line, complete := p.resultLine()
		if !complete {
			return false
		}
		length, err := strconv.Atoi(strings.TrimSpace(line[min(len("RESULT "), len(line)):]))
		if err != nil {
			s.answered(p, line)
			s.confuse(p)
			s.reject(p)
			return true
		}
		if p.wanted = length; length < 0 {
			p.wanted = -2
		}
		return true
	}
	if p.wanted < 0 {
		p.output = nil
		return true
	}
	take := min(p.wanted-len(p.result), len(p.output))
	p.result, p.output = append(p.result, p.output[:take]...), p.output[take:]
	if len(p.result) == p.wanted {
		s.conclude(p)
	}
	return true
}

// conclude takes the complete result of the event that the listener has.
func (s *Server) conclude(p *pool) {
	s.answered(p, string(p.result))
	p.state, s.dirty = Acknowledged, true
	if string(p.result) != "OK" {
		s.reject(p)
	}
	p.busy, p.result, p.wanted = nil, nil, -1
}

func (s *Server) confuse(p *pool) {
	p.state, p.output, s.dirty = Unknown, nil, true
}

// ear receives the listener's stdout.
type ear struct {
	server *Server
	pool   *pool
}

// Write takes what one life of the listener has written.
func (e ear) Write(b []byte) (int, error) {
	e.server.mu.Lock()
	defer e.server.mu.Unlock()
	if e.server.gone() {
		return 0, io.ErrClosedPipe
	}
	e.pool.output = append(e.pool.output, b...)
	e.server.settle()
	return len(b), nil
}

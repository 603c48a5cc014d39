package supervisord

import (
	"slices"
	"strconv"
	"syscall"
	"time"

	"supervisor-healthcheck/domain"
)

// process is one supervised process and its state machine, as supervisor's process.py has it.
type process struct {
	Program
	state   domain.State
	tries   int       // starts that failed in a row; RUNNING and FATAL forget them, a stop does not
	due     time.Time // the end of the back-off, or when SIGKILL follows the stop signal
	started time.Time
	ended   time.Time
	killing bool   // what ends it is a stop
	exit    int    // exit status of the last end; -1 after a signal, 0 while unknown
	failure string // spawnerr
	child   *child // nil when it does not run
	pool    *pool  // of a listener
}

func (p *process) pid() int {
	if p.child == nil {
		return 0
	}
	return p.child.pid
}

func (p *process) expected() bool { return slices.Contains(p.ExitCodes, p.exit) }

func (p *process) in(states ...domain.State) bool { return slices.Contains(states, p.state) }

// startedOrTrying is what supervisord calls RUNNING_STATES.
func (p *process) startedOrTrying() bool {
	return p.in(domain.Running, domain.Backoff, domain.Starting)
}

func (p *process) atRest() bool {
	return p.in(domain.Stopped, domain.Exited, domain.Fatal, domain.StateUnknown)
}

func (p *process) signallable() bool {
	return p.in(domain.Running, domain.Starting, domain.Stopping)
}

// restarts reports whether autorestart brings back a process that has EXITED.
func (p *process) restarts() bool {
	return p.AutoRestart == RestartAlways || p.AutoRestart == RestartUnexpected && !p.expected()
}

func (s *Server) enter(p *process, state domain.State) {
	from := p.state
	p.state = state
	s.dirty = true
	switch state {
	case domain.Backoff:
		p.tries++
		p.due = time.Now().Add(time.Duration(p.tries) * s.config.Second)
	case domain.Exited:
		p.due = time.Now().Add(s.config.Second)
	}
	if from != state {
		s.raise("PROCESS_STATE_"+state.String(), stateChange(p, from))
	}
}

// spawn starts the process. It does nothing when there is still a child, as in STOPPING.
func (s *Server) spawn(p *process) {
	if p.child != nil {
		return
	}
	p.killing, p.failure, p.exit = false, "", 0
	p.started = time.Now()
	s.enter(p, domain.Starting)
	path, cannot := p.lookup()
	if cannot != nil {
		p.failure = cannot.why
		s.enter(p, domain.Backoff)
		return
	}
	child, err := s.launch(p, path)
	if err != nil {
		p.failure = err.Error()
		s.enter(p, domain.Backoff)
		return
	}
	p.child = child
}

// stop sends the stop signal, or later SIGKILL. A process in BACKOFF has nothing to signal and is STOPPED at once.
func (s *Server) stop(p *process, signal syscall.Signal) {
	if p.state == domain.Backoff {
		s.enter(p, domain.Stopped)
		return
	}
	p.killing, p.due = true, time.Now().Add(p.StopWait)
	if p.state != domain.Stopping {
		s.enter(p, domain.Stopping)
	}
	p.child.signal(signal)
}

func (s *Server) giveUp(p *process) {
	p.tries = 0
	s.enter(p, domain.Fatal)
}

// finish draws the consequences of the end of the child.
func (s *Server) finish(p *process, status int) {
	p.ended = time.Now()
	switch {
	case p.killing:
		p.killing, p.exit = false, status
		s.enter(p, domain.Stopped)
	case p.ended.Sub(p.started) < p.Startup:
		p.exit, p.failure = 0, "Exited too quickly (process log may have details)"
		s.enter(p, domain.Backoff)
	default:
		p.tries, p.exit = 0, status
		if p.state == domain.Starting {
			s.enter(p, domain.Running)
		}
		if !p.expected() {
			p.failure = "Bad exit code " + strconv.Itoa(status)
		}
		s.enter(p, domain.Exited)
	}
	p.child = nil
	if p.pool != nil {
		s.reject(p.pool)
	}
}

// transition does what the passing of time brings.
func (s *Server) transition(p *process, now time.Time) {
	switch p.state {
	case domain.Stopped:
		if s.mood == running && p.AutoStart && p.started.IsZero() {
			s.spawn(p)
		}
	case domain.Starting:
		if now.Sub(p.started) >= p.Startup {
			p.tries = 0
			s.enter(p, domain.Running)
		}
	case domain.Backoff:
		if p.tries > p.StartRetries {
			s.giveUp(p)
		} else if s.mood == running && !now.Before(p.due) {
			s.spawn(p)
		}
	case domain.Exited:
		if s.mood == running && p.restarts() && !now.Before(p.due) {
			s.spawn(p)
		}
	case domain.Stopping:
		if p.child != nil && !now.Before(p.due) {
			s.stop(p, syscall.SIGKILL)
		}
	}
}

// deadline is when transition has something to do, if nothing else happens; zero if never.
func (p *process) deadline() time.Time {
	switch p.state {
	case domain.Starting:
		return p.started.Add(p.Startup)
	case domain.Backoff, domain.Stopping:
		return p.due
	case domain.Exited:
		if p.restarts() {
			return p.due
		}
	}
	return time.Time{}
}

package supervisord

import (
	"slices"
	"strconv"
	"strings"
	"syscall"

	"supervisor-healthcheck/domain"
)

// deferred is an answer that has to wait for something. It is asked again whenever something has changed.
type deferred func() (answer any, done bool, err error)

// startProcess looks at the command before the state, and answers true for a STOPPING process without starting it.
func (s *Server) startProcess(name string, wait bool) (any, error) {
	g, p, err := s.find(name)
	if err != nil {
		return nil, err
	}
	if p == nil {
		return s.startAll(g.processes, wait), nil
	}
	if _, cannot := p.lookup(); cannot != nil {
		return nil, fault(cannot.code, cannot.why)
	}
	if p.startedOrTrying() {
		return nil, fault(alreadyStarted, name)
	}
	if p.state == domain.StateUnknown {
		return nil, fault(failed, name+" is in an unknown process state")
	}
	s.spawn(p)
	if p.failure != "" {
		return nil, fault(spawnError, name)
	}
	s.settle()
	if !wait || p.state == domain.Running {
		return true, nil
	}
	return deferred(func() (any, bool, error) { return startedYet(p, name) }), nil
}

func startedYet(p *process, name string) (any, bool, error) {
	switch {
	case p.failure != "":
		return nil, true, fault(spawnError, name)
	case !p.in(domain.Starting, domain.Running):
		return nil, true, fault(abnormalTermination, name)
	}
	return true, p.state == domain.Running, nil
}

func (s *Server) stopProcess(name string, wait bool) (any, error) {
	g, p, err := s.find(name)
	if err != nil {
		return nil, err
	}
	if p == nil {
		return s.stopAll(g.processes, wait), nil
	}
	if !p.startedOrTrying() {
		return nil, fault(notRunning, name)
	}
	s.stop(p, p.stopSignal())
	s.settle()
	if !wait || p.atRest() {
		return true, nil
	}
	return deferred(func() (any, bool, error) { return true, p.atRest(), nil }), nil
}

func (s *Server) signalProcess(name, signal string) (any, error) {
	g, p, err := s.find(name)
	if err != nil {
		return nil, err
	}
	if p == nil {
		return s.signalAll(g.processes, signal)
	}
	number, ok := signalNumber(signal)
	if !ok {
		return nil, fault(badSignal, signal)
	}
	if !p.signallable() {
		return nil, fault(notRunning, name)
	}
	p.child.signal(number)
	return true, nil
}

func (s *Server) startAll(processes []*process, wait bool) deferred {
	return s.all(processes, func(p *process) bool { return !p.startedOrTrying() },
		func(name string) (any, error) { return s.startProcess(name, wait) })
}

func (s *Server) stopAll(processes []*process, wait bool) deferred {
	return s.all(processes, (*process).startedOrTrying,
		func(name string) (any, error) { return s.stopProcess(name, wait) })
}

func (s *Server) signalAll(processes []*process, signal string) (any, error) {
	answer, _, err := s.all(processes, (*process).signallable,
		func(name string) (any, error) { return s.signalProcess(name, signal) })()
	return answer, err
}

// all calls once for each process that fits, and answers with one struct for each when the last is done.
func (s *Server) all(processes []*process, fits func(*process) bool, call func(name string) (any, error)) deferred {
	type pending struct {
		process *process
		more    deferred
	}
	var waiting []pending
	results := []any{}
	asked := false
	note := func(p *process, err error) { results = append(results, outcome(p, err)) }
	return func() (any, bool, error) {
		for _, p := range processes {
			if asked || !fits(p) {
				continue
			}
			answer, err := call(domain.ID{Group: p.Group, Name: p.Name}.String())
			if more, ok := answer.(deferred); ok {
				waiting = append(waiting, pending{p, more})
				continue
			}
			note(p, err)
		}
		asked = true
		waiting = slices.DeleteFunc(waiting, func(w pending) bool {
			_, done, err := w.more()
			if done {
				note(w.process, err)
			}
			return done
		})
		return results, len(waiting) == 0, nil
	}
}

func outcome(p *process, err error) structure {
	status, description := success, "OK"
	if refused, ok := err.(*domain.Fault); ok {
		status, description = refused.Code, refused.Text
	}
	return structure{{"name", p.Name}, {"group", p.Group}, {"status", status}, {"description", description}}
}

// signalNumber reads HUP, SIGHUP, hup or 1. Signal 0 only asks whether the process is there.
func signalNumber(text string) (syscall.Signal, bool) {
	if n, err := strconv.Atoi(strings.TrimSpace(text)); err == nil {
		return syscall.Signal(n), n >= 0 && n <= 64
	}
	name := strings.TrimPrefix(strings.ToUpper(strings.TrimSpace(text)), "SIG")
	n, ok := signals()[name]
	return n, ok
}

func signals() map[string]syscall.Signal {
	return map[string]syscall.Signal{
		"ABRT": syscall.SIGABRT, "ALRM": syscall.SIGALRM, "CHLD": syscall.SIGCHLD, "CONT": syscall.SIGCONT,
		"HUP": syscall.SIGHUP, "INT": syscall.SIGINT, "KILL": syscall.SIGKILL, "PIPE": syscall.SIGPIPE,
		"QUIT": syscall.SIGQUIT, "STOP": syscall.SIGSTOP, "TERM": syscall.SIGTERM, "TSTP": syscall.SIGTSTP,
		"TTIN": syscall.SIGTTIN, "TTOU": syscall.SIGTTOU, "USR1": syscall.SIGUSR1, "USR2": syscall.SIGUSR2,
		"WINCH": syscall.SIGWINCH,
	}
}

package supervisord

import (
	"slices"
	"time"

	"supervisor-healthcheck/domain"
)

// Process looks at one process. The error is a *domain.Fault: 10 BAD_NAME.
func (s *Server) Process(name string) (domain.Process, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, p, err := s.find(name)
	if err != nil {
		return domain.Process{}, err
	}
	if p == nil {
		return domain.Process{}, fault(badName, name)
	}
	return p.snapshot(time.Now()), nil
}

// Processes looks at all processes, the listener included, in the order in which they are started.
func (s *Server) Processes() []domain.Process {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []domain.Process
	for _, p := range s.everything() {
		all = append(all, p.snapshot(time.Now()))
	}
	return all
}

// snapshot knows the times better than to the second.
func (p *process) snapshot(now time.Time) domain.Process {
	seen := domain.Process{ID: domain.ID{Group: p.Group, Name: p.Name}, State: p.state, PID: p.pid(),
		Started: p.started, Ended: p.ended, ExitStatus: p.exit, SpawnError: p.failure}
	if p.child != nil {
		seen.Uptime = now.Sub(p.started)
	}
	return seen
}

// StartProcess starts a process, or with "group:*" a group, as an administrator does, and with wait waits until it is
// RUNNING. The error of this and the following methods is a *domain.Fault, or that of a context when the server ends.
// Rules do not touch them, and they are not among the Calls.
func (s *Server) StartProcess(name string, wait bool) error {
	return s.administer("supervisor.startProcess", name, wait)
}

// StopProcess stops a process, or with "group:*" a group, and with wait waits until it has ended.
func (s *Server) StopProcess(name string, wait bool) error {
	return s.administer("supervisor.stopProcess", name, wait)
}

// SignalProcess sends a signal, named as in "HUP".
func (s *Server) SignalProcess(name, signal string) error {
	return s.administer("supervisor.signalProcess", name, signal)
}

// RemoveGroup takes a group whose processes have all ended out of use, as supervisorctl remove does.
func (s *Server) RemoveGroup(name string) error {
	return s.administer("supervisor.removeProcessGroup", name)
}

// AddGroup takes a group of the configuration into use, as supervisorctl add does. Programs that are given replace the
// configuration of the group before.
func (s *Server) AddGroup(name string, programs ...Program) error {
	if len(programs) > 0 {
		if err := s.configure(name, programs); err != nil {
			return err
		}
	}
	return s.administer("supervisor.addProcessGroup", name)
}

func (s *Server) configure(name string, programs []Program) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	kept := slices.DeleteFunc(slices.Clone(s.config.Programs), func(p Program) bool { return p.Group == name })
	for _, p := range programs {
		p.Group = name
		if err := checkNames(p.Group, p.Name); err != nil {
			return err
		}
		kept = append(kept, p.filled())
	}
	s.config.Programs = kept
	return nil
}

// Restart reloads: everything is stopped and started again, and meanwhile the API answers fault 6. It does not wait.
func (s *Server) Restart() error { return s.administer("supervisor.restart") }

// Shutdown stops everything in order, the listener last, and closes the API. It does not wait; Done tells the end.
func (s *Server) Shutdown() error { return s.administer("supervisor.shutdown") }

func (s *Server) administer(method string, args ...any) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.thawed(s.life); err != nil {
		return err
	}
	answer, err := s.invoke(method, args)
	if later, ok := answer.(deferred); ok {
		waited := s.until(s.life, func() (done bool) { _, done, err = later(); return done })
		if waited != nil {
			return waited
		}
	}
	return err
}

package simulation

import (
	"time"

	"supervisor-healthcheck/domain"
)

// monit is "if failed port for 3 cycles then restart, if 5 restarts within 5 cycles then unmonitor": each failed cycle after
// the third restarts again, but a port is left alone for 30 s after a restart.
type monit struct {
	prober
	services []service
}

type service struct {
	failed   int           // cycles in a row
	restarts []int         // in which cycles, the last five
	rest     time.Duration // until when the port is left alone
	ours     bool          // the next start is its own doing
	off      bool          // not monitored
}

func newMonit(cycle int) Keeper {
	m := &monit{prober: prober{period: time.Duration(cycle) * time.Second}}
	m.ask = m.test
	return m
}

// Begin implements Keeper.
func (m *monit) Begin(h *Host) {
	m.begin(h)
	m.services = make([]service, len(h.Processes()))
}

// Changed implements Keeper: who restarts by hand does it with monit restart, which ends unmonitor.
func (m *monit) Changed(n int, from, to domain.State) {
	s := &m.services[n]
	switch {
	case to != domain.Starting:
	case s.ours:
		s.ours = false
	case s.off && (from == domain.Stopped || from == domain.Fatal):
		*s = service{}
		m.host.Watch(n)
	}
}

// Touched implements Keeper.
func (m *monit) Touched(n int) { m.touched(n) }

func (m *monit) test(n int) bool {
	s := &m.services[n]
	if s.off || m.host.Now() < s.rest || m.host.State(n) != domain.Running {
		return s.failed > 0 && !s.off
	}
	if fails, _ := m.host.Fails(n); !fails {
		s.failed = 0
		return false
	}
	if s.failed++; s.failed >= 3 {
		m.act(n, s)
	}
	return true
}

func (m *monit) act(n int, s *service) {
	cycle := int(m.host.Now() / m.period)
	s.restarts = append(s.restarts, cycle)
	if last := len(s.restarts); last >= 5 {
		if s.restarts = s.restarts[last-5:]; cycle-s.restarts[0] < 5 {
			s.off = true
			m.host.GiveUp(n, true)
			return
		}
	}
	s.rest, s.ours = m.host.Now()+31*time.Second, true // the start takes its time too
	m.host.Restart(n)
}

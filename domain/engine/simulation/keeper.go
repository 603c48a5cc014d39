package simulation

import "supervisor-healthcheck/domain"

// Keeper is whoever decides what is restarted on one host. Its methods are called at the time of the Host, never at the
// same time; it plans with Host.At and acts with Restart, Kill, Stop and Start.
type Keeper interface {
	// Begin hands over the host, once, before anything has happened.
	Begin(h *Host)
	// Changed is a PROCESS_STATE event.
	Changed(n int, from, to domain.State)
	// Touched says that the truth about a process may have changed: who would only have heard that all is well may have
	// slept until now. It says nothing that a probe would not.
	Touched(n int)
}

// Policy is a way of keeping, with a name for the table.
type Policy struct {
	Name    string
	New     func() Keeper // for one host
	Manners Manners       // of whoever starts the dead again; nil is supervisord
}

// Rivals are what else there is, and the ends of the scale.
func Rivals() []Policy {
	return []Policy{
		{Name: "none", New: func() Keeper { return None{} }},
		{Name: "oracle", New: func() Keeper { return &oracle{} }},
		{Name: "informed, every 10 s", New: newInformed},
		{Name: "supervisor_checks TICK_60", New: newChecks},
		{Name: "Kubernetes liveness+startup", New: newKubelet, Manners: kubelet{}},
		{Name: "systemd WatchdogSec=30", New: newSystemd, Manners: systemd{}},
		{Name: "Monit, cycle 30 s", New: func() Keeper { return newMonit(30) }},
		{Name: "Monit, cycle 120 s", New: func() Keeper { return newMonit(120) }},
	}
}

// None restarts nothing.
type None struct{}

// Begin implements Keeper.
func (None) Begin(*Host) {}

// Changed implements Keeper.
func (None) Changed(int, domain.State, domain.State) {}

// Touched implements Keeper.
func (None) Touched(int) {}

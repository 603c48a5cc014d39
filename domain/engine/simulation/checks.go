package simulation

import (
	"time"

	"supervisor-healthcheck/domain"
)

// checks is the Python package supervisor_checks with TICK_60, as its README has it: at each tick it asks what is
// RUNNING, tries again after 3 and after 6 s, and restarts at the first failure.
type checks struct{ prober }

func newChecks() Keeper {
	c := &checks{prober{period: time.Minute}}
	c.ask = c.check
	return c
}

// Begin implements Keeper.
func (c *checks) Begin(h *Host) { c.begin(h) }

// Changed implements Keeper.
func (c *checks) Changed(int, domain.State, domain.State) {}

// Touched implements Keeper.
func (c *checks) Touched(n int) { c.touched(n) }

func (c *checks) check(n int) bool {
	c.try(n, c.host.Life(n), 3*time.Second, 6*time.Second)
	return false
}

func (c *checks) try(n, life int, pauses ...time.Duration) {
	fails, _ := c.host.Fails(n)
	switch {
	case !fails, c.host.Life(n) != life, c.host.State(n) != domain.Running:
	case len(pauses) == 0:
		c.host.Restart(n)
	default:
		c.host.After(pauses[0], func() { c.try(n, life, pauses[1:]...) })
	}
}

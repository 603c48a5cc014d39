package simulation

import (
	"time"

	"supervisor-healthcheck/domain"
)

// callForHelp lets somebody restart by hand what is down, hours later, if it is still the same then.
func (h *Host) callForHelp(p *process) {
	if h.world.Repair == 0 {
		return
	}
	h.later(p, p.people.around(h.world.Repair, 0.7), func() {
		h.score.of(p).ByHand++
		h.restartByHand(p, faulty, p.newLuck())
	})
}

// busy is how long a human waits who finds a process STOPPING, or an EXITED one that is about to be started again.
const busy = 5 * time.Second

// restartByHand is supervisorctl restart: it also starts what is down. A process that a human has stopped is left alone.
func (h *Host) restartByHand(p *process, why cause, l luck) {
	p.group.hand = h.now
	switch {
	case p.manual:
	case h.stop(p, func() { h.start(p, why, l) }):
	case p.state == domain.Stopping, p.state == domain.Stopped: // somebody is restarting it this very moment
		h.After(busy, func() { h.restartByHand(p, why, l) })
	default:
		h.start(p, why, l)
	}
}

// stopByHand is supervisorctl stop, and a start after the pause.
func (h *Host) stopByHand(p *process, pause time.Duration, l luck) {
	p.group.hand = h.now
	switch {
	case p.manual, p.state == domain.Fatal:
	case h.stop(p, nil):
		p.manual = true
		h.After(pause, func() { h.startByHand(p, l) })
	default:
		h.After(busy, func() { h.stopByHand(p, pause, l) })
	}
}

func (h *Host) startByHand(p *process, l luck) {
	p.group.hand = h.now
	switch {
	case !p.manual:
	case p.state == domain.Stopping:
		h.After(busy, func() { h.startByHand(p, l) })
	default:
		h.start(p, planned, l)
	}
}

package simulation

import (
	"time"

	"supervisor-healthcheck/domain"
)

// Manners are those of whoever starts processes again that die: supervisord, or the likes of it.
type Manners interface {
	// Died says after which pause a process is started again that has died, if it is. Early counts its deaths in a row
	// before startsecs were over, this one included, and is 0 if they were over; row counts those before which it
	// lived less than ten minutes.
	Died(early, row int) (pause time.Duration, again bool)
}

// supervisord starts what was RUNNING at once and for ever; what never got there after 1, 2 and 3 s, and then not again.
type supervisord struct{}

// Died implements Manners.
func (supervisord) Died(early, _ int) (time.Duration, bool) {
	const startRetries = 3
	if early == 0 {
		return 500 * time.Millisecond, true // until its main loop comes round
	}
	return time.Duration(early) * time.Second, early <= startRetries
}

// spawn begins a life.
func (h *Host) spawn(p *process, why cause, l luck) {
	h.pids++
	p.turn++
	p.pid, p.started, p.manual, p.killed = h.pids, h.now, false, false
	p.last, p.born = p.pid, h.Wall()
	p.life = life{cause: why}
	h.enter(p, domain.Starting)
	h.later(p, p.group.traits.startsAfter, func() {
		p.early = 0
		h.enter(p, domain.Running)
	})
	h.boot(p, l)
	h.touch(p)
}

// enter changes the state and lets the keeper know.
func (h *Host) enter(p *process, s domain.State) {
	from := p.state
	p.state = s
	if h.strain.deaf {
		h.trouble(Troubled.Lost)
	} else {
		h.keeper.Changed(p.number, from, s)
	}
}

// die ends a life that nobody has stopped.
func (h *Host) die(p *process) {
	state := domain.Exited
	if p.state == domain.Starting {
		state = domain.Backoff
		p.early++
	}
	if h.now-p.started >= 10*time.Minute {
		p.row = 0
	}
	p.row++
	p.turn++
	p.pid, p.died = 0, h.Wall()
	h.enter(p, state)
	if pause, again := h.manners.Died(p.early, p.row); again {
		h.later(p, pause, func() { h.spawn(p, p.causeOfNext(), p.newLuck()) })
	} else {
		h.enter(p, domain.Fatal)
		h.callForHelp(p)
	}
	h.touch(p)
}

// causeOfNext is that of the life that follows a death: a fault, unless the one before was killed for nothing.
func (p *process) causeOfNext() cause {
	if p.killed {
		return p.life.cause
	}
	return faulty
}

// stop stops what is up or waits for its next try, and calls then when it is STOPPED. False, and nothing else, if the
// process is in another state.
func (h *Host) stop(p *process, then func()) bool {
	switch p.state {
	case domain.Running, domain.Starting:
	case domain.Backoff:
		p.turn++
		p.next = then
		h.stopped(p)
		return true
	default:
		return false
	}
	p.turn++
	p.next = then
	h.enter(p, domain.Stopping)
	h.later(p, p.stopTime(), func() { h.stopped(p) })
	h.touch(p)
	return true
}

func (p *process) stopTime() time.Duration {
	if p.life.stubborn {
		return 10 * time.Second // stopwaitsecs, then SIGKILL
	}
	return 100 * time.Millisecond
}

func (h *Host) stopped(p *process) {
	p.turn++
	p.pid, p.died, p.early = 0, h.Wall(), 0
	h.enter(p, domain.Stopped)
	h.touch(p)
	if !p.manual {
		h.callForHelp(p) // for whoever has stopped it may forget to start it
	}
	if then := p.next; then != nil {
		p.next = nil
		then()
	}
}

// start starts what is down. False, and nothing else, if the process is in another state.
func (h *Host) start(p *process, why cause, l luck) bool {
	switch p.state {
	case domain.Stopped, domain.Fatal, domain.Exited:
		p.early = 0
		h.spawn(p, why, l)
		return true
	}
	return false
}

package simulation

import (
	"time"

	"supervisor-healthcheck/domain"
)

// Stop stops a process, which is counted for what it is. False, and nothing else, if it is not up.
func (h *Host) Stop(n int) bool { return h.stopFor(h.processes[n], nil) }

func (h *Host) stopFor(p *process, then func()) bool {
	if p.state != domain.Running && p.state != domain.Starting && p.state != domain.Backoff {
		return false
	}
	h.judge(p)
	return h.stop(p, then)
}

// Start starts a process. False, and nothing else, if it is up. Whoever starts what it has not stopped makes a restart,
// which is counted for what it is.
func (h *Host) Start(n int) bool {
	p := h.processes[n]
	if p.state == domain.Fatal || p.state == domain.Exited || p.manual {
		h.judge(p)
	}
	return h.start(p, p.why(), p.newLuck())
}

// Restart stops a process and starts it as soon as it is STOPPED; what is down it only starts. A human who comes in
// between is not heeded.
func (h *Host) Restart(n int) {
	p := h.processes[n]
	if !h.stopFor(p, func() { h.start(p, p.why(), p.newLuck()) }) {
		h.Start(n)
	}
}

// Kill ends a life, counted for what it is, and leaves the rest to the manners of whoever starts the dead again.
func (h *Host) Kill(n int) {
	p := h.processes[n]
	if p.up() {
		h.judge(p)
		h.later(p, p.stopTime(), func() {
			p.killed = true
			h.die(p)
		})
	}
}

// why is the cause of the life that follows the last judgement.
func (p *process) why() cause {
	if p.ledger.class == Cure || p.ledger.class == Futile {
		return faulty
	}
	return needless
}

// judge counts a restart by the truth, and makes what follows its account.
func (h *Host) judge(p *process) {
	t := h.score.of(p)
	p.ledger.class = p.class(h.now)
	t.Restarts[p.ledger.class]++
	if p.ledger.class == Cure && p.up() {
		t.FaultToStop = append(t.FaultToStop, h.now-p.life.since)
	}
	p.life.cause = p.why()
}

// GiveUp notes that a process is not watched from now on, said or in silence, until Watch.
func (h *Host) GiveUp(n int, said bool) {
	h.Watch(n)
	h.processes[n].watch = watch{off: true, said: said, since: h.now}
}

// Watch notes that a process is watched from now on.
func (h *Host) Watch(n int) {
	p := h.processes[n]
	if p.watch.off {
		h.score.of(p).unwatch(p.watch.said, h.now-p.watch.since)
	}
	p.watch = watch{}
}

// watch is what is known of whether a process is watched.
type watch struct {
	off, said bool
	since     time.Duration
}

// Report counts lines of the log about a process.
func (h *Host) Report(n, lines int) { h.score.of(h.processes[n]).Lines += lines }

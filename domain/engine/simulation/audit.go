package simulation

import (
	"fmt"
	"time"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/engine"
)

// audit checks what must always hold while the engine keeps a host. What does not is kept in Score.Broken.
type audit struct {
	host      *Host
	engine    func() *engine.Engine
	off       bool
	watches   int           // of each process
	patience  int           // the fewest Unhealthy verdicts in a row that may lead to a stop
	outage    time.Duration // the shortest pause before a second canary
	processes []audited
	canaries  map[*group]canary
	minutes   int
	awake     time.Duration // since when the listener lives and supervisord answers
}

// audited is what is known of a process.
type audited struct {
	steps   int             // under way
	life    int             // that of the verdicts
	failing map[int]int     // by watch: Unhealthy verdicts since the last Healthy one of this life
	owed    bool            // we have stopped it, and must start it
	stopped time.Duration   // when that was
	probed  time.Duration   // when its last probe began
	said    time.Duration   // when it was last said that it was given up
	spent   map[string]bool // the watches that have given it up
	torn    time.Duration   // the start of the life in whose restart the listener was killed: nobody can tell whose a stop is
}

// canary is the last process of a group that was restarted within an outage.
type canary struct {
	outage  int
	process int
	at      time.Duration
}

func newAudit(h *Host, s Setup, e func() *engine.Engine) audit {
	a := audit{host: h, engine: e, off: !s.Audit, watches: len(s.Watches), patience: 1 << 30, outage: never}
	a.processes, a.canaries = make([]audited, len(h.processes)), map[*group]canary{}
	for _, p := range s.Watches {
		a.patience = min(a.patience, p.Failures)
		a.outage = min(a.outage, p.Outage)
	}
	return a
}

// broken notes what does not hold.
func (a *audit) broken(n int, format string, args ...any) {
	p := a.host.processes[n]
	what := fmt.Sprintf(format, args...)
	a.host.score.broken(fmt.Sprintf("host %d, %v, %s: %s", a.host.number, a.host.now, p.id, what))
}

func (a *audit) killed(lost bool, unfinished map[domain.ID]domain.Restart) {
	a.awake = a.host.now
	for n := range a.processes {
		p := &a.processes[n]
		p.steps = 0
		p.said = a.host.now
		if lost {
			p.owed = false
		}
		if _, open := unfinished[a.host.processes[n].id]; open {
			p.torn = a.host.processes[n].started
		}
	}
}

func (a *audit) probed(n int) {
	p := &a.processes[n]
	p.probed = a.host.now
	if a.host.silent(n) {
		a.host.Watch(n)
	}
}

func (a *audit) judged(n, watch int, h domain.Health) {
	p := &a.processes[n]
	if life := a.host.Life(n); life != p.life || p.failing == nil {
		p.life, p.failing = life, map[int]int{}
	}
	switch h {
	case domain.Healthy:
		p.failing[watch] = 0
	case domain.Unhealthy:
		p.failing[watch]++
	}
}

func (a *audit) stepping(n int, s engine.Step) {
	p := &a.processes[n]
	if p.steps++; p.steps > 1 && !a.off {
		a.broken(n, "two steps at a time: %v in phase %v", s.Act, s.Restart.Phase)
	}
}

func (a *audit) stepped(n int) { a.processes[n].steps-- }

// stops is called just before a stop is sent.
func (a *audit) stops(n int) {
	p := &a.processes[n]
	if away, mute := a.host.Away(); a.off || away && !mute {
		return // it is not carried out
	}
	state := a.host.State(n)
	if state != domain.Running && state != domain.Starting && state != domain.Backoff {
		return
	}
	most := 0
	for _, failing := range p.failing {
		most = max(most, failing)
	}
	if a.host.Life(n) != p.life || most < a.patience {
		a.broken(n, "a stop after %d unhealthy verdicts in this life", most)
	}
	if a.host.Truth(n) == Outage {
		a.shared(n)
	}
	p.owed, p.stopped = true, a.host.now
}

// shared checks that one at a time is restarted, to see whether it helps, of a group of which all were well until what they
// depend on went away.
func (a *audit) shared(n int) {
	g := a.host.processes[n].group
	if !g.calm || max(a.awake, g.hand) > g.since-time.Minute {
		return
	}
	last := a.canaries[g]
	if last.outage == g.outages && last.process != n && a.host.now-last.at < a.outage-time.Minute {
		a.broken(n, "a second canary %v after %s", a.host.now-last.at, a.host.processes[last.process].id)
	}
	a.canaries[g] = canary{outage: g.outages, process: n, at: a.host.now}
}

// starts is called just before a start is sent.
func (a *audit) starts(n int) {
	if !a.off && a.host.processes[n].manual && a.host.State(n) == domain.Stopped && a.processes[n].torn != a.host.processes[n].started {
		a.broken(n, "started although a human had stopped it")
	}
}

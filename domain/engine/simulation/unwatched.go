package simulation

import (
	"reflect"
	"time"

	"supervisor-healthcheck/domain"
)

// decided reads the decision after a probe. A process is unwatched when all its watches have given it up.
func (a *audit) decided(n int, watch string, d domain.Decision) {
	p := &a.processes[n]
	gaveUp := d.Kind == domain.GiveUp
	if gaveUp == p.spent[watch] {
		return
	}
	if p.spent == nil {
		p.spent = map[string]bool{}
	}
	before := p.unwatched(a.watches)
	p.spent[watch] = gaveUp
	switch after := p.unwatched(a.watches); {
	case after && !before:
		a.host.GiveUp(n, true)
	case before && !after:
		a.host.Watch(n)
	}
}

func (p *audited) unwatched(watches int) bool {
	n := 0
	for _, spent := range p.spent {
		if spent {
			n++
		}
	}
	return n == watches
}

func (a *audit) told(n int, r domain.Report) {
	if r.Kind == domain.ReportDropped && r.Restart.Trouble.Kind == domain.TroubleLeftStopped {
		a.leftStopped(n)
	}
	if r.Kind == domain.ReportJudged && r.Decision.Kind == domain.GiveUp {
		a.processes[n].said = a.host.now
	}
}

// leftStopped checks that what we have stopped is left so only where nobody runs beside it in its group, and somebody was
// stopped by hand.
func (a *audit) leftStopped(n int) {
	p := &a.processes[n]
	byHand := false
	for _, other := range a.host.processes[n].group.members {
		if other.number == n {
			continue
		}
		byHand = byHand || other.manual
		if other.up() && !other.manual && !a.off {
			a.broken(n, "left stopped although %s runs", other.id)
		}
	}
	if !byHand && !a.off {
		a.broken(n, "left stopped although nobody has stopped the others")
	}
	p.owed = false
}

// The longest times for which nothing need be heard.
const (
	startWithin = 10 * time.Minute
	probeWithin = 5 * time.Minute
	saidWithin  = 6*time.Hour + 5*time.Minute
)

// tick looks for what is forgotten, once a minute.
func (a *audit) tick() {
	if a.off {
		return
	}
	if away, _ := a.host.Away(); away {
		a.awake = a.host.now
	}
	if a.minutes++; a.minutes%12 > 0 {
		return
	}
	for n := range a.processes {
		a.look(n)
	}
	if a.minutes%(12*60*6) == 0 {
		a.weigh()
	}
}

// mostReach is how much of the engine's memory one process may take, in the units of reach: a thousand acts of five fields,
// in its history, in what is to be saved and in what was saved.
const mostReach = 3 * 1000 * 5

// weigh checks that the engine does not grow with what has happened.
func (a *audit) weigh() {
	if n := reach(reflect.ValueOf(a.engine()), map[uintptr]bool{}); n > mostReach*len(a.processes) {
		a.broken(0, "the engine remembers %d things about %d processes", n, len(a.processes))
	}
}

func (a *audit) look(n int) {
	p, now := &a.processes[n], a.host.now
	born := a.host.processes[n].started
	if born > p.stopped || a.host.processes[n].manual {
		p.owed = false
	}
	switch {
	case now-a.awake < startWithin:
	case p.owed && a.host.State(n) == domain.Stopped && now-p.stopped > startWithin:
		p.owed = false
		a.broken(n, "stopped by us %v ago and not started", now-p.stopped)
	case a.host.State(n) == domain.Running && p.steps == 0 && now-max(born, p.probed) > probeWithin && !a.host.silent(n):
		a.host.GiveUp(n, false)
		a.broken(n, "not probed for %v, without a word", now-p.probed)
	case p.unwatched(a.watches) && now-p.said > saidWithin && !a.host.silent(n):
		a.host.GiveUp(n, false)
		a.broken(n, "given up, and not said for %v", now-p.said)
	}
}

// silent reports whether a process is unwatched without a word.
func (h *Host) silent(n int) bool { return h.processes[n].watch.off && !h.processes[n].watch.said }

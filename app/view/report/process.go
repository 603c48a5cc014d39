package report

import (
	"maps"
	"slices"
	"time"

	"supervisor-healthcheck/adapters/words"
	"supervisor-healthcheck/domain"
)

// process follows what becomes of one process.
type process struct {
	supervisord, name string
	open              map[watch]*trouble
	planned           map[watch]bool // the last that was decided is a restart that was planned
	troubles          []*trouble     // all of them, in the order in which they began
	acts              []*act
	moments           []moment
	logs              map[int]bool // that tell of it
	begun             int          // restarts whose end is not told yet
	down              bool         // one of them has left the service down
	sums              Sums
	givenUp           map[watch]bool
}

// act is a restart, a start or a signal.
type act struct {
	at      time.Time
	watch   watch
	check   string
	down    float64
	planned bool
	signal  bool
}

// moment is when something was seen that tells whether a restart has helped.
type moment struct {
	at   time.Time
	what what
}

type what int

const (
	well    what = iota // it is healthy, and no watch says otherwise
	ill                 // it is not, after its grace
	acted               // we have restarted it once more
	spent               // it was given up, or dies over and over
	unknown             // somebody else has done something, or nobody looks
)

func (p *process) note(at time.Time, w what) { p.moments = append(p.moments, moment{at, w}) }

func (p *process) take(e told) {
	w := watch{e.log, e.Watch}
	p.logs[e.log] = true
	switch e.Kind {
	case domain.ReportJudged.String():
		p.judged(e, w)
	case domain.ReportStopping.String():
		p.begun++
	case domain.ReportRestarted.String():
		p.ended()
		p.act(e, w, false)
	case domain.ReportSignalled.String():
		if e.Level != "ERROR" {
			p.act(e, w, true)
		}
	case domain.ReportDropped.String():
		p.ended()
		p.sums.Restarts.Dropped++
	case domain.ReportRefused.String():
		if !again(e) {
			p.sums.Restarts.Refused++
		}
	case domain.ReportLate.String(), domain.ReportNotStarted.String():
		p.late(e)
	case domain.ReportStopped.String():
		p.others(e.At)
		p.givenUp = nil
	case domain.ReportRearmed.String():
		p.rearmed(e, w)
	case domain.ReportRestartedByOther.String():
		for _, t := range p.open {
			t.acts++
		}
	case domain.ReportFlapping.String():
		if !again(e) {
			p.sums.CrashLoops++
			p.sums.LastExit = e.Fact("last_exit")
			p.note(e.At, spent)
		}
	case domain.ReportWarning.String():
		p.warned(e)
	}
}

func again(e told) bool { return e.Fact("again") == "true" }

// ended notes the end of a restart.
func (p *process) ended() { p.begun, p.down = max(0, p.begun-1), false }

func (p *process) act(e told, w watch, signal bool) {
	one := &act{at: e.At, watch: w, check: e.Check, down: e.Seconds, signal: signal, planned: p.planned[w] && p.open[w] == nil}
	if t := p.open[w]; t != nil && one.check == "" {
		one.check = t.check
	}
	for _, t := range p.open {
		t.acts++
		t.booting = !signal
	}
	p.planned[w] = false
	p.acts = append(p.acts, one)
	p.note(e.At, acted)
}

// late counts the restarts after which the service does not come up.
func (p *process) late(e told) {
	if e.Message == words.DownAfterUs && !p.down {
		p.down = true
		p.sums.Restarts.DownAfter++
	}
	if e.Kind == domain.ReportNotStarted.String() {
		p.ended()
	}
}

// rearmed ends a give-up. Without a watch somebody else has started the process.
func (p *process) rearmed(e told, w watch) {
	if e.Watch != "" {
		delete(p.givenUp, w)
		return
	}
	p.givenUp = nil
	p.others(e.At)
}

// others notes that somebody else has stopped or started the process.
func (p *process) others(at time.Time) {
	for _, t := range p.open {
		p.close(t, at, byOthers)
	}
	p.note(at, unknown)
}

func (p *process) warned(e told) {
	i := slices.IndexFunc(p.sums.Warnings, func(w Warning) bool { return w.Check == e.Check })
	text := e.Fact("reason")
	switch {
	case i >= 0 && text == "":
		p.sums.Warnings[i].Over = true
	case text == "":
	case i < 0:
		p.sums.Warnings = append(p.sums.Warnings, Warning{Process: p.name, Check: e.Check, Text: text, Count: 1})
	default:
		w := &p.sums.Warnings[i]
		w.Text, w.Over = text, false
		if !again(e) {
			w.Count++
		}
	}
}

// doubt notes that a listener has begun anew: what was open may be over without anybody having seen it.
func (p *process) doubt(log int) {
	for w, t := range p.open {
		if w.log == log {
			t.doubt = true
		}
	}
}

// finish ends what the events tell no end of.
func (p *process) finish(a *all) {
	for w, t := range p.open {
		end := a.logs[w.log].To
		if t.doubt || end.Before(a.now) {
			p.close(t, end, unseen)
		} else {
			p.close(t, end, open)
		}
	}
	p.sums.Restarts.Unfinished = p.begun
	var end time.Time
	for log := range p.logs {
		end = later(end, a.logs[log].To)
	}
	p.note(end, unknown)
	slices.SortStableFunc(p.moments, func(x, y moment) int { return x.at.Compare(y.at) })
}

// watches are those that have said something of it.
func (p *process) watches() []string {
	names := map[string]bool{}
	for _, t := range p.troubles {
		names[t.watch.name] = true
	}
	for _, one := range p.acts {
		names[one.watch.name] = true
	}
	delete(names, "")
	return append([]string{}, slices.Sorted(maps.Keys(names))...)
}

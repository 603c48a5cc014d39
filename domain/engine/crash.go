package engine

import (
	"slices"
	"time"

	"supervisor-healthcheck/domain"
)

// A process is in a crash loop when it has ended by itself so often within so long.
const (
	crashes     = 5
	crashesSpan = 10 * time.Minute
)

// deaths counts the last ends of a process by itself: those that lie no further apart than a crash loop may.
func (p *process) deaths(now time.Time) domain.Deaths {
	var d domain.Deaths
	var last time.Time
	for i := len(p.Acts) - 1; i >= 0; i-- {
		a := p.Acts[i]
		if now.Sub(a.At) >= crashesSpan {
			break
		}
		if !a.Death {
			continue
		}
		if last.IsZero() {
			last = a.At
		}
		d.Count++
		d.Within = last.Sub(a.At)
	}
	return d
}

// tellFlapping reports that a process ends by itself over and over, and asks whether another holds its port: when its deaths
// have become many or have just used up a limit, and again while it goes on.
func (e *Engine) tellFlapping(p *process, now time.Time) {
	limited := p.acts.flapping
	p.acts.flapping = false
	if n := len(p.Acts); n == 0 || !p.Acts[n-1].Death {
		return // it was a restart of another listener
	}
	deaths := p.deaths(now)
	many := deaths.Count >= crashes && e.feed.eventful() // where no event tells, a new life may be anybody's restart
	teller, d := p.limited(now)
	about := subject{kind: domain.ReportFlapping, id: p.ID}
	_, known := e.notices[about]
	if !many && !limited && (!known || d.Kind != domain.Hold) {
		e.notices.news(about, topic{}, now) // it has calmed down
		return
	}
	worth, again := e.notices.news(about, topic{number: 1}, now)
	if !worth {
		return
	}
	r := domain.Report{Kind: domain.ReportFlapping, Watch: teller.watch.Name, Process: p.ID, Deaths: &deaths, Decision: d, Again: again}
	if e.namesakes(p.ID) {
		e.report(r, now)
	} else {
		e.command(Complete{r})
	}
	e.askHolders(teller, p.Process)
}

// completed reports what the logs have told, unless they had nothing to tell.
func (e *Engine) completed(r domain.Report, now time.Time) {
	if r.Kind != domain.ReportOutput || len(r.Output) > 0 || r.Err != nil {
		e.report(r, now)
	}
}

// namesakes reports whether another group has a process of the same name: supervisord's log does not tell them apart.
func (e *Engine) namesakes(id domain.ID) bool {
	return slices.ContainsFunc(e.table.order, func(p *process) bool { return p.Name == id.Name && p.Group != id.Group })
}

// askOutput has the last lines reported that a process has written.
func (e *Engine) askOutput(x *restart) {
	if e.config.Output {
		e.command(Complete{domain.Report{Kind: domain.ReportOutput, Watch: x.Watch, Process: x.Instance.ID, PID: x.Instance.PID}})
	}
}

// limited is the watch whose limit holds the restarts of a process, and how; if none does, the first of its watches.
func (p *process) limited(now time.Time) (first *record, d domain.Decision) {
	for _, r := range p.records {
		if first == nil {
			first = r
		}
		if limit := r.watch.Policy.Limit; limit.Count > 0 {
			if all, _, left := p.spent(limit, now); left > 0 {
				return r, domain.Decision{Kind: domain.Hold, Cause: domain.CauseLimit, Left: left, Count: all, Of: limit.Count}
			}
		}
	}
	return first, d
}

package engine

import (
	"time"

	"supervisor-healthcheck/domain"
)

// ticked begins a round, after supervisord was asked for what may have changed.
func (e *Engine) ticked(in Ticked, now time.Time) {
	news := e.received(in.Numbers) && !e.feed.copied(in)
	late := e.feed.ticked(in.Tick, now)
	e.tellNoChanges(now)
	if !news || late || e.table.waiting > 0 || e.ending {
		e.report(domain.Report{Kind: domain.ReportSkipped}, now)
		return
	}
	e.consultAtTick(now)
	if !e.refresh(now) {
		e.informed(now)
	}
}

// round has everything probed that is due.
func (e *Engine) round(now time.Time) {
	if e.ending {
		return
	}
	e.findStopped()
	e.lapse(now)
	e.consult(now) // what is known before the verdicts come need not be waited for
	if e.anyStopped() {
		e.askIdentity()
	}
	var jobs []Job
	var down []*record
	for _, w := range e.watches {
		due := w.due(now)
		if due && len(w.members) > 0 {
			w.round = now
		}
		for _, p := range w.members {
			r := p.record(w)
			e.tellDown(r, now)
			switch {
			case !due || p.restarting:
			case r.probe != 0:
				e.tellLate(r, now)
			case p.State == domain.Running:
				if jobs == nil {
					jobs = make([]Job, 0, len(w.members))
				}
				jobs = append(jobs, e.job(r, now))
			case e.recovers(r):
				down = append(down, r)
			}
		}
		e.tellMembers(w, now)
		e.tellPorts(w, now)
	}
	if len(jobs) > 0 {
		e.command(Probe{jobs})
	}
	for _, r := range down {
		e.judge(r, domain.Down(r.process.Process), 0, now)
	}
	e.forget()
}

// job has one process probed under one watch.
func (e *Engine) job(r *record, now time.Time) Job {
	e.probes++
	r.probe, r.since, r.probed = e.probes, now, r.process.Instance()
	return Job{Watch: r.watch.index, Era: e.era, Process: r.process.current(now), Number: r.probe}
}

// recovers reports whether a process that does not run is to be started by us.
func (e *Engine) recovers(r *record) bool {
	policy, p := r.watch.Policy, r.process
	switch p.State {
	case domain.Fatal:
		return policy.Recovers(domain.Fatal) || policy.Recovers(domain.Backoff)
	case domain.Exited:
		return policy.Recovers(domain.Exited) && !e.expected(p)
	}
	return false
}

// lateAfter is how long a probe may take before that is reported.
const lateAfter = 5 * time.Minute

// tellLate reports a probe that does not come back.
func (e *Engine) tellLate(r *record, now time.Time) {
	took := now.Sub(r.since)
	if took <= lateAfter {
		return
	}
	about := subject{kind: domain.ReportProbeLate, watch: r.watch.Name, id: r.process.ID}
	if worth, again := e.notices.news(about, topic{number: int(r.probe)}, now); worth {
		e.report(domain.Report{Kind: domain.ReportProbeLate, Watch: r.watch.Name, Process: r.process.ID, Took: took, Again: again}, now)
	}
}

// forget says which lives there are, if one may have ended.
func (e *Engine) forget() {
	if !e.table.turned {
		return
	}
	e.table.turned = false
	alive := make(map[domain.ID]domain.Instance, len(e.table.rows))
	for id, p := range e.table.rows {
		alive[id] = p.Instance()
	}
	e.command(Forget{alive})
}

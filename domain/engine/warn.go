package engine

import (
	"slices"
	"time"

	"supervisor-healthcheck/domain"
)

// warn reports what the checks say besides the verdict: what is news, what is still so after a while, and what is over.
func (e *Engine) warn(r *record, v domain.Verdict, now time.Time) {
	if len(v.Warnings) == 0 && len(r.warned) == 0 {
		return
	}
	for _, w := range v.Warnings {
		if !slices.Contains(r.warned, w.Check) {
			r.warned = append(r.warned, w.Check)
		}
		e.tellWarning(r, w, topic{text: gist(w.Text)}, now)
	}
	if v.Health != domain.Healthy {
		return // not all checks were run, or not all could judge
	}
	r.warned = slices.DeleteFunc(r.warned, func(check string) bool {
		if slices.ContainsFunc(v.Warnings, func(w domain.Warning) bool { return w.Check == check }) {
			return false
		}
		e.tellWarning(r, domain.Warning{Check: check}, topic{}, now)
		return true
	})
}

func (e *Engine) tellWarning(r *record, w domain.Warning, t topic, now time.Time) {
	about := subject{kind: domain.ReportWarning, watch: r.watch.Name, id: r.process.ID, check: w.Check}
	if worth, again := e.notices.news(about, t, now); worth {
		e.report(domain.Report{Kind: domain.ReportWarning, Watch: r.watch.Name, Process: r.process.ID, PID: r.process.PID,
			Uptime: r.process.uptime(now), Verdict: domain.Verdict{Check: w.Check, Reason: w.Text}, Again: again}, now)
	}
}

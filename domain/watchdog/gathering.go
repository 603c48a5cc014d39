package watchdog

import "supervisor-healthcheck/domain"

// gathering collects what a round finds, for its caller.
type gathering struct {
	findings []domain.Finding
	reply    chan<- []domain.Finding
}

// add takes a verdict. A later decision about the same process takes the place of an earlier one.
func (g *gathering) add(r domain.Report) {
	found := domain.Finding{Watch: r.Watch, Process: r.Process, PID: r.PID, Verdict: r.Verdict, Decision: r.Decision}
	if n := len(g.findings) - 1; n >= 0 && g.findings[n].Watch == r.Watch && g.findings[n].Process == r.Process {
		g.findings[n] = found
		return
	}
	if r.Kind == domain.ReportProbed {
		g.findings = append(g.findings, found)
		return
	}
	for i := range g.findings {
		if g.findings[i].Watch == r.Watch && g.findings[i].Process == r.Process {
			g.findings[i] = found
		}
	}
}

// answer tells the callers of rounds what was found, when everything is in.
func (l *loop) answer() {
	if len(l.rounds) == 0 || l.refreshes > 0 || l.probes > 0 {
		return
	}
	for _, g := range l.rounds {
		g.reply <- g.findings
	}
	l.rounds = nil
}

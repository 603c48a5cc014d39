package words

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"supervisor-healthcheck/domain"
)

// Facts are what a report has to say besides its headline, what matters first.
func Facts(r domain.Report) []slog.Attr {
	attrs := make([]slog.Attr, 0, 12)
	if r.Process != (domain.ID{}) {
		attrs = append(attrs, slog.String("process", r.Process.String()))
	}
	attrs = append(attrs, ofKind(r)...)
	if r.Err != nil {
		attrs = append(attrs, slog.Any("error", r.Err))
	}
	attrs = append(attrs, source(r)...)
	if r.Again {
		attrs = append(attrs, slog.Bool("again", true))
	}
	return attrs
}

// source says who tells: the watch, and the check of it that has found something.
func source(r domain.Report) []slog.Attr {
	var attrs []slog.Attr
	if r.Watch != "" {
		attrs = append(attrs, slog.String("watch", r.Watch))
	}
	if r.Verdict.Check != "" {
		attrs = append(attrs, slog.String("check", r.Verdict.Check))
	}
	return attrs
}

// ofKind are what a kind of report has to say besides what it is about.
func ofKind(r domain.Report) []slog.Attr {
	switch r.Kind {
	case domain.ReportProbed:
		return probed(r)
	case domain.ReportJudged:
		attrs := []slog.Attr{slog.String("reason", r.Verdict.Reason)}
		if words := Decision(r); words != "" {
			attrs = append(attrs, slog.String("decision", words))
		}
		if r.Decision.Kind == domain.GiveUp {
			attrs = append(attrs, cure(r))
		}
		return append(attrs, life(r)...)
	case domain.ReportOutput:
		return []slog.Attr{slog.String("stderr", strings.Join(r.Output, "\n"))}
	case domain.ReportRuns:
		return []slog.Attr{slog.Int("pid", r.PID)}
	case domain.ReportSuspended:
		attrs := []slog.Attr{slog.String("for", rounded(r.Decision.Left))}
		if r.Text != "" {
			attrs = append(attrs, slog.String("reason", r.Text))
		}
		return attrs
	case domain.ReportRestartedByOther:
		return byOther(r)
	case domain.ReportWatching, domain.ReportIdle:
		return census(r.Census)
	case domain.ReportProbeLate:
		return []slog.Attr{slog.String("for", Whole(r.Took))}
	case domain.ReportSharedPort, domain.ReportPortConflict:
		return port(r.Port)
	case domain.ReportFlapping:
		return crashes(r)
	case domain.ReportWarning:
		if r.Verdict.Reason == "" {
			return life(r)
		}
		return append([]slog.Attr{slog.String("reason", r.Verdict.Reason)}, life(r)...)
	case domain.ReportSignalled:
		return reasoned(r, slog.String("signal", r.Signal), slog.Int("pid", r.PID))
	}
	if r.Restart != nil {
		return restart(r)
	}
	return nil
}

// byOther names the listener; the pid of the new life is not known at its very beginning.
func byOther(r domain.Report) []slog.Attr {
	attrs := []slog.Attr{slog.String("by", r.By)}
	if r.PID != 0 {
		attrs = append(attrs, slog.Int("pid", r.PID))
	}
	return attrs
}

func probed(r domain.Report) []slog.Attr {
	attrs := append([]slog.Attr{slog.String("health", r.Verdict.Health.String()), slog.String("reason", r.Verdict.Reason),
		slog.String("took", Fine(r.Took))}, life(r)...)
	if r.Verdict.Answer != "" {
		attrs = append(attrs, slog.String("answer", r.Verdict.Answer))
	}
	return attrs
}

// cure is the way out of what we do nothing about any more.
func cure(r domain.Report) slog.Attr {
	return slog.String("cure", "after the repair: supervisorctl restart "+r.Process.String())
}

// reasoned puts the reason between facts, unless a line before this one has just told it.
func reasoned(r domain.Report, first slog.Attr, more ...slog.Attr) []slog.Attr {
	attrs := []slog.Attr{first}
	if !r.Said && r.Verdict.Reason != "" {
		attrs = append(attrs, slog.String("reason", r.Verdict.Reason))
	}
	return append(attrs, more...)
}

// crashes tells how often a process has ended by itself, and how.
func crashes(r domain.Report) []slog.Attr {
	attrs := []slog.Attr{slog.String("deaths", fmt.Sprintf("%d in %s", r.Deaths.Count, rounded(r.Deaths.Within)))}
	switch exit := r.Deaths.Exit; {
	case exit == nil:
	case exit.Signal != "":
		attrs = append(attrs, slog.String("last_exit", exit.Signal))
	default:
		attrs = append(attrs, slog.Int("last_exit", exit.Status))
	}
	if words := Decision(r); words != "" {
		attrs = append(attrs, slog.String("decision", words))
	}
	return attrs
}

// life is the life that a report is about; a process that is down has none.
func life(r domain.Report) []slog.Attr {
	if r.PID == 0 {
		return nil
	}
	return []slog.Attr{slog.Int("pid", r.PID), slog.String("up", Whole(r.Uptime))}
}

func census(c *domain.Census) []slog.Attr {
	attrs := []slog.Attr{slog.String("selection", c.Selection)}
	if c.Processes > 0 {
		attrs = append(attrs, slog.Int("processes", c.Processes))
	}
	if c.Observe {
		attrs = append(attrs, slog.String("mode", "observe"))
	}
	if len(c.Groups) > 0 {
		attrs = append(attrs, slog.String("groups", some(c.Groups, ", ")))
	}
	if len(c.States) > 0 {
		attrs = append(attrs, slog.String("states", states(c.States)), slog.String("why", idle(c.States)))
	}
	return attrs
}

func states(counts []domain.StateCount) string {
	words := make([]string, len(counts))
	for i, c := range counts {
		words[i] = fmt.Sprintf("%d %s", c.Count, c.State)
	}
	return strings.Join(words, ", ")
}

// idle says why none of the processes is checked, and what would change that: the state for which somebody has to do
// something comes first.
func idle(counts []domain.StateCount) string {
	among := func(states ...domain.State) bool {
		return slices.ContainsFunc(counts, func(c domain.StateCount) bool { return slices.Contains(states, c.State) })
	}
	switch {
	case among(domain.Fatal):
		return "only RUNNING ones are checked; supervisord does not start those in FATAL again, the setting recover=fatal does"
	case among(domain.Backoff):
		return "only RUNNING ones are checked; supervisord is still trying to start those in BACKOFF"
	case among(domain.Starting, domain.Stopping):
		return "only RUNNING ones are checked; supervisord is still starting or stopping these"
	case among(domain.Exited):
		return "only RUNNING ones are checked; those in EXITED have ended, and nobody has started them again"
	}
	return "only RUNNING ones are checked; nobody has started these"
}

func port(p *domain.PortUse) []slog.Attr {
	attrs := []slog.Attr{slog.Int("port", p.Port)}
	if p.Sharing > 0 {
		attrs = append(attrs, slog.Int("processes", p.Sharing))
	}
	if len(p.Holders) > 0 {
		attrs = append(attrs, slog.Int("holder_pid", p.Holders[0].PID), slog.String("holder", p.Holders[0].Name))
	}
	return attrs
}

// restart are the facts of a report about a restart.
func restart(r domain.Report) []slog.Attr {
	p := r.Restart
	switch r.Kind {
	case domain.ReportStopping:
		return reasoned(r, slog.Int("pid", r.PID), slog.String("until_it_runs", "supervisord does not tell us of a stop by hand"))
	case domain.ReportRestarted:
		attrs := []slog.Attr{slog.Int("pid", r.PID), slog.String("down_for", Fine(r.Took))}
		if p.Tries > 0 {
			attrs = append(attrs, slog.Int("failed_starts", p.Tries))
		}
		return attrs
	case domain.ReportFound, domain.ReportLeft:
		return phased(p)
	case domain.ReportWaiting:
		return ahead(p.Ahead)
	case domain.ReportLate:
		return withCure(r, late(p))
	case domain.ReportDown:
		return fallen(r)
	}
	attrs := why(p.Trouble)
	switch p.Trouble.Kind {
	case domain.TroubleSpent:
		return append(attrs, slog.String("decision", givenUp(r.Decision)), cure(r))
	case domain.TroubleLeftStopped:
		return append(attrs, slog.String("cure", "if it was not meant to be: supervisorctl start "+r.Process.String()))
	}
	return withCure(r, attrs)
}

// fallen says why nobody starts a process any more, and what does.
func fallen(r domain.Report) []slog.Attr {
	t := r.Restart.Trouble
	attrs := []slog.Attr{slog.String("state", t.State.String())}
	if t.State == domain.StateUnknown {
		return append(attrs, slog.String("why", "supervisord could not signal it, and has lost control of it"),
			slog.String("cure", "end it by hand, then restart supervisord"), slog.Int("pid", r.PID))
	}
	return append(attrs, slog.String("decision", givenUp(r.Decision)), cure(r))
}

// most is how many of a list are written: more make no line that anybody reads.
const most = 10

// some writes the first of a list.
func some(words []string, between string) string {
	if left := len(words) - most; left > 0 {
		words = append(slices.Clone(words[:most]), fmt.Sprintf("and %d more", left))
	}
	return strings.Join(words, between)
}

func ahead(ids []domain.ID) []slog.Attr {
	if len(ids) == 0 {
		return nil
	}
	words := make([]string, len(ids))
	for i, id := range ids {
		words[i] = id.String()
	}
	return []slog.Attr{slog.String("ahead", some(words, " "))}
}

func withCure(r domain.Report, attrs []slog.Attr) []slog.Attr {
	if (r.Kind == domain.ReportLate || r.Kind == domain.ReportNotStarted) && down(r.Restart) {
		attrs = append(attrs, cure(r))
	}
	return attrs
}

func why(t domain.Trouble) []slog.Attr {
	if t.Kind == domain.NoTrouble {
		return nil
	}
	return []slog.Attr{slog.String("why", trouble(t))}
}

// phased says how far a restart is, and why no further. The cure is for those whose other event listener ends supervisord when a program
// is STOPPED, as some container images have one.
func phased(p *domain.Progress) []slog.Attr {
	attrs := append(why(p.Trouble), slog.String("phase", p.Phase.String()))
	if shutting(p.Trouble) {
		attrs = append(attrs, slog.String("cure", "if that is because of our stop, have the [eventlistener:] that ends it wait for PROCESS_STATE_FATAL alone, not for STOPPED"))
	}
	return attrs
}

func late(p *domain.Progress) []slog.Attr {
	attrs := why(p.Trouble)
	switch {
	case shutting(p.Trouble):
		return phased(p)
	case p.Trouble.Kind == domain.TroubleStill:
		attrs = append(attrs, slog.String("for", Whole(p.Waited)), slog.String("phase", p.Phase.String()))
	case p.Trouble.Kind == domain.TroubleBackoff: // the next try is supervisord's
		return attrs
	case p.Tries > 0: // it has been stopped and started
		return append(attrs, slog.Int("failed_starts", p.Tries), slog.String("next_try_in", rounded(p.Next)))
	default:
		return append(attrs, slog.String("phase", p.Phase.String()), slog.String("next_try_in", rounded(p.Next)))
	}
	if p.Trouble.State == domain.Stopping && p.Limit > 0 {
		attrs = append(attrs, slog.String("killed_in", Whole(max(0, p.Limit-p.Waited))))
	}
	if p.Waiting > 0 {
		attrs = append(attrs, slog.Int("waiting_behind_it", p.Waiting))
	}
	return attrs
}

package log

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"supervisor-healthcheck/domain"
)

// facts are what a kind of report has to say besides what it is about.
func facts(r domain.Report) []slog.Attr {
	switch r.Kind {
	case domain.ReportProbed:
		return probed(r)
	case domain.ReportJudged:
		attrs := []slog.Attr{slog.String("reason", r.Verdict.Reason)}
		if words := decision(r); words != "" {
			attrs = append(attrs, slog.String("decision", words))
		}
		return append(attrs, life(r)...)
	case domain.ReportWatching, domain.ReportIdle:
		return census(r.Census)
	case domain.ReportRestartedByOther:
		return []slog.Attr{slog.String("by", r.By)}
	case domain.ReportProbeLate:
		return []slog.Attr{slog.String("for", whole(r.Took))}
	case domain.ReportSharedPort, domain.ReportPortConflict:
		return port(r.Port)
	case domain.ReportFlapping:
		return []slog.Attr{slog.String("decision", decision(r))}
	case domain.ReportSignalled:
		return []slog.Attr{slog.Int("pid", r.PID), slog.String("signal", r.Signal), slog.String("reason", r.Verdict.Reason)}
	}
	if r.Restart != nil {
		return restart(r)
	}
	return nil
}

func probed(r domain.Report) []slog.Attr {
	attrs := append([]slog.Attr{slog.String("health", r.Verdict.Health.String()), slog.String("reason", r.Verdict.Reason),
		slog.String("took", r.Took.String())}, life(r)...)
	if r.Verdict.Answer != "" {
		attrs = append(attrs, slog.String("answer", r.Verdict.Answer))
	}
	return attrs
}

// life is the life that a report is about; a process that is down has none.
func life(r domain.Report) []slog.Attr {
	if r.PID == 0 {
		return nil
	}
	return []slog.Attr{slog.Int("pid", r.PID), slog.String("up", whole(r.Uptime))}
}

func census(c *domain.Census) []slog.Attr {
	attrs := []slog.Attr{slog.String("selection", c.Selection)}
	if c.Processes > 0 {
		attrs = append(attrs, slog.Int("processes", c.Processes))
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
		return []slog.Attr{slog.Int("pid", r.PID), slog.String("reason", r.Verdict.Reason)}
	case domain.ReportRestarted:
		return []slog.Attr{slog.Int("pid", r.PID), slog.String("down_for", r.Took.Truncate(time.Millisecond).String()),
			slog.Int("failed_starts", p.Tries)}
	case domain.ReportFound, domain.ReportLeft:
		return []slog.Attr{slog.String("phase", p.Phase.String())}
	case domain.ReportWaiting:
		return nil
	case domain.ReportLate:
		return late(p)
	}
	return why(p.Trouble)
}

func why(t domain.Trouble) []slog.Attr {
	if t.Kind == domain.NoTrouble {
		return nil
	}
	return []slog.Attr{slog.String("why", trouble(t))}
}

func late(p *domain.Progress) []slog.Attr {
	attrs := append(why(p.Trouble), slog.String("phase", p.Phase.String()))
	if p.Trouble.Kind != domain.TroubleStill {
		return append(attrs, slog.Int("failed_starts", p.Tries), slog.String("next_try_in", short(p.Next)))
	}
	attrs = append(attrs, slog.String("for", whole(p.Waited)))
	if p.Trouble.State == domain.Stopping && p.Limit > 0 {
		attrs = append(attrs, slog.String("killed_in", whole(max(0, p.Limit-p.Waited))))
	}
	if p.Waiting > 0 {
		attrs = append(attrs, slog.Int("waiting_behind_it", p.Waiting))
	}
	return attrs
}

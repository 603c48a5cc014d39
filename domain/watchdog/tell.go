package watchdog

import (
	"context"
	"log/slog"
	"time"

	"supervisor-healthcheck/domain"
)

// tell writes the one line that a decision is worth, if it is worth one.
func (w *Watchdog) tell(j judged, d domain.Decision) {
	if !d.Tell {
		return
	}
	level, message := slog.LevelWarn, j.verdict.Health.String()
	attrs := []any{"reason", reason(j.verdict)}
	switch j.verdict.Health {
	case domain.Healthy:
		level = slog.LevelInfo
		if d.Kind == domain.Hold {
			attrs = append(attrs, "decision", d.Kind.String()+": "+d.Reason)
		}
	case domain.Unhealthy:
		attrs = append(attrs, "decision", w.outcome(j, d))
	default:
		message = "cannot judge"
	}
	attrs = append(attrs, "pid", j.process.PID, "up", j.process.Uptime.Truncate(time.Second).String())
	w.logger(j.exam).Log(context.Background(), level, message, attrs...)
}

// outcome says in the log what is done, or why it is not.
func (w *Watchdog) outcome(j judged, d domain.Decision) string {
	if d.Kind != domain.Do {
		return d.Kind.String() + ": " + d.Reason
	}
	policy := w.watchOf(j.exam).Policy
	verb := "restart"
	switch {
	case j.process.State != domain.Running:
		verb = "start"
	case policy.Action.Kind == domain.SendSignal:
		verb = "signal " + policy.Action.Signal
	}
	switch {
	case policy.Observe:
		return "observe mode, otherwise: " + verb + " " + d.Reason
	case policy.Action.Kind == domain.OnlySay:
		return "action none, otherwise: " + verb + " " + d.Reason
	}
	return verb + " " + d.Reason
}

func reason(v domain.Verdict) string {
	if v.Check == "" {
		return v.Reason
	}
	return v.Check + ": " + v.Reason
}

// logCheck writes every single check at debug level.
func (w *Watchdog) logCheck(x exam, v domain.Verdict, took time.Duration) {
	if !w.world.Log.Enabled(context.Background(), slog.LevelDebug) {
		return
	}
	w.logger(x).Debug("checked", "health", v.Health.String(), "reason", reason(v), "took", took.String(), "pid", x.process.PID)
}

// tellMatches says how many processes a watch looks after, whenever that changes. The caller holds mu.
func (w *Watchdog) tellMatches(watch, count int) {
	if w.matched[watch] == count {
		return
	}
	w.matched[watch] = count
	log := w.world.Log.With("check", w.config.Watches[watch].Name, "selection", w.config.Watches[watch].Select.String())
	if count == 0 {
		log.Warn("the selection matches no process that supervisord knows: nothing is checked")
		return
	}
	log.Info("watching", "processes", count)
}

// tellSlow says once of an exam that it has not come back for a long time. The caller holds mu.
func (w *Watchdog) tellSlow(watch int, s *subject, p domain.Process, now time.Time) {
	if took := now.Sub(s.since); took > 5*time.Minute && !s.slow {
		s.slow = true
		w.world.Log.Warn("a check does not come back: the process is not judged meanwhile",
			"check", w.config.Watches[watch].Name, "process", p.ID.String(), "since", took.Truncate(time.Second).String())
	}
}

// journalTrouble tells the log that the journal cannot be written, once, or that it can again.
func (w *Watchdog) journalTrouble(err error) {
	switch {
	case err == nil:
		if w.journal.news("") {
			w.world.Log.Info("the journal can be written again")
		}
	case w.journal.news(err.Error()):
		w.world.Log.Error("the journal cannot be used: a restart is not finished by the next life of the listener if this one is killed", "error", err)
	}
}

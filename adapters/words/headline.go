// Package words is the English for what the engine tells: a fixed short message for each kind of report, the facts of it in keys,
// and why something is done or is not. The log, the events and the status say the same because they say it with this.
package words

import (
	"fmt"
	"log/slog"

	"supervisor-healthcheck/domain"
)

// wordless stands for what this log has no words for. A test looks for it.
const wordless = "something that this log has no words for"

// DownAfterUs is the worst that there is to say.
const DownAfterUs = "service is down after our restart"

// down reports whether a process that we have stopped is known not to run.
func down(p *domain.Progress) bool {
	if shutting(p.Trouble) {
		return false
	}
	switch p.Trouble.Kind {
	case domain.TroubleRefused, domain.TroubleExitedAgain, domain.TroubleIgnored, domain.TroubleBackoff, domain.TroubleFatal, domain.TroubleSpent:
		return !p.StartOnly && p.Phase >= domain.StopAccepted
	}
	return false
}

// Headline is the level and the message of a report. Error means that we could not do our duty, Warn that we have acted or could not
// judge, Info a change, Debug every single probe.
func Headline(r domain.Report) (slog.Level, string) {
	switch r.Kind {
	case domain.ReportProbed:
		return slog.LevelDebug, "checked"
	case domain.ReportJudged:
		return judged(r)
	case domain.ReportWatching:
		if r.Census.Processes == 0 {
			return slog.LevelWarn, "the selection matches no process that supervisord knows: nothing is checked"
		}
		return slog.LevelInfo, "watching"
	case domain.ReportIdle:
		return slog.LevelWarn, "none of the processes can be checked"
	case domain.ReportProbeLate:
		return slog.LevelWarn, "a check does not come back: the process is not judged meanwhile"
	case domain.ReportSharedPort:
		return slog.LevelWarn, "several processes share one port: the check cannot tell which of them is unhealthy, so they are restarted one at a time"
	case domain.ReportPortConflict:
		return slog.LevelWarn, "another process holds the TCP port of this one: is stopasgroup=true missing?"
	case domain.ReportFlapping:
		return slog.LevelWarn, "crash loop"
	case domain.ReportWarning:
		if r.Verdict.Reason == "" {
			return slog.LevelInfo, "warning is over"
		}
		return slog.LevelWarn, "warning"
	case domain.ReportStopped:
		return slog.LevelInfo, "stopped by hand: not checked until it runs"
	case domain.ReportRuns:
		return slog.LevelInfo, "runs again: checked again"
	case domain.ReportRestartedByOther:
		return slog.LevelInfo, "restarted by another check"
	case domain.ReportSuspended:
		return slog.LevelInfo, "paused by hand: nothing is done about it meanwhile"
	case domain.ReportResumed:
		return slog.LevelInfo, "not paused any more"
	case domain.ReportRearmed:
		return slog.LevelInfo, rearmed(r)
	case domain.ReportSilent:
		return slog.LevelError, "supervisord cannot be asked: nothing is judged meanwhile"
	case domain.ReportShutdown:
		return slog.LevelInfo, "supervisord is shutting down or reloading: nothing is judged meanwhile"
	case domain.ReportAnswers:
		return slog.LevelInfo, "supervisord answers again"
	case domain.ReportStoreFailed:
		return slog.LevelError, "the journal cannot be used: a restart may not be finished by the next life of the listener if this one is killed"
	case domain.ReportStoreWorks:
		return slog.LevelInfo, "the journal can be used again"
	case domain.ReportSkipped:
		return slog.LevelDebug, "tick skipped: it is stale, a copy, or supervisord has not answered since the last one"
	case domain.ReportOutput:
		return slog.LevelDebug, "its last lines on stderr"
	case domain.ReportNoTicks:
		return slog.LevelWarn, silence(r.Events)
	case domain.ReportNoChanges:
		return slog.LevelWarn, "events= names no PROCESS_STATE: what people do with the processes is seen late or not at all; write events=TICK_5,PROCESS_STATE"
	}
	return acting(r)
}

// judged is the headline of a verdict.
func judged(r domain.Report) (slog.Level, string) {
	switch {
	case r.Decision.Kind == domain.GiveUp:
		return slog.LevelError, givenUp(r.Decision)
	case r.Verdict.Planned && r.Decision.Kind != domain.Keep:
		return slog.LevelInfo, "restart planned"
	case r.Verdict.Health == domain.Healthy:
		return slog.LevelInfo, "healthy"
	case r.Verdict.Health == domain.Unhealthy:
		return slog.LevelWarn, "unhealthy"
	}
	return slog.LevelWarn, "cannot judge"
}

// acting is the headline of what is done to a process.
func acting(r domain.Report) (slog.Level, string) {
	switch r.Kind {
	case domain.ReportRefused:
		return slog.LevelWarn, "not restarted"
	case domain.ReportWaiting:
		return slog.LevelInfo, fmt.Sprintf("restart queued: %d ahead", len(r.Restart.Ahead))
	case domain.ReportFound:
		if r.Restart.Phase == domain.StartAccepted {
			return slog.LevelInfo, "found a process that was started just before an earlier life of the listener ended: it is seen whether it stays up"
		}
		return slog.LevelWarn, "found a restart that an earlier life of the listener did not finish"
	case domain.ReportStopping:
		return slog.LevelWarn, "restarting: stop"
	case domain.ReportLate:
		switch {
		case r.Restart.Trouble.Kind == domain.TroubleStill, shutting(r.Restart.Trouble):
			return slog.LevelWarn, "restart not done yet"
		case r.Restart.Trouble.Kind == domain.TroubleUpdate:
			return slog.LevelInfo, "restart not done yet"
		case down(r.Restart):
			return slog.LevelError, DownAfterUs
		}
		return slog.LevelError, "restart not done yet"
	case domain.ReportRestarted:
		return slog.LevelWarn, "restarted"
	case domain.ReportNotStarted:
		if down(r.Restart) {
			return slog.LevelError, DownAfterUs
		}
		return slog.LevelError, "not started"
	case domain.ReportDown:
		return slog.LevelError, "down, and not started any more"
	case domain.ReportDropped:
		if r.Restart.Trouble.Kind == domain.TroubleLeftStopped {
			return slog.LevelWarn, "left stopped"
		}
		return slog.LevelInfo, "restart dropped"
	case domain.ReportLeft:
		if r.Restart.Phase == domain.StartAccepted {
			return slog.LevelInfo, "started: the listener is stopping and does not see what becomes of it"
		}
		return slog.LevelWarn, "restart not done: the listener is stopping, and its next life goes on with it"
	case domain.ReportSignalled:
		if r.Err != nil {
			return slog.LevelError, "signal not sent"
		}
		return slog.LevelWarn, "signal sent"
	}
	return slog.LevelWarn, wordless
}

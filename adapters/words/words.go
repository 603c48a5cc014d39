package words

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"supervisor-healthcheck/domain"
)

// Decision says what is done, or why it is not; empty where there is nothing to do.
func Decision(r domain.Report) string {
	d := r.Decision
	switch d.Kind {
	case domain.Hold:
		switch d.Cause {
		case domain.CauseRecovering, domain.CauseGrace, domain.CauseFailures:
			return "held: " + held(d)
		}
		return "not restarted: " + withheld(r)
	case domain.Do:
		return due(r)
	}
	return ""
}

// Now says what follows for a process under a watch, as far as that is known by now; empty where there is nothing to say.
func Now(p domain.ProcessStatus, v domain.VerdictStatus, now time.Time) string {
	switch {
	case p.Restart != nil && p.Restart.StartOnly:
		return "being started: " + p.Restart.Phase.String()
	case p.Restart != nil:
		return "being restarted: " + p.Restart.Phase.String()
	case p.History.Suspension.Left(now) > 0:
		return paused(p.History.Suspension, now)
	case v.Queued:
		return "its restart waits for others"
	case v.Decision.Kind == domain.GiveUp:
		return givenUp(v.Decision)
	}
	return Decision(domain.Report{Process: p.Process.ID, PID: p.Process.PID, Verdict: v.Verdict, Decision: v.Decision})
}

func paused(s domain.Suspension, now time.Time) string {
	text := fmt.Sprintf("paused by hand, %s left", rounded(s.Left(now)))
	if s.Reason != "" {
		text += ": " + s.Reason
	}
	return text
}

// givenUp says what did not help.
func givenUp(d domain.Decision) string {
	return fmt.Sprintf("given up: %s in %s did not help", restarts(d.Count), short(d.Left))
}

// rearmed says what has ended a give-up, or has restarts counted anew.
func rearmed(r domain.Report) string {
	if r.Watch != "" {
		return "not given up any more: it was healthy for long enough"
	}
	return "its restarts are counted anew: somebody else has started it"
}

// silence says what may be wrong where no tick comes.
func silence(e *domain.Events) string {
	if e.Count == 0 {
		return fmt.Sprintf("nothing is checked: supervisord has sent no event for %s; is this an [eventlistener:x] section and not a [program:x], with events=TICK_5,PROCESS_STATE? (a TICK_3600 may take an hour)", Whole(e.Waited))
	}
	return fmt.Sprintf("nothing is checked: events come, but no tick for %s; write events=TICK_5,PROCESS_STATE (a TICK_3600 may take an hour)", Whole(e.Waited))
}

// held says why nothing is due yet.
func held(d domain.Decision) string {
	left := rounded(d.Left)
	switch d.Cause {
	case domain.CauseRecovering:
		return fmt.Sprintf("healthy %d of %d", d.Count, d.Of)
	case domain.CauseGrace:
		return fmt.Sprintf("grace %s left", left)
	case domain.CauseFailures:
		return fmt.Sprintf("failure %d of %d", d.Count, d.Of)
	}
	return wordless
}

// withheld says why a restart that is due is not done yet, and until when.
func withheld(r domain.Report) string {
	d := r.Decision
	left := rounded(d.Left)
	switch d.Cause {
	case domain.CauseSuspended:
		return fmt.Sprintf("paused by hand, %s left", left)
	case domain.CauseUnrest:
		return "it is planned, and waits until all of the group are well"
	case domain.CausePatience:
		return fmt.Sprintf("it has healed by itself before, and has %s left to do so again", left)
	case domain.CauseBlocked:
		return blocked(d)
	case domain.CauseMass:
		return fmt.Sprintf("%d of %d fail at once; %s", d.Count, d.Of, trial(r))
	case domain.CauseUndecided:
		if d.Of == 0 {
			return "it is being found out whether that would help"
		}
		return fmt.Sprintf("%d of %d fail at once, and others are still being checked", d.Count, d.Of)
	case domain.CauseShared:
		return shared(r)
	case domain.CauseLadder:
		return fmt.Sprintf("%s did not help; the next in %s", restarts(d.Count), left)
	case domain.CauseBackoff:
		return fmt.Sprintf("pause between restarts, %s left", left)
	case domain.CauseLimit:
		return fmt.Sprintf("%d restarts and deaths, the limit is %d; the next restart is possible in %s", d.Count, d.Of, left)
	case domain.CauseLedger:
		return fmt.Sprintf("earlier restarts are not known, because the journal cannot be read yet; %s left", left)
	case domain.CausePort:
		return "another process on the same port was restarted, and is looked at first"
	}
	return wordless
}

// blocked says what is down that the process depends on.
func blocked(d domain.Decision) string {
	b := d.Blocker
	switch {
	case b.Back:
		return b.Name + " is back; the next check decides"
	case d.Of == 0:
		return fmt.Sprintf("blocked by %s: %s", b.Name, b.Reason)
	case b.Stopped && d.Of == 1:
		return fmt.Sprintf("blocked by %s: it does not run", b.Name)
	case b.Stopped:
		return fmt.Sprintf("blocked by %s: none of %d runs", b.Name, d.Of)
	}
	return fmt.Sprintf("blocked by %s: %d of %d unhealthy", b.Name, d.Count, d.Of)
}

// trial says what came of the restart of one of many, and when the next one follows.
func trial(r domain.Report) string {
	d := r.Decision
	who := d.Trial.Name
	if d.Trial.Group != r.Process.Group {
		who = d.Trial.String()
	}
	switch {
	case d.Trial == domain.ID{}:
		return "trial restart of one in " + rounded(d.Left)
	case !d.Helpless:
		return fmt.Sprintf("the trial restart of %s may help; next trial in %s", who, rounded(d.Left))
	}
	return fmt.Sprintf("the trial restart of %s did not help; next trial in %s", who, rounded(d.Left))
}

// shared says what is waited for when a trouble has begun together with others.
func shared(r domain.Report) string {
	d := r.Decision
	if d.Count == 0 {
		return fmt.Sprintf("one that came into trouble at the same time has healed by itself; this one has %s left to do so", rounded(d.Left))
	}
	return fmt.Sprintf("%s came into trouble at the same time; %s", others(d.Count), trial(r))
}

// due says what is done, or what would be.
func due(r domain.Report) string {
	verb := "restart"
	switch {
	case r.PID == 0:
		verb = "start"
	case r.Signal != "":
		verb = "signal " + r.Signal
	}
	if r.Verdict.Planned {
		return planned(r)
	}
	after := failures(r.Decision.Count)
	switch r.Decision.Cause {
	case domain.CauseObserve:
		return "would " + verb + " (observe mode) " + after
	case domain.CauseNoAction:
		return "would " + verb + " (action none) " + after
	}
	return verb + " " + after
}

// planned says what is done about a restart that is planned, or why it is only said.
func planned(r domain.Report) string {
	switch {
	case r.Decision.Cause == domain.CauseObserve:
		return "would restart as planned (observe mode)"
	case r.Decision.Cause == domain.CauseNoAction && r.Signal != "":
		return "would restart as planned (action signal " + r.Signal + ")"
	case r.Decision.Cause == domain.CauseNoAction:
		return "would restart as planned (action none)"
	}
	return "restart as planned"
}

func failures(n int) string {
	if n == 1 {
		return "at the first failure"
	}
	return fmt.Sprintf("after %d failures in a row", n)
}

func restarts(n int) string {
	if n == 1 {
		return "1 restart"
	}
	return fmt.Sprintf("%d restarts", n)
}

func others(n int) string {
	if n == 1 {
		return "1 other"
	}
	return fmt.Sprintf("%d others", n)
}

// trouble says why a restart was not begun, does not come along, or has ended without one.
func trouble(t domain.Trouble) string {
	switch t.Kind {
	case domain.TroubleListener:
		return "its group has priority -1 as event listeners have, which are restarted only when they or their group are named"
	case domain.TroubleNameless:
		return "supervisord does not tell its pid, without which the next life of the listener could not finish this"
	case domain.TroubleClaimed:
		return t.Err.Error()
	case domain.TroubleSupervisor:
		return "supervisord itself was restarted since"
	case domain.TroubleUnsent:
		return "the earlier life had not sent the stop yet"
	case domain.TroubleUnknown:
		return "supervisord does not know it any more"
	case domain.TroubleMoved:
		return "it is " + t.State.String() + " by now"
	case domain.TroubleReplaced:
		return fmt.Sprintf("it was restarted meanwhile and has pid %d", t.PID)
	case domain.TroubleUnasked:
		return t.Err.Error()
	case domain.TroubleGone:
		return "it ended, or somebody else stopped it, just before our stop"
	case domain.TroubleNotStopped:
		return "it was not stopped: it runs on"
	case domain.TroubleStoppedByOther:
		if t.State == domain.Stopping {
			return "somebody else is stopping it"
		}
		return "somebody else has stopped it"
	case domain.TroubleStartedByOther:
		return fmt.Sprintf("somebody else has started it again, pid %d", t.PID)
	}
	return stuck(t)
}

// shutting reports whether nothing comes of it because supervisord ends, or begins anew and starts the process itself.
func shutting(t domain.Trouble) bool { return errors.Is(t.Err, domain.ErrShuttingDown) }

func stuck(t domain.Trouble) string {
	switch t.Kind {
	case domain.TroubleRefused, domain.TroubleBlind:
		if shutting(t) {
			return "supervisord is shutting down or reloading"
		}
		return t.Err.Error()
	case domain.TroubleAnswerLost:
		return "the answer was lost: " + t.Err.Error()
	case domain.TroubleExited:
		return fmt.Sprintf("it had ended by itself with status %d", t.Status)
	case domain.TroubleExitedAgain:
		return fmt.Sprintf("it was started and has exited again with status %d", t.Status)
	case domain.TroubleIgnored:
		return "supervisord said yes to the start and has not started it"
	case domain.TroubleBackoff:
		return "supervisord tries to start it again: " + t.Text
	case domain.TroubleFatal:
		return "supervisord has given up starting it: " + t.Text
	case domain.TroubleStill:
		return "it is still " + t.State.String()
	case domain.TroubleLimit:
		return "it does not stay up, and the limit of restarts is used up for now"
	case domain.TroubleSpent:
		return "it does not stay up after our restart: it is " + t.State.String()
	case domain.TroubleLeftStopped:
		return "those beside it were stopped by somebody else while we restarted it"
	case domain.TroubleUpdate:
		return "its settings were changed meanwhile: the start waits for the update"
	}
	return wordless
}

// short writes a duration without the parts at its end that are zero, such as 1h for 1h0m0s.
func short(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// step is how exactly anybody wants to know a duration.
func step(d time.Duration) time.Duration {
	if d >= 2*time.Minute {
		return time.Minute
	}
	return time.Second
}

// rounded writes the duration rounded up, so that what is left is never told as nothing.
func rounded(d time.Duration) string { return short((d + step(d) - 1).Truncate(step(d))) }

// Fine writes a duration to two or three figures: nobody reads more.
func Fine(d time.Duration) string {
	switch {
	case d >= 10*time.Second:
		return short(d.Round(time.Second))
	case d >= time.Second:
		return short(d.Round(time.Second / 10))
	case d >= time.Millisecond:
		return d.Round(time.Millisecond / 10).String()
	}
	return d.Round(time.Microsecond).String()
}

// Whole writes the duration rounded down, as ages are told.
func Whole(d time.Duration) string { return short(d.Truncate(step(d))) }

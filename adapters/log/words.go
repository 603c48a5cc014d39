package log

import (
	"fmt"
	"strings"
	"time"

	"supervisor-healthcheck/domain"
)

// decision says what is done, or why it is not; empty where there is nothing to do.
func decision(r domain.Report) string {
	d := r.Decision
	switch d.Kind {
	case domain.Hold:
		return "held: " + held(d)
	case domain.GiveUp:
		return fmt.Sprintf("given up: %s in %s did not help; that ends when somebody restarts it, or after %s of unbroken health",
			restarts(d.Count), short(d.Left), short(d.Left))
	case domain.Do:
		return due(r)
	}
	return ""
}

// held says why nothing is done yet, and until when.
func held(d domain.Decision) string {
	left := rounded(d.Left)
	switch d.Cause {
	case domain.CauseRecovering:
		return fmt.Sprintf("healthy %d of %d", d.Count, d.Of)
	case domain.CauseGrace:
		return fmt.Sprintf("grace %s left", left)
	case domain.CauseFailures:
		return fmt.Sprintf("failure %d of %d", d.Count, d.Of)
	case domain.CausePatience:
		return fmt.Sprintf("it has healed by itself before, and has %s left to do so again", left)
	case domain.CauseMass:
		return fmt.Sprintf("%d of %d failing at once; the next one is restarted in %s, or as soon as the last one is healthy",
			d.Count, d.Of, left)
	case domain.CauseUndecided:
		return fmt.Sprintf("%d of %d failing at once, and others are still being checked", d.Count, d.Of)
	case domain.CauseShared:
		return shared(d)
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

// shared says what is waited for when a trouble has begun together with others.
func shared(d domain.Decision) string {
	if d.Count == 0 {
		return fmt.Sprintf("one that came into trouble at the same time has healed by itself; this one has %s left to do so", rounded(d.Left))
	}
	return fmt.Sprintf("%s came into trouble at the same time; in %s one is restarted to see whether it helps", others(d.Count), rounded(d.Left))
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
	words := verb + " " + failures(r.Decision.Count)
	switch r.Decision.Cause {
	case domain.CauseObserve:
		return "observe mode, otherwise: " + words
	case domain.CauseNoAction:
		return "action none, otherwise: " + words
	}
	return words
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

func stuck(t domain.Trouble) string {
	switch t.Kind {
	case domain.TroubleRefused, domain.TroubleBlind:
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

// rounded writes the duration in whole seconds, rounded up, so that what is left is never told as nothing.
func rounded(d time.Duration) string { return short((d + time.Second - 1).Truncate(time.Second)) }

// whole writes the duration in whole seconds.
func whole(d time.Duration) string { return short(d.Truncate(time.Second)) }

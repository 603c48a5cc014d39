package main

import (
	"cmp"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"supervisor-healthcheck/mocks/logline"
)

// This file alone knows how a listener words its log. All other end-to-end tests ask by what is declared here.

// message is that of a line.
type message = logline.Message

const (
	msgWatching      message = "watching"
	msgNothing       message = "the selection matches no process that supervisord knows: nothing is checked"
	msgIdle          message = "none of the processes can be checked"
	msgSharedPort    message = "several processes share one port: the check cannot tell which of them is unhealthy, so they are restarted one at a time"
	msgChecked       message = "checked"
	msgHealthy       message = "healthy"
	msgPaused        message = "paused by hand: nothing is done about it meanwhile"
	msgUnhealthy     message = "unhealthy"
	msgCannotJudge   message = "cannot judge"
	msgWarning       message = "warning"
	msgStop          message = "restarting: stop"
	msgRestarted     message = "restarted"
	msgDropped       message = "restart dropped"
	msgLeftStopped   message = "left stopped"
	msgRefused       message = "not restarted"
	msgNotYet        message = "restart not done yet"
	msgLeft          message = "restart not done: the listener is stopping, and its next life goes on with it"
	msgTakenUp       message = "found a restart that an earlier life of the listener did not finish"
	msgNotStarted    message = "not started"
	msgSignalSent    message = "signal sent"
	msgStrangerHolds message = "another process holds the TCP port of this one: is stopasgroup=true missing?"
	msgRearmed       message = "its restarts are counted anew: somebody else has started it"
	msgDown          message = "service is down after our restart"
	msgAway          message = "supervisord cannot be asked: nothing is judged meanwhile"
	msgBack          message = "supervisord answers again"
	msgShuttingDown  message = "supervisord is shutting down or reloading: nothing is judged meanwhile"
	msgNoJournal     message = "the journal cannot be used: a restart may not be finished by the next life of the listener if this one is killed"
	msgJournalWorks  message = "the journal can be used again"
	msgSkipped       message = "tick skipped: it is stale, a copy, or supervisord has not answered since the last one"
	msgSignalIgnored message = "signal ignored: there is nothing to reload or to reopen"
	msgFailed        message = "stopped"
	msgReloaded      message = "reloaded"
	msgNotReloaded   message = "not reloaded: all stays as it was"
	msgChangedOnDisk message = "the configuration has changed on disk and was not loaded"
	msgNoOrder       message = "an order came through supervisord that is none"
)

// Parts of what is given as the reason.
const (
	whyItIs          = "it is " // and a state
	whyByNow         = " by now"
	whyAnotherLife   = "it was restarted meanwhile and has pid"
	whyUnknown       = "supervisord does not know it any more"
	whySomebody      = "somebody else"
	whySupervisord   = "supervisord itself was restarted since"
	whyGivenUpStart  = "supervisord has given up starting it"
	whySpawnError    = "SPAWN_ERROR"
	whyOtherListener = "another listener"
	whyNoSocket      = "the socket is not there"
	whyNoLogin       = "supervisord asks for a user name and a password"
	whyWrongLogin    = "supervisord refuses this user name or password"
	whyLoginCure     = "SUPERVISOR_USERNAME and SUPERVISOR_PASSWORD"
	whyDeaf          = "supervisord sends no events any more"
	whyAboveLimit    = "above the limit of 10% for"
	whyMeasuring     = "measuring since"
)

// of is said of this process, "group:name" or "name" where both are equal.
func of(process string) sign {
	if group, name, _ := strings.Cut(process, ":"); group == name {
		process = group
	}
	return logline.Equal("process", process)
}

func by(watch string) sign          { return logline.Equal("watch", watch) }
func ofPID(pid int) sign            { return logline.Equal("pid", strconv.Itoa(pid)) }
func selecting(text string) sign    { return logline.Equal("selection", text) }
func ofProcesses(n int) sign        { return logline.Equal("processes", strconv.Itoa(n)) }
func ofSignal(name string) sign     { return logline.Equal("signal", name) }
func ofPort(port int) sign          { return logline.Equal("port", strconv.Itoa(port)) }
func heldByPID(pid int) sign        { return logline.Equal("holder_pid", strconv.Itoa(pid)) }
func afterFailedStarts(n int) sign  { return logline.Equal("failed_starts", strconv.Itoa(n)) }
func tryingIn(d time.Duration) sign { return logline.Equal("next_try_in", d.String()) }
func found(health string) sign      { return logline.Equal("health", health) }
func inStates(text string) sign     { return logline.Equal("states", text) }

// The decisions.
func inGrace() sign { return logline.Prefixed("decision", "held: grace ") }
func paused() sign  { return logline.Prefixed("decision", "not restarted: paused by hand, ") }
func inMass(n, of int) sign {
	return logline.Prefixed("decision", fmt.Sprintf("not restarted: %d of %d fail at once; ", n, of))
}
func afterAnother() sign {
	return logline.Prefixed("decision", "not restarted: another process on the same port was restarted")
}
func blockedBy(what string) sign { return logline.Equal("decision", "not restarted: blocked by "+what) }
func inPause() sign              { return logline.Prefixed("decision", "not restarted: pause between restarts, ") }
func atFailure(n, of int) sign {
	return logline.Equal("decision", fmt.Sprintf("held: failure %d of %d", n, of))
}
func restartAfter(n int) sign {
	return logline.Equal("decision", fmt.Sprintf("restart after %d failures in a row", n))
}
func restartAtOnce() sign { return logline.Equal("decision", "restart at the first failure") }
func wouldRestartAtOnce() sign {
	return logline.Equal("decision", "would restart (observe mode) at the first failure")
}
func givenUp() sign {
	return logline.Fact("given up", func(e logline.Entry) bool { return strings.HasPrefix(e.Msg, "given up: ") })
}
func givenUpAfter(n int, per string) sign {
	want := fmt.Sprintf("given up: %d restarts in %s did not help", n, per)
	return logline.Fact(want, func(e logline.Entry) bool { return e.Msg == want })
}

// decision is in every line that says what follows from a verdict.
func decision() sign {
	return logline.Fact("a decision", func(e logline.Entry) bool { return e.Attrs["decision"] != "" })
}

// because is in a line that gives a reason with this in it.
func because(part string) sign {
	return logline.Fact("because "+part, func(e logline.Entry) bool { return strings.Contains(entry{e}.why(), part) })
}

// blaming is in a line that gives a reason of this check, one that matches the pattern from its beginning.
func blaming(check, pattern string) sign {
	whole := regexp.MustCompile("^" + pattern)
	return logline.Fact(fmt.Sprintf("because of %s: %s", check, pattern), func(e logline.Entry) bool {
		return e.Attrs["check"] == check && whole.MatchString(e.Attrs["reason"])
	})
}

func anError() sign {
	return logline.Fact("an error", func(e logline.Entry) bool { return e.Level == "ERROR" })
}
func aWarning() sign {
	return logline.Fact("a warning", func(e logline.Entry) bool { return e.Level == "WARN" })
}
func aDetail() sign {
	return logline.Fact("a detail", func(e logline.Entry) bool { return e.Level == "DEBUG" })
}

// process is the one that the line is about, empty if it is about none.
func (e entry) process() string { return e.Attrs["process"] }
func (e entry) pid() string     { return e.Attrs["pid"] }

// young reports whether the process is not yet a second old.
func (e entry) young() bool { return e.Attrs["up"] == "0s" }

// why is the reason that the line gives.
func (e entry) why() string { return cmp.Or(e.Attrs["why"], e.Attrs["error"], e.Attrs["reason"]) }

// failedStarts is how many starts it tells of that have failed.
func (e entry) failedStarts() int {
	n, _ := strconv.Atoi(e.Attrs["failed_starts"])
	return n
}

// down is for how long it says that the process was down.
func (e entry) down() time.Duration {
	d, _ := time.ParseDuration(e.Attrs["down_for"])
	return d
}

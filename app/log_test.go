package app_test

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"supervisor-healthcheck/mocks/logline"
)

// This file alone knows how a listener words its log. All other tests of this package ask by what is declared here.

// message is that of a line.
type message = logline.Message

const (
	msgStarted       message = "started"
	msgWatching      message = "watching"
	msgChecked       message = "checked"
	msgUnhealthy     message = "unhealthy"
	msgStop          message = "restarting: stop"
	msgRestarted     message = "restarted"
	msgDropped       message = "restart dropped"
	msgAskedToStop   message = "stopped: it was asked to"
	msgGone          message = "stopped: supervisord is gone"
	msgUncalled      message = "stopped: somebody other than supervisord has sent the signal; the exit status is 1, so that supervisord starts the listener again"
	msgFailed        message = "stopped"
	msgReloaded      message = "reloaded"
	msgNotReloaded   message = "not reloaded: all stays as it was"
	msgNoUse         message = "a section looks after nothing"
	msgLater         message = "some settings hold from the next start of the listener on"
	msgChangedOnDisk message = "the configuration has changed on disk and was not loaded"
	msgSignalIgnored message = "signal ignored: there is nothing to reload or to reopen"
	msgOutOfStep     message = "the event stream is out of step: skipping to the next header"
	msgLinesDropped  message = "log lines were dropped"
)

// Parts of what is given as the reason.
const (
	whyUnknown    = "supervisord does not know it any more"
	whyNoSocket   = "the socket is not there"
	whySlow       = "gave no complete answer within"
	whyNoLogin    = "supervisord asks for a user name and a password"
	whyWrongLogin = "supervisord refuses this user name or password"
	whyLoginCure  = "; set SUPERVISOR_USERNAME and SUPERVISOR_PASSWORD in environment= of the listener's section"
)

func whyAnotherLife(now, _ int) string {
	return fmt.Sprintf("it was restarted meanwhile and has pid %d", now)
}

// varying are the keys whose values differ from run to run, as a pattern.
const varying = "time|pid|up|down_for|supervisord"

func of(process string) sign       { return logline.Equal("process", process) } // without its group where both have the same name
func ofWatch(watch string) sign    { return logline.Equal("watches", watch) }
func ofSignal(name string) sign    { return logline.Equal("signal", name) }
func ofSupervisord(at string) sign { return logline.Prefixed("supervisord", at) } // a slash may follow
func givenUp() sign {
	return logline.Fact("given up", func(e entry) bool { return strings.HasPrefix(e.Attrs["msg"], "given up: ") })
}
func onlyObserved() sign { return logline.Prefixed("decision", "would restart (observe mode)") }
func anError() sign      { return logline.Equal("level", "ERROR") }
func aWarning() sign     { return logline.Equal("level", "WARN") }
func aNotice() sign      { return logline.Equal("level", "INFO") }

// because is in a line that gives a reason with this in it.
func because(part string) sign {
	return logline.Fact("because "+part, func(e entry) bool {
		return strings.Contains(cmp.Or(e.Attrs["why"], e.Attrs["error"], e.Attrs["reason"]), part)
	})
}

// blaming is in a line that gives this reason of this check.
func blaming(check, reason string) sign {
	return logline.Fact(check+": "+reason, func(e entry) bool { return e.Attrs["check"] == check && e.Attrs["reason"] == reason })
}

// ofLines is in a line about one line or more.
func ofLines() sign {
	return logline.Fact("lines", func(e entry) bool {
		n, err := strconv.Atoi(e.Attrs["lines"])
		return err == nil && n > 0
	})
}

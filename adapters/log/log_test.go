package log_test

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/adapters/log"
	"supervisor-healthcheck/domain"
)

// written is what the log writes of a report, without the time, each line with its level in front.
func written(r domain.Report) string {
	var text bytes.Buffer
	handler := slog.NewTextHandler(&text, &slog.HandlerOptions{
		Level: slog.LevelDebug,
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		},
	})
	log.New(slog.New(handler)).Report(r)
	return strings.TrimPrefix(text.String(), "level=")
}

func web() domain.ID { return domain.ID{Group: "web", Name: "web"} }

// about is a report about the process web, pid 71, under the watch site.
func about(kind domain.ReportKind, change func(*domain.Report)) domain.Report {
	r := domain.Report{Kind: kind, Watch: "site", Process: web(), PID: 71, Uptime: 2*time.Minute + 23*time.Second + 400*time.Millisecond}
	if change != nil {
		change(&r)
	}
	return r
}

// status is what the check http says of web.
func status(h domain.Health, text string) domain.Verdict {
	v := h.Because("%s", text)
	v.Check = "http"
	return v
}

// judged is a report of a decision about a process that is unhealthy.
func judged(d domain.Decision, changes ...func(*domain.Report)) domain.Report {
	return about(domain.ReportJudged, func(r *domain.Report) {
		r.Verdict, r.Decision = status(domain.Unhealthy, "status 503"), d
		for _, change := range changes {
			change(r)
		}
	})
}

// restart is a report about a restart of web.
func restart(kind domain.ReportKind, p domain.Progress) domain.Report {
	return about(kind, func(r *domain.Report) { r.Verdict, r.Restart = status(domain.Unhealthy, "status 503"), &p })
}

// dropped is a report of a restart that has ended for a reason.
func dropped(t domain.Trouble) domain.Report {
	return restart(domain.ReportDropped, domain.Progress{Phase: domain.StopAccepted, Trouble: t})
}

func counted(states ...domain.StateCount) *domain.Census {
	all := 0
	for _, s := range states {
		all += s.Count
	}
	return &domain.Census{Selection: "web:*", Processes: all, States: states}
}

func idle(states ...domain.StateCount) domain.Report {
	return domain.Report{Kind: domain.ReportIdle, Watch: "site", Census: counted(states...)}
}

// A reason is that of a line which every line about it begins with.
const (
	unhealthy = `WARN msg=unhealthy watch=site check=http process=web reason="status 503" decision=`
	life      = " pid=71 up=2m23s\n"
	drop      = `INFO msg="restart dropped" watch=site check=http process=web why=`
	notDone   = `ERROR msg="restart not done yet" watch=site check=http process=web why=`
	none      = `WARN msg="none of the processes can be checked" watch=site selection=web:* `
)

// lines has a report for each kind of it and for each cause and trouble, and the line that it becomes, keyed by what has
// happened.
func lines() map[string]line {
	all := map[string]line{}
	for _, some := range []map[string]line{ofProbes(), ofDecisions(), ofWatches(), ofRestarts(), ofTroubles(), ofSupervisord()} {
		for sentence, l := range some {
			all[sentence] = l
		}
	}
	return all
}

type line struct {
	report domain.Report
	text   string
}

func ofProbes() map[string]line {
	return map[string]line{
		"a process was checked": {about(domain.ReportProbed, func(r *domain.Report) {
			r.Verdict, r.Took = status(domain.Healthy, "status 200"), 1500*time.Microsecond
		}), `DEBUG msg=checked watch=site check=http process=web health=healthy reason="status 200" took=1.5ms` + life},
		"a process was checked and has answered badly": {about(domain.ReportProbed, func(r *domain.Report) {
			r.Verdict = status(domain.Unhealthy, "status 503")
			r.Verdict.Answer = `<h1>"down"</h1>`
		}), `DEBUG msg=checked watch=site check=http process=web health=unhealthy reason="status 503" took=0s pid=71 up=2m23s answer="<h1>\"down\"</h1>"` + "\n"},
		"a process that is down was looked at": {about(domain.ReportProbed, func(r *domain.Report) {
			r.PID, r.Verdict = 0, domain.Unhealthy.Because("it is FATAL: Exited too quickly")
		}), `DEBUG msg=checked watch=site process=web health=unhealthy reason="it is FATAL: Exited too quickly" took=0s` + "\n"},
		"a check does not come back": {about(domain.ReportProbeLate, func(r *domain.Report) { r.Took = 6*time.Minute + 900*time.Millisecond }),
			`WARN msg="a check does not come back: the process is not judged meanwhile" watch=site process=web for=6m` + "\n"},
		"a process is healthy again": {judged(domain.Decision{}, func(r *domain.Report) { r.Verdict = status(domain.Healthy, "status 200") }),
			`INFO msg=healthy watch=site check=http process=web reason="status 200"` + life},
		"a check cannot tell": {judged(domain.Decision{}, func(r *domain.Report) { r.Verdict = status(domain.Unknown, "no permission") }),
			`WARN msg="cannot judge" watch=site check=http process=web reason="no permission"` + life},
		"a check still cannot tell": {judged(domain.Decision{}, func(r *domain.Report) {
			r.Verdict, r.Again = status(domain.Unknown, "no permission"), true
		}), `WARN msg="cannot judge" watch=site check=http process=web reason="no permission" pid=71 up=2m23s again=true` + "\n"},
	}
}

func ofDecisions() map[string]line {
	hold := func(cause domain.Cause, count, of int, left time.Duration) domain.Report {
		return judged(domain.Decision{Kind: domain.Hold, Cause: cause, Left: left, Count: count, Of: of})
	}
	held := func(why string) string { return unhealthy + `"held: ` + why + `"` + life }
	do := func(cause domain.Cause, count int, changes ...func(*domain.Report)) domain.Report {
		return judged(domain.Decision{Kind: domain.Do, Cause: cause, Count: count}, changes...)
	}
	return map[string]line{
		"one healthy round is not enough yet": {judged(domain.Decision{Kind: domain.Hold, Cause: domain.CauseRecovering, Count: 1, Of: 3},
			func(r *domain.Report) { r.Verdict = status(domain.Healthy, "status 200") }),
			`INFO msg=healthy watch=site check=http process=web reason="status 200" decision="held: healthy 1 of 3"` + life},
		"it is within its grace":         {hold(domain.CauseGrace, 0, 0, 11200*time.Millisecond), held("grace 12s left")},
		"it has not failed often enough": {hold(domain.CauseFailures, 1, 3, 0), held("failure 1 of 3")},
		"it may heal by itself":          {hold(domain.CausePatience, 0, 0, 90*time.Second), held("it has healed by itself before, and has 1m30s left to do so again")},
		"too many fail at once":          {hold(domain.CauseMass, 7, 9, 5*time.Minute), held("7 of 9 failing at once; the next one is restarted in 5m, or as soon as the last one is healthy")},
		"too many may fail at once":      {hold(domain.CauseUndecided, 4, 9, 0), held("4 of 9 failing at once, and others are still being checked")},
		"another has failed with it":     {hold(domain.CauseShared, 1, 0, 4*time.Minute), held("1 other came into trouble at the same time; in 4m one is restarted to see whether it helps")},
		"two others have failed with it": {hold(domain.CauseShared, 2, 0, 4*time.Minute), held("2 others came into trouble at the same time; in 4m one is restarted to see whether it helps")},
		"another has healed by itself":   {hold(domain.CauseShared, 0, 0, 45*time.Second), held("one that came into trouble at the same time has healed by itself; this one has 45s left to do so")},
		"a restart has not helped":       {hold(domain.CauseLadder, 1, 0, time.Minute), held("1 restart did not help; the next in 1m")},
		"three restarts have not helped": {hold(domain.CauseLadder, 3, 0, time.Hour), held("3 restarts did not help; the next in 1h")},
		"there is a pause":               {hold(domain.CauseBackoff, 1, 0, 5*time.Hour+30*time.Minute), held("pause between restarts, 5h30m left")},
		"the limit is used up":           {hold(domain.CauseLimit, 5, 5, time.Second), held("5 restarts and deaths, the limit is 5; the next restart is possible in 1s")},
		"the journal is not readable":    {hold(domain.CauseLedger, 0, 0, time.Hour), held("earlier restarts are not known, because the journal cannot be read yet; 1h left")},
		"its port is that of another":    {hold(domain.CausePort, 0, 0, 0), held("another process on the same port was restarted, and is looked at first")},
		"it is restarted":                {do(domain.CauseFailing, 3), unhealthy + `"restart after 3 failures in a row"` + life},
		"it is restarted at once":        {do(domain.CauseFailing, 1), unhealthy + `"restart at the first failure"` + life},
		"it gets a signal":               {do(domain.CauseFailing, 2, func(r *domain.Report) { r.Signal = "HUP" }), unhealthy + `"signal HUP after 2 failures in a row"` + life},
		"it would be restarted":          {do(domain.CauseObserve, 3), unhealthy + `"observe mode, otherwise: restart after 3 failures in a row"` + life},
		"nothing is to be done":          {do(domain.CauseNoAction, 1), unhealthy + `"action none, otherwise: restart at the first failure"` + life},
		"it is down, and is to be started": {do(domain.CauseFailing, 1, func(r *domain.Report) {
			r.PID, r.Verdict = 0, domain.Unhealthy.Because("it is FATAL: Exited too quickly")
		}), `WARN msg=unhealthy watch=site process=web reason="it is FATAL: Exited too quickly" decision="start at the first failure"` + "\n"},
		"it is given up": {judged(domain.Decision{Kind: domain.GiveUp, Cause: domain.CauseSpent, Count: 5, Of: 5, Left: time.Hour}),
			`ERROR msg=unhealthy watch=site check=http process=web reason="status 503" decision="given up: 5 restarts in 1h did not help; ` +
				`that ends when somebody restarts it, or after 1h of unbroken health"` + life},
		"it is flapping": {domain.Report{Kind: domain.ReportFlapping, Watch: "site", Process: web(),
			Decision: domain.Decision{Kind: domain.Hold, Cause: domain.CauseLimit, Count: 5, Of: 5, Left: 59 * time.Minute}},
			`WARN msg="flapping: it ends by itself over and over, and only supervisord starts it again until the limit allows us another restart" ` +
				`watch=site process=web decision="held: 5 restarts and deaths, the limit is 5; the next restart is possible in 59m"` + "\n"},
		"another listener has restarted it": {domain.Report{Kind: domain.ReportRestartedByOther, Process: web(), By: "app_http"},
			`INFO msg="restarted by another check" process=web by=app_http` + "\n"},
		"somebody has stopped it": {domain.Report{Kind: domain.ReportStopped, Process: web()},
			`INFO msg="stopped by somebody else: left alone until it is started" process=web` + "\n"},
		"its restarts are forgotten": {domain.Report{Kind: domain.ReportRearmed, Process: web()},
			`INFO msg="its restarts are counted anew: somebody else has started it, or it was healthy for long enough" process=web` + "\n"},
	}
}

func ofWatches() map[string]line {
	count := func(s domain.State, n int) domain.StateCount { return domain.StateCount{State: s, Count: n} }
	const only = "only RUNNING ones are checked; "
	return map[string]line{
		"a watch looks after processes": {domain.Report{Kind: domain.ReportWatching, Watch: "site", Census: &domain.Census{Selection: "web:*", Processes: 3}},
			"INFO msg=watching watch=site selection=web:* processes=3\n"},
		"a watch has nobody": {domain.Report{Kind: domain.ReportWatching, Watch: "site", Census: counted()},
			`WARN msg="the selection matches no process that supervisord knows: nothing is checked" watch=site selection=web:*` + "\n"},
		"supervisord has given them up": {idle(count(domain.Stopped, 1), count(domain.Fatal, 2)),
			none + `processes=3 states="1 STOPPED, 2 FATAL" why="` + only + `supervisord does not start those in FATAL again, the setting recover=fatal does"` + "\n"},
		"they do not come up": {idle(count(domain.Starting, 1), count(domain.Backoff, 1)),
			none + `processes=2 states="1 STARTING, 1 BACKOFF" why="` + only + `supervisord is still trying to start those in BACKOFF"` + "\n"},
		"they are on their way": {idle(count(domain.Exited, 1), count(domain.Stopping, 1)),
			none + `processes=2 states="1 EXITED, 1 STOPPING" why="` + only + `supervisord is still starting or stopping these"` + "\n"},
		"they have ended": {idle(count(domain.Stopped, 1), count(domain.Exited, 1)),
			none + `processes=2 states="1 STOPPED, 1 EXITED" why="` + only + `those in EXITED have ended, and nobody has started them again"` + "\n"},
		"nobody has started them": {idle(count(domain.Stopped, 2)),
			none + `processes=2 states="2 STOPPED" why="` + only + `nobody has started these"` + "\n"},
		"they share a port": {domain.Report{Kind: domain.ReportSharedPort, Watch: "site", Process: web(), Port: &domain.PortUse{Port: 8080, Sharing: 4}},
			`WARN msg="several processes share one port: the check cannot tell which of them is unhealthy, so they are restarted one at a time" ` +
				"watch=site process=web port=8080 processes=4\n"},
		"a stranger holds the port": {about(domain.ReportPortConflict, func(r *domain.Report) {
			r.Port = &domain.PortUse{Port: 8080, Holders: []domain.Listener{{PID: 99, Name: "nginx"}, {PID: 100, Name: "nginx"}}}
		}), `WARN msg="another process holds the TCP port of this one: is stopasgroup=true missing?" watch=site process=web port=8080 holder_pid=99 holder=nginx` + "\n"},
	}
}

func ofRestarts() map[string]line {
	late := func(state domain.State, change func(*domain.Progress)) domain.Report {
		p := domain.Progress{Phase: domain.StopAccepted, Trouble: domain.Trouble{Kind: domain.TroubleStill, State: state}, Waited: 5 * time.Second}
		change(&p)
		return restart(domain.ReportLate, p)
	}
	tried := domain.Trouble{Kind: domain.TroubleFatal, State: domain.Fatal, Text: "Exited too quickly"}
	signal := func(err error) domain.Report {
		return about(domain.ReportSignalled, func(r *domain.Report) {
			r.Verdict, r.Signal, r.Err = status(domain.Unhealthy, "status 503"), "HUP", err
		})
	}
	return map[string]line{
		"a restart was refused": {restart(domain.ReportRefused, domain.Progress{Trouble: domain.Trouble{Kind: domain.TroubleListener}}),
			`WARN msg="not restarted" watch=site check=http process=web why="its group has priority -1 as event listeners have, which are restarted only when they or their group are named"` + "\n"},
		"a restart waits": {about(domain.ReportWaiting, nil), `INFO msg="the restart waits for others to end" watch=site process=web` + "\n"},
		"a restart was left behind": {restart(domain.ReportFound, domain.Progress{Phase: domain.StopSent}),
			`WARN msg="found a restart that an earlier life of the listener did not finish" watch=site check=http process=web phase="stop sent"` + "\n"},
		"a process is stopped": {restart(domain.ReportStopping, domain.Progress{Phase: domain.Planned}),
			`WARN msg="restarting: stop" watch=site check=http process=web pid=71 reason="status 503"` + "\n"},
		"a stop takes long": {late(domain.Stopping, func(p *domain.Progress) { p.Limit, p.Waiting = 45*time.Second, 2 }),
			`WARN msg="restart not done yet" watch=site check=http process=web why="it is still STOPPING" phase="stop accepted" for=5s killed_in=40s waiting_behind_it=2` + "\n"},
		"a stop takes longer than it may": {late(domain.Stopping, func(p *domain.Progress) { p.Limit = 3 * time.Second }),
			`WARN msg="restart not done yet" watch=site check=http process=web why="it is still STOPPING" phase="stop accepted" for=5s killed_in=0s` + "\n"},
		"a start takes long": {late(domain.Starting, func(p *domain.Progress) { p.Phase, p.Limit = domain.StartAccepted, 45*time.Second }),
			`WARN msg="restart not done yet" watch=site check=http process=web why="it is still STARTING" phase="start accepted" for=5s` + "\n"},
		"a start has failed": {restart(domain.ReportLate, domain.Progress{Phase: domain.StopAccepted, Trouble: tried, Tries: 2, Next: 2 * time.Second}),
			notDone + `"supervisord has given up starting it: Exited too quickly" phase="stop accepted" failed_starts=2 next_try_in=2s` + "\n"},
		"a process runs again": {about(domain.ReportRestarted, func(r *domain.Report) {
			r.PID, r.Took, r.Restart = 72, 1329400*time.Microsecond, &domain.Progress{Phase: domain.StartAccepted, Tries: 1}
		}), "WARN msg=restarted watch=site process=web pid=72 down_for=1.329s failed_starts=1\n"},
		"a start alone has failed": {restart(domain.ReportNotStarted, domain.Progress{StartOnly: true, Trouble: tried}),
			`ERROR msg="not started" watch=site check=http process=web why="supervisord has given up starting it: Exited too quickly"` + "\n"},
		"the listener ends before the start": {restart(domain.ReportLeft, domain.Progress{Phase: domain.StopAccepted}),
			`WARN msg="restart not done: the listener is stopping, and its next life goes on with it" watch=site check=http process=web phase="stop accepted"` + "\n"},
		"the listener ends before the process runs": {restart(domain.ReportLeft, domain.Progress{Phase: domain.StartAccepted}),
			`INFO msg="started: the listener is stopping and does not see what becomes of it" watch=site check=http process=web phase="start accepted"` + "\n"},
		"a signal was sent": {signal(nil), `WARN msg="signal sent" watch=site check=http process=web pid=71 signal=HUP reason="status 503"` + "\n"},
		"a signal was not sent": {signal(errors.New("no such process")),
			`ERROR msg="signal not sent" watch=site check=http process=web pid=71 signal=HUP reason="status 503" error="no such process"` + "\n"},
	}
}

func ofTroubles() map[string]line {
	said := errors.New("fault 70: NOT_RUNNING")
	why := func(kind domain.TroubleKind, words string) line {
		return line{dropped(domain.Trouble{Kind: kind, State: domain.Stopped, PID: 72, Status: 3, Text: "can't find it", Err: said}), drop + `"` + words + `"` + "\n"}
	}
	all := map[string]line{
		"a restart ends without a reason": {dropped(domain.Trouble{}), `INFO msg="restart dropped" watch=site check=http process=web` + "\n"},
		"somebody is stopping it": {dropped(domain.Trouble{Kind: domain.TroubleStoppedByOther, State: domain.Stopping}),
			drop + `"somebody else is stopping it"` + "\n"},
	}
	for kind, words := range map[domain.TroubleKind]string{
		domain.TroubleListener:       "its group has priority -1 as event listeners have, which are restarted only when they or their group are named",
		domain.TroubleNameless:       "supervisord does not tell its pid, without which the next life of the listener could not finish this",
		domain.TroubleClaimed:        "fault 70: NOT_RUNNING",
		domain.TroubleSupervisor:     "supervisord itself was restarted since",
		domain.TroubleUnsent:         "the earlier life had not sent the stop yet",
		domain.TroubleUnknown:        "supervisord does not know it any more",
		domain.TroubleMoved:          "it is STOPPED by now",
		domain.TroubleReplaced:       "it was restarted meanwhile and has pid 72",
		domain.TroubleUnasked:        "fault 70: NOT_RUNNING",
		domain.TroubleGone:           "it ended, or somebody else stopped it, just before our stop",
		domain.TroubleRefused:        "fault 70: NOT_RUNNING",
		domain.TroubleNotStopped:     "it was not stopped: it runs on",
		domain.TroubleAnswerLost:     "the answer was lost: fault 70: NOT_RUNNING",
		domain.TroubleBlind:          "fault 70: NOT_RUNNING",
		domain.TroubleStoppedByOther: "somebody else has stopped it",
		domain.TroubleStartedByOther: "somebody else has started it again, pid 72",
		domain.TroubleExited:         "it had ended by itself with status 3",
		domain.TroubleExitedAgain:    "it was started and has exited again with status 3",
		domain.TroubleIgnored:        "supervisord said yes to the start and has not started it",
		domain.TroubleBackoff:        "supervisord tries to start it again: can't find it",
		domain.TroubleFatal:          "supervisord has given up starting it: can't find it",
		domain.TroubleStill:          "it is still STOPPED",
	} {
		all["trouble: "+kind.String()] = why(kind, words)
	}
	return all
}

func ofSupervisord() map[string]line {
	plain := func(kind domain.ReportKind, err error) domain.Report { return domain.Report{Kind: kind, Err: err} }
	refused := errors.New("nothing listens there")
	return map[string]line{
		"supervisord does not answer": {plain(domain.ReportSilent, refused),
			`ERROR msg="supervisord cannot be asked: nothing is judged meanwhile" error="nothing listens there"` + "\n"},
		"supervisord shuts down": {plain(domain.ReportShutdown, domain.ErrShuttingDown),
			`INFO msg="supervisord is shutting down or reloading: nothing is judged meanwhile" error="supervisord is shutting down"` + "\n"},
		"supervisord answers again": {plain(domain.ReportAnswers, nil), `INFO msg="supervisord answers again"` + "\n"},
		"the journal cannot be used": {plain(domain.ReportStoreFailed, errors.New("disk full")),
			`ERROR msg="the journal cannot be used: a restart is not finished by the next life of the listener if this one is killed" error="disk full"` + "\n"},
		"the journal can be used": {plain(domain.ReportStoreWorks, nil), `INFO msg="the journal can be used again"` + "\n"},
		"a tick was skipped": {plain(domain.ReportSkipped, nil),
			`DEBUG msg="tick skipped: it is stale, a copy, or supervisord has not answered since the last one"` + "\n"},
	}
}

func TestEveryLine(t *testing.T) {
	for sentence, l := range lines() {
		t.Run(sentence, func(t *testing.T) {
			if d := cmp.Diff(l.text, written(l.report)); d != "" {
				t.Error(d)
			}
		})
	}
}

// TestEverythingThatCanHappenHasWords looks for the report kinds, causes and troubles in the table of lines, so that a new
// one needs a line there, and for what the log writes when it has no words.
func TestEverythingThatCanHappenHasWords(t *testing.T) {
	kinds, causes, troubles := map[domain.ReportKind]bool{}, map[domain.Cause]bool{}, map[domain.TroubleKind]bool{}
	decisions, texts := map[domain.DecisionKind]bool{}, map[string]string{}
	for sentence, l := range lines() {
		kinds[l.report.Kind] = true
		causes[l.report.Decision.Cause] = true
		decisions[l.report.Decision.Kind] = true
		if l.report.Restart != nil {
			troubles[l.report.Restart.Trouble.Kind] = true
		}
		if strings.Contains(l.text, "has no words") {
			t.Errorf("%s: %s", sentence, l.text)
		}
		texts[sentence] = l.text
	}
	covered(t, kinds)
	covered(t, causes)
	covered(t, troubles)
	covered(t, decisions)
}

// word is one of the numbers of the domain, which have no String after the last one.
type word interface {
	~int
	String() string
}

func covered[T word](t *testing.T, seen map[T]bool) {
	t.Helper()
	n := T(0)
	for ; exists(n); n++ {
		if !seen[n] {
			t.Errorf("there is no line for %T %q", n, n)
		}
	}
	if len(seen) != int(n) || n == 0 {
		t.Errorf("there are %d of %T, and lines for %d", int(n), n, len(seen))
	}
}

func exists[T word](n T) (is bool) {
	defer func() { is = recover() == nil }()
	return n.String() != ""
}

// TestWhatHasNoWordsSaysSo holds the test above to what it looks for.
func TestWhatHasNoWordsSaysSo(t *testing.T) {
	for name, r := range map[string]domain.Report{
		"a hold without a cause": judged(domain.Decision{Kind: domain.Hold}),
		"an unknown trouble":     dropped(domain.Trouble{Kind: domain.TroubleStill + 1}),
		"an unknown report":      {Kind: domain.ReportSkipped + 1},
	} {
		if text := written(r); !strings.Contains(text, "has no words") {
			t.Errorf("%s: %s", name, text)
		}
	}
}

func TestALineThatNobodyReadsIsNotMade(t *testing.T) {
	var text bytes.Buffer
	quiet := log.New(slog.New(slog.NewTextHandler(&text, nil)))
	quiet.Report(about(domain.ReportProbed, nil))
	if text.Len() > 0 {
		t.Errorf("%s", &text)
	}
}

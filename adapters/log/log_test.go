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

// Parts of many lines.
const (
	unhealthy = `WARN msg=unhealthy process=web reason="status 503" decision=`
	teller    = " watch=site check=http\n"
	life      = " pid=71 up=2m" + teller
	drop      = `INFO msg="restart dropped" process=web why=`
	isDown    = `ERROR msg="service is down after our restart" process=web why=`
	wayOut    = ` cure="after the repair: supervisorctl restart web"`
	none      = `WARN msg="none of the processes can be checked" selection=web:* `
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
		}), `DEBUG msg=checked process=web health=healthy reason="status 200" took=1.5ms` + life},
		"a process was checked and has answered badly": {about(domain.ReportProbed, func(r *domain.Report) {
			r.Verdict = status(domain.Unhealthy, "status 503")
			r.Verdict.Answer = `<h1>"down"</h1>`
		}), `DEBUG msg=checked process=web health=unhealthy reason="status 503" took=0s pid=71 up=2m answer="<h1>\"down\"</h1>" watch=site check=http` + "\n"},
		"a process that is down was looked at": {about(domain.ReportProbed, func(r *domain.Report) {
			r.PID, r.Verdict = 0, domain.Unhealthy.Because("it is FATAL: Exited too quickly")
		}), `DEBUG msg=checked process=web health=unhealthy reason="it is FATAL: Exited too quickly" took=0s watch=site` + "\n"},
		"a check does not come back": {about(domain.ReportProbeLate, func(r *domain.Report) { r.Took = 6*time.Minute + 900*time.Millisecond }),
			`WARN msg="a check does not come back: the process is not judged meanwhile" process=web for=6m watch=site` + "\n"},
		"a process is healthy again": {judged(domain.Decision{}, func(r *domain.Report) { r.Verdict = status(domain.Healthy, "status 200") }),
			`INFO msg=healthy process=web reason="status 200"` + life},
		"a check cannot tell": {judged(domain.Decision{}, func(r *domain.Report) { r.Verdict = status(domain.Unknown, "no permission") }),
			`WARN msg="cannot judge" process=web reason="no permission"` + life},
		"a check still cannot tell": {judged(domain.Decision{}, func(r *domain.Report) {
			r.Verdict, r.Again = status(domain.Unknown, "no permission"), true
		}), `WARN msg="cannot judge" process=web reason="no permission" pid=71 up=2m watch=site check=http again=true` + "\n"},
	}
}

func ofDecisions() map[string]line {
	hold := func(cause domain.Cause, count, of int, left time.Duration) domain.Report {
		return judged(domain.Decision{Kind: domain.Hold, Cause: cause, Left: left, Count: count, Of: of})
	}
	held := func(why string) string { return unhealthy + `"held: ` + why + `"` + life }
	withheld := func(why string) string { return unhealthy + `"not restarted: ` + why + `"` + life }
	trial := func(cause domain.Cause, trial string, helpless bool) domain.Report {
		return judged(domain.Decision{Kind: domain.Hold, Cause: cause, Left: 10 * time.Minute, Count: 3, Of: 3,
			Trial: domain.ID{Group: "worker", Name: "worker_00"}, Helpless: helpless}, func(r *domain.Report) { r.Process = domain.ID{Group: trial, Name: "worker_01"} })
	}
	blocked := func(count, of int, by domain.Blocker) domain.Report {
		return judged(domain.Decision{Kind: domain.Hold, Cause: domain.CauseBlocked, Count: count, Of: of, Blocker: by})
	}
	do := func(cause domain.Cause, count int, changes ...func(*domain.Report)) domain.Report {
		return judged(domain.Decision{Kind: domain.Do, Cause: cause, Count: count}, changes...)
	}
	planned := func(d domain.Decision, signal string) domain.Report {
		return judged(d, func(r *domain.Report) {
			r.Verdict, r.Signal = status(domain.Healthy, "planned: up 7d"), signal
			r.Verdict.Planned = true
		})
	}
	plans := func(decision string) string {
		return `INFO msg="restart planned" process=web reason="planned: up 7d" decision="` + decision + `"` + life
	}
	return map[string]line{
		"a restart is planned": {planned(domain.Decision{Kind: domain.Do, Cause: domain.CausePlanned}, ""), plans("restart as planned")},
		"a planned restart waits for its group": {planned(domain.Decision{Kind: domain.Hold, Cause: domain.CauseUnrest}, ""),
			plans("not restarted: it is planned, and waits until all of the group are well")},
		"a planned restart is only observed":   {planned(domain.Decision{Kind: domain.Do, Cause: domain.CauseObserve}, ""), plans("would restart as planned (observe mode)")},
		"a planned restart is only said":       {planned(domain.Decision{Kind: domain.Do, Cause: domain.CauseNoAction}, ""), plans("would restart as planned (action none)")},
		"a signal makes no process younger":    {planned(domain.Decision{Kind: domain.Do, Cause: domain.CauseNoAction}, "HUP"), plans("would restart as planned (action signal HUP)")},
		"a planned restart waits for its turn": {planned(domain.Decision{Cause: domain.CauseTurn}, ""), `INFO msg=healthy process=web reason="planned: up 7d"` + life},
		"one healthy round is not enough yet": {judged(domain.Decision{Kind: domain.Hold, Cause: domain.CauseRecovering, Count: 1, Of: 3},
			func(r *domain.Report) { r.Verdict = status(domain.Healthy, "status 200") }),
			`INFO msg=healthy process=web reason="status 200" decision="held: healthy 1 of 3"` + life},
		"it is within its grace":           {hold(domain.CauseGrace, 0, 0, 11200*time.Millisecond), held("grace 12s left")},
		"it has not failed often enough":   {hold(domain.CauseFailures, 1, 3, 0), held("failure 1 of 3")},
		"it is paused":                     {hold(domain.CauseSuspended, 0, 0, 90*time.Second), withheld("paused by hand, 1m30s left")},
		"it may heal by itself":            {hold(domain.CausePatience, 0, 0, 90*time.Second), withheld("it has healed by itself before, and has 1m30s left to do so again")},
		"too many fail at once":            {hold(domain.CauseMass, 7, 9, 4*time.Minute+56*time.Second), withheld("7 of 9 fail at once; trial restart of one in 5m")},
		"a trial restart has not helped":   {trial(domain.CauseMass, "worker", true), strings.Replace(withheld("3 of 3 fail at once; the trial restart of worker_00 did not help; next trial in 10m"), "=web ", "=worker:worker_01 ", 1)},
		"a trial restart may help":         {trial(domain.CauseMass, "worker", false), strings.Replace(withheld("3 of 3 fail at once; the trial restart of worker_00 may help; next trial in 10m"), "=web ", "=worker:worker_01 ", 1)},
		"a trial restart in another group": {trial(domain.CauseShared, "cache", true), strings.Replace(withheld("3 others came into trouble at the same time; the trial restart of worker:worker_00 did not help; next trial in 10m"), "=web ", "=cache:worker_01 ", 1)},
		"too many may fail at once":        {hold(domain.CauseUndecided, 4, 9, 0), withheld("4 of 9 fail at once, and others are still being checked")},
		"what it depends on is unhealthy":  {blocked(2, 2, domain.Blocker{Name: "redis"}), withheld("blocked by redis: 2 of 2 unhealthy")},
		"what it depends on is stopped":    {blocked(1, 1, domain.Blocker{Name: "redis", Stopped: true}), withheld("blocked by redis: it does not run")},
		"all it depends on are stopped":    {blocked(3, 3, domain.Blocker{Name: "redis", Stopped: true}), withheld("blocked by redis: none of 3 runs")},
		"an address is down":               {blocked(0, 0, domain.Blocker{Name: "tcp 10.0.0.5:5432", Reason: "connection refused"}), withheld("blocked by tcp 10.0.0.5:5432: connection refused")},
		"what it depends on is back":       {blocked(0, 0, domain.Blocker{Name: "redis", Back: true}), withheld("redis is back; the next check decides")},
		"it is not known what would help":  {hold(domain.CauseUndecided, 0, 0, 0), withheld("it is being found out whether that would help")},
		"another has failed with it":       {hold(domain.CauseShared, 1, 0, 4*time.Minute), withheld("1 other came into trouble at the same time; trial restart of one in 4m")},
		"two others have failed with it":   {hold(domain.CauseShared, 2, 0, 4*time.Minute), withheld("2 others came into trouble at the same time; trial restart of one in 4m")},
		"another has healed by itself":     {hold(domain.CauseShared, 0, 0, 45*time.Second), withheld("one that came into trouble at the same time has healed by itself; this one has 45s left to do so")},
		"a restart has not helped":         {hold(domain.CauseLadder, 1, 0, time.Minute), withheld("1 restart did not help; the next in 1m")},
		"three restarts have not helped":   {hold(domain.CauseLadder, 3, 0, time.Hour), withheld("3 restarts did not help; the next in 1h")},
		"there is a pause":                 {hold(domain.CauseBackoff, 1, 0, 5*time.Hour+30*time.Minute), withheld("pause between restarts, 5h30m left")},
		"the limit is used up":             {hold(domain.CauseLimit, 5, 5, time.Second), withheld("5 restarts and deaths, the limit is 5; the next restart is possible in 1s")},
		"the journal is not readable":      {hold(domain.CauseLedger, 0, 0, time.Hour), withheld("earlier restarts are not known, because the journal cannot be read yet; 1h left")},
		"its port is that of another":      {hold(domain.CausePort, 0, 0, 0), withheld("another process on the same port was restarted, and is looked at first")},
		"it is restarted":                  {do(domain.CauseFailing, 3), unhealthy + `"restart after 3 failures in a row"` + life},
		"it is restarted at once":          {do(domain.CauseFailing, 1), unhealthy + `"restart at the first failure"` + life},
		"it gets a signal":                 {do(domain.CauseFailing, 2, func(r *domain.Report) { r.Signal = "HUP" }), unhealthy + `"signal HUP after 2 failures in a row"` + life},
		"it would be restarted":            {do(domain.CauseObserve, 3), unhealthy + `"would restart (observe mode) after 3 failures in a row"` + life},
		"nothing is to be done":            {do(domain.CauseNoAction, 1), unhealthy + `"would restart (action none) at the first failure"` + life},
		"it is down, and is to be started": {do(domain.CauseFailing, 1, func(r *domain.Report) {
			r.PID, r.Verdict = 0, domain.Unhealthy.Because("it is FATAL: Exited too quickly")
		}), `WARN msg=unhealthy process=web reason="it is FATAL: Exited too quickly" decision="start at the first failure" watch=site` + "\n"},
		"it is given up": {judged(domain.Decision{Kind: domain.GiveUp, Cause: domain.CauseSpent, Count: 5, Of: 5, Left: time.Hour}),
			`ERROR msg="given up: 5 restarts in 1h did not help" process=web reason="status 503"` + wayOut + life},
		"it is flapping": {domain.Report{Kind: domain.ReportFlapping, Watch: "site", Process: web(), Deaths: &domain.Deaths{Count: 6, Within: 14600 * time.Millisecond, Exit: &domain.Exit{Status: 139}},
			Decision: domain.Decision{Kind: domain.Hold, Cause: domain.CauseLimit, Count: 5, Of: 5, Left: 59 * time.Minute}},
			`WARN msg="crash loop" process=web deaths="6 in 15s" last_exit=139 ` +
				`decision="not restarted: 5 restarts and deaths, the limit is 5; the next restart is possible in 59m" watch=site` + "\n"},
		"it is flapping, and still": {domain.Report{Kind: domain.ReportFlapping, Watch: "site", Process: web(), Again: true, Deaths: &domain.Deaths{Count: 60, Within: 10 * time.Minute, Exit: &domain.Exit{Signal: "SIGSEGV"}}},
			`WARN msg="crash loop" process=web deaths="60 in 10m" last_exit=SIGSEGV watch=site again=true` + "\n"},
		"it is flapping, and supervisord does not say how it ends": {domain.Report{Kind: domain.ReportFlapping, Watch: "site", Process: web(), Deaths: &domain.Deaths{Count: 5, Within: time.Second}},
			`WARN msg="crash loop" process=web deaths="5 in 1s" watch=site` + "\n"},
		"somebody has stopped it": {domain.Report{Kind: domain.ReportStopped, Process: web()},
			`INFO msg="stopped by hand: not checked until it runs" process=web` + "\n"},
		"it runs again": {domain.Report{Kind: domain.ReportRuns, Process: web(), PID: 72},
			`INFO msg="runs again: checked again" process=web pid=72` + "\n"},
		"another listener has restarted it": {domain.Report{Kind: domain.ReportRestartedByOther, Watch: "site", Process: web(), PID: 72, By: "app_http"},
			`INFO msg="restarted by another check" process=web by=app_http pid=72 watch=site` + "\n"},
		"its restarts are forgotten": {domain.Report{Kind: domain.ReportRearmed, Process: web()},
			`INFO msg="its restarts are counted anew: somebody else has started it" process=web` + "\n"},
		"it was well for long enough": {domain.Report{Kind: domain.ReportRearmed, Watch: "site", Process: web()},
			`INFO msg="not given up any more: it was healthy for long enough" process=web watch=site` + "\n"},
	}
}

func ofWatches() map[string]line {
	count := func(s domain.State, n int) domain.StateCount { return domain.StateCount{State: s, Count: n} }
	const only = "only RUNNING ones are checked; "
	return map[string]line{
		"a watch looks after processes": {domain.Report{Kind: domain.ReportWatching, Watch: "site", Census: &domain.Census{Selection: "web:*", Processes: 3}},
			"INFO msg=watching selection=web:* processes=3 watch=site\n"},
		"a watch only observes": {domain.Report{Kind: domain.ReportWatching, Watch: "site", Census: &domain.Census{Selection: "web:*", Processes: 3, Observe: true}},
			"INFO msg=watching selection=web:* processes=3 mode=observe watch=site\n"},
		"a watch has nobody": {domain.Report{Kind: domain.ReportWatching, Watch: "site", Census: counted()},
			`WARN msg="the selection matches no process that supervisord knows: nothing is checked" selection=web:* watch=site` + "\n"},
		"a watch has nobody, and there are others": {domain.Report{Kind: domain.ReportWatching, Watch: "site", Census: &domain.Census{Selection: "web:*", Groups: []string{"api", "cache"}}},
			`WARN msg="the selection matches no process that supervisord knows: nothing is checked" selection=web:* groups="api, cache" watch=site` + "\n"},
		"a watch has nobody, and there are many others": {domain.Report{Kind: domain.ReportWatching, Watch: "site", Census: &domain.Census{Selection: "web:*", Groups: strings.Fields("a b c d e f g h i j k l")}},
			`WARN msg="the selection matches no process that supervisord knows: nothing is checked" selection=web:* groups="a, b, c, d, e, f, g, h, i, j, and 2 more" watch=site` + "\n"},
		"supervisord has given them up": {idle(count(domain.Stopped, 1), count(domain.Fatal, 2)),
			none + `processes=3 states="1 STOPPED, 2 FATAL" why="` + only + `supervisord does not start those in FATAL again, the setting recover=fatal does" watch=site` + "\n"},
		"they do not come up": {idle(count(domain.Starting, 1), count(domain.Backoff, 1)),
			none + `processes=2 states="1 STARTING, 1 BACKOFF" why="` + only + `supervisord is still trying to start those in BACKOFF" watch=site` + "\n"},
		"they are on their way": {idle(count(domain.Exited, 1), count(domain.Stopping, 1)),
			none + `processes=2 states="1 EXITED, 1 STOPPING" why="` + only + `supervisord is still starting or stopping these" watch=site` + "\n"},
		"they have ended": {idle(count(domain.Stopped, 1), count(domain.Exited, 1)),
			none + `processes=2 states="1 STOPPED, 1 EXITED" why="` + only + `those in EXITED have ended, and nobody has started them again" watch=site` + "\n"},
		"nobody has started them": {idle(count(domain.Stopped, 2)),
			none + `processes=2 states="2 STOPPED" why="` + only + `nobody has started these" watch=site` + "\n"},
		"they share a port": {domain.Report{Kind: domain.ReportSharedPort, Watch: "site", Process: web(), Port: &domain.PortUse{Port: 8080, Sharing: 4}},
			`WARN msg="several processes share one port: the check cannot tell which of them is unhealthy, so they are restarted one at a time" ` +
				"process=web port=8080 processes=4 watch=site\n"},
		"a stranger holds the port": {about(domain.ReportPortConflict, func(r *domain.Report) {
			r.Port = &domain.PortUse{Port: 8080, Holders: []domain.Listener{{PID: 99, Name: "nginx"}, {PID: 100, Name: "nginx"}}}
		}), `WARN msg="another process holds the TCP port of this one: is stopasgroup=true missing?" process=web port=8080 holder_pid=99 holder=nginx watch=site` + "\n"},
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
			`WARN msg="not restarted" process=web why="its group has priority -1 as event listeners have, which are restarted only when they or their group are named"` + teller},
		"a restart waits": {about(domain.ReportWaiting, func(r *domain.Report) {
			r.Restart = &domain.Progress{Ahead: []domain.ID{{Group: "web", Name: "a"}, {Group: "b", Name: "b"}}}
		}), `INFO msg="restart queued: 2 ahead" process=web ahead="web:a b" watch=site` + "\n"},
		"a started process was left behind": {restart(domain.ReportFound, domain.Progress{Phase: domain.StartAccepted}),
			`INFO msg="found a process that was started just before an earlier life of the listener ended: it is seen whether it stays up" process=web phase="start accepted"` + teller},
		"a restart was left behind": {restart(domain.ReportFound, domain.Progress{Phase: domain.StopSent}),
			`WARN msg="found a restart that an earlier life of the listener did not finish" process=web phase="stop sent"` + teller},
		"a process is stopped": {restart(domain.ReportStopping, domain.Progress{Phase: domain.Planned}),
			`WARN msg="restarting: stop" process=web pid=71 reason="status 503" until_it_runs="supervisord does not tell us of a stop by hand"` + teller},
		"a process is stopped, as was just said": {about(domain.ReportStopping, func(r *domain.Report) {
			r.Verdict, r.Said, r.Restart = status(domain.Unhealthy, "status 503"), true, &domain.Progress{}
		}), `WARN msg="restarting: stop" process=web pid=71 until_it_runs="supervisord does not tell us of a stop by hand"` + teller},
		"a stop takes long": {late(domain.Stopping, func(p *domain.Progress) { p.Limit, p.Waiting = 45*time.Second, 2 }),
			`WARN msg="restart not done yet" process=web why="it is still STOPPING" for=5s phase="stop accepted" killed_in=40s waiting_behind_it=2` + teller},
		"a stop takes longer than it may": {late(domain.Stopping, func(p *domain.Progress) { p.Limit = 3 * time.Second }),
			`WARN msg="restart not done yet" process=web why="it is still STOPPING" for=5s phase="stop accepted" killed_in=0s` + teller},
		"a start takes long": {late(domain.Starting, func(p *domain.Progress) { p.Phase, p.Limit = domain.StartAccepted, 45*time.Second }),
			`WARN msg="restart not done yet" process=web why="it is still STARTING" for=5s phase="start accepted"` + teller},
		"a start has failed": {restart(domain.ReportLate, domain.Progress{Phase: domain.StopAccepted, Trouble: tried, Tries: 2, Next: 2 * time.Second}),
			isDown + `"supervisord has given up starting it: Exited too quickly" failed_starts=2 next_try_in=2s` + wayOut + teller},
		"supervisord has trouble to start it": {restart(domain.ReportLate, domain.Progress{Phase: domain.StartAccepted, Trouble: domain.Trouble{Kind: domain.TroubleBackoff, State: domain.Backoff, Text: "Exited too quickly"}, Next: time.Second}),
			isDown + `"supervisord tries to start it again: Exited too quickly"` + wayOut + teller},
		"it has ended again": {restart(domain.ReportNotStarted, domain.Progress{Phase: domain.StartAccepted, Trouble: domain.Trouble{Kind: domain.TroubleExitedAgain, Status: 3}}),
			isDown + `"it was started and has exited again with status 3"` + wayOut + teller},
		"supervisord cannot be asked in a restart": {restart(domain.ReportLate, domain.Progress{Phase: domain.StopAccepted, Trouble: domain.Trouble{Kind: domain.TroubleBlind, Err: errors.New("refused")}, Next: 200 * time.Millisecond}),
			`ERROR msg="restart not done yet" process=web why=refused phase="stop accepted" next_try_in=1s` + teller},
		"a process runs again at the first start": {about(domain.ReportRestarted, func(r *domain.Report) {
			r.PID, r.Took, r.Restart = 72, 75*time.Second+300*time.Millisecond, &domain.Progress{Phase: domain.StartAccepted}
		}), "WARN msg=restarted process=web pid=72 down_for=1m15s watch=site\n"},
		"a process runs again": {about(domain.ReportRestarted, func(r *domain.Report) {
			r.PID, r.Took, r.Restart = 72, 1329400*time.Microsecond, &domain.Progress{Phase: domain.StartAccepted, Tries: 1}
		}), "WARN msg=restarted process=web pid=72 down_for=1.3s failed_starts=1 watch=site\n"},
		"a start alone has failed": {restart(domain.ReportNotStarted, domain.Progress{StartOnly: true, Trouble: tried}),
			`ERROR msg="not started" process=web why="supervisord has given up starting it: Exited too quickly"` + teller},
		"the listener ends before the start": {restart(domain.ReportLeft, domain.Progress{Phase: domain.StopAccepted}),
			`WARN msg="restart not done: the listener is stopping, and its next life goes on with it" process=web phase="stop accepted"` + teller},
		"the listener and supervisord end before the start": {restart(domain.ReportLeft, domain.Progress{Phase: domain.StopAccepted,
			Trouble: domain.Trouble{Kind: domain.TroubleBlind, Err: domain.ErrShuttingDown}}),
			`WARN msg="restart not done: the listener is stopping, and its next life goes on with it" process=web why="supervisord is shutting down or reloading" phase="stop accepted" ` +
				`cure="if that is because of our stop, have the [eventlistener:] that ends it wait for PROCESS_STATE_FATAL alone, not for STOPPED"` + teller},
		"the listener ends before the process runs": {restart(domain.ReportLeft, domain.Progress{Phase: domain.StartAccepted}),
			`INFO msg="started: the listener is stopping and does not see what becomes of it" process=web phase="start accepted"` + teller},
		"a signal was sent": {signal(nil), `WARN msg="signal sent" process=web signal=HUP reason="status 503" pid=71` + teller},
		"a signal was not sent": {signal(errors.New("no such process")),
			`ERROR msg="signal not sent" process=web signal=HUP reason="status 503" pid=71 error="no such process"` + teller},
	}
}

func ofTroubles() map[string]line {
	said := errors.New("fault 70: NOT_RUNNING")
	const given = `given up: 5 restarts in 1h did not help"` + wayOut + teller
	spent := func(kind domain.ReportKind, trouble domain.TroubleKind, state domain.State) domain.Report {
		r := restart(kind, domain.Progress{Phase: domain.StopAccepted, Trouble: domain.Trouble{Kind: trouble, State: state}})
		r.Decision = domain.Decision{Kind: domain.GiveUp, Cause: domain.CauseSpent, Count: 5, Of: 5, Left: time.Hour}
		return r
	}
	why := func(kind domain.TroubleKind, words string) line {
		return line{dropped(domain.Trouble{Kind: kind, State: domain.Stopped, PID: 72, Status: 3, Text: "can't find it", Err: said}), drop + `"` + words + `"` + teller}
	}
	all := map[string]line{
		"a restart ends without a reason": {dropped(domain.Trouble{}), `INFO msg="restart dropped" process=web` + teller},
		"an update is waited for": {restart(domain.ReportLate, domain.Progress{Phase: domain.StopAccepted, Trouble: domain.Trouble{Kind: domain.TroubleUpdate}, Next: 200 * time.Millisecond}),
			`INFO msg="restart not done yet" process=web why="its settings were changed meanwhile: the start waits for the update" phase="stop accepted" next_try_in=1s` + teller},
		"it is left stopped": {dropped(domain.Trouble{Kind: domain.TroubleLeftStopped}),
			`WARN msg="left stopped" process=web why="those beside it were stopped by somebody else while we restarted it" cure="if it was not meant to be: supervisorctl start web"` + teller},
		"supervisord ends in the middle of it": {restart(domain.ReportLate, domain.Progress{Phase: domain.StopAccepted,
			Trouble: domain.Trouble{Kind: domain.TroubleRefused, Err: domain.ErrShuttingDown}, Next: time.Second}),
			`WARN msg="restart not done yet" process=web why="supervisord is shutting down or reloading" phase="stop accepted" ` +
				`cure="if that is because of our stop, have the [eventlistener:] that ends it wait for PROCESS_STATE_FATAL alone, not for STOPPED"` + teller},
		"it does not stay up": {spent(domain.ReportNotStarted, domain.TroubleSpent, domain.Fatal),
			isDown + `"it does not stay up after our restart: it is FATAL" decision="` + given},
		"it is down": {spent(domain.ReportDown, domain.TroubleStill, domain.Exited),
			`ERROR msg="down, and not started any more" process=web state=EXITED decision="` + given},
		"it is lost": {restart(domain.ReportDown, domain.Progress{Trouble: domain.Trouble{Kind: domain.TroubleStill, State: domain.StateUnknown}}),
			`ERROR msg="down, and not started any more" process=web state=UNKNOWN why="supervisord could not signal it, and has lost control of it" cure="end it by hand, then restart supervisord" pid=71` + teller},
		"somebody is stopping it": {dropped(domain.Trouble{Kind: domain.TroubleStoppedByOther, State: domain.Stopping}),
			drop + `"somebody else is stopping it"` + teller},
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
		domain.TroubleLimit:          "it does not stay up, and the limit of restarts is used up for now",
		domain.TroubleUpdate:         "its settings were changed meanwhile: the start waits for the update",
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
			`ERROR msg="the journal cannot be used: a restart may not be finished by the next life of the listener if this one is killed" error="disk full"` + "\n"},
		"the journal can be used": {plain(domain.ReportStoreWorks, nil), `INFO msg="the journal can be used again"` + "\n"},
		"no event comes": {domain.Report{Kind: domain.ReportNoTicks, Events: &domain.Events{Waited: 90 * time.Second}},
			`WARN msg="nothing is checked: supervisord has sent no event for 1m30s; is this an [eventlistener:x] section and not a [program:x], with events=TICK_5,PROCESS_STATE? (a TICK_3600 may take an hour)"` + "\n"},
		"no tick comes": {domain.Report{Kind: domain.ReportNoTicks, Again: true, Events: &domain.Events{Count: 7, Waited: 690 * time.Second}},
			`WARN msg="nothing is checked: events come, but no tick for 11m; write events=TICK_5,PROCESS_STATE (a TICK_3600 may take an hour)" again=true` + "\n"},
		"no event tells of processes": {domain.Report{Kind: domain.ReportNoChanges},
			`WARN msg="events= names no PROCESS_STATE: what people do with the processes is seen late or not at all; write events=TICK_5,PROCESS_STATE"` + "\n"},
		"a process has written something": {about(domain.ReportOutput, func(r *domain.Report) { r.Output = []string{"panic: out of paper", "goroutine 1"} }),
			`DEBUG msg="its last lines on stderr" process=web stderr="panic: out of paper\ngoroutine 1" watch=site` + "\n"},
		"what a process has written is not known": {about(domain.ReportOutput, func(r *domain.Report) { r.Err = errors.New("no file") }),
			`DEBUG msg="its last lines on stderr" process=web stderr="" error="no file" watch=site` + "\n"},
		"somebody pauses it": {about(domain.ReportSuspended, func(r *domain.Report) { r.Text, r.Decision.Left = "repair", 15*time.Minute }),
			`INFO msg="paused by hand: nothing is done about it meanwhile" process=web for=15m reason=repair watch=site` + "\n"},
		"the pause is over": {about(domain.ReportResumed, nil), `INFO msg="not paused any more" process=web watch=site` + "\n"},
		"a check warns": {about(domain.ReportWarning, func(r *domain.Report) {
			r.Verdict = domain.Verdict{Check: "http", Reason: "its certificate expires in 6 days"}
		}), `WARN msg=warning process=web reason="its certificate expires in 6 days" pid=71 up=2m watch=site check=http` + "\n"},
		"a check has nothing to warn of any more": {about(domain.ReportWarning, func(r *domain.Report) { r.Verdict = domain.Verdict{Check: "http"} }),
			`INFO msg="warning is over" process=web pid=71 up=2m watch=site check=http` + "\n"},
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
		"an unknown trouble":     dropped(domain.Trouble{Kind: domain.TroubleUpdate + 1}),
		"an unknown report":      {Kind: domain.ReportOutput + 1},
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

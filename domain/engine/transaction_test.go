package engine

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"supervisor-healthcheck/domain"
)

func noon() time.Time { return time.Date(2030, 1, 1, 12, 0, 0, 0, time.UTC) }

// from is where a restart of pid 7 stands before something is reported.
type from struct {
	phase     domain.Phase
	startOnly bool
	tries     int
	eventful  bool
}

// report is what is reported to a restart.
type report func(transaction) (transaction, next)

// transition says what follows from one report, as written writes it.
type transition struct {
	from   from
	report report
	want   string
}

func TestTransitions(t *testing.T) {
	for part, rows := range map[string]map[string]transition{
		"planned": planned(), "looks": looks(), "running": running(), "ends": ends(), "failed": failed(),
		"blind": blind(), "stop answered": stopAnswered(), "start answered": startAnswered(), "start only": startOnly(), "told": toldEvents(),
	} {
		for name, tt := range rows {
			t.Run(part+": "+name, func(t *testing.T) {
				x, _ := begin(judged(tt.from.startOnly), "web_check", "no answer", 1, noon())
				x.Phase, x.Tries, x.eventful = tt.from.phase, tt.from.tries, tt.from.eventful
				if got := written(tt.report(x)); got != tt.want {
					t.Errorf("got  %s\nwant %s", got, tt.want)
				}
			})
		}
	}
}

// judged is the process as it was judged: in RUNNING with pid 7, or in FATAL for a restart that only starts.
func judged(fatal bool) domain.Process {
	p := domain.Process{ID: domain.ID{Group: "web", Name: "web"}, State: domain.Running, PID: 7, Started: noon(), Uptime: time.Hour}
	if fatal {
		p.State, p.PID, p.Uptime, p.SpawnError = domain.Fatal, 0, 0, "can't find command"
	}
	return p
}

// same is the judged life in another state, later another life in some state.
func same(s domain.State) report  { return saw(life(s, 7, noon())) }
func later(s domain.State) report { return saw(life(s, 8, noon().Add(time.Hour))) }

func life(s domain.State, pid int, started time.Time) domain.Process {
	p := domain.Process{ID: domain.ID{Group: "web", Name: "web"}, State: s, Started: started, ExitStatus: 3, SpawnError: "exited too quickly"}
	if s == domain.Running || s == domain.Starting || s == domain.Stopping {
		p.PID, p.Uptime = pid, time.Hour
	}
	return p
}

func saw(p domain.Process) report {
	return func(t transaction) (transaction, next) { return t.saw(p, noon().Add(2*time.Hour)) }
}

// written writes where a transaction stands and what comes next.
func written(t transaction, n next) string {
	text := t.Phase.String()
	if t.Tries > 0 {
		text += fmt.Sprintf(", %d failed", t.Tries)
	}
	if n.act == Finish {
		text += " -> " + [...]string{"dropped", "restarted", "not started"}[n.outcome]
	} else {
		text += " -> " + actWords()[n.act]
	}
	if n.after > 0 {
		text += " in " + n.after.String()
	}
	if n.parked {
		text += ", parked"
	}
	if n.trouble != (domain.Trouble{}) {
		text += ": " + writtenTrouble(n.trouble)
	}
	if n.act != Finish && n.outcome != 0 || n.act != Finish && n.act != Look && n.ours {
		text += " (with an outcome)"
	}
	return text
}

func actWords() []string { return []string{"keep", "look", "stop", "start", "finish"} }

// writtenTrouble writes the kind of a trouble and all that stands in it.
func writtenTrouble(t domain.Trouble) string {
	text := t.Kind.String()
	if t.State != 0 || t.Kind == domain.TroubleMoved || t.Kind == domain.TroubleStoppedByOther {
		text += " " + t.State.String()
	}
	if t.PID != 0 {
		text += fmt.Sprintf(" pid %d", t.PID)
	}
	if t.Status != 0 {
		text += fmt.Sprintf(" status %d", t.Status)
	}
	if t.Text != "" {
		text += " " + t.Text
	}
	if t.Err != nil {
		text += ": " + t.Err.Error()
	}
	return text
}

func young(t transaction) (transaction, next) {
	p := judged(false)
	p.Uptime = 999 * time.Millisecond
	return t.saw(p, noon())
}

func repeated(n int, f report) report {
	return func(t transaction) (transaction, next) {
		for range n - 1 {
			t, _ = f(t)
		}
		return f(t)
	}
}

func planned() map[string]transition {
	begin := from{}
	rows := map[string]transition{
		"the judged life is stopped":          {begin, same(domain.Running), "planned -> stop"},
		"a newborn is given a moment":         {begin, young, "planned -> look in 200ms"},
		"and another one":                     {begin, repeated(10, young), "planned -> look in 200ms"},
		"but not for ever, on a broken clock": {begin, repeated(11, young), "planned -> stop"},
		"another life is not stopped":         {begin, later(domain.Running), "planned -> dropped: replaced pid 8"},
		"nor is another pid of the same second": {begin, saw(life(domain.Running, 8, noon())),
			"planned -> dropped: replaced pid 8"},
		"what is unknown to supervisord is dropped": {begin, blinded(domain.ErrNoSuchProcess),
			"planned -> dropped: unknown"},
		"supervisord does not answer": {begin, blinded(domain.ErrUnreachable), "planned -> dropped: unasked: asking: supervisord cannot be reached"},
		"supervisord shuts down":      {begin, blinded(domain.ErrShuttingDown), "planned -> dropped: unasked: asking: supervisord is shutting down"},
		"supervisord wants a password": {begin, blinded(domain.ErrUnauthorized),
			"planned -> dropped: unasked: asking: unauthorized"},
	}
	for _, s := range []domain.State{domain.Stopped, domain.Starting, domain.Backoff, domain.Stopping, domain.Exited, domain.Fatal, domain.StateUnknown} {
		rows["not in "+s.String()] = transition{begin, same(s), "planned -> dropped: moved " + s.String() + ""}
	}
	return rows
}

func looks() map[string]transition {
	rows := map[string]transition{}
	for _, phase := range []domain.Phase{domain.StopSent, domain.StopAccepted, domain.StartSent, domain.StartAccepted} {
		rows[phase.String()+": while it is starting we look again"] = transition{from{phase: phase}, later(domain.Starting), phase.String() + " -> look in 10ms"}
		rows[phase.String()+": UNKNOWN is never left: nobody waits for it"] = transition{from{phase: phase}, same(domain.StateUnknown), phase.String() + " -> look in 1s, parked"}
		rows[phase.String()+": and it is looked at ever more rarely"] = transition{from{phase: phase}, repeated(40, same(domain.StateUnknown)), phase.String() + " -> look in 5m0s, parked"}
		rows[phase.String()+": looks become rarer"] = transition{from{phase: phase}, repeated(4, later(domain.Starting)), phase.String() + " -> look in 80ms"}
		rows[phase.String()+": but never rarer than one a second"] = transition{from{phase: phase}, repeated(40, later(domain.Starting)), phase.String() + " -> look in 1s"}
		rows[phase.String()+": in BACKOFF supervisord is at it"] = transition{from{phase: phase}, later(domain.Backoff),
			phase.String() + " -> look in 10ms, parked: backoff BACKOFF exited too quickly"}
		rows[phase.String()+": another life that is stopping is stopped by others"] = transition{from{phase: phase}, later(domain.Stopping),
			phase.String() + " -> dropped: stopped by other STOPPING"}
	}
	rows["the stop takes its time, answered"] = transition{from{phase: domain.StopAccepted}, same(domain.Stopping), "stop accepted -> look in 10ms"}
	rows["the stop takes its time, its answer lost"] = transition{from{phase: domain.StopSent}, same(domain.Stopping), "stop sent -> look in 10ms"}
	for _, phase := range []domain.Phase{domain.StartSent, domain.StartAccepted} {
		rows[phase.String()+": a stop after our start is not ours"] = transition{from{phase: phase}, same(domain.Stopping),
			phase.String() + " -> dropped: stopped by other STOPPING"}
	}
	return rows
}

// seen reports RUNNING of the judged life so many times, after the answer to the stop was lost.
func seen(times int) report { return repeated(times, saw(judged(false))) }

func running() map[string]transition {
	sent, accepted := from{phase: domain.StopSent}, from{phase: domain.StopAccepted}
	hung := func(t transaction) (transaction, next) {
		t, _ = seen(1)(t)
		t, _ = t.blind(domain.ErrUnreachable)
		return seen(1)(t)
	}
	slow := func(t transaction) (transaction, next) {
		t, _ = t.stopAnswered(domain.ErrUnreachable)
		return seen(1)(t)
	}
	return map[string]transition{
		"a stop without an answer may yet show":                     {sent, seen(1), "stop sent -> look in 10ms"},
		"but not after supervisord has answered twice":              {sent, seen(2), "stop sent -> dropped: not stopped"},
		"it is asked twice anew after it hung":                      {sent, hung, "stop sent -> look in 40ms"},
		"twice from when it is seen, not from the answer's absence": {sent, slow, "stop sent -> look in 20ms"},
		"a stop that was accepted would show":                       {accepted, same(domain.Running), "stop accepted -> dropped: not stopped"},
		"a start of a process that runs on":                         {from{phase: domain.StartSent}, same(domain.Running), "start sent -> dropped: not stopped"},
		"another life after our stop is somebody else's":            {accepted, later(domain.Running), "stop accepted -> dropped: started by other pid 8"},
		"also when the answer was lost":                             {sent, later(domain.Running), "stop sent -> dropped: started by other pid 8"},
		"unless a start of ours has failed before": {from{phase: domain.StopAccepted, tries: 1}, then(later(domain.Exited), later(domain.Running)),
			"start accepted, 1 failed -> restarted"},
		"another life after our start is the end":             {from{phase: domain.StartAccepted}, later(domain.Running), "start accepted -> restarted"},
		"also when the answer to it was lost":                 {from{phase: domain.StartSent}, later(domain.Running), "start accepted -> restarted"},
		"also on a clock that was set back":                   {from{phase: domain.StartSent}, saw(life(domain.Running, 8, noon().Add(-time.Hour))), "start accepted -> restarted"},
		"also in the same second, by its pid":                 {from{phase: domain.StartSent}, saw(life(domain.Running, 8, noon())), "start accepted -> restarted"},
		"also with the same pid, by its start":                {from{phase: domain.StartSent}, saw(life(domain.Running, 7, noon().Add(time.Hour))), "start accepted -> restarted"},
		"a life that is young is looked after":                {from{phase: domain.StartAccepted}, saw(youngLife()), "start accepted -> look in 2s"},
		"ever more rarely":                                    {from{phase: domain.StartSent}, repeated(2, saw(youngLife())), "start accepted -> look in 4s"},
		"by events alone until it has run for a while":        {from{phase: domain.StartSent, eventful: true}, saw(youngLife()), "start accepted -> look in 10s"},
		"and when supervisord does not answer":                {from{phase: domain.StartSent}, then(saw(youngLife()), blinded(domain.ErrUnreachable)), "start accepted -> look in 200ms: blind: asking: supervisord cannot be reached"},
		"it may have run for a while by our own clock":        {from{phase: domain.StartSent}, then(saw(youngLife()), at(11*time.Second, youngLife())), "start accepted -> restarted"},
		"what supervisord starts again is ours yet":           {from{phase: domain.StopAccepted, tries: 1}, then(later(domain.Exited), saw(youngLife())), "start accepted, 1 failed -> look in 2s"},
		"what FATAL is left by is the start of somebody else": {from{phase: domain.StopAccepted, tries: 1}, then(later(domain.Fatal), saw(youngLife())), "stop accepted, 1 failed -> restarted"},
		"the tries that it took stay for the log to be told":  {from{phase: domain.StartAccepted, tries: 3}, later(domain.Running), "start accepted, 3 failed -> restarted"},
	}
}

func ends() map[string]transition {
	rows := map[string]transition{
		"STOPPED in the judged life after our start: it was not started": {from{phase: domain.StartAccepted}, same(domain.Stopped),
			"stop accepted, 1 failed -> look in 1s, parked: ignored"},
	}
	for _, phase := range []domain.Phase{domain.StopSent, domain.StopAccepted, domain.StartSent} {
		rows[phase.String()+": STOPPED in the judged life is ours to start"] = transition{from{phase: phase}, same(domain.Stopped), phase.String() + " -> start"}
	}
	for _, phase := range []domain.Phase{domain.StopSent, domain.StopAccepted, domain.StartSent, domain.StartAccepted} {
		rows[phase.String()+": STOPPED in another life is a human's stop"] = transition{from{phase: phase}, later(domain.Stopped),
			phase.String() + " -> dropped: stopped by other STOPPED"}
		rows[phase.String()+": never spawned is a group that was added anew"] = transition{from{phase: phase}, saw(life(domain.Stopped, 0, time.Time{})),
			phase.String() + " -> dropped: stopped by other STOPPED"}
		rows[phase.String()+": a finished one-shot is left alone"] = transition{from{phase: phase}, same(domain.Exited),
			phase.String() + " -> dropped: exited status 3"}
		rows[phase.String()+": a new life that may end so has done its work"] = transition{from{phase: phase}, saw(ended(0, time.Second)),
			phase.String() + " -> not started: exited again"}
	}
	for _, phase := range []domain.Phase{domain.StartSent, domain.StartAccepted} {
		rows[phase.String()+": a new life that has ended soon is started again after a second"] = transition{from{phase: phase}, later(domain.Exited),
			"stop accepted, 1 failed -> look in 1s, parked: exited again status 3"}
		rows[phase.String()+": one that has lived for a while is not ours"] = transition{from{phase: phase}, saw(ended(3, steadyFor)),
			phase.String() + " -> dropped: exited status 3"}
	}
	for _, phase := range []domain.Phase{domain.StopSent, domain.StopAccepted} {
		rows[phase.String()+": a new life that has ended is not ours"] = transition{from{phase: phase}, later(domain.Exited),
			phase.String() + " -> not started: exited again status 3"}
	}
	rows["what has ended again is started after the pause"] = transition{from{phase: domain.StopAccepted, tries: 1}, later(domain.Exited),
		"stop accepted, 1 failed -> start"}
	rows["it ends again while it is looked after"] = transition{from{phase: domain.StartAccepted, tries: 2}, then(saw(youngLife()), later(domain.Exited)),
		"stop accepted, 3 failed -> look in 4s, parked: exited again status 3"}
	rows["somebody else stops it while it is looked after"] = transition{from{phase: domain.StartAccepted}, then(saw(youngLife()), later(domain.Stopped)),
		"start accepted -> dropped: stopped by other STOPPED"}
	return rows
}

// youngLife is a new life that has just begun to be RUNNING, ended one that ended with this status after so long.
func youngLife() domain.Process {
	p := life(domain.Running, 8, noon().Add(time.Hour))
	p.Uptime = 0
	return p
}

func ended(status int, lived time.Duration) domain.Process {
	p := life(domain.Exited, 0, noon().Add(time.Hour))
	p.ExitStatus, p.Ended = status, p.Started.Add(lived)
	return p
}

// then reports one thing after the other, at a look later by so long.
func then(all ...report) report {
	return func(t transaction) (transaction, next) {
		var n next
		for _, one := range all {
			t, n = one(t)
		}
		return t, n
	}
}

func at(after time.Duration, p domain.Process) report {
	return func(t transaction) (transaction, next) { return t.saw(p, noon().Add(2*time.Hour+after)) }
}

func failed() map[string]transition {
	const why = ": fatal FATAL exited too quickly"
	return map[string]transition{
		"FATAL after our start is tried again after a second": {from{phase: domain.StartAccepted}, later(domain.Fatal),
			"stop accepted, 1 failed -> look in 1s, parked" + why},
		"also when the answer to the start was lost": {from{phase: domain.StartSent}, later(domain.Fatal),
			"stop accepted, 1 failed -> look in 1s, parked" + why},
		"the pause doubles": {from{phase: domain.StartAccepted, tries: 3}, later(domain.Fatal),
			"stop accepted, 4 failed -> look in 8s, parked" + why},
		"up to five minutes": {from{phase: domain.StartAccepted, tries: 100}, later(domain.Fatal),
			"stop accepted, 101 failed -> look in 5m0s, parked" + why},
		"if it is FATAL yet after the pause, it is started": {from{phase: domain.StopAccepted, tries: 1}, later(domain.Fatal),
			"stop accepted, 1 failed -> start"},
		"if it was started and stopped by hand in the pause, it is not": {from{phase: domain.StopAccepted, tries: 1}, later(domain.Stopped),
			"stop accepted, 1 failed -> dropped: stopped by other STOPPED"},
		"FATAL after the start of somebody else is helped at once": {from{phase: domain.StopSent}, later(domain.Fatal), "stop sent -> start"},
	}
}

func blinded(err error) report {
	return func(t transaction) (transaction, next) { return t.blind(fmt.Errorf("asking: %w", err)) }
}

func blind() map[string]transition {
	rows := map[string]transition{}
	for _, phase := range []domain.Phase{domain.StopSent, domain.StopAccepted, domain.StartSent, domain.StartAccepted} {
		for _, err := range []error{domain.ErrUnreachable, domain.ErrUnauthorized, errors.New("fault 30")} {
			rows[fmt.Sprintf("%s: %s is waited out", phase, err)] = transition{from{phase: phase}, blinded(err),
				fmt.Sprintf("%s -> look in 200ms: blind: asking: %s", phase, err)}
		}
		rows[phase.String()+": nobody waits for a supervisord that shuts down"] = transition{from{phase: phase}, blinded(domain.ErrShuttingDown),
			phase.String() + " -> look in 200ms, parked: blind: asking: supervisord is shutting down"}
		rows[phase.String()+": the ninth failure gives the place back"] = transition{from{phase: phase}, repeated(9, blinded(domain.ErrUnreachable)),
			phase.String() + " -> look in 1s, parked: blind: asking: supervisord cannot be reached"}
		rows[phase.String()+": the eighth does not"] = transition{from{phase: phase}, repeated(8, blinded(domain.ErrUnreachable)),
			phase.String() + " -> look in 1s: blind: asking: supervisord cannot be reached"}
		rows[phase.String()+": a process that was removed is dropped"] = transition{from{phase: phase}, blinded(domain.ErrNoSuchProcess),
			phase.String() + " -> dropped: unknown"}
	}
	return rows
}

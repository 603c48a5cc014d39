package engine

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/domain"
)

func stopped(err error) report {
	return func(t transaction) (transaction, next) {
		return t.sending(SendStop).stopAnswered(err)
	}
}

// started reports several answers, each to a start of its own that is sent after a look.
func started(errs ...error) report {
	return func(t transaction) (transaction, next) {
		var n next
		for _, err := range errs {
			t, n = t.sending(SendStart).startAnswered(err)
		}
		return t, n
	}
}

func notSent() error { return fmt.Errorf("dialling: %w, %w", domain.ErrUnreachable, domain.ErrNotSent) }

// stoppedThen reports the answer yes to the stop, and then what follows it.
func stoppedThen(follow ...report) report {
	return func(t transaction) (transaction, next) {
		t, n := stopped(nil)(t)
		for _, f := range follow {
			t, n = f(t)
		}
		return t, n
	}
}

func stopAnswered() map[string]transition {
	return map[string]transition{
		"our stop has ended a life that is younger than the last look": {from{}, stoppedThen(later(domain.Stopping)), "stop accepted -> look in 20ms"},
		"which then is started again":                                  {from{}, stoppedThen(later(domain.Stopping), later(domain.Stopped)), "stop accepted -> start"},
		"also when it stopped at once":                                 {from{}, stoppedThen(later(domain.Stopped)), "stop accepted -> start"},
		"a life that is younger than our stop is not ours": {from{}, stoppedThen(same(domain.Stopping), later(domain.Stopped)),
			"stop accepted -> dropped: stopped by other STOPPED"},
		"nor what is seen only after supervisord was away": {from{}, stoppedThen(blinded(domain.ErrUnreachable), later(domain.Stopped)),
			"stop accepted -> dropped: stopped by other STOPPED"},
		"yes":                          {from{}, stopped(nil), "stop accepted -> look in 10ms"},
		"somebody was faster":          {from{}, stopped(domain.ErrNotRunning), "stop sent -> dropped: gone"},
		"there is no such process":     {from{}, stopped(domain.ErrNoSuchProcess), "stop sent -> dropped: refused: no such process"},
		"supervisord shuts down":       {from{}, stopped(domain.ErrShuttingDown), "stop sent -> dropped: refused: supervisord is shutting down"},
		"supervisord wants a password": {from{}, stopped(domain.ErrUnauthorized), "stop sent -> dropped: refused: unauthorized"},
		"it was not sent": {from{}, stopped(notSent()),
			"stop sent -> dropped: refused: dialling: supervisord cannot be reached, not sent"},
		"the answer is lost": {from{}, stopped(domain.ErrUnreachable),
			"stop sent -> look in 10ms: answer lost: supervisord cannot be reached"},
		"a fault is an answer: it was not stopped": {from{}, stopped(&domain.Fault{Code: 30, Text: "FAILED"}),
			"stop sent -> dropped: refused: fault 30: FAILED"},
	}
}

func startAnswered() map[string]transition {
	owed := from{phase: domain.StopAccepted}
	lost := errors.New("no answer")
	return map[string]transition{
		"yes":                          {owed, started(nil), "start accepted -> look in 10ms"},
		"somebody was faster":          {owed, started(domain.ErrAlreadyStarted), "start accepted -> look in 10ms"},
		"there is no such process":     {owed, started(domain.ErrNoSuchProcess), "start sent -> dropped: unknown"},
		"the program is missing":       {owed, started(domain.ErrCannotStart), "stop accepted, 1 failed -> look in 1s, parked: refused: cannot start"},
		"it is missing yet":            {from{phase: domain.StopAccepted, tries: 4}, started(domain.ErrCannotStart), "stop accepted, 5 failed -> look in 16s, parked: refused: cannot start"},
		"it is missing for ever":       {from{phase: domain.StopAccepted, tries: 99}, started(domain.ErrCannotStart), "stop accepted, 100 failed -> look in 5m0s, parked: refused: cannot start"},
		"supervisord shuts down":       {owed, started(domain.ErrShuttingDown), "stop accepted -> look in 1s, parked: refused: supervisord is shutting down"},
		"supervisord wants a password": {owed, started(domain.ErrUnauthorized), "stop accepted -> look in 1s, parked: refused: unauthorized"},
		"it was not sent":              {owed, started(notSent()), "stop accepted -> look in 1s, parked: refused: dialling: supervisord cannot be reached, not sent"},
		"the answer is lost":           {owed, started(lost), "start sent -> look in 10ms: answer lost: no answer"},
		"starts with lost answers become rarer": {owed, started(lost, lost, lost, lost),
			"start sent -> look in 80ms: answer lost: no answer"},
	}
}

func startOnly() map[string]transition {
	begin, sent := from{startOnly: true}, from{phase: domain.StartSent, startOnly: true}
	accepted := from{phase: domain.StartAccepted, startOnly: true}
	rows := map[string]transition{
		"FATAL is started":                                   {begin, same(domain.Fatal), "planned -> start"},
		"EXITED is started":                                  {begin, same(domain.Exited), "planned -> start"},
		"another end is judged anew":                         {begin, later(domain.Fatal), "planned -> dropped: moved FATAL"},
		"it runs again":                                      {accepted, later(domain.Running), "start accepted -> restarted"},
		"it runs again, the answer was lost":                 {sent, later(domain.Running), "start sent -> restarted"},
		"FATAL again":                                        {accepted, later(domain.Fatal), "start accepted -> not started: fatal FATAL exited too quickly"},
		"EXITED again":                                       {accepted, later(domain.Exited), "start accepted -> not started: exited again status 3"},
		"FATAL yet: the lost start was not carried out":      {sent, same(domain.Fatal), "start sent -> not started: ignored"},
		"EXITED yet: the lost start was not carried out":     {sent, same(domain.Exited), "start sent -> not started: ignored"},
		"FATAL again within the second":                      {accepted, same(domain.Fatal), "start accepted -> not started: fatal FATAL exited too quickly"},
		"EXITED again within the second":                     {accepted, same(domain.Exited), "start accepted -> not started: exited again status 3"},
		"stopped by hand after our start":                    {sent, later(domain.Stopped), "start sent -> dropped: stopped by other STOPPED"},
		"stopped, whatever life it was":                      {sent, same(domain.Stopped), "start sent -> dropped: stopped by other STOPPED"},
		"being stopped by hand":                              {sent, later(domain.Stopping), "start sent -> dropped: stopped by other STOPPING"},
		"the start is accepted":                              {begin, started(nil), "start accepted -> look in 10ms"},
		"the program is missing: the next round decides":     {begin, started(domain.ErrCannotStart), "start sent -> not started: refused: cannot start"},
		"supervisord shuts down":                             {begin, started(domain.ErrShuttingDown), "start sent -> not started: refused: supervisord is shutting down"},
		"supervisord wants a password":                       {begin, started(domain.ErrUnauthorized), "start sent -> not started: refused: unauthorized"},
		"it was not sent":                                    {begin, started(notSent()), "start sent -> not started: refused: dialling: supervisord cannot be reached, not sent"},
		"the answer is lost":                                 {begin, started(domain.ErrUnreachable), "start sent -> look in 10ms: answer lost: supervisord cannot be reached"},
		"supervisord does not answer before it":              {begin, blinded(domain.ErrUnreachable), "planned -> dropped: unasked: asking: supervisord cannot be reached"},
		"supervisord does not answer after it":               {sent, blinded(domain.ErrUnreachable), "start sent -> look in 200ms: blind: asking: supervisord cannot be reached"},
		"the process was removed while it was being started": {sent, blinded(domain.ErrNoSuchProcess), "start sent -> dropped: unknown"},
	}
	for _, s := range []domain.State{domain.Stopped, domain.Starting, domain.Running, domain.Backoff, domain.Stopping, domain.StateUnknown} {
		rows["not in "+s.String()] = transition{begin, same(s), "planned -> dropped: moved " + s.String() + ""}
	}
	return rows
}

func TestBegin(t *testing.T) {
	x, n := begin(judged(false), "web_check", "no answer", 1, noon())
	want := transaction{Restart: domain.Restart{Instance: judged(false).Instance(), Watch: "web_check", Reason: "no answer", Supervisor: 1, Begun: noon()}}
	if diff := cmp.Diff([]any{want, next{act: Look}}, []any{x, n}, cmp.AllowUnexported(transaction{}, next{})); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	x, _ = begin(judged(true), "web_check", "it is FATAL", 1, noon())
	if !x.StartOnly {
		t.Error("a process in FATAL cannot be stopped")
	}
}

func TestResume(t *testing.T) {
	tests := map[string]struct {
		phase      domain.Phase
		supervisor int
		want       string
	}{
		"nothing was sent":                 {domain.Planned, 1, "planned -> dropped: unsent"},
		"the stop may have been sent":      {domain.StopSent, 1, "stop sent -> look"},
		"the stop was accepted":            {domain.StopAccepted, 1, "stop accepted -> look"},
		"the start may have been sent":     {domain.StartSent, 1, "start sent -> look"},
		"the start was accepted":           {domain.StartAccepted, 1, "start accepted -> look"},
		"supervisord is another":           {domain.StopAccepted, 2, "stop accepted -> dropped: supervisor"},
		"it is another and nothing is due": {domain.Planned, 2, "planned -> dropped: supervisor"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r := domain.Restart{Instance: judged(false).Instance(), Phase: tt.phase, Supervisor: 1}
			if got := written(resume(r, tt.supervisor)); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestSending(t *testing.T) {
	type phases struct{ Look, Stop, Start domain.Phase }
	tests := map[domain.Phase]phases{
		domain.Planned:       {domain.Planned, domain.StopSent, domain.StartSent},
		domain.StopSent:      {domain.StopSent, domain.StopSent, domain.StartSent},
		domain.StopAccepted:  {domain.StopAccepted, domain.StopSent, domain.StartSent},
		domain.StartSent:     {domain.StartSent, domain.StopSent, domain.StartSent},
		domain.StartAccepted: {domain.StartAccepted, domain.StopSent, domain.StartSent},
	}
	for phase, want := range tests {
		x := transaction{Restart: domain.Restart{Phase: phase}}
		got := phases{x.sending(Look).Phase, x.sending(SendStop).Phase, x.sending(SendStart).Phase}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: -want +got:\n%s", phase, diff)
		}
	}
}

// The looks for a new phase begin with the shortest pause, whatever number of looks the phase before it took.
func TestLooksBeginAnewInEachPhase(t *testing.T) {
	x := transaction{Restart: domain.Restart{Instance: judged(false).Instance(), Phase: domain.StopAccepted}}
	x, _ = repeated(20, same(domain.Stopping))(x)
	if got, want := written(started(nil)(x)), "start accepted -> look in 10ms"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	x, n := repeated(3, young)(transaction{Restart: domain.Restart{Instance: judged(false).Instance()}})
	if n.after != 200*time.Millisecond {
		t.Fatalf("the newborn is looked at in %s", n.after)
	}
	if got, want := written(stopped(nil)(x)), "stop accepted -> look in 10ms"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

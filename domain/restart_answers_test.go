package domain_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/domain"
)

func stopped(err error) report {
	return func(r domain.Restart) (domain.Restart, domain.Step) {
		return r.Sending(domain.SendStop).StopAnswered(err)
	}
}

// started reports several answers, each to a start of its own that is sent after a look.
func started(errs ...error) report {
	return func(r domain.Restart) (domain.Restart, domain.Step) {
		var step domain.Step
		for _, err := range errs {
			r, step = r.Sending(domain.SendStart).StartAnswered(err)
		}
		return r, step
	}
}

func notSent() error { return fmt.Errorf("dialling: %w, %w", domain.ErrUnreachable, domain.ErrNotSent) }

// stoppedThen reports the answer yes to the stop, and then what follows it.
func stoppedThen(follow ...report) report {
	return func(r domain.Restart) (domain.Restart, domain.Step) {
		r, step := stopped(nil)(r)
		for _, next := range follow {
			r, step = next(r)
		}
		return r, step
	}
}

func stopAnswered() map[string]transition {
	return map[string]transition{
		"our stop has ended a life that is younger than the last look": {from{}, stoppedThen(later(domain.Stopping)), "stop accepted -> look in 20ms"},
		"which then is started again":                                  {from{}, stoppedThen(later(domain.Stopping), later(domain.Stopped)), "stop accepted -> start"},
		"also when it stopped at once":                                 {from{}, stoppedThen(later(domain.Stopped)), "stop accepted -> start"},
		"a life that is younger than our stop is not ours": {from{}, stoppedThen(same(domain.Stopping), later(domain.Stopped)),
			"stop accepted -> dropped: somebody else has stopped it"},
		"nor what is seen only after supervisord was away": {from{}, stoppedThen(blinded(domain.ErrUnreachable), later(domain.Stopped)),
			"stop accepted -> dropped: somebody else has stopped it"},
		"yes":                          {from{}, stopped(nil), "stop accepted -> look in 10ms"},
		"somebody was faster":          {from{}, stopped(domain.ErrNotRunning), "stop sent -> dropped: it ended, or somebody else stopped it, just before"},
		"there is no such process":     {from{}, stopped(domain.ErrNoSuchProcess), "stop sent -> dropped: it was not stopped: no such process"},
		"supervisord shuts down":       {from{}, stopped(domain.ErrShuttingDown), "stop sent -> dropped: it was not stopped: supervisord is shutting down"},
		"supervisord wants a password": {from{}, stopped(domain.ErrUnauthorized), "stop sent -> dropped: it was not stopped: unauthorized"},
		"it was not sent": {from{}, stopped(notSent()),
			"stop sent -> dropped: it was not stopped: dialling: supervisord cannot be reached, not sent"},
		"the answer is lost": {from{}, stopped(domain.ErrUnreachable),
			"stop sent -> look in 10ms: the answer to the stop was lost: supervisord cannot be reached"},
		"another fault settles nothing": {from{}, stopped(&domain.Fault{Code: 30, Text: "FAILED"}),
			"stop sent -> look in 10ms: the answer to the stop was lost: fault 30: FAILED"},
	}
}

func startAnswered() map[string]transition {
	owed := from{phase: domain.StopAccepted}
	lost := errors.New("no answer")
	return map[string]transition{
		"yes":                          {owed, started(nil), "start accepted -> look in 10ms"},
		"somebody was faster":          {owed, started(domain.ErrAlreadyStarted), "start accepted -> look in 10ms"},
		"there is no such process":     {owed, started(domain.ErrNoSuchProcess), "start sent -> dropped: supervisord does not know it any more"},
		"the program is missing":       {owed, started(domain.ErrCannotStart), "stop accepted, 1 failed -> look in 1s, parked: cannot start"},
		"it is missing yet":            {from{domain.StopAccepted, false, 4}, started(domain.ErrCannotStart), "stop accepted, 5 failed -> look in 16s, parked: cannot start"},
		"it is missing for ever":       {from{domain.StopAccepted, false, 99}, started(domain.ErrCannotStart), "stop accepted, 100 failed -> look in 5m0s, parked: cannot start"},
		"supervisord shuts down":       {owed, started(domain.ErrShuttingDown), "stop accepted -> look in 1s, parked: supervisord is shutting down"},
		"supervisord wants a password": {owed, started(domain.ErrUnauthorized), "stop accepted -> look in 1s, parked: unauthorized"},
		"it was not sent":              {owed, started(notSent()), "stop accepted -> look in 1s, parked: dialling: supervisord cannot be reached, not sent"},
		"the answer is lost":           {owed, started(lost), "start sent -> look in 10ms: the answer to the start was lost: no answer"},
		"starts with lost answers become rarer": {owed, started(lost, lost, lost, lost),
			"start sent -> look in 80ms: the answer to the start was lost: no answer"},
	}
}

func startOnly() map[string]transition {
	begin, sent := from{startOnly: true}, from{phase: domain.StartSent, startOnly: true}
	accepted := from{phase: domain.StartAccepted, startOnly: true}
	rows := map[string]transition{
		"FATAL is started":                                   {begin, same(domain.Fatal), "planned -> start"},
		"EXITED is started":                                  {begin, same(domain.Exited), "planned -> start"},
		"another end is judged anew":                         {begin, later(domain.Fatal), "planned -> dropped: it is FATAL by now"},
		"it runs again":                                      {accepted, later(domain.Running), "start accepted -> restarted"},
		"it runs again, the answer was lost":                 {sent, later(domain.Running), "start sent -> restarted"},
		"FATAL again":                                        {accepted, later(domain.Fatal), "start accepted -> not started: supervisord has given up starting it: exited too quickly"},
		"EXITED again":                                       {accepted, later(domain.Exited), "start accepted -> not started: it was started and has exited again with status 3"},
		"FATAL yet: the lost start was not carried out":      {sent, same(domain.Fatal), "start sent -> not started: the start was not carried out"},
		"EXITED yet: the lost start was not carried out":     {sent, same(domain.Exited), "start sent -> not started: the start was not carried out"},
		"FATAL again within the second":                      {accepted, same(domain.Fatal), "start accepted -> not started: supervisord has given up starting it: exited too quickly"},
		"EXITED again within the second":                     {accepted, same(domain.Exited), "start accepted -> not started: it was started and has exited again with status 3"},
		"stopped by hand after our start":                    {sent, later(domain.Stopped), "start sent -> dropped: somebody else has stopped it"},
		"stopped, whatever life it was":                      {sent, same(domain.Stopped), "start sent -> dropped: somebody else has stopped it"},
		"being stopped by hand":                              {sent, later(domain.Stopping), "start sent -> dropped: somebody else is stopping it"},
		"the start is accepted":                              {begin, started(nil), "start accepted -> look in 10ms"},
		"the program is missing: the next round decides":     {begin, started(domain.ErrCannotStart), "start sent -> not started: cannot start"},
		"supervisord shuts down":                             {begin, started(domain.ErrShuttingDown), "start sent -> not started: supervisord is shutting down"},
		"supervisord wants a password":                       {begin, started(domain.ErrUnauthorized), "start sent -> not started: unauthorized"},
		"it was not sent":                                    {begin, started(notSent()), "start sent -> not started: dialling: supervisord cannot be reached, not sent"},
		"the answer is lost":                                 {begin, started(domain.ErrUnreachable), "start sent -> look in 10ms: the answer to the start was lost: supervisord cannot be reached"},
		"supervisord does not answer before it":              {begin, blinded(domain.ErrUnreachable), "planned -> dropped: asking: supervisord cannot be reached"},
		"supervisord does not answer after it":               {sent, blinded(domain.ErrUnreachable), "start sent -> look in 200ms: asking: supervisord cannot be reached"},
		"the process was removed while it was being started": {sent, blinded(domain.ErrNoSuchProcess), "start sent -> dropped: supervisord does not know it any more"},
	}
	for _, s := range []domain.State{domain.Stopped, domain.Starting, domain.Running, domain.Backoff, domain.Stopping, domain.StateUnknown} {
		rows["not in "+s.String()] = transition{begin, same(s), "planned -> dropped: it is " + s.String() + " by now"}
	}
	return rows
}

func TestNewRestart(t *testing.T) {
	r, step := domain.NewRestart(judged(false), "web_check", "no answer", 1, noon())
	want := domain.Restart{Instance: judged(false).Instance(), Watch: "web_check", Reason: "no answer", Supervisor: 1, Begun: noon()}
	if diff := cmp.Diff([]any{want, domain.Step{}}, []any{r, step}, cmp.AllowUnexported(domain.Restart{})); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	r, _ = domain.NewRestart(judged(true), "web_check", "it is FATAL", 1, noon())
	if !r.StartOnly {
		t.Error("a process in FATAL cannot be stopped")
	}
}

func TestResume(t *testing.T) {
	tests := map[string]struct {
		phase      domain.Phase
		supervisor int
		want       string
	}{
		"nothing was sent":                 {domain.Planned, 1, "planned -> dropped: nothing had been sent yet"},
		"the stop may have been sent":      {domain.StopSent, 1, "stop sent -> look"},
		"the stop was accepted":            {domain.StopAccepted, 1, "stop accepted -> look"},
		"the start may have been sent":     {domain.StartSent, 1, "start sent -> look"},
		"the start was accepted":           {domain.StartAccepted, 1, "start accepted -> look"},
		"supervisord is another":           {domain.StopAccepted, 2, "stop accepted -> dropped: supervisord itself was restarted since"},
		"it is another and nothing is due": {domain.Planned, 2, "planned -> dropped: supervisord itself was restarted since"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r := domain.Restart{Instance: judged(false).Instance(), Phase: tt.phase, Supervisor: 1}
			if got := told(r.Resume(tt.supervisor)); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestSendingAndOwing(t *testing.T) {
	type phases struct {
		Look, Stop, Start domain.Phase
		Owes, OwesNot     bool // the second of a restart that only starts
	}
	tests := map[domain.Phase]phases{
		domain.Planned:       {domain.Planned, domain.StopSent, domain.StartSent, false, false},
		domain.StopSent:      {domain.StopSent, domain.StopSent, domain.StartSent, true, false},
		domain.StopAccepted:  {domain.StopAccepted, domain.StopSent, domain.StartSent, true, false},
		domain.StartSent:     {domain.StartSent, domain.StopSent, domain.StartSent, true, false},
		domain.StartAccepted: {domain.StartAccepted, domain.StopSent, domain.StartSent, false, false},
	}
	for phase, want := range tests {
		r := domain.Restart{Phase: phase}
		got := phases{r.Sending(domain.Look).Phase, r.Sending(domain.SendStop).Phase, r.Sending(domain.SendStart).Phase,
			r.Owes(), domain.Restart{Phase: phase, StartOnly: true}.Owes()}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: -want +got:\n%s", phase, diff)
		}
	}
}

// The looks for a new phase begin with the shortest pause, whatever number of looks the phase before it took.
func TestLooksBeginAnewInEachPhase(t *testing.T) {
	r := domain.Restart{Instance: judged(false).Instance(), Phase: domain.StopAccepted}
	r, _ = repeated(20, same(domain.Stopping))(r)
	if got, want := told(started(nil)(r)), "start accepted -> look in 10ms"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	r, step := repeated(3, newborn)(domain.Restart{Instance: judged(false).Instance()})
	if step.After != 200*time.Millisecond {
		t.Fatalf("the newborn is looked at in %s", step.After)
	}
	if got, want := told(stopped(nil)(r)), "stop accepted -> look in 10ms"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

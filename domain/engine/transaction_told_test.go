package engine

import (
	"testing"
	"time"

	"supervisor-healthcheck/domain"
)

// hear hands in an event about the process. What changes nothing shows as the zero step.
func hear(from, to domain.State, pid int) report {
	return func(t transaction) (transaction, next) {
		heard, n, matters := t.told(domain.StateChange{ID: t.Instance.ID, From: from, To: to, PID: pid}, noon().Add(2*time.Hour))
		if !matters {
			return t, next{act: Keep}
		}
		return heard, n
	}
}

// toldEvents are the events that may come, at each phase. "keep" stands for what changes nothing.
func toldEvents() map[string]transition {
	const nothing = " -> keep"
	accepted, startAccepted := from{phase: domain.StopAccepted, eventful: true}, from{phase: domain.StartAccepted, eventful: true}
	again := from{phase: domain.StopAccepted, tries: 1, eventful: true}
	rows := map[string]transition{
		"STOPPED of the life that we stop is looked at":          {accepted, hear(domain.Stopping, domain.Stopped, 7), "stop accepted -> look"},
		"STOPPED of another life is looked at":                   {accepted, hear(domain.Stopping, domain.Stopped, 8), "stop accepted -> look"},
		"STOPPED without a pid is looked at":                     {accepted, hear(domain.Stopping, domain.Stopped, 0), "stop accepted -> look"},
		"our own STOPPING says nothing new":                      {accepted, hear(domain.Running, domain.Stopping, 7), "stop accepted" + nothing},
		"its end by itself is looked at":                         {accepted, hear(domain.Running, domain.Exited, 7), "stop accepted -> look"},
		"STARTING will be followed by something":                 {accepted, hear(domain.Exited, domain.Starting, 0), "stop accepted" + nothing},
		"RUNNING before our start is looked at":                  {accepted, hear(domain.Starting, domain.Running, 8), "stop accepted -> look"},
		"FATAL before our start is looked at":                    {accepted, hear(domain.Backoff, domain.Fatal, 0), "stop accepted -> look"},
		"FATAL after a start that failed does not end the pause": {again, hear(domain.Backoff, domain.Fatal, 0), "stop accepted, 1 failed" + nothing},
		"nor does BACKOFF":                                       {again, hear(domain.Starting, domain.Backoff, 0), "stop accepted, 1 failed" + nothing},
		"RUNNING in the pause is looked at":                      {again, hear(domain.Starting, domain.Running, 8), "stop accepted, 1 failed -> look"},
		"STOPPED by hand in the pause is looked at":              {again, hear(domain.Stopping, domain.Stopped, 8), "stop accepted, 1 failed -> look"},
		"RUNNING with another pid is looked after":               {startAccepted, hear(domain.Starting, domain.Running, 8), "start accepted -> look in 10s"},
		"and is the same news when it is told twice":             {startAccepted, then(hear(domain.Starting, domain.Running, 8), hear(domain.Starting, domain.Running, 8)), "start accepted -> keep"},
		"its end is looked at":                                   {startAccepted, then(hear(domain.Starting, domain.Running, 8), hear(domain.Running, domain.Exited, 8)), "start accepted -> look"},
		"RUNNING with the old pid is late news":                  {startAccepted, hear(domain.Starting, domain.Running, 7), "start accepted -> look"},
		"RUNNING without a pid is looked at":                     {startAccepted, hear(domain.Starting, domain.Running, 0), "start accepted -> look"},
		"STARTING after our start will be followed":              {startAccepted, hear(domain.Stopped, domain.Starting, 0), "start accepted" + nothing},
		"the late STOPPED of our own stop is looked at":          {startAccepted, hear(domain.Stopping, domain.Stopped, 7), "start accepted -> look"},
		"BACKOFF is looked at, for its words":                    {startAccepted, hear(domain.Starting, domain.Backoff, 0), "start accepted -> look"},
		"FATAL is looked at, for its words":                      {startAccepted, hear(domain.Backoff, domain.Fatal, 0), "start accepted -> look"},
		"STOPPING by somebody else is looked at":                 {startAccepted, hear(domain.Running, domain.Stopping, 8), "start accepted -> look"},
	}
	for _, phase := range []domain.Phase{domain.Planned, domain.StopSent, domain.StartSent} {
		for _, to := range []domain.State{domain.Stopped, domain.Starting, domain.Running, domain.Backoff, domain.Stopping, domain.Exited, domain.Fatal} {
			rows[phase.String()+": what supervisord answers us comes before "+to.String()] = transition{from{phase: phase, eventful: true},
				hear(domain.StateUnknown, to, 8), phase.String() + nothing}
		}
	}
	return rows
}

// An event may come late. What it tells was so; what is done about it depends on what is so now.
func TestLateNewsOfOurStop(t *testing.T) {
	stopAnd := func(now report) report {
		return stoppedThen(hear(domain.Stopping, domain.Stopped, 7), now)
	}
	tests := map[string]transition{
		"it is stopped yet":                     {from{eventful: true}, stopAnd(same(domain.Stopped)), "stop accepted -> start"},
		"somebody else has started it":          {from{eventful: true}, stopAnd(later(domain.Running)), "stop accepted -> dropped: started by other pid 8"},
		"and has stopped it again: so it stays": {from{eventful: true}, stopAnd(later(domain.Stopped)), "stop accepted -> dropped: stopped by other STOPPED"},
		"and is stopping it again: so be it":    {from{eventful: true}, stopAnd(later(domain.Stopping)), "stop accepted -> dropped: stopped by other STOPPING"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			x, _ := begin(judged(false), "web_check", "no answer", 1, noon())
			x.eventful = true
			if got := written(tt.report(x)); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

// Where events tell of every change, looks are for those that are lost: rare, but they come.
func TestLooksAreRareWhereEventsTell(t *testing.T) {
	tests := map[string]transition{
		"the first one after the stop comes at once, to see whose life it has ended": {from{eventful: true}, stopped(nil), "stop accepted -> look in 10ms"},
		"the next one after seconds": {from{eventful: true}, stoppedThen(same(domain.Stopping)), "stop accepted -> look in 4s"},
		"they become rarer":          {from{phase: domain.StopAccepted, eventful: true}, repeated(3, same(domain.Stopping)), "stop accepted -> look in 8s"},
		"but never end":              {from{phase: domain.StopAccepted, eventful: true}, repeated(40, same(domain.Stopping)), "stop accepted -> look in 16s"},
		"the same after the start":   {from{phase: domain.StopAccepted, eventful: true}, started(nil), "start accepted -> look in 2s"},
		"a stop whose fate is open is looked after at once": {from{eventful: true}, stopped(domain.ErrUnreachable),
			"stop sent -> look in 10ms: answer lost: supervisord cannot be reached"},
		"a supervisord that is away is asked again soon": {from{phase: domain.StopAccepted, eventful: true}, blinded(domain.ErrUnreachable),
			"stop accepted -> look in 1s: blind: asking: supervisord cannot be reached"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			x, _ := begin(judged(false), "web_check", "no answer", 1, noon())
			x.Phase, x.Tries, x.eventful = tt.from.phase, tt.from.tries, tt.from.eventful
			if got := written(tt.report(x)); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

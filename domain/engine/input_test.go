package engine

import (
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/domain"
)

func TestWhatAnEventIsToTheEngine(t *testing.T) {
	numbers := Numbers{Serial: 7, PoolSerial: 3}
	change := domain.StateChange{ID: webID("a"), From: domain.Starting, To: domain.Running, PID: 5}
	tests := map[string]struct {
		event domain.Event
		want  Input
	}{
		"a tick":        {domain.Event{Serial: 7, PoolSerial: 3, Tick: &domain.Tick{When: noon(), Period: 5}}, Ticked{numbers, domain.Tick{When: noon(), Period: 5}}},
		"a change":      {domain.Event{Serial: 7, PoolSerial: 3, Change: &change}, Changed{numbers, change}},
		"a group":       {domain.Event{Serial: 7, PoolSerial: 3, Group: &domain.GroupChange{Group: "web"}}, Regrouped{numbers}},
		"an order":      {domain.Event{Serial: 7, PoolSerial: 3, Order: &domain.Order{Names: []string{"web"}}}, Ordered{numbers, domain.Order{Names: []string{"web"}}}},
		"anything else": {domain.Event{Name: "REMOTE_COMMUNICATION", Serial: 7, PoolSerial: 3}, Noted{numbers}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := gocmp.Diff(tt.want, Of(tt.event)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// An answer that is not awaited any more, or never was, changes nothing.
func TestAnswersThatNobodyWaitsFor(t *testing.T) {
	job := Job{Watch: 0, Process: domain.Process{ID: webID("a")}, Number: 77}
	for name, in := range map[string]Input{
		"a verdict":                  job.Answer(domain.Unhealthy.Because("gone"), 0),
		"a verdict on nobody":        Job{Process: domain.Process{ID: webID("x")}}.Answer(domain.Unhealthy.Because("gone"), 0),
		"a step":                     Stepped{Step: Step{Act: SendStop, Restart: domain.Restart{Instance: domain.Instance{ID: webID("a")}}}},
		"who supervisord is":         Identified{Supervisor: domain.Supervisor{PID: 1}},
		"settings":                   Configured{Settings: map[domain.ID]domain.Settings{}},
		"the moment to wake up":      Woke{At: noon()},
		"an event that says nothing": Noted{},
		"an order for others":        Ordered{Order: domain.Order{Names: []string{"api", "web:z"}, Seconds: 60}},
		"nothing to be resumed":      Ordered{Order: domain.Order{Names: []string{"all"}}},
		"nobody holds a port":        Held{},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, "", "a")
			s.tick()
			s.told()
			s.handle(in)
			s.pass(0)
			if got := s.told(); got != "" || len(s.acts) > 0 || s.engine.Restarts() > 0 {
				t.Errorf("told is %q, done %q", got, s.acts)
			}
		})
	}
}

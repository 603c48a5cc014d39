package domain_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/domain"
)

func TestWords(t *testing.T) {
	tests := map[string]fmt.Stringer{
		"web:web_0":      domain.ID{Group: "web", Name: "web_0"},
		"web":            domain.ID{Group: "web", Name: "web"},
		"unknown":        domain.Unknown,
		"healthy":        domain.Healthy,
		"unhealthy":      domain.Unhealthy,
		"keep":           domain.Keep,
		"held":           domain.Hold,
		"act":            domain.Do,
		"given up":       domain.GiveUp,
		"planned":        domain.Planned,
		"stop sent":      domain.StopSent,
		"stop accepted":  domain.StopAccepted,
		"start sent":     domain.StartSent,
		"start accepted": domain.StartAccepted,
		"7 of 9":         domain.Mass{Failing: 7, Judged: 9},
		"state 7":        domain.State(7),
	}
	for want, word := range tests {
		if word.String() != want {
			t.Errorf("got %s, want %s", word, want)
		}
	}
	if got, want := (&domain.Fault{Code: 10, Text: "BAD_NAME: web"}).Error(), "fault 10: BAD_NAME: web"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestStates(t *testing.T) {
	states := map[string]domain.State{"STOPPED": 0, "STARTING": 10, "RUNNING": 20, "BACKOFF": 30, "STOPPING": 40, "EXITED": 100,
		"FATAL": 200, "UNKNOWN": 1000}
	for name, number := range states {
		if got, ok := domain.ParseState(name); got != number || !ok || number.String() != name {
			t.Errorf("%s is read as %d %t and written as %s", name, got, ok, number)
		}
	}
	for _, name := range []string{"", "running", "state 7", "DEAD"} {
		if got, ok := domain.ParseState(name); got != domain.StateUnknown || ok {
			t.Errorf("%q is read as %d %t", name, got, ok)
		}
	}
}

func TestForgottenVerdictIsUnknown(t *testing.T) {
	var v domain.Verdict
	if v.Health != domain.Unknown {
		t.Errorf("it is %s", v.Health)
	}
	got := domain.Unhealthy.Because("%d of %d MB", 3, 2)
	if diff := cmp.Diff(domain.Verdict{Health: domain.Unhealthy, Reason: "3 of 2 MB"}, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestTickStale(t *testing.T) {
	tick := domain.Tick{When: noon(), Period: 5 * time.Second}
	tests := map[string]struct {
		now  time.Time
		want bool
	}{
		"at its moment":                   {noon(), false},
		"two seconds later, as is normal": {noon().Add(2 * time.Second), false},
		"at two periods it is still good": {noon().Add(10 * time.Second), false},
		"after two periods it is stale":   {noon().Add(10*time.Second + 1), true},
		"before its moment it is not":     {noon().Add(-time.Hour), false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := tick.Stale(tt.now); got != tt.want {
				t.Errorf("got %t", got)
			}
		})
	}
}

func TestSameLife(t *testing.T) {
	life := domain.Process{ID: domain.ID{Group: "web", Name: "web"}, PID: 7, Started: noon(), Uptime: time.Hour}.Instance()
	tests := map[string]struct {
		other domain.Instance
		want  bool
	}{
		"the same":           {domain.Instance{ID: life.ID, PID: 7, Started: noon()}, true},
		"in another zone":    {domain.Instance{ID: life.ID, PID: 7, Started: noon().In(time.FixedZone("", 3600))}, true},
		"another pid":        {domain.Instance{ID: life.ID, PID: 8, Started: noon()}, false},
		"another start":      {domain.Instance{ID: life.ID, PID: 7, Started: noon().Add(time.Second)}, false},
		"another process":    {domain.Instance{ID: domain.ID{Group: "web", Name: "x"}, PID: 7, Started: noon()}, false},
		"the zero instance":  {domain.Instance{}, false},
		"its end: no pid":    {domain.Instance{ID: life.ID, Started: noon()}, false},
		"another group's":    {domain.Instance{ID: domain.ID{Group: "x", Name: "web"}, PID: 7, Started: noon()}, false},
		"started never seen": {domain.Instance{ID: life.ID, PID: 7}, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := life.Same(tt.other); got != tt.want || tt.other.Same(life) != tt.want {
				t.Errorf("got %t", got)
			}
		})
	}
}

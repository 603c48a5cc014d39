package engine

import (
	"maps"
	"strings"
	"testing"
	"time"

	"supervisor-healthcheck/domain"
)

// Whatever was given up ends with a start by somebody else, also if no listener has seen that, or none that could keep it.
func TestAStartThatNoListenerHasKeptEndsAGiveUp(t *testing.T) { // F3
	restarted := func(s *scene, a *program) { s.human("restarts", a) }
	for name, test := range map[string]struct {
		down   bool // it is FATAL when it is given up
		lost   func(s *scene, a *program)
		kept   func(s *scene, a *program)
		rearms bool
	}{
		"by a human, just before the listener is killed": {lost: restarted, rearms: true},
		"by a human, who has started what was FATAL":     {down: true, lost: func(s *scene, a *program) { s.human("starts", a) }, rearms: true},
		"by nobody":                  {lost: func(*scene, *program) {}},
		"by nobody, and it is FATAL": {down: true, lost: func(*scene, *program) {}},
		"by supervisord after a death that was kept": {lost: func(*scene, *program) {}, kept: func(s *scene, a *program) {
			s.dies(a, 1)
			s.pass(2 * time.Second)
		}},
		"by this listener for another watch": {lost: restarted, kept: func(s *scene, a *program) {
			h := s.histories[a.ID].Clone()
			h.Acts = append(h.Acts, domain.Act{At: s.now, PID: a.PID})
			s.histories[a.ID] = h
		}},
		"by another listener": {lost: restarted, kept: func(s *scene, a *program) {
			s.others = domain.Others{Histories: map[domain.ID]domain.History{a.ID: {Acts: []domain.Act{{At: s.now, PID: a.PID, By: "other"}}}}}
		}},
		"by another supervisord, whose processes have the same pids, as in containers": {rearms: true, kept: func(s *scene, a *program) {
			h := s.histories[a.ID].Clone()
			act := &h.Acts[len(h.Acts)-1] // done to the life before the last, under the supervisord before the last
			act.PID, act.At = a.PID, act.At.Add(-time.Minute)
			s.histories[a.ID] = h
		}, lost: func(s *scene, a *program) {
			before := a.PID
			restarted(s, a)
			a.PID = before
		}},
		"after a version that did not keep the life": {lost: restarted, kept: func(s *scene, a *program) {
			h := s.histories[a.ID].Clone()
			h.Life = domain.Instance{}
			s.histories[a.ID] = h
		}},
	} {
		for when, listed := range map[string]bool{"": false, ", and the list comes before the journal": true} {
			t.Run(name+when, func(t *testing.T) {
				s := newScene(t, "restart-limit=1/1h recover=fatal", "a")
				a := s.program("a")
				a.broken = true
				s.ticks(20 * time.Second)
				if test.down {
					s.fails(a)
				}
				s.ticks(time.Minute)
				if !strings.Contains(s.told(), "give up spent") || a.State == domain.Running == test.down {
					t.Fatalf("it is %s and was not given up", a.State)
				}
				if test.kept != nil {
					test.kept(s, a)
				}
				kept := maps.Clone(s.histories)
				s.pass(5 * time.Second)
				test.lost(s, a)
				s.histories = kept // nothing of that was written
				s.told()
				if listed {
					s.begin()
					s.handle(Loading{})
					s.tick()
					s.load(nil)
				} else {
					s.again()
				}
				s.ticks(10 * time.Second)
				if got := s.told(); strings.Contains(got, "rearmed") != test.rearms {
					t.Errorf("told was %q", got)
				}
			})
		}
	}
}

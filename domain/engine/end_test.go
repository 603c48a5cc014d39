package engine

import (
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/domain"
)

func TestTheNextLifeOfTheListenerFinishesARestart(t *testing.T) {
	for name, silent := range map[string]bool{"with events": false, "with ticks alone": true} {
		for at, killed := range map[string]time.Duration{
			"while it is being stopped": time.Second, "after it was stopped": 5 * time.Second, "while it is being started": 4500 * time.Millisecond,
		} {
			t.Run(name+", "+at, func(t *testing.T) {
				s := newScene(t, "restart-limit=1/1h", "a")
				s.silent = silent
				s.begin()
				s.tick()
				a := s.program("a")
				a.hung, a.stopsFor, a.startsFor = true, 4*time.Second, time.Second
				if at == "after it was stopped" {
					s.delay = func(call string) time.Duration { return map[string]time.Duration{"start": 10 * time.Second}[call] }
				}
				s.tick()
				s.pass(killed)
				s.delay = nil
				s.again()
				s.ticks(20 * time.Second)
				if a.State != domain.Running || len(s.journal) > 0 || s.engine.Restarts() > 0 {
					t.Errorf("it is %s, and the journal holds %v", a.State, s.journal)
				}
				if strings.Contains(s.told(), "rearmed") {
					t.Error("our own start passes for that of a human")
				}
			})
		}
	}
}

func TestWhatAHumanHasDoneBetweenTwoLivesOfTheListenerStands(t *testing.T) {
	s := newScene(t, "", "a")
	s.tick()
	a := s.program("a")
	a.hung, a.stopsFor = true, 2*time.Second
	s.tick()
	s.pass(time.Second)
	s.begin() // killed; what follows happens before the next life has read anything
	s.silent = true
	s.pass(2 * time.Second)
	s.human("starts", a)
	s.pass(10 * time.Second)
	s.human("stops", a)
	s.pass(3 * time.Second)
	s.silent = false
	s.again()
	s.ticks(time.Minute)
	if a.State != domain.Stopped || len(s.journal) > 0 {
		t.Errorf("it is %s, and the journal holds %v", a.State, s.journal)
	}
}

func TestTheEndOfTheListener(t *testing.T) {
	tests := map[string]struct {
		play     func(*scene)
		owes     int
		restarts int
		state    domain.State
		told     string
	}{
		"nothing is under way": {func(s *scene) { s.handle(Ending{}) }, 0, 0, domain.Running, ""},
		"what was stopped is started": {func(s *scene) {
			s.program("a").hung, s.program("a").stopsFor = true, 3*time.Second
			s.tick()
			s.pass(time.Second)
			s.handle(Ending{})
			if s.engine.Owes() != 1 {
				s.t.Error("nobody would wait for it")
			}
			s.pass(5 * time.Second)
		}, 0, 0, domain.Running, "do failing 1 (said), restarted"},
		"also soon after it has stopped, though no event comes any more": {func(s *scene) {
			s.program("a").hung, s.program("a").stopsFor = true, 5*time.Second
			s.tick()
			s.pass(2500 * time.Millisecond)
			s.silent = true
			s.handle(Ending{})
			s.pass(4 * time.Second)
		}, 0, 0, domain.Running, "do failing 1 (said), late: still STOPPING, restarted"},
		"what is only planned is left": {func(s *scene) {
			s.human("restarts", s.program("a"))
			s.program("a").hung = true
			s.tick() // it is a newborn: the stop is put off
			s.handle(Ending{})
			s.pass(5 * time.Second)
		}, 0, 0, domain.Running, "do failing 1 (said)"},
		"nothing is begun": {func(s *scene) {
			s.handle(Ending{})
			s.program("a").hung = true
			s.ticks(time.Minute)
		}, 0, 0, domain.Running, ""},
		"what does not come along is left to the next life": {func(s *scene) {
			s.program("a").hung, s.program("a").stopsFor = true, time.Hour
			s.tick()
			s.pass(time.Second)
			s.handle(Ending{})
			s.handle(Abandoned{})
		}, 0, 1, domain.Stopping, "do failing 1 (said), left"},
		"supervisord ends in the middle of it": {func(s *scene) {
			s.program("a").hung, s.program("a").stopsFor = true, 3*time.Second
			s.tick()
			s.fault = func(string) error { return domain.ErrShuttingDown }
			s.pass(time.Second)
			s.handle(Ending{})
			s.pass(time.Second)
			s.handle(Abandoned{})
		}, 0, 1, domain.Stopping, "do failing 1 (said), left: blind: supervisord is shutting down"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, "", "a")
			s.tick()
			s.told()
			tt.play(s)
			if s.engine.Owes() != tt.owes || s.engine.Restarts() != tt.restarts || s.program("a").State != tt.state {
				t.Errorf("owed are %d, under way %d, and it is %s", s.engine.Owes(), s.engine.Restarts(), s.program("a").State)
			}
			if diff := gocmp.Diff(tt.told, s.told()); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

package engine

import (
	"errors"
	"testing"
	"time"

	"supervisor-healthcheck/domain"
)

// Whether an end was expected stands in the settings of the process.
func TestWhichEndsAreMadeGood(t *testing.T) {
	tests := map[string]struct {
		status  int
		codes   []int
		untold  bool
		fault   bool
		started bool
	}{
		"status 0, which is expected":            {0, []int{0}, false, false, false},
		"status 1, which is not":                 {1, []int{0}, false, false, true},
		"status 2, which is expected":            {2, []int{0, 2}, false, false, false},
		"status 0, which is not":                 {0, []int{7}, false, false, true},
		"a death by signal":                      {-1, []int{0}, false, false, true},
		"settings that are not told: status 0":   {0, nil, true, false, false},
		"settings that are not told: status 1":   {1, nil, true, false, true},
		"settings that cannot be read: status 0": {0, nil, false, true, false},
		"settings that cannot be read: status 1": {1, nil, false, true, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, "recover=exited", "a")
			s.tick()
			a := s.program("a")
			a.settings.ExitCodes, a.untold = tt.codes, tt.untold
			if tt.fault {
				s.fault = func(call string) error {
					if call == "settings" {
						return errors.New("fault 1: UNKNOWN_METHOD")
					}
					return nil
				}
			}
			a.ExitStatus, a.Ended = tt.status, s.now
			s.turn(a, domain.Exited, false)
			a.PID = 0
			s.pass(0)
			s.ticks(10 * time.Second)
			if started := a.State == domain.Running; started != tt.started {
				t.Errorf("started: %t", started)
			}
		})
	}
}

func TestHowLongTheListenerMayTakeToEnd(t *testing.T) {
	s := newScene(t, "", "a", "healthcheck:healthcheck")
	s.program("healthcheck:healthcheck").settings.StopWait = 25 * time.Second
	if got := s.engine.StopWait(); got != 0 {
		t.Errorf("got %s before it was asked for", got)
	}
	s.program("a").hung = true
	s.ticks(5 * time.Second)
	if got := s.engine.StopWait(); got != 25*time.Second {
		t.Errorf("got %s", got)
	}
}

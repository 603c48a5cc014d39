package engine

import (
	"testing"
	"time"

	"supervisor-healthcheck/domain"
)

// What must be known before a restart comes in any order, late, or not at first.
func TestARestartGoesOnWhateverComesFirst(t *testing.T) {
	for name, begin := range map[string]func(*scene, *program){
		"a restart":          func(_ *scene, a *program) { a.hung = true },
		"a start from FATAL": func(s *scene, a *program) { s.fails(a) },
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, "recover=fatal", "a", "b")
			s.tick()
			a := s.program("a")
			s.human("stops", s.program("b")) // whose stop has supervisord asked who it is
			begin(s, a)
			s.fault = func(call string) error {
				if call == "identity" {
					return domain.ErrUnreachable
				}
				return nil
			}
			s.delay = func(call string) time.Duration {
				return map[string]time.Duration{"settings": 3 * time.Second, "identity": time.Second}[call]
			}
			s.tick()
			s.pass(1500 * time.Millisecond)
			s.fault = nil
			s.pass(4 * time.Second)
			s.ticks(10 * time.Second)
			if a.State != domain.Running || a.hung || s.engine.Restarts() > 0 {
				t.Errorf("it is %s, hung: %t, and %d restarts are under way", a.State, a.hung, s.engine.Restarts())
			}
		})
	}
}

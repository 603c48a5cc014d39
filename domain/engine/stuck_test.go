package engine

import (
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/domain"
)

// Between the intent and the stop a kill leaves it open whether the stop was sent. Two answers of supervisord settle that, so
// that there is hardly a moment in which a human's stop can be taken for ours.
func TestWhatAHumanStopsSoonAfterAKillStaysStopped(t *testing.T) {
	for name, silent := range map[string]bool{"with events": false, "with ticks alone": true} {
		for _, after := range []time.Duration{100 * time.Millisecond, 300 * time.Millisecond, time.Second, 1800 * time.Millisecond, 3 * time.Second} {
			t.Run(name+", "+after.String(), func(t *testing.T) {
				s := newScene(t, "", "a")
				s.silent = silent
				s.begin()
				s.tick()
				s.program("a").hung = true
				s.delay = func(call string) time.Duration { return map[string]time.Duration{"look": time.Minute}[call] }
				s.tick()
				s.pass(time.Second)
				if phase := s.journal[webID("a")].Phase; phase != domain.StopSent {
					t.Fatalf("the journal says %s", phase)
				}
				s.delay = nil
				s.again()
				s.pass(after)
				s.human("stops", s.program("a"))
				s.ticks(time.Minute)
				if got := s.program("a").State; got != domain.Stopped || len(s.journal) > 0 {
					t.Errorf("it is %s, and the journal has %v", got, s.journal)
				}
			})
		}
	}
}

// A stop that supervisord may not carry out, as that of a program that runs as another user, is over with its answer.
func TestAStopThatSupervisordRefuses(t *testing.T) {
	s := newScene(t, "max-parallel=1 restart-limit=2/1h", "a", "b")
	s.tick()
	a := s.program("a")
	s.fault = func(call string) error {
		if call != "stop web:a" {
			return nil
		}
		s.turn(a, domain.Stopping, false)
		s.turn(a, domain.StateUnknown, false)
		return &domain.Fault{Code: 30, Text: "FAILED: unknown problem killing a (101): PermissionError: [Errno 1] Operation not permitted"}
	}
	s.told()
	s.each("a b", func(p *program) { p.hung = true })
	s.tick()
	s.pass(time.Second)
	if n := len(s.engine.slots.taken); n > 1 || s.engine.Owes() > 0 || len(s.journal) > 1 {
		t.Errorf("%d slots are taken, %d starts owed, and the journal has %v", n, s.engine.Owes(), s.journal)
	}
	s.ticks(10 * time.Second)
	if got := s.program("b"); got.hung {
		t.Error("the other one was not restarted")
	}
	if n := len(s.engine.table.rows[webID("a")].Acts); n > 0 {
		t.Errorf("a stop that was refused has cost %d restarts", n)
	}
	const want = "a do failing 1 (said), b do failing 1 (said), b waiting, a refused: refused: fault 30: FAILED: unknown problem killing a (101): " +
		"PermissionError: [Errno 1] Operation not permitted, b restarted, a down: still UNKNOWN, b keep (said), b keep"
	if diff := gocmp.Diff(want, s.told()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// What does not move gives its slot back, is waited for by nobody, and is said again, ever more rarely.
func TestAPhaseThatDoesNotMove(t *testing.T) {
	never := 1000 * time.Hour
	tests := map[string]struct {
		stick func(*scene, *program)
		wait  time.Duration // until it is given up
	}{
		"STOPPING": {func(_ *scene, a *program) { a.stopsFor = never }, 15 * time.Second},
		"STARTING": {func(_ *scene, a *program) { a.settings.StartWait, a.startsFor = 10*time.Second, never }, 15 * time.Second},
		"UNKNOWN": {func(s *scene, a *program) {
			a.stopsFor = never
			s.later(time.Second, func() { s.turn(a, domain.StateUnknown, false) })
		}, 5 * time.Second},
		"BACKOFF": {func(s *scene, a *program) {
			a.startsFor = never
			s.later(time.Second, func() { s.turn(a, domain.Backoff, false) })
		}, 5 * time.Second},
	}
	for name, tt := range tests {
		for how, silent := range map[string]bool{"with events": false, "with ticks alone": true} {
			t.Run(name+", "+how, func(t *testing.T) {
				s := newScene(t, "max-parallel=1 restart-limit=2/1h", "a", "b")
				s.silent = silent
				s.begin()
				s.tick()
				a := s.program("a")
				a.hung = true
				tt.stick(s, a)
				s.tick()
				s.pass(tt.wait + 200*time.Millisecond)
				if n := len(s.engine.slots.taken); n > 0 || s.engine.Owes() > 0 {
					t.Errorf("after %s %d slots are taken and %d starts owed", tt.wait, n, s.engine.Owes())
				}
				s.ticks(10 * time.Second)
				var said []time.Time
				s.heard = func(c Command) {
					if r, report := c.(Report); report && r.Kind == domain.ReportLate {
						said = append(said, s.now)
					}
				}
				s.ticks(2 * time.Hour)
				if n := len(said); n < 10 || n > 20 {
					t.Errorf("in two hours it was said %d times: %v", n, said)
				}
				s.program("b").hung = true
				s.ticks(10 * time.Second)
				if s.program("b").hung {
					t.Error("the other one was not restarted")
				}
			})
		}
	}
}

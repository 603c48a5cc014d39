package engine

import (
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/domain"
)

// A start of ours that supervisord has refused explains no start that comes later.
func TestAStartByHandAfterOursWasRefusedIsSomebodyElses(t *testing.T) {
	for name, refusal := range map[string]error{
		"the program is missing": domain.ErrCannotStart,
		"unauthorized":           domain.ErrUnauthorized,
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, "recover=fatal restart-limit=9/1h", "a")
			a := s.program("a")
			s.tick()
			s.fails(a)
			a.cannot = refusal
			s.ticks(10 * time.Second)
			s.pass(time.Minute)
			a.cannot = nil
			s.human("starts", a)
			if diff := gocmp.Diff(0, len(s.engine.table.rows[a.ID].Acts)); diff != "" {
				t.Errorf("the restarts before the start by hand count on:\n%s", diff)
			}
		})
	}
}

// What others do with a process, and what we make of it. Listings alone cannot tell a restart by hand from a death.
func TestWhatOthersDo(t *testing.T) {
	tests := map[string]struct {
		play             func(*scene, *program)
		events, listings int // acts that count then: one of ours, and deaths; none when they are counted anew
	}{
		"a stop by hand":                    {func(s *scene, a *program) { s.human("stops", a); s.ticks(20 * time.Second) }, 1, 1},
		"a stop and a start at once":        {func(s *scene, a *program) { s.human("restarts", a); s.ticks(20 * time.Second) }, 0, 2},
		"a stop by a supervisord that ends": {func(s *scene, a *program) { s.ends(a) }, 1, 1},
		"a start some time after a stop":    {func(s *scene, a *program) { s.human("stops", a); s.ticks(time.Minute); s.human("starts", a) }, 0, 0},
		"a death":                           {func(s *scene, a *program) { s.dies(a, 1); s.ticks(5 * time.Second) }, 2, 2},
		"an end that may be":                {func(s *scene, a *program) { s.dies(a, 0); s.ticks(5 * time.Second) }, 1, 2},
		"a start some time after an end":    {func(s *scene, a *program) { s.exits(a); s.ticks(time.Minute); s.human("starts", a) }, 0, 0},
		"a death in a life that no tick has seen": {func(s *scene, a *program) {
			s.exits(a)
			s.tick()
			s.spawn(a)
			s.pass(4 * time.Second)
			s.dies(a, 1)
			s.pass(time.Second)
		}, 2, 2},
		"a start of what supervisord could not": {func(s *scene, a *program) { s.fails(a); s.ticks(time.Minute); s.human("starts", a) }, 0, 0},
	}
	for name, tt := range tests {
		for how, want := range map[string]int{"by events": tt.events, "by listings alone": tt.listings} {
			t.Run(name+", "+how, func(t *testing.T) {
				s := newScene(t, "restart-limit=9/1h", "a")
				s.silent = how != "by events"
				s.begin()
				a := s.program("a")
				a.hung = true
				s.ticks(20 * time.Second)
				tt.play(s, a)
				s.ticks(5 * time.Second)
				rearmed := slices.ContainsFunc(s.reports, func(r domain.Report) bool { return r.Kind == domain.ReportRearmed })
				if acts := len(s.engine.table.rows[a.ID].Acts); acts != want || rearmed != (want == 0) {
					t.Errorf("%d acts, want %d; counted anew: %t", acts, want, rearmed)
				}
			})
		}
	}
}

// exits has a process end that supervisord does not start again.
func (s *scene) exits(p *program) {
	p.ExitStatus, p.Ended = 0, s.now.Truncate(time.Second)
	s.turn(p, domain.Exited, true)
	p.PID = 0
}

// ends has supervisord shut down, which stops a process.
func (s *scene) ends(p *program) {
	s.fault = func(string) error { return domain.ErrShuttingDown }
	_ = s.stop(p)
	s.ticks(20 * time.Second)
}

func TestAStopByHandIsReported(t *testing.T) {
	tests := map[string]struct {
		play func(*scene, *program)
		want string
	}{
		"once":                            {func(s *scene, a *program) { s.human("stops", a) }, "idle 1 STOPPED, stopped"},
		"not when it runs again by then":  {func(s *scene, a *program) { s.human("restarts", a) }, ""},
		"not when supervisord shuts down": {func(s *scene, a *program) { s.ends(a) }, "idle 1 STOPPED, shutdown: supervisord is shutting down"},
		"not when it is ours":             {func(s *scene, a *program) { a.hung = true; s.ticks(5 * time.Second) }, "do failing 1 (said), restarted"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, "interval=1m", "a")
			s.tick()
			s.pass(time.Minute)
			s.told()
			tt.play(s, s.program("a"))
			s.handle(Regrouped{})
			s.ticks(20 * time.Second)
			if diff := gocmp.Diff(tt.want, strings.ReplaceAll(strings.TrimPrefix(s.told(), "keep"), ", keep", "")); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestASignal(t *testing.T) {
	s := newScene(t, "action=signal:HUP restart-limit=3/1h", "a")
	s.tick()
	s.told()
	s.program("a").broken = true
	s.fault = func(call string) error {
		if call == "signal" {
			return domain.ErrUnreachable
		}
		return nil
	}
	s.tick()
	s.fault = nil
	s.tick()
	if diff := gocmp.Diff("do failing 1 (said), signalled: supervisord cannot be reached, do failing 2 (said), signalled", s.told()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if n := len(s.engine.table.rows[webID("a")].Acts); n != 1 {
		t.Errorf("%d acts are counted", n)
	}
}

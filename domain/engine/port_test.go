package engine

import (
	"context"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/domain"
)

// listening is a check of a port; the scene says what comes of it.
type listening map[string]int

func (listening) Name() string                                       { return "tcp" }
func (listening) Run(context.Context, domain.Process) domain.Verdict { return domain.Verdict{} }
func (l listening) Port(p domain.Process) (int, bool) {
	port, known := l[p.Name]
	return port, known
}

func portScene(t *testing.T, settings string, ports listening, names ...string) *scene {
	return sceneOf(t, []domain.Watch{{Name: "web", Select: domain.SelectGroup("web"), Policy: policy(t, settings), Checks: []domain.Check{ports}}}, names...)
}

func TestSharedPortsAreReportedOnce(t *testing.T) {
	s := portScene(t, "", listening{"a": 8000, "b": 8000, "c": 8001, "d": 8001, "e": 8002}, "a", "b", "c", "d", "e")
	s.ticks(time.Minute)
	var got []domain.PortUse
	for _, r := range s.reports {
		if r.Kind == domain.ReportSharedPort {
			got = append(got, *r.Port)
		}
	}
	sortBy(got, func(u domain.PortUse) int { return u.Port })
	if diff := gocmp.Diff([]domain.PortUse{{Port: 8000, Sharing: 2}, {Port: 8001, Sharing: 2}}, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// Who holds the port of a process in its place is told when a restart ends, when a start fails, and when it flaps.
func TestWhoHoldsThePort(t *testing.T) {
	stranger := domain.Listener{PID: 4000, Name: "python3", Ancestors: []int{1}}
	tests := map[string]struct {
		play   func(*scene, *program)
		holder domain.Listener
		want   bool
	}{
		"a stranger, after a restart":         {func(s *scene, a *program) { a.hung = true; s.ticks(5 * time.Second) }, stranger, true},
		"a stranger, when a start has failed": {func(s *scene, a *program) { a.hung, a.cannot = true, domain.ErrCannotStart; s.ticks(5 * time.Second) }, stranger, true},
		"a stranger, when a start from FATAL has failed": {func(s *scene, a *program) {
			s.fails(a)
			a.cannot = domain.ErrCannotStart
			s.ticks(5 * time.Second)
		}, stranger, true},
		"a stranger, when it flaps": {func(s *scene, a *program) {
			for range 3 {
				s.dies(a, 1)
				s.pass(0)
			}
		}, stranger, true},
		"nobody asks while all is well": {func(s *scene, _ *program) { s.ticks(time.Minute) }, stranger, false},
		"supervisord itself":            {func(s *scene, a *program) { a.hung = true; s.ticks(5 * time.Second) }, domain.Listener{PID: 1}, false},
		"a child of another process of supervisord's": {func(s *scene, a *program) { a.hung = true; s.ticks(5 * time.Second) },
			domain.Listener{PID: 4001, Ancestors: []int{102, 1}}, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := portScene(t, "recover=fatal restart-limit=3/1h", listening{"a": 8000}, "a", "b")
			s.tick()
			s.listen = []domain.Listener{tt.holder}
			tt.play(s, s.program("a"))
			var got []*domain.PortUse
			for _, r := range s.reports {
				if r.Kind == domain.ReportPortConflict {
					got = append(got, r.Port)
				}
			}
			want := []*domain.PortUse{{Port: 8000, Holders: []domain.Listener{tt.holder}}}
			if !tt.want {
				want = nil
			}
			if diff := gocmp.Diff(want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

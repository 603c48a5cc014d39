package engine

import (
	"strings"
	"testing"
	"time"

	"supervisor-healthcheck/domain"
)

// stopsAll has a human stop these at once, as a stop of a group or of all does. For what is STOPPING already that changes
// nothing but what the human wants.
func (s *scene) stopsAll(names string) {
	s.each(names, func(p *program) {
		_ = s.stop(p)
		p.human = true
	})
}

// What a human stops while we restart it stays stopped where the others that are stopped with it show that, and only there.
func TestAStopOfOthersDuringOurs(t *testing.T) {
	during := func(do func(*scene)) func(*scene) {
		return func(s *scene) { s.later(2*time.Second, func() { do(s) }) }
	}
	tests := map[string]struct {
		play func(*scene) // the restart of a begins at once; its stop takes 5 s
		want domain.State
		told string // how its restart ends
	}{
		"the group is stopped":      {during(func(s *scene) { s.stopsAll("a b c") }), domain.Stopped, "left stopped"},
		"the group stops slowly":    {during(func(s *scene) { s.each("b c", func(p *program) { p.stopsFor = 8 * time.Second }); s.stopsAll("a b c") }), domain.Stopped, "left stopped"},
		"one of the group is":       {during(func(s *scene) { s.stopsAll("b") }), domain.Running, "restarted"},
		"one is, of those that ran": {func(s *scene) { s.human("stops", s.program("c")); s.tick(); s.pass(time.Minute) }, domain.Running, "restarted"},
		"another group is":          {during(func(s *scene) { s.stopsAll("db:x") }), domain.Running, "restarted"},
		"the group is restarted": {during(func(s *scene) {
			s.stopsAll("b c")
			s.later(3500*time.Millisecond, func() { s.each("b c", func(p *program) { _ = s.start(p) }) })
		}), domain.Running, "restarted"},
		"the group is restarted slowly": {during(func(s *scene) {
			s.each("b c", func(p *program) { p.stopsFor = 8 * time.Second })
			s.stopsAll("b c")
			s.later(8500*time.Millisecond, func() { s.each("b c", func(p *program) { _ = s.start(p) }) })
		}), domain.Running, "restarted"},
		"others are stopped before": {func(s *scene) { s.stopsAll("b c"); s.pass(time.Minute); s.tick() }, domain.Running, "restarted"},
		"the listener is stopped":   {during(func(s *scene) { s.handle(Ending{}) }), domain.Running, "restarted"},
		"all are stopped":           {during(func(s *scene) { s.stopsAll("a b c db:x"); s.handle(Ending{}) }), domain.Stopped, "left stopped"},
		"all are stopped, some slowly": {during(func(s *scene) {
			s.program("db:x").stopsFor = time.Minute
			s.stopsAll("a b c db:x")
			s.handle(Ending{})
		}), domain.Stopped, "left stopped"},
		"all but one of another group": {during(func(s *scene) { s.stopsAll("a b c"); s.program("a").human = false; s.handle(Ending{}) }), domain.Running, "restarted"},
		"the listener is stopped where others have been down for long": {func(s *scene) {
			s.stopsAll("b c db:x")
			s.pass(time.Minute)
			s.tick()
			s.later(2*time.Second, func() { s.handle(Ending{}) })
		}, domain.Running, "restarted"},
	}
	for name, tt := range tests {
		for how, silent := range map[string]bool{"with events": false, "with ticks alone": true} {
			t.Run(name+", "+how, func(t *testing.T) {
				s := newScene(t, "", "a", "b", "c", "db:x")
				s.silent = silent
				s.begin()
				s.ticks(10 * time.Second)
				a := s.program("a")
				if tt.play != nil {
					tt.play(s)
				}
				a.stopsFor = 5 * time.Second
				a.hung = true
				s.tick()
				s.pass(3 * time.Second)
				s.tick() // the table knows of the stop by then
				s.pass(50 * time.Second)
				told := ""
				for _, r := range s.reports {
					if r.Kind == domain.ReportRestarted || r.Kind == domain.ReportDropped {
						told = r.Kind.String() + " " + r.Restart.Trouble.Kind.String()
					}
				}
				told = strings.TrimPrefix(strings.TrimSuffix(told, " none"), "dropped ")
				if a.State != tt.want || told != tt.told || len(s.journal) > 0 || s.engine.Owes() > 0 {
					t.Errorf("it is %s, told is %q, and the journal has %v", a.State, told, s.journal)
				}
			})
		}
	}
}

// What was changed in supervisord's file is about to be removed, and must not be running by then.
func TestAnUpdateDuringOurStop(t *testing.T) {
	tests := map[string]struct {
		stops  time.Duration
		change func(*scene, *program) // while it is being stopped
		want   time.Duration          // when it is started, counted from the stop; 0 if it is not
	}{
		"nothing is changed": {time.Second, func(*scene, *program) {}, time.Second},
		"its settings are, and it is removed": {time.Second, func(s *scene, a *program) {
			a.settings.Fingerprint++
			s.later(1500*time.Millisecond, func() { s.remove("a"); s.handle(Regrouped{}) })
		}, 0},
		"it is not in the file any more, and is removed": {time.Second, func(s *scene, a *program) {
			a.untold = true
			s.later(5500*time.Millisecond, func() { s.remove("a"); s.handle(Regrouped{}) })
		}, 0},
		"its settings are changed, and nobody puts them in force": {time.Second, func(_ *scene, a *program) { a.settings.Fingerprint++ }, 6 * time.Second},
		"it stops at once":                       {100 * time.Millisecond, func(_ *scene, a *program) { a.settings.Fingerprint++ }, 100 * time.Millisecond},
		"supervisord does not tell its settings": {time.Second, func(s *scene, _ *program) { s.fault = settingsFail }, time.Second},
	}
	for name, tt := range tests {
		for how, silent := range map[string]bool{"with events": false, "with ticks alone": true} {
			t.Run(name+", "+how, func(t *testing.T) {
				s := newScene(t, "", "a")
				s.silent = silent
				s.program("a").settings.Fingerprint = 7
				s.begin()
				s.ticks(10 * time.Second)
				a := s.program("a")
				a.hung, a.stopsFor = true, tt.stops
				s.later(50*time.Millisecond, func() { tt.change(s, a) })
				var stopped, started time.Time
				s.heard = func(c Command) {
					step, ok := c.(Step)
					switch {
					case ok && step.Act == SendStop:
						stopped = s.now
					case ok && step.Act == SendStart:
						started = s.now
					}
				}
				s.tick()
				s.pass(20 * time.Second)
				switch took := started.Sub(stopped); {
				case started.IsZero() != (tt.want == 0):
					t.Errorf("it was started at %s", started)
				case tt.want > 0 && (took < tt.want || took > tt.want+2*time.Second):
					t.Errorf("it was started %s after the stop, want %s", took, tt.want)
				}
				if len(s.journal) > 0 || s.engine.Owes() > 0 {
					t.Errorf("the journal has %v", s.journal)
				}
			})
		}
	}
}

func settingsFail(call string) error {
	if strings.HasPrefix(call, "settings") {
		return domain.ErrUnreachable
	}
	return nil
}

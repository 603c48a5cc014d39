package engine

import (
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/domain"
)

// The next one is stopped when the restarted one serves again, or should.
func TestWhenASlotIsFree(t *testing.T) {
	tests := map[string]struct {
		settings string
		play     func(*scene)
		want     []string
	}{
		"when the restarted one is healthy": {"max-parallel=1 start-grace=5m", func(s *scene) {
			s.each("p0 p1", func(p *program) { p.hung, p.boots = true, time.Minute })
			s.ticks(2 * time.Minute)
		}, []string{"p0 5s", "p1 1m5s"}},
		"when its grace is over": {"max-parallel=1 start-grace=30s", func(s *scene) {
			s.each("p0", func(p *program) { p.broken = true })
			s.each("p1", func(p *program) { p.hung = true })
			s.ticks(35 * time.Second)
		}, []string{"p0 5s", "p1 35s", "p0 35s"}},
		"when there is no grace, when it runs": {"max-parallel=1", func(s *scene) {
			s.each("p0 p1", func(p *program) { p.hung, p.startsFor = true, 3*time.Second })
			s.ticks(10 * time.Second)
		}, []string{"p0 5s", "p1 8s"}},
		"when a human has stopped it": {"max-parallel=1 start-grace=5m", func(s *scene) {
			s.each("p0", func(p *program) { p.broken = true })
			s.each("p1", func(p *program) { p.hung = true })
			s.ticks(30 * time.Second)
			s.human("stops", s.program("p0"))
			s.ticks(10 * time.Second)
		}, []string{"p0 5s", "p1 30s"}},
		"when it is gone": {"max-parallel=1 start-grace=5m", func(s *scene) {
			s.each("p0", func(p *program) { p.broken = true })
			s.each("p1", func(p *program) { p.hung = true })
			s.ticks(30 * time.Second)
			s.remove("p0")
			s.handle(Regrouped{})
			s.ticks(10 * time.Second)
		}, []string{"p0 5s", "p1 35s"}},
		"when it cannot be started": {"max-parallel=1 start-grace=5m", func(s *scene) {
			s.each("p0", func(p *program) { p.hung, p.cannot = true, domain.ErrCannotStart })
			s.each("p1", func(p *program) { p.hung = true })
			s.ticks(10 * time.Second)
		}, []string{"p0 5s", "p1 5s"}},
		"when supervisord refuses the restart": {"max-parallel=1 start-grace=5m", func(s *scene) {
			s.each("p0", func(p *program) { p.settings.Priority = listenerPriority })
			s.each("p0 p1", func(p *program) { p.hung = true })
			s.ticks(10 * time.Second)
		}, []string{"p1 5s"}},
		"there is one for each group": {"max-parallel=1 start-grace=5m", func(s *scene) {
			s.each("p0 db:p3", func(p *program) { p.hung, p.boots = true, time.Minute })
			s.ticks(10 * time.Second)
		}, []string{"db:p3 5s", "p0 5s"}},
		"there are as many as the policy says": {"max-parallel=2 start-grace=5m", func(s *scene) {
			s.each("p0 p1 p2", func(p *program) { p.hung, p.boots = true, time.Minute })
			s.ticks(10 * time.Second)
		}, []string{"p0 5s", "p1 5s"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := sceneOf(t, []domain.Watch{{Name: "web", Select: everything(t), Policy: policy(t, tt.settings)}}, "p0", "p1", "p2", "db:p3")
			s.tick()
			tt.play(s)
			s.wantStops(tt.want...)
		})
	}
}

func TestTheSlotsInAllAreBounded(t *testing.T) {
	s := sceneOf(t, []domain.Watch{{Name: "web", Select: everything(t), Policy: policy(t, "start-grace=5m")}}, "a:x", "b:x", "c:x", "d:x")
	s.config.Restarts = 2
	s.begin()
	s.tick()
	for _, p := range s.programs {
		p.hung, p.boots = true, time.Minute
	}
	s.ticks(70 * time.Second)
	s.wantStops("a:x 5s", "b:x 5s", "c:x 1m5s", "d:x 1m5s")
}

// A stop that takes long holds up its own group alone, and only for as long as supervisord itself waits for it.
func TestASlowStopDoesNotHoldUpOthers(t *testing.T) {
	tests := map[string]struct {
		settings string
		stops    time.Duration // how long a:x takes to stop
		names    string
		want     []string
	}{
		"another group waits for two seconds":                  {"max-parallel=1", time.Minute, "a:x b:x", []string{"a:x 5s", "b:x 7s"}},
		"a quick one holds its slot until it is well":          {"max-parallel=1", 0, "a:x b:x", []string{"a:x 5s", "b:x 1m5s"}},
		"the same group waits until it would have been killed": {"max-parallel=1", time.Minute, "a:x a:y", []string{"a:x 5s", "a:y 20s"}},
		"what was killed in time holds its slot":               {"max-parallel=1", 9 * time.Second, "a:x a:y", []string{"a:x 5s", "a:y 1m15s"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := sceneOf(t, []domain.Watch{{Name: "web", Select: everything(t), Policy: policy(t, tt.settings+" start-grace=1h")}}, strings.Fields(tt.names)...)
			s.config.Restarts = 1
			s.begin()
			s.tick()
			for _, p := range s.programs {
				p.hung, p.boots = true, time.Minute
			}
			s.program("a:x").stopsFor = tt.stops
			s.ticks(90 * time.Second)
			s.wantStops(tt.want...)
		})
	}
}

// What was true when a restart began to wait may not be true any more when its turn comes.
func TestWhoWaitedForASlotIsProbedAgain(t *testing.T) {
	tests := map[string]struct {
		change func(*scene)
		want   []string
	}{
		"it is ill yet":          {func(*scene) {}, []string{"p0 5s", "p1 20s"}},
		"it is well":             {func(s *scene) { s.program("p1").hung = false }, []string{"p0 5s"}},
		"it is gone":             {func(s *scene) { s.remove("p1"); s.handle(Regrouped{}) }, []string{"p0 5s"}},
		"a human has stopped it": {func(s *scene) { s.human("stops", s.program("p1")) }, []string{"p0 5s"}},
		"nobody can tell":        {func(s *scene) { s.program("p1").unsure = true }, []string{"p0 5s"}},
		"all the others have begun to fail: it is the canary": {func(s *scene) { s.outage(true, "p2", "p3", "p4", "p5"); s.round() },
			[]string{"p0 5s", "p1 20s"}},
		"the listener is ending": {func(s *scene) { s.handle(Ending{}) }, []string{"p0 5s"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, "max-parallel=1 mass-failure=50% interval=1m", castOf(6)...)
			s.tick()
			s.pass(5 * time.Second)
			s.each("p0 p1", func(p *program) { p.hung, p.startsFor = true, 15*time.Second })
			s.round()
			s.pass(10 * time.Second)
			tt.change(s)
			s.pass(time.Minute)
			s.wantStops(tt.want...)
			if n := len(s.engine.slots.queue); n > 0 {
				t.Errorf("%d wait yet", n)
			}
		})
	}
}

// round is a tick at which all is due.
func (s *scene) round() {
	for _, w := range s.engine.watches {
		w.round = time.Time{}
	}
	s.tick()
}

func TestWaitingIsReportedOnce(t *testing.T) {
	s := newScene(t, "max-parallel=1 start-grace=5m", "p0", "p1")
	s.tick()
	s.each("p0 p1", func(p *program) { p.broken = true })
	s.told()
	s.ticks(20 * time.Second)
	want := "p0 do failing 1 (said), p1 do failing 1 (said), p1 waiting, p0 restarted, p0 hold grace 4m55s (said), p1 do failing 2, " +
		"p0 hold grace 4m50s, p1 do failing 3, p0 hold grace 4m45s, p1 do failing 4"
	if diff := gocmp.Diff(want, s.told()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

package engine

import (
	"slices"
	"strings"
	"testing"
	"time"

	"supervisor-healthcheck/domain"
)

func TestASharedCauseIsGivenTime(t *testing.T) {
	stage := func(t *testing.T, names ...string) *scene {
		s := sceneOf(t, []domain.Watch{{Name: "web", Select: everything(t), Policy: policy(t, "outage=5m failures=2")}}, names...)
		s.ticks(30 * time.Second)
		return s
	}
	tests := map[string]struct {
		cast []string
		play func(*scene)
		want []string
	}{
		"one alone is restarted at once": {castOf(3), func(s *scene) {
			s.outage(true, "p0")
			s.ticks(20 * time.Second)
		}, []string{"p0 40s", "p0 50s"}},
		"two of a group at the same time are held, then one is tried, and another after a longer pause": {castOf(3), func(s *scene) {
			s.outage(true, "p0", "p1")
			s.ticks(11 * time.Minute)
		}, []string{"p0 5m35s", "p1 10m35s"}},
		"the pause doubles": {castOf(2), func(s *scene) {
			s.outage(true)
			s.ticks(31 * time.Minute)
		}, []string{"p0 5m35s", "p1 10m35s", "p0 20m35s"}},
		"if the one that is tried is well again, so are the others": {castOf(3), func(s *scene) {
			for _, p := range s.programs {
				p.hung = true
			}
			s.ticks(6 * time.Minute)
		}, []string{"p0 5m35s", "p1 5m40s", "p2 5m45s"}},
		"if one heals by itself the others are given a little more time, and are then treated as ever": {castOf(3), func(s *scene) {
			s.outage(true)
			s.ticks(2 * time.Minute)
			s.outage(false, "p0", "p1")
			s.program("p2").hung, s.program("p2").broken = true, false
			s.ticks(2 * time.Minute)
		}, []string{"p2 3m20s"}},
		"also if several are left": {castOf(4), func(s *scene) {
			s.outage(true)
			s.ticks(2 * time.Minute)
			s.outage(false)
			for _, name := range []string{"p1", "p2", "p3"} {
				s.program(name).hung = true
			}
			s.ticks(2 * time.Minute)
		}, []string{"p1 3m20s", "p2 3m20s", "p3 3m20s"}},
		"but what comes together after that is another case": {castOf(3), func(s *scene) {
			s.outage(true)
			s.ticks(2 * time.Minute)
			s.outage(false, "p0", "p1")
			s.ticks(5 * time.Minute)
			s.stops = nil
			s.outage(true, "p0", "p1")
			s.ticks(6 * time.Minute)
			s.stops = slices.DeleteFunc(s.stops, func(stop string) bool { return strings.HasPrefix(stop, "p2 ") })
		}, []string{"p0 12m35s"}},
		"who fails long after the other is another case": {castOf(2), func(s *scene) {
			s.outage(true, "p0")
			s.ticks(3 * time.Minute)
			s.stops = nil
			s.program("p1").hung = true
			s.ticks(10 * time.Second)
			s.outage(false)
			s.stops = s.stops[len(s.stops)-1:]
		}, []string{"p1 3m40s"}},
		"one elsewhere is a coincidence": {[]string{"db:p0", "web:p1"}, func(s *scene) {
			s.outage(true)
			s.ticks(10 * time.Second)
		}, []string{"db:p0 40s", "p1 40s"}},
		"two elsewhere are not": {[]string{"db:p0", "cache:p1", "web:p2"}, func(s *scene) {
			s.outage(true)
			s.ticks(time.Minute)
		}, nil},
		"whoever cannot be started is a companion": {castOf(2), func(s *scene) {
			s.fails(s.program("p1"))
			s.outage(true, "p0")
			s.ticks(time.Minute)
		}, nil},
		"whoever a human has stopped is no companion": {castOf(2), func(s *scene) {
			s.outage(true)
			s.ticks(5 * time.Second)
			s.human("stops", s.program("p1"))
			s.ticks(10 * time.Second)
		}, []string{"p0 40s"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := stage(t, tt.cast...)
			tt.play(s)
			s.wantStops(tt.want...)
		})
	}
}

// Who cannot be started when the listener begins has been so since then, as far as is known.
func TestWhoeverIsFoundInFatalIsACompanion(t *testing.T) {
	s := sceneOf(t, []domain.Watch{{Name: "web", Select: everything(t), Policy: policy(t, "outage=5m")}}, castOf(2)...)
	p := s.program("p1")
	p.State, p.PID, p.SpawnError = domain.Fatal, 0, "no such file"
	s.tick()
	s.outage(true, "p0")
	s.ticks(time.Minute)
	s.wantStops()
}

func everything(t *testing.T) domain.Selection {
	all, err := domain.Select("all")
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// What is known of a shared cause ends with those who had it.
func TestASharedCauseIsForgottenWithItsGroup(t *testing.T) {
	s := newScene(t, "outage=5m", castOf(3)...)
	s.tick()
	s.outage(true)
	s.ticks(time.Minute)
	if len(s.engine.shared) != 1 {
		t.Fatal("there is no shared cause")
	}
	for _, name := range castOf(3) {
		s.remove(name)
	}
	s.handle(Regrouped{})
	s.tick()
	if len(s.engine.shared) != 0 {
		t.Error("it is remembered without a process")
	}
}

// Patience is about a process alone: how long a cause is given that several share is for the policy's Outage to say.
func TestASharedCauseDoesNotWaitForPatience(t *testing.T) {
	for name, test := range map[string]struct {
		ill  string
		want []string
	}{
		"one alone has the patience that it was taught": {"p0", []string{"p0 8m35s"}},
		"two have what the policy gives":                {"p0 p1", []string{"p0 5m35s"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, "outage=5m failures=2 patience=20m", castOf(3)...)
			s.ticks(30 * time.Second)
			s.engine.healed(s.engine.table.rows[webID("p2")], 4*time.Minute)
			s.outage(true, strings.Fields(test.ill)...)
			s.ticks(500 * time.Second)
			if !slices.Equal(s.stops[:1], test.want) {
				t.Errorf("the first stop of %v is not %v", s.stops, test.want)
			}
		})
	}
}

// The pause before the first one is tried counts from the beginning of the first trouble, whoever is asked first.
func TestASharedCauseIsAsOldAsItsFirstTrouble(t *testing.T) {
	watches := []domain.Watch{}
	for name, failures := range map[string]string{"p0": "failures=100", "p1": "failures=2"} {
		watches = append(watches, domain.Watch{Name: name, Select: domain.SelectID(domain.ID{Group: "web", Name: name}), Policy: policy(t, "outage=5m "+failures)})
	}
	s := sceneOf(t, watches, castOf(2)...)
	s.ticks(10 * time.Second)
	s.outage(true, "p0")
	s.ticks(time.Minute)
	s.outage(true, "p1")
	s.ticks(5 * time.Minute)
	s.wantStops("p1 5m15s")
}

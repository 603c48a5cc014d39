package engine

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/domain"
)

// Each of these has been seen to go wrong in an earlier engine, which was a lock around many rules. The names are those of the
// rules that were broken.

func TestAnOutageOfProcessesThatWereAddedOneAfterTheOtherRestartsOne(t *testing.T) { // D1a, bug 2
	for name, settings := range map[string]string{
		"mass failure": "failures=3 start-grace=30s restart-limit=5/1h backoff=10s..10m mass-failure=50% interval=15s max-parallel=4",
		"shared cause": "recommended max-parallel=4",
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, settings)
			for range 3 {
				for range 2 {
					s.add(fmt.Sprintf("p%d", len(s.programs)))
				}
				s.handle(Regrouped{})
				s.ticks(5 * time.Second)
			}
			s.ticks(30 * time.Second)
			s.outage(true)
			s.ticks(4 * time.Minute)
			if len(s.stops) > 1 {
				t.Errorf("stopped were %q", s.stops)
			}
		})
	}
}

func TestThreeThatHangOfAHundredAreNoMass(t *testing.T) { // D1b
	s := newScene(t, "failures=3 start-grace=30s mass-failure=50% interval=15s max-parallel=16", castOf(100)...)
	s.tick()
	s.each("p3 p4 p5", func(p *program) { p.hung, p.probe = true, 5*time.Second })
	s.ticks(51 * time.Second)
	slices.Sort(s.stops)
	s.wantStops("p3 50s", "p4 50s", "p5 50s")
}

func TestAnOutageHoldsThoseThatWaitForASlot(t *testing.T) { // D2, bug 3
	s := newScene(t, "max-parallel=1 mass-failure=50%", castOf(10)...)
	s.tick()
	for _, p := range s.programs {
		p.stopsFor = 12 * time.Second
	}
	s.outage(true, "p0", "p1", "p2", "p3")
	s.ticks(5 * time.Second)
	s.outage(true)
	s.ticks(4 * time.Minute)
	s.wantStops("p0 5s", "p1 17s") // the second is the canary
}

func TestARestartByOneWatchIsNotForgottenForAnother(t *testing.T) { // D3, bug 7
	for name, watches := range map[string][]string{
		"the long limit first":  {"restart-limit=3/24h", ""},
		"the long limit second": {"", "restart-limit=3/24h"},
		"a short limit beside":  {"restart-limit=3/24h", "restart-limit=1000/1m"},
	} {
		t.Run(name, func(t *testing.T) {
			s := sceneOf(t, watchesOf(t, watches...), "a")
			for range 3 {
				s.program("a").hung = true
				s.tick()
				s.pass(2 * time.Hour)
			}
			if n := len(s.engine.table.rows[webID("a")].Acts); n != 3 {
				t.Errorf("%d of 3 restarts are remembered", n)
			}
		})
	}
}

func TestDeathsCountForEachWatch(t *testing.T) { // D5
	for name, watches := range map[string][]string{
		"the limit first":  {"restart-limit=2/1h", ""},
		"the limit second": {"", "restart-limit=2/1h"},
	} {
		t.Run(name, func(t *testing.T) {
			s := sceneOf(t, watchesOf(t, watches...), "a")
			s.tick()
			s.told()
			for range 3 {
				s.dies(s.program("a"), 1)
				s.pass(time.Minute)
			}
			if got, want := s.told(), "restart-limit=2/1h flapping: hold limit 2/2 59m"; got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

// With two watches on one process neither takes the restart of the other for that of a human.
func TestTwoWatchesOnOneProcessShareItsLimit(t *testing.T) { // bug 1
	for _, silent := range []bool{true, false} {
		s := sceneOf(t, watchesOf(t, "restart-limit=2/1h", "restart-limit=2/1h failures=1"), "a")
		s.silent = silent
		s.begin()
		s.program("a").broken = true
		s.ticks(10 * time.Minute)
		if s.wantStops("a 5s", "a 10s"); strings.Contains(s.told(), "rearmed") {
			t.Error("somebody is taken for a human")
		}
	}
}

func TestACanaryThatIsNeverWellDoesNotHoldTheOthersForEver(t *testing.T) { // bug 4
	s := newScene(t, "recommended mass-failure=50% outage=off max-parallel=1", castOf(4)...)
	s.tick()
	for _, p := range s.programs {
		p.hung = true
	}
	s.program("p1").broken = true
	s.ticks(time.Hour)
	for _, p := range s.programs {
		if p.hung {
			t.Errorf("%s hangs yet; stopped were %q", p.ID, s.stops)
		}
	}
}

func TestAStopThatIsRefusedUsesNothingUp(t *testing.T) { // bug 5
	s := newScene(t, "restart-limit=2/1h", "a")
	s.tick()
	s.program("a").hung = true
	s.fault = func(call string) error {
		if strings.HasPrefix(call, "stop") {
			return domain.ErrUnauthorized
		}
		return nil
	}
	s.ticks(time.Hour)
	s.fault = nil
	s.ticks(5 * time.Second)
	s.wantStops("a 1h0m5s")
}

func TestALedgerThatCannotBeReadIsNotEmpty(t *testing.T) { // bug 6
	s := newScene(t, "restart-limit=2/1h", "a")
	s.program("a").broken = true
	s.ticks(10 * time.Second) // uses the limit up
	s.pass(10 * time.Second)
	s.wantStops("a 5s", "a 10s")
	s.begin()
	s.handle(Loading{})
	s.ticks(10 * time.Minute)
	s.load(errors.New("input/output error"))
	s.ticks(10 * time.Minute)
	s.load(nil)
	s.ticks(50 * time.Minute)
	s.wantStops()
	want := domain.History{Acts: []domain.Act{{At: noon().Add(5 * time.Second), PID: 101}, {At: noon().Add(10 * time.Second), PID: 102}}, GivenUp: []string{"web"},
		Life: s.program("a").Instance()}
	if diff := gocmp.Diff(want, s.histories[webID("a")]); diff != "" {
		t.Errorf("kept: -want +got:\n%s", diff)
	}
}

func TestSevenHealthyDaysEndAGiveUp(t *testing.T) { // t1
	s := newScene(t, "restart-limit=5/1h interval=1m", "a")
	s.outage(true)
	s.ticks(12 * time.Minute)
	s.outage(false)
	for range 7 * 24 * 6 {
		s.pass(10 * time.Minute)
		s.tick()
	}
	s.stops = nil
	s.program("a").hung = true
	s.ticks(time.Minute)
	if len(s.stops) != 1 {
		t.Errorf("stopped was %q", s.stops)
	}
}

func TestDeathsAloneGiveNothingUp(t *testing.T) { // t2
	s := newScene(t, "restart-limit=5/1h", "a")
	s.tick()
	for range 5 {
		s.pass(2 * time.Minute)
		s.dies(s.program("a"), 1)
	}
	s.ticks(20 * time.Minute)
	s.program("a").hung = true
	s.ticks(40 * time.Minute)
	s.wantStops("a 1h2m")
}

func TestTwoReplicasAreEnoughForASharedCause(t *testing.T) { // t3
	s := newScene(t, "recommended", "a", "b")
	s.ticks(5 * time.Minute)
	s.outage(true)
	s.ticks(30 * time.Minute)
	if n := len(s.stops); n < 1 || n > 3 {
		t.Errorf("stopped were %q", s.stops)
	}
}

func TestABootOfNinetySecondsIsLetEnd(t *testing.T) { // t4
	s := newScene(t, "recommended", "a")
	s.tick()
	s.program("a").boots = 90 * time.Second
	for range 3 {
		s.human("restarts", s.program("a"))
		s.ticks(10 * time.Minute)
	}
	s.wantStops()
}

func TestAClockThatIsSetEndsNoGrace(t *testing.T) { // t5, K13
	for name, jump := range map[string]time.Duration{"forward": time.Hour, "back": -time.Hour} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, "start-grace=2m", "a")
			s.silent = true
			s.begin()
			s.tick()
			a := s.program("a")
			a.boots = time.Minute
			s.human("restarts", a)
			s.ticks(10 * time.Second)
			s.wall = jump
			s.ticks(40 * time.Second)
			s.wantStops()
		})
	}
}

// The clock may also be set between the start and the first look at the new life.
func TestALifeIsNotOlderThanTheLastLookAtTheOneBefore(t *testing.T) { // t5, K13
	s := newScene(t, "start-grace=2m", "a")
	s.silent = true
	s.begin()
	s.tick()
	a := s.program("a")
	s.pass(4 * time.Second)
	s.human("restarts", a)
	s.wall = time.Hour
	a.broken = true
	s.pass(time.Second)
	s.tick()
	s.ticks(100 * time.Second)
	s.wantStops()
}

func TestARestartByHandEndsAGiveUpWhateverWeAreTold(t *testing.T) { // t6, K9
	for name, silent := range map[string]bool{"with events": false, "with ticks alone": true} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, "restart-limit=1/1h", "a")
			s.silent = silent
			s.begin()
			s.program("a").broken = true
			s.ticks(20 * time.Second)
			s.wantStops("a 5s")
			s.told()
			s.human("restarts", s.program("a"))
			s.ticks(10 * time.Second)
			if got := s.told(); !strings.HasPrefix(got, "rearmed, do failing 1 (said), restarted") {
				t.Errorf("told was %q", got)
			}
		})
	}
}

func TestWhatEndsInFatalInAnOutageIsStarted(t *testing.T) { // t7
	s := newScene(t, "recommended", "a")
	s.ticks(time.Minute)
	a := s.program("a")
	s.fails(a)
	a.cannot = domain.ErrCannotStart
	s.ticks(5 * time.Minute)
	a.cannot = nil
	s.ticks(5 * time.Minute)
	if a.State != domain.Running {
		t.Errorf("it is %s", a.State)
	}
}

func TestTheNextReplicaWaitsUntilTheFirstServes(t *testing.T) { // t8
	s := newScene(t, "failures=3 start-grace=2m max-parallel=1", castOf(4)...)
	s.tick()
	s.each("p0 p1", func(p *program) { p.hung, p.boots = true, time.Minute })
	s.ticks(2 * time.Minute)
	s.wantStops("p0 15s", "p1 1m15s")
}

func TestTheIntervalCountsFromTheBeginningOfAProbe(t *testing.T) { // t9
	s := newScene(t, "failures=3 interval=15s", "a")
	s.tick()
	s.each("a", func(p *program) { p.hung, p.probe = true, 5*time.Second })
	s.ticks(50 * time.Second)
	s.wantStops("a 50s")
}

// Where nothing can be judged, or a restart does not come along, somebody says so.
func TestSilenceIsBroken(t *testing.T) { // K3
	tests := map[string]struct {
		play func(*scene)
		want string
	}{
		"all are FATAL": {func(s *scene) {
			s.each("a b", s.fails)
			s.ticks(20 * time.Minute)
		}, "idle 2 FATAL, idle 2 FATAL (again)"},
		"all are STARTING for ever": {func(s *scene) {
			s.each("a b", func(p *program) { p.startsFor = time.Hour; s.human("restarts", p) })
			s.ticks(70 * time.Second)
		}, "idle 2 STARTING"},
		"a stop that takes long": {func(s *scene) {
			s.each("a", func(p *program) { p.hung, p.stopsFor = true, time.Minute })
			s.ticks(66 * time.Second)
		}, "a do failing 1 (said), a late: still STOPPING, a late: still STOPPING (again), a late: still STOPPING (again), a restarted"},
		"a start that takes long": {func(s *scene) {
			s.each("a", func(p *program) { p.hung, p.startsFor = true, 10*time.Second })
			s.ticks(16 * time.Second)
		}, "a do failing 1 (said), a late: still STARTING, a restarted"},
		"a start that fails": {func(s *scene) {
			s.each("a", func(p *program) { p.hung, p.cannot = true, domain.ErrCannotStart })
			s.ticks(10 * time.Second)
		}, "a do failing 1 (said), a late: refused: cannot start, a late: refused: cannot start, a late: refused: cannot start"},
		"whoever restarts it at once is no news": {func(s *scene) {
			s.human("restarts", s.program("a"))
			s.ticks(10 * time.Second)
		}, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, "", "a", "b")
			s.tick()
			s.told()
			tt.play(s)
			s.reports = slices.DeleteFunc(s.reports, func(r domain.Report) bool {
				return r.Kind == domain.ReportProbed || r.Kind == domain.ReportJudged && r.Decision.Kind == domain.Keep
			})
			if diff := gocmp.Diff(tt.want, s.told()); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// A port that several processes share tells nothing about which of them hangs: one is restarted, and looked at, at a time.
func TestOneOfThoseThatShareAPortIsRestartedAtATime(t *testing.T) { // K7
	s := portScene(t, "", listening{"a": 8000, "b": 8000, "c": 8000}, "a", "b", "c")
	s.tick()
	for _, p := range s.programs {
		p.hung = true // what the probe says of all of them
	}
	cure := s.program("b")
	s.heard = func(c Command) {
		if r, ok := c.(Report); ok && r.Kind == domain.ReportRestarted && r.Process == cure.ID {
			for _, p := range s.programs {
				p.hung = false
			}
		}
		if step, ok := c.(Step); ok && step.Act == SendStart && step.Restart.Instance.ID != cure.ID {
			s.later(0, func() { s.program(step.Restart.Instance.Name).hung = true })
		}
	}
	s.ticks(time.Minute)
	s.wantStops("a 5s", "b 10s")
	s.listen = []domain.Listener{{PID: s.program("b").PID, Name: "python3"}}
	if strings.Contains(s.told(), "conflict") {
		t.Error("a sibling passes for a stranger on the port")
	}
}

// While one of three is down because of us, the two others are as many as ever.
func TestAMassOfThree(t *testing.T) { // K10
	s := newScene(t, "mass-failure=50%", "a", "b", "c")
	s.tick()
	s.outage(true)
	s.ticks(4 * time.Minute)
	s.wantStops("c 5s")
}

func TestOneEarlySuccessDoesNotEndTheGrace(t *testing.T) { // K11
	s := newScene(t, "start-grace=30s successes=3", "a")
	s.tick()
	a := s.program("a")
	s.human("restarts", a)
	s.ticks(5 * time.Second)
	a.broken = true
	s.ticks(15 * time.Second)
	a.broken = false
	s.ticks(time.Minute)
	s.wantStops()
}

// Also if the next one falls ill later, and is judged before the one that was restarted.
func TestOneOfThoseThatShareAPortIsLookedAtBeforeTheNext(t *testing.T) {
	s := portScene(t, "", listening{"a": 8000, "b": 8000}, "a", "b")
	s.tick()
	s.program("b").hung = true
	s.heard = func(c Command) {
		if r, ok := c.(Report); ok && r.Kind == domain.ReportRestarted {
			s.program("a").hung = true
		}
	}
	s.ticks(15 * time.Second)
	s.wantStops("b 5s", "a 15s")
}

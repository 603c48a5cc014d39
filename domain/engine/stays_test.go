package engine

import (
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/domain"
)

// endsSoon has a program end three seconds after each of its next starts, so many times, with this status. Supervisord does
// not start it again.
func (s *scene) endsSoon(p *program, times, status int) {
	p.quits = func() {
		if times--; times >= 0 {
			s.turnLater(p, 3*time.Second, func() {
				p.ExitStatus, p.Ended = status, s.now.Truncate(time.Second)
				s.turn(p, domain.Exited, status == 0)
				p.PID = 0
			})
		}
	}
}

// failsSoon has a program that supervisord gives up soon after each of its next starts, so many times.
func (s *scene) failsSoon(p *program, times int) {
	p.startsFor = 3 * time.Second
	p.quits = func() {
		if times--; times >= 0 {
			s.turnLater(p, time.Second, func() { s.fails(p) })
		}
	}
}

// What we have stopped is ours until it stays up, however it fails to.
func TestWhatDoesNotStayUpAfterOurRestartIsStartedAgain(t *testing.T) {
	exits := func(times int) func(*scene, *program) {
		return func(s *scene, a *program) { s.endsSoon(a, times, 1) }
	}
	tests := map[string]struct {
		settings string
		fail     func(*scene, *program)
		then     func(*scene, *program)
		state    domain.State
		starts   int
		told     string
	}{
		"it ends after startsecs, and then not any more": {"", exits(2), nil, domain.Running, 3,
			"restarted, late: exited again status 1, restarted, late: exited again status 1, restarted"},
		"it ends for ever": {"", exits(1000), nil, domain.Exited, 8, "restarted, " +
			strings.TrimSuffix(strings.Repeat("late: exited again status 1, restarted, ", 7), ", ") + ", late: exited again status 1"},
		"supervisord gives it up": {"", func(s *scene, a *program) { s.failsSoon(a, 2) }, nil, domain.Running, 3,
			"late: fatal FATAL exited too quickly, late: fatal FATAL exited too quickly, restarted"},
		"it has done its work": {"", func(s *scene, a *program) { s.endsSoon(a, 1, 0) }, nil, domain.Exited, 1,
			"restarted, not started: exited again, idle 1 EXITED"},
		"the listener is killed while it is looked after": {"", exits(1), func(s *scene, _ *program) { s.pass(time.Second); s.again() }, domain.Running, 2,
			"restarted, found, late: exited again status 1, restarted"},
		"the listener is killed, and it ends before the next life": {"", exits(1), func(s *scene, _ *program) {
			s.pass(time.Second)
			s.begin()
			s.pass(5 * time.Second)
			s.again()
		}, domain.Running, 2, "restarted, found, late: exited again status 1, restarted"},
		"the listener is killed, and it stays up": {"", exits(0), func(s *scene, _ *program) {
			s.pass(time.Second)
			s.begin()
			s.pass(20 * time.Second)
			s.again()
		}, domain.Running, 1, "restarted, found"},
		"a human stops it": {"", exits(0), func(s *scene, a *program) { s.pass(time.Second); s.human("stops", a) }, domain.Stopped, 1,
			"restarted, stopped, idle 1 STOPPED"},
		"a human stops it in the pause": {"", exits(2), func(s *scene, a *program) {
			s.pass(7500 * time.Millisecond)
			_ = s.start(a)
			s.human("stops", a)
		}, domain.Stopped, 2, "restarted, late: exited again status 1, restarted, late: exited again status 1, dropped: stopped by other STOPPED, stopped, idle 1 STOPPED"},
		"the limit is used up": {"restart-limit=3/10h", exits(1000), nil, domain.Exited, 3,
			"restarted, late: exited again status 1, restarted, late: exited again status 1, restarted, late: exited again status 1, " +
				"not started: spent EXITED exited too quickly, idle 1 EXITED"},
		"the limit is used up for now": {"restart-limit=3/2m rearm=window", exits(3), nil, domain.Running, 4,
			"restarted, late: exited again status 1, restarted, late: exited again status 1, restarted, late: exited again status 1, " +
				"late: limit, restarted"},
	}
	for name, tt := range tests {
		for how, silent := range map[string]bool{"with events": false, "with ticks alone": true} {
			t.Run(name+", "+how, func(t *testing.T) {
				s := newScene(t, tt.settings, "a")
				s.silent = silent
				s.begin()
				s.tick()
				a := s.program("a")
				a.hung, a.SpawnError = true, "exited too quickly"
				tt.fail(s, a)
				s.told()
				s.tick()
				if tt.then != nil {
					tt.then(s, a)
				}
				s.ticks(3 * time.Minute)
				s.reports = withoutVerdicts(s.reports)
				if silent {
					s.reports = nil // which lives nobody has seen is not known exactly
				} else if diff := gocmp.Diff(tt.told, s.told()); diff != "" {
					t.Errorf("-want +got:\n%s", diff)
				}
				starts := 0
				for _, act := range s.acts {
					if strings.HasPrefix(act, "start") {
						starts++
					}
				}
				if a.State != tt.state || starts != tt.starts && !silent {
					t.Errorf("it is %s after %d starts, want %s after %d", a.State, starts, tt.state, tt.starts)
				}
			})
		}
	}
}

func withoutVerdicts(all []domain.Report) (rest []domain.Report) {
	for _, r := range all {
		if r.Kind != domain.ReportProbed && r.Kind != domain.ReportJudged && r.Kind != domain.ReportWatching {
			rest = append(rest, r)
		}
	}
	return rest
}

// What was given up and is down says so again and again, until somebody starts it.
func TestWhatIsGivenUpAndDownSaysSoUntilItRuns(t *testing.T) {
	s := newScene(t, "restart-limit=2/1h", "a", "b")
	s.tick()
	a := s.program("a")
	a.hung = true
	s.endsSoon(a, 1000, 1)
	s.tick()
	s.ticks(time.Minute)
	var said []time.Time
	s.heard = func(c Command) {
		if r, report := c.(Report); report && r.Kind == domain.ReportDown {
			said = append(said, s.now)
		}
	}
	s.ticks(5 * time.Hour)
	if n := len(said); n < 4 || n > 6 {
		t.Errorf("in five hours it was said %d times: %v", n, said)
	}
	s.again()
	s.ticks(time.Minute)
	if len(said) == 0 || s.now.Sub(said[len(said)-1]) > 2*time.Minute {
		t.Error("the next life of the listener does not say so")
	}
	a.quits = nil
	s.human("starts", a)
	said = nil
	s.ticks(20 * time.Hour)
	if len(said) > 0 {
		t.Error("it is said although it runs")
	}
	a.hung = true
	s.ticks(10 * time.Second)
	if a.hung {
		t.Error("whoever has started it has not ended the give-up")
	}
}

// While a process is looked after that runs again, it is judged as ever and holds nobody up.
func TestWhatRunsAgainHoldsNobodyUp(t *testing.T) {
	s := newScene(t, "max-parallel=1", "a", "b")
	s.tick()
	s.program("a").broken, s.program("b").hung = true, true
	s.ticks(5 * time.Second)
	s.ticks(10 * time.Second)
	s.wantStops("a 5s", "b 5s", "a 10s", "a 15s")
	if n := s.engine.Restarts() + s.engine.Owes(); n > 0 {
		t.Errorf("%d restarts are under way or owed", n)
	}
	s.program("a").broken = false
	s.ticks(30 * time.Second)
	if n := len(s.engine.restarts) + len(s.journal); n > 0 {
		t.Errorf("%d are looked after or in the journal yet", n)
	}
}

// What an earlier life has left behind is over when the process runs again. The next restart says so, or the journal would keep it
// for a debt that goes first; and what was done before is kept with it, since the journal knows of that no more from then on.
func TestARestartSaysWhichOneItComesAfter(t *testing.T) {
	s := newScene(t, "", "a")
	a := s.program("a")
	s.spawn(a)
	found := domain.Restart{Instance: domain.Instance{ID: a.ID, PID: 1}, Watch: "earlier", Phase: domain.StartAccepted, Supervisor: 1, Begun: s.now.Add(-time.Second)}
	s.handle(Loading{})
	s.load(nil)
	s.tick()
	s.engine.ledger.last = s.now.Add(time.Minute) // it was saved a moment ago
	s.handle(Consulted{Unfinished: []domain.Restart{found}})
	a.broken = true
	var intents []Step
	s.heard = func(c Command) {
		if step, is := c.(Step); is && step.Intent() {
			intents = append(intents, step)
		}
	}
	s.ticks(5 * time.Second)
	if len(intents) == 0 || !intents[0].Restart.After.Equal(found.Begun) {
		t.Fatalf("the restarts are %+v, want the first after %s", intents, found.Begun)
	}
	if acts := intents[0].Histories[a.ID].Acts; len(acts) != 1 || acts[0].PID != 1 {
		t.Errorf("kept with it is %+v", acts)
	}
}

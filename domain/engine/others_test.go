package engine

import (
	"errors"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/domain"
)

// other does something to a process as another listener does it.
func (s *scene) other(verb string, p *program) {
	if s.others.Histories == nil {
		s.others = domain.Others{Histories: map[domain.ID]domain.History{}, Restarts: map[domain.ID]string{}}
	}
	act := domain.Act{At: s.now, PID: p.PID, By: "other"}
	acted := func() {
		h := s.others.Histories[p.ID].Clone()
		h.Acts = append(h.Acts, act)
		s.others.Histories[p.ID] = h
	}
	if verb == "signals" {
		acted()
		s.dies(p, 1)
		return
	}
	s.others.Restarts[p.ID] = "other"
	if s.stop(p) != nil {
		s.t.Fatal("the other listener cannot stop it")
	}
	s.pass(p.stopsFor)
	if verb == "stops" {
		return // and is killed
	}
	acted()
	_ = s.start(p)
	s.pass(p.startsFor)
	delete(s.others.Restarts, p.ID)
}

func TestWhatAnotherListenerDoesIsNeitherAHumansDoingNorADeath(t *testing.T) { // F2 of two listeners, K1
	tellStories(t, map[string]story{
		"it uses up the limit of all": {policy: "restart-limit=2/1h", lines: []line{
			{"0", "ill", "do failing 1 (said), restarted"},
			{"1m", "other restarts", "restarted by other"},
			{"2m", "tick", "give up spent 2/2 1h (said)"},
			{"3m", "other restarts", "restarted by other"},
			{"4m", "tick", "give up spent 2/2 1h"},
			{"5m", "human restarts", "rearmed"},
			{"6m", "tick", "do failing 1 (said), restarted"},
		}},
		"it takes its step on the ladder": {policy: "ladder=1m..1h", lines: []line{
			{"0", "ill", "do failing 1 (said), restarted"},
			{"2m", "other restarts", "restarted by other"},
			{"3m", "tick", "hold ladder 2 1m (said)"},
			{"4m", "tick", "do failing 2 (said), restarted"},
		}},
		"its signal and the death that follows are one": {policy: "restart-limit=3/1h", lines: []line{
			{"0", "ill", "do failing 1 (said), restarted"},
			{"1m", "other signals", ""},
			{"2m", "tick", "do failing 1 (said), restarted"},
			{"3m", "tick", "give up spent 3/3 1h (said)"},
		}},
		"a stop of its own is not told as that of somebody else": {policy: "failures=9", lines: []line{
			{"0", "well", "keep"},
			{"1m", "other stops", ""},
			{"2m", "tick", "idle 1 STOPPED"},
			{"3m", "human starts", "restarted by other"},
		}},
		"a human's stop is": {policy: "failures=9", lines: []line{
			{"0", "well", "keep"},
			{"1m", "human stops", ""},
			{"2m", "tick", "idle 1 STOPPED, stopped"},
			{"3m", "human starts", "runs"},
		}},
	})
}

// With ticks alone a listener sees nothing but another life.
func TestWhatAnotherListenerDoesIsKnownWithTicksAlone(t *testing.T) {
	s := newScene(t, "restart-limit=2/1h", "a")
	s.silent = true
	s.begin()
	s.handle(Loading{})
	s.load(nil)
	a := s.program("a")
	a.broken = true
	s.tick()
	s.pass(time.Minute)
	s.told()
	s.other("restarts", a)
	s.pass(time.Minute)
	s.tick()
	if got, want := s.told(), "give up spent 2/2 1h (said)"; got != want {
		t.Errorf("told was %q, want %q", got, want)
	}
	if got := len(s.engine.table.rows[a.ID].Acts); got != 2 {
		t.Errorf("%d acts are known, want 2", got)
	}
}

// What another has done a moment ago is not known before the intent is kept. After that no other begins a restart.
func TestTheLastMomentDecides(t *testing.T) {
	s := newScene(t, "restart-limit=1/1h", "a")
	a := s.program("a")
	s.tick()
	s.others.Histories = map[domain.ID]domain.History{a.ID: {Acts: []domain.Act{{At: s.now, PID: 55, By: "other"}}}}
	a.broken = true
	s.tick()
	s.wantStops()
	if len(s.journal) > 0 || s.engine.Restarts() > 0 {
		t.Errorf("the journal has %v", s.journal)
	}
}

// It may be known by then, though not when the restart was decided.
func TestWhatIsHeardWhileTheIntentIsBeingKeptDecidesToo(t *testing.T) {
	s := newScene(t, "restart-limit=1/1h", "a")
	a := s.program("a")
	s.tick()
	s.heard = func(c Command) {
		if step, is := c.(Step); is && step.Intent() {
			s.others.Histories = map[domain.ID]domain.History{a.ID: {Acts: []domain.Act{{At: s.now, PID: 55, By: "other"}}}}
			s.later(0, func() { s.handle(s.consulted(Consult{})) })
		}
	}
	a.broken = true
	s.tick()
	s.wantStops()
}

// A restart that a dead listener has left behind is finished, not overwritten.
func TestADebtOfADeadListenerIsPaid(t *testing.T) { // F1, F8
	debt := func(p *program) domain.Restart {
		return domain.Restart{Instance: p.Instance(), Watch: "other", Phase: domain.StopAccepted, Supervisor: 1, Begun: noon()}
	}
	for name, meet := range map[string]func(s *scene, a *program){
		"at its own restart": func(s *scene, a *program) {
			a.broken = true
			s.tick()
		},
		"within a minute": func(s *scene, _ *program) {
			s.handle(Loading{})
			s.load(nil)
			s.ticks(time.Minute)
		},
		"with rare ticks": func(s *scene, _ *program) {
			s.handle(Loading{})
			s.load(nil)
			s.handle(Ticked{Tick: domain.Tick{Period: time.Hour, When: s.now}})
			s.pass(2 * time.Minute)
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, "", "a")
			a := s.program("a")
			s.tick()
			owed := debt(a)
			if s.stop(a) != nil {
				t.Fatal("it cannot be stopped")
			}
			s.others.Restarts = map[domain.ID]string{a.ID: "other"}
			if name == "at its own restart" {
				s.spawn(a) // not so far: it is only being stopped when the other decides
				owed = debt(a)
				s.owed = true
				s.later(0, func() { _ = s.stop(a) })
			}
			s.debts = []domain.Restart{owed}
			meet(s, a)
			s.pass(time.Minute)
			if a.State != domain.Running {
				t.Errorf("it is %s", a.State)
			}
		})
	}
}

func TestAStartIsUnexplainedForAWhileOnly(t *testing.T) {
	s := newScene(t, "restart-limit=1/1h", "a")
	a := s.program("a")
	a.broken = true
	s.tick()
	s.tick()
	s.storeErr = errors.New("input/output error")
	s.human("restarts", a)
	s.told()
	s.ticks(20 * time.Second)
	s.wantStops("a 0s")
	s.ticks(20 * time.Second)
	s.wantStops("a 30s")
}

func TestHowActsAreMerged(t *testing.T) {
	at := func(s int) time.Time { return noon().Add(time.Duration(s) * time.Second) }
	for name, test := range map[string]struct {
		mine, theirs []domain.Act
		rearmed      time.Time
		want         []domain.Act
	}{
		"each in its place": {
			mine:   []domain.Act{{At: at(10), PID: 1}, {At: at(30), PID: 3}},
			theirs: []domain.Act{{At: at(20), PID: 2, By: "b"}},
			want:   []domain.Act{{At: at(10), PID: 1}, {At: at(20), PID: 2, By: "b"}, {At: at(30), PID: 3}},
		},
		"what is known already": {
			mine:   []domain.Act{{At: at(10), PID: 1, By: "b", Calm: time.Minute}},
			theirs: []domain.Act{{At: at(11), PID: 1, By: "b"}},
			want:   []domain.Act{{At: at(10), PID: 1, By: "b", Calm: time.Minute}},
		},
		"a death that both have seen": {
			mine:   []domain.Act{{At: at(10), PID: 1, Death: true}},
			theirs: []domain.Act{{At: at(55), PID: 1, Death: true, By: "b"}},
			want:   []domain.Act{{At: at(10), PID: 1, Death: true}},
		},
		"a death that the other has caused, seen before and after": {
			mine:   []domain.Act{{At: at(10), PID: 1, Death: true}, {At: at(30), PID: 2, Death: true}},
			theirs: []domain.Act{{At: at(11), PID: 1, By: "b"}, {At: at(29), PID: 2, By: "b"}},
			want:   []domain.Act{{At: at(11), PID: 1, By: "b"}, {At: at(29), PID: 2, By: "b"}},
		},
		"two of mine on one life are two": {
			mine: []domain.Act{{At: at(10), PID: 1}, {At: at(11), PID: 1}},
			want: []domain.Act{{At: at(10), PID: 1}, {At: at(11), PID: 1}},
		},
		"a restart that one has begun and the other finished is one": {
			mine:   []domain.Act{{At: at(10), PID: 1}},
			theirs: []domain.Act{{At: at(12), PID: 1, By: "b"}},
			want:   []domain.Act{{At: at(10), PID: 1}},
		},
		"whatever the clocks of both say": {
			mine:   []domain.Act{{At: at(12), PID: 1}},
			theirs: []domain.Act{{At: at(10), PID: 1, By: "b"}},
			want:   []domain.Act{{At: at(12), PID: 1}},
		},
		"what was before a human's start": {
			mine:    []domain.Act{{At: at(10), PID: 1}, {At: at(30), PID: 3}},
			theirs:  []domain.Act{{At: at(20), PID: 2, By: "b"}, {At: at(40), PID: 4, By: "b"}},
			rearmed: at(25),
			want:    []domain.Act{{At: at(30), PID: 3}, {At: at(40), PID: 4, By: "b"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := gocmp.Diff(test.want, merged(test.mine, test.theirs, test.rearmed)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			again := merged(merged(test.mine, test.theirs, test.rearmed), test.theirs, test.rearmed)
			if diff := gocmp.Diff(test.want, again); diff != "" {
				t.Errorf("a second time: -want +got:\n%s", diff)
			}
		})
	}
}

// A debt may come to light while a restart of the same process is being decided, or has been sent: whatever that finds then
// was done by who is dead.
func TestADebtGoesBeforeARestartThatIsBeingDecided(t *testing.T) {
	for name, c := range map[string]struct {
		call string        // in which the restart is held up when the debt is found; empty: it waits until the life is old enough
		at   time.Duration // after how long that is
	}{
		"before its intent is kept": {"", 0},
		"in its last look":          {"look", 100 * time.Millisecond},
		"in its stop":               {"stop", 100 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, "", "a")
			a := s.program("a")
			s.handle(Loading{})
			s.load(nil)
			if c.call == "" {
				s.spawn(a)
			}
			a.broken = true
			s.delay = func(call string) time.Duration {
				if call == c.call && a.State == domain.Running {
					return 500 * time.Millisecond
				}
				return 0
			}
			s.tick()
			s.pass(c.at)
			owed := domain.Restart{Instance: a.Instance(), Watch: "other", Phase: domain.StopSent, Supervisor: 1, Begun: s.now.Add(-time.Millisecond)}
			if s.stop(a) != nil {
				t.Fatal("it cannot be stopped")
			}
			a.broken = false
			s.handle(Consulted{Unfinished: []domain.Restart{owed}})
			s.pass(time.Minute)
			if a.State != domain.Running {
				t.Errorf("it is %s", a.State)
			}
			if len(s.journal) > 0 {
				t.Errorf("the journal has %v", s.journal)
			}
		})
	}
}

// Under load the events of one restart arrive after the next one has begun.
func TestEventsThatComeLateMakeNobodyAHuman(t *testing.T) {
	s := newScene(t, "restart-limit=2/1h", "a")
	a := s.program("a")
	change := func(pid int) {
		for _, c := range []domain.StateChange{
			{From: domain.Running, To: domain.Stopping, PID: pid},
			{From: domain.Stopping, To: domain.Stopped, PID: pid},
			{From: domain.Stopped, To: domain.Starting},
			{From: domain.Starting, To: domain.Running, PID: a.PID},
		} {
			c.ID = a.ID
			s.handle(Changed{Change: c})
			s.pass(time.Second)
		}
	}
	s.tick()
	s.silent = true
	s.others.Histories = map[domain.ID]domain.History{a.ID: {Acts: []domain.Act{{At: s.now, PID: 55, By: "other"}}}}
	s.pass(2 * time.Second)
	last := a.PID
	a.broken = true
	s.tick()
	s.pass(10 * time.Second)
	if s.told(); a.PID == last {
		t.Fatal("it was not restarted")
	}
	change(55)
	change(last)
	s.tick()
	if got, want := s.told(), "give up spent 2/2 1h (said)"; got != want {
		t.Errorf("told was %q, want %q", got, want)
	}
}

// The next life of a listener first sees a list, and then hears what had happened while there was no listener.
func TestAnEventThatIsOlderThanTheFirstListMakesNobodyAHuman(t *testing.T) {
	s := newScene(t, "restart-limit=1/1h", "a")
	a := s.program("a")
	s.silent = true
	s.pass(2 * time.Second)
	s.other("restarts", a)
	s.handle(Loading{})
	s.load(nil)
	s.tick()
	s.handle(Changed{Change: domain.StateChange{ID: a.ID, From: domain.Stopped, To: domain.Starting}})
	s.handle(Changed{Change: domain.StateChange{ID: a.ID, From: domain.Starting, To: domain.Running, PID: a.PID}})
	a.broken = true
	s.pass(2 * time.Second)
	s.tick()
	if got, want := s.told(), "keep, restarted by other, give up spent 1/1 1h (said)"; got != want {
		t.Errorf("told was %q, want %q", got, want)
	}
}

// Another has finished what the last life of this listener had begun, and forgets it before this one asks.
func TestAStartForAStopOfOursIsNoHumans(t *testing.T) {
	s := newScene(t, "restart-limit=1/1h", "a")
	a := s.program("a")
	s.silent = true
	s.histories[a.ID] = domain.History{Acts: []domain.Act{{At: s.now, PID: a.PID}}}
	s.pass(2 * time.Second)
	if s.stop(a) != nil {
		t.Fatal("it cannot be stopped")
	}
	s.handle(Loading{})
	s.load(nil)
	s.tick()
	s.silent = false
	_ = s.start(a)
	a.broken = true
	s.pass(2 * time.Second)
	s.tick()
	if got, want := s.told(), "give up spent 1/1 1h (said)"; got != want {
		t.Errorf("told was %q, want %q", got, want)
	}
}

// As long as nobody knows whose start it was, nothing is decided on what was counted before.
func TestNothingIsDecidedBeforeItIsKnownWhoHasStartedIt(t *testing.T) {
	s := newScene(t, "restart-limit=1/1h", "a")
	s.handle(Loading{})
	s.load(nil)
	a := s.program("a")
	a.broken = true
	s.ticks(time.Minute)
	s.told()
	s.delay = func(call string) time.Duration {
		if call == "consult" {
			return 10 * time.Second
		}
		return 0
	}
	s.human("restarts", a)
	s.pass(3 * time.Second)
	s.tick()
	if got := s.told(); got != "hold undecided" {
		t.Errorf("told was %q before that was known", got)
	}
	s.delay = nil
	s.pass(10 * time.Second)
	if got, want := s.told(), "rearmed, do failing 1 (said), restarted"; got != want {
		t.Errorf("told was %q, want %q", got, want)
	}
}

// Who has stopped a process just before us may be a listener that was killed then: what it owes is looked for at once.
func TestADebtIsLookedForAfterAStopThatCameTooLate(t *testing.T) {
	s := newScene(t, "", "a")
	s.handle(Loading{})
	s.load(nil)
	a := s.program("a")
	s.tick()
	a.broken = true
	var consulted []Consult
	s.heard = func(c Command) {
		if step, is := c.(Step); is && step.Act == SendStop {
			if s.stop(a) != nil {
				t.Fatal("it cannot be stopped")
			}
		}
		if c, is := c.(Consult); is {
			consulted = append(consulted, c)
		}
	}
	s.tick()
	s.pass(2 * time.Second)
	if !slices.ContainsFunc(consulted, func(c Consult) bool { return c.Debts }) {
		t.Errorf("asked was %v", consulted)
	}
}

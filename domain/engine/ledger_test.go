package engine

import (
	"errors"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/domain"
)

func TestWhatChangesIsSavedTogetherAndAtMostOnceASecond(t *testing.T) {
	s := sceneOf(t, []domain.Watch{{Name: "web", Select: everything(t), Policy: policy(t, "restart-limit=9/1h")}}, "a:x", "b:x", "c:x")
	s.tick()
	saved := s.watchSaves()
	for _, p := range s.programs {
		p.hung = true
	}
	s.tick()
	s.pass(2 * time.Second)
	want := []savedAt{{0, 1}, {time.Second, 2}}
	if diff := gocmp.Diff(want, *saved); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	s.ticks(time.Minute)
	if diff := gocmp.Diff(want, *saved); diff != "" {
		t.Errorf("nothing has changed: -want +got:\n%s", diff)
	}
}

// savedAt is a save of so many histories.
type savedAt struct {
	At        time.Duration
	Histories int
}

func (s *scene) watchSaves() *[]savedAt {
	saved, begin := &[]savedAt{}, s.now
	s.heard = func(c Command) {
		if save, ok := c.(Save); ok {
			*saved = append(*saved, savedAt{At: s.now.Sub(begin), Histories: len(save.Histories)})
		}
	}
	return saved
}

func TestASaveThatFailsIsRepeatedAndReported(t *testing.T) {
	s := newScene(t, "restart-limit=9/1h", "a")
	s.tick()
	s.told()
	saved := s.watchSaves()
	s.storeErr = errors.New("no space left on device")
	s.program("a").hung = true
	s.tick()
	s.pass(40 * time.Second)
	want := []savedAt{{0, 1}, {11 * time.Second, 1}, {22 * time.Second, 1}, {33 * time.Second, 1}}
	if diff := gocmp.Diff(want, *saved); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	s.storeErr = nil
	s.pass(20 * time.Second)
	if diff := gocmp.Diff("do failing 1 (said), store failed: no space left on device, restarted, store works", s.told()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if n := len(s.histories); n != 1 {
		t.Errorf("%d histories are kept", n)
	}
}

func TestASaveAtATime(t *testing.T) {
	s := newScene(t, "restart-limit=9/1h", "a")
	s.tick()
	s.stuck = true
	for range 5 {
		s.program("a").hung = true
		s.tick()
		s.pass(10 * time.Second)
	}
	if s.saves != 1 {
		t.Errorf("%d saves were begun before one was answered", s.saves)
	}
	if !s.engine.Unsaved() {
		t.Error("whoever ends the listener now would not wait")
	}
}

func TestAnEndingListenerSavesAtOnce(t *testing.T) {
	s := newScene(t, "restart-limit=9/1h", "a", "b")
	s.tick()
	s.program("a").hung = true
	s.tick()
	s.program("b").hung = true
	s.tick()
	if s.saves != 1 || !s.engine.Unsaved() {
		t.Fatalf("%d saves", s.saves)
	}
	s.handle(Ending{})
	s.pass(0)
	if s.saves != 2 || s.engine.Unsaved() {
		t.Errorf("%d saves, more to do: %t", s.saves, s.engine.Unsaved())
	}
}

// What is done is saved for the other listeners too. What only happens is seen by them as well.
func TestDeathsThatNobodyAsksForAreNotSaved(t *testing.T) {
	s := newScene(t, "", "a")
	for range 3 {
		s.pass(time.Minute)
		s.dies(s.program("a"), 1)
	}
	s.ticks(time.Minute)
	if s.saves != 0 {
		t.Errorf("%d saves for a policy that asks for no history", s.saves)
	}
}

func TestAProcessThatIsGoneIsForgotten(t *testing.T) {
	s := newScene(t, "restart-limit=9/1h", "a")
	s.tick()
	s.program("a").hung = true
	s.tick()
	s.pass(time.Minute)
	if len(s.histories) != 1 {
		t.Fatal("nothing was saved")
	}
	s.remove("a")
	s.handle(Regrouped{})
	s.tick()
	s.pass(time.Minute)
	if len(s.histories) != 0 {
		t.Errorf("kept are %v", s.histories)
	}
}

func TestWhatWasKeptIsPutBeforeWhatHasHappenedSince(t *testing.T) {
	at := func(n int) domain.Act { return domain.Act{At: noon().Add(time.Duration(n) * time.Minute)} }
	second := time.Second
	tests := map[string]struct{ before, since, want domain.History }{
		"nothing": {domain.History{}, domain.History{}, domain.History{}},
		"acts":    {domain.History{Acts: []domain.Act{at(1)}}, domain.History{Acts: []domain.Act{at(2)}}, domain.History{Acts: []domain.Act{at(1), at(2)}}},
		"give-ups": {domain.History{GivenUp: []string{"a"}, Life: domain.Instance{PID: 1}}, domain.History{GivenUp: []string{"b"}, Life: domain.Instance{PID: 2}},
			domain.History{GivenUp: []string{"a", "b"}, Life: domain.Instance{PID: 2}}},
		"the last eight boots": {domain.History{Boots: []time.Duration{1 * second, 2 * second, 3 * second, 4 * second, 5 * second, 6 * second, 7 * second}},
			domain.History{Boots: []time.Duration{8 * second, 9 * second}},
			domain.History{Boots: []time.Duration{2 * second, 3 * second, 4 * second, 5 * second, 6 * second, 7 * second, 8 * second, 9 * second}}},
		"healed troubles": {domain.History{Healed: []time.Duration{second}}, domain.History{Healed: []time.Duration{2 * second}},
			domain.History{Healed: []time.Duration{second, 2 * second}}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := gocmp.Diff(tt.want, joined(tt.before, tt.since)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// The worst that can stand in a ledger that cannot be read is that all was used up just before the listener began.
func TestHowLongAnUnreadLedgerHolds(t *testing.T) {
	tests := map[string]struct {
		settings string
		want     time.Duration
	}{
		"a policy that asks for none": {"", 0},
		"a limit":                     {"restart-limit=5/1h", time.Hour},
		"a backoff":                   {"backoff=10s..10m", 10 * time.Second},
		"the ladder":                  {"ladder=1m..1h", time.Minute},
		"the longest of them":         {"ladder=1m..1h backoff=30s..1h restart-limit=1/40s", time.Minute},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			l := newLedger()
			if got := l.unread(policy(t, tt.settings), noon()); got != 0 {
				t.Errorf("it holds for %s although nobody reads it", got)
			}
			l.await(noon())
			if got := l.unread(policy(t, tt.settings), noon()); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestAnUnreadLedgerHoldsForAWhileOnly(t *testing.T) {
	s := newScene(t, "restart-limit=5/10m", "a")
	s.handle(Loading{})
	s.program("a").broken = true
	s.ticks(20 * time.Second)
	if diff := gocmp.Diff("hold ledger 9m55s (said), hold ledger 9m50s, hold ledger 9m45s, hold ledger 9m40s", s.told()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	s.ticks(10 * time.Minute)
	if len(s.stops) == 0 || s.saves > 0 {
		t.Errorf("stopped were %q, saves over what was not read: %d", s.stops, s.saves)
	}
}

func TestTheJournalWorksAgainWhenItWasWritten(t *testing.T) {
	full := errors.New("no space left on device")
	failed, works := "store failed: no space left on device", "store works"
	type answer struct {
		act  Act
		keep bool
		err  error
	}
	removed, wrote := answer{act: Finish}, answer{act: Look, keep: true}
	for name, test := range map[string]struct {
		answers []any
		want    string
	}{
		"a removal proves nothing":                  {[]any{answer{Look, true, full}, removed, answer{Look, true, full}, removed}, failed},
		"nor does what could be read":               {[]any{answer{Look, true, full}, Loaded{}, answer{Look, true, full}}, failed},
		"what was written does":                     {[]any{answer{Look, true, full}, removed, wrote, wrote}, failed + ", " + works},
		"and so do histories":                       {[]any{Saved{Err: full}, removed, Saved{}}, failed + ", " + works},
		"a removal that failed is trouble too":      {[]any{answer{Finish, false, full}, removed, wrote}, failed + ", " + works},
		"reading again ends the trouble of reading": {[]any{Loaded{Err: full}, Loaded{}, wrote}, failed + ", " + works},
		"but not that of writing":                   {[]any{Loaded{Err: full}, Saved{Err: full}, Loaded{}}, failed},
		"without trouble nothing is said":           {[]any{wrote, removed, Loaded{}, Saved{}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, "restart-limit=9/1h", "a")
			s.tick()
			s.told()
			id := s.program("a").ID
			for _, in := range test.answers {
				a, isStep := in.(answer)
				if !isStep {
					s.handle(in.(Input))
					continue
				}
				x := &restart{process: s.engine.table.rows[id], taking: &a.act, stage: stage{ended: true}}
				x.Instance.ID = id
				s.engine.restarts[id] = x
				s.handle(Stepped{Step: Step{Act: a.act, Keep: a.keep, Restart: x.Restart}, Store: a.err, Err: ErrVoid})
				delete(s.engine.restarts, id)
			}
			if diff := gocmp.Diff(test.want, s.told()); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// Whoever calls Round may end its context while the intent is being written, and call again.
func TestNoStopIsSentAfterAnIntentOfWhichNothingIsKnown(t *testing.T) {
	s := newScene(t, "", "a")
	s.tick()
	a := s.program("a")
	a.broken = true
	s.storeErr = ErrVoid
	s.heard = func(c Command) {
		if step, is := c.(Step); is && step.Act == Finish {
			s.storeErr = nil // it is removed, whether it is there or not
		}
	}
	s.tick()
	s.wantStops()
	if s.engine.Restarts() > 0 || s.storeErr != nil {
		t.Errorf("%d restarts are under way; the journal was told: %t", s.engine.Restarts(), s.storeErr == nil)
	}
	s.pass(5 * time.Second)
	s.tick()
	s.wantStops("a 5s")
}

// A listener may be killed as soon as it has finished what its last life had begun, before it has seen any list.
func TestARestartThatWasFoundIsKeptAsDone(t *testing.T) {
	s := newScene(t, "restart-limit=9/1h", "a")
	a := s.program("a")
	earlier := domain.Act{At: s.now.Add(-500 * time.Millisecond), PID: 99} // of the life before
	s.histories[a.ID] = domain.History{Acts: []domain.Act{earlier}}
	s.journal[a.ID] = domain.Restart{Instance: a.Instance(), Watch: "web", Phase: domain.StopAccepted, Supervisor: 1, Begun: s.now}
	if s.stop(a) != nil {
		t.Fatal("it cannot be stopped")
	}
	s.handle(Loading{})
	s.load(nil)
	s.pass(5 * time.Second)
	if a.State != domain.Running {
		t.Errorf("it is %s", a.State)
	}
	if diff := gocmp.Diff([]domain.Act{earlier, {At: s.origin, PID: 101}}, s.histories[a.ID].Acts); diff != "" {
		t.Errorf("kept: -want +got:\n%s", diff)
	}
}

package engine

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/domain"
)

func TestSnapshot(t *testing.T) {
	s := newScene(t, "failures=2 restart-limit=9/1h start-grace=1m", "a", "b", "other:c")
	s.tick()
	a, b := s.program("a"), s.program("b")
	a.broken, b.hung, b.stopsFor = true, true, 10*time.Second
	s.ticks(10 * time.Second)
	s.ticks(5 * time.Second)
	got := s.engine.Snapshot(s.now)
	at := func(seconds int) time.Time { return noon().Add(time.Duration(seconds) * time.Second) }
	ill := func(pid string) domain.Verdict {
		return domain.Verdict{Health: domain.Unhealthy, Reason: "pid " + pid + " gives no answer", Check: "http"}
	}
	acted := func(pid int) domain.History { return domain.History{Acts: []domain.Act{{At: at(10), PID: pid}}} }
	limit := domain.Limit{Count: 9, Per: time.Hour}
	want := domain.Snapshot{
		At: at(15), Eventful: true, Supervisor: domain.Supervisor{PID: 1}, LastTick: at(15),
		Watches: []domain.WatchStatus{{Name: "web", Processes: 2, Failing: 2, Round: at(15)}},
		Processes: []domain.ProcessStatus{
			{
				Process: s.look(a), Trouble: at(5), History: acted(101),
				Verdicts: []domain.VerdictStatus{{Watch: "web", Verdict: ill("104"), At: at(15), Decision: domain.Decision{Kind: domain.Hold,
					Cause: domain.CauseGrace, Left: 55 * time.Second}, Grace: time.Minute, Limit: limit, Used: 1}},
			},
			{
				Process: s.look(b), Trouble: at(5), History: acted(102),
				Restart: &domain.Progress{Phase: domain.StopAccepted, Waited: 5 * time.Second},
				Verdicts: []domain.VerdictStatus{{Watch: "web", Verdict: ill("102"), At: at(10), Decision: domain.Decision{Kind: domain.Do,
					Cause: domain.CauseFailing, Count: 2}, Grace: time.Minute, Failing: 2, Limit: limit, Used: 1}},
			},
		},
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// What was handed out does not change with the engine.
func TestASnapshotIsACopy(t *testing.T) {
	s := newScene(t, "restart-limit=9/1h", "a")
	s.program("a").broken = true
	s.ticks(10 * time.Second)
	before, again := s.engine.Snapshot(s.now), s.engine.Snapshot(s.now)
	s.ticks(time.Minute)
	if diff := gocmp.Diff(again, before); diff != "" {
		t.Errorf("-before +now:\n%s", diff)
	}
}

// A survey tells what a snapshot would, at any moment of any history.
func TestASurveyTellsWhatASnapshotTells(t *testing.T) {
	type told struct {
		process   domain.ID
		watch     string
		condition domain.Condition
	}
	begin, seen := rand.Uint64(), map[domain.Condition]bool{}
	for i := range uint64(lives) {
		random := rand.New(rand.NewPCG(begin+i, 5))
		s := sceneOf(t, randomWatches(t, random, true), castOf(4)...)
		s.begin()
		for _, f := range fates(random, 100) {
			s.meet(f)
			var want, got []told
			for _, p := range s.engine.Snapshot(s.now).Processes {
				for _, v := range p.Verdicts {
					want = append(want, told{p.Process.ID, v.Watch, p.Under(v)})
					seen[p.Under(v)] = true
				}
			}
			s.engine.Survey(func(process domain.ID, watch string, c domain.Condition) { got = append(got, told{process, watch, c}) })
			if !slices.Equal(want, got) {
				t.Fatalf("seed %d: %v, and the snapshot says %v", begin+i, got, want)
			}
		}
	}
	if len(seen) < 7 {
		t.Errorf("nothing but %v was seen", seen)
	}
}

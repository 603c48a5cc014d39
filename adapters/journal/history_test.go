package journal_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/adapters/journal"
	"supervisor-healthcheck/domain"
)

func TestHistories(t *testing.T) {
	now := time.Now()
	full := domain.History{
		Acts: []domain.Act{
			{At: now.Add(-time.Hour), Calm: 50 * time.Minute}, {At: now.Add(-time.Minute), Death: true}, {At: now.Add(-time.Second)},
		},
		GivenUp: []string{"http", "memory"},
		Life:    domain.Instance{ID: web, PID: 4711, Started: time.Unix(1_700_000_000, 0)},
		Boots:   []time.Duration{time.Second, 1500 * time.Millisecond},
		Healed:  []time.Duration{2 * time.Minute},
	}
	old := domain.History{Acts: []domain.Act{{At: now.Add(-90 * time.Hour)}, {At: now.Add(-49 * time.Hour)}}}
	oldButGivenUp := old
	oldButGivenUp.GivenUp = []string{"http"}
	oldAndNew := domain.History{Acts: append(old.Acts[:2:2], domain.Act{At: now.Add(-time.Hour), Death: true})}
	pausedFor := domain.History{Suspension: domain.Suspension{Until: now.Add(time.Hour), Reason: "repair"}}
	pausedOnce := domain.History{Suspension: domain.Suspension{Until: now.Add(-time.Second)}}
	givenUp := domain.History{GivenUp: []string{"http"}}

	for name, test := range map[string]struct {
		kept []domain.History
		want map[domain.ID]domain.History
	}{
		"a history comes back":                    {[]domain.History{full}, one(web, full)},
		"the last one counts":                     {[]domain.History{oldButGivenUp, full}, one(web, full)},
		"the same twice is kept once":             {[]domain.History{full, full}, one(web, full)},
		"the empty history is forgotten":          {[]domain.History{full, {}}, nil},
		"the empty history need not be there":     {[]domain.History{{}}, nil},
		"an old one is dropped":                   {[]domain.History{old}, nil},
		"an old one that is given up stays":       {[]domain.History{oldButGivenUp}, one(web, oldButGivenUp)},
		"an old one with a recent act stays":      {[]domain.History{oldAndNew}, one(web, oldAndNew)},
		"a suspension comes back":                 {[]domain.History{pausedFor}, one(web, pausedFor)},
		"a suspension that is over does not":      {[]domain.History{pausedOnce}, nil},
		"one that is given up without acts stays": {[]domain.History{givenUp}, one(web, givenUp)},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			j := open(t, dir, alice)
			for _, h := range test.kept {
				must(t, j.Keep(t.Context(), one(web, h)))
			}
			if diff := cmp.Diff(test.want, histories(t, open(t, dir, alice)), alike()); diff != "" {
				t.Error(diff)
			}
			if found := histories(t, open(t, dir, bob)); len(found) > 0 {
				t.Error("another listener was given", found)
			}
		})
	}
}

func TestEveryDifferenceBetweenHistoriesIsWritten(t *testing.T) {
	at := time.Now()
	before := domain.History{Acts: []domain.Act{{At: at}}, GivenUp: []string{"a"}, Life: domain.Instance{ID: web, PID: 1, Started: time.Unix(2, 0)}, Boots: []time.Duration{1}, Healed: []time.Duration{1}}
	for name, change := range map[string]func(*domain.History){
		"another time":               func(h *domain.History) { h.Acts = []domain.Act{{At: at.Add(-time.Second)}} },
		"a planned restart":          func(h *domain.History) { h.Acts = []domain.Act{{At: at, Planned: true}} },
		"a death":                    func(h *domain.History) { h.Acts = []domain.Act{{At: at, Death: true}} },
		"more calm":                  func(h *domain.History) { h.Acts = []domain.Act{{At: at, Calm: time.Minute}} },
		"one act more":               func(h *domain.History) { h.Acts = []domain.Act{{At: at}, {At: at}} },
		"no act":                     func(h *domain.History) { h.Acts = nil },
		"given up by another":        func(h *domain.History) { h.GivenUp = []string{"b"} },
		"given up no more":           func(h *domain.History) { h.GivenUp, h.Life = nil, domain.Instance{} },
		"which has another pid":      func(h *domain.History) { h.Life.PID = 3 },
		"which began later":          func(h *domain.History) { h.Life.Started = time.Unix(4, 0) },
		"another boot of its own":    func(h *domain.History) { h.Boots = []time.Duration{1, 2} },
		"another trouble that ended": func(h *domain.History) { h.Healed = []time.Duration{2} },
	} {
		t.Run(name, func(t *testing.T) {
			j, after := open(t, t.TempDir(), alice), before
			change(&after)
			must(t, j.Keep(t.Context(), one(web, before)))
			must(t, j.Keep(t.Context(), one(web, after)))
			if diff := cmp.Diff(one(web, after), histories(t, j), alike()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestHistoriesOfManyAreOneWrite(t *testing.T) {
	const many = 1000
	var commits atomic.Int32 // each of which writes the file at most once
	j := journal.OpenPatient(journal.Config{Dir: t.TempDir(), ServerURL: server, Owner: alice,
		Now: func() time.Time { commits.Add(1); return time.Now() }}, 30*time.Second)
	all := map[domain.ID]domain.History{}
	for i := range many {
		all[numbered(i)] = domain.History{Acts: []domain.Act{{At: time.Now().Add(-time.Minute)}}, Boots: []time.Duration{time.Second}}
	}
	must(t, j.Keep(t.Context(), all))
	if commits.Load() != 1 {
		t.Errorf("%d commits, want one", commits.Load())
	}
	before := text(t, j.Path())
	must(t, j.Keep(t.Context(), all))
	if text(t, j.Path()) != before {
		t.Error("the same was written again")
	}
	if diff := cmp.Diff(all, histories(t, j), alike()); diff != "" {
		t.Error(diff)
	}

	all[numbered(1)] = domain.History{GivenUp: []string{"http"}}
	all[numbered(2)] = domain.History{}
	must(t, j.Keep(t.Context(), map[domain.ID]domain.History{numbered(1): all[numbered(1)], numbered(2): {}, web: {}}))
	delete(all, numbered(2))
	if diff := cmp.Diff(all, histories(t, j), alike()); diff != "" {
		t.Error("not only what was said has changed:", diff)
	}
}

// TestCallThatHasReturnedReadsNothing is a failure under the race detector alone.
func TestCallThatHasReturnedReadsNothing(t *testing.T) {
	begun, disk := make(chan bool), make(chan bool)
	j := journal.OpenPatient(journal.Config{Dir: t.TempDir(), ServerURL: server, Owner: alice,
		Now: func() time.Time { begun <- true; <-disk; return time.Now() }}, 30*time.Second)
	all := one(web, domain.History{Acts: []domain.Act{{At: time.Now()}}, GivenUp: []string{"http"}})
	ctx, cancel := context.WithCancel(t.Context())
	failed := make(chan error)
	go func() { failed <- j.Keep(ctx, all) }()
	<-begun
	cancel()
	if err := <-failed; !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
	close(disk)
	all[web].Acts[0].Calm, all[web].GivenUp[0] = time.Hour, "another"
	delete(all, web)

	next := open(t, j.Dir, alice)
	until(t, "written", func() bool { return len(histories(t, next)) == 1 })
}

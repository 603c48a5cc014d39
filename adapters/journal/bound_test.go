package journal_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/domain"
)

// The bounds of the file.
const (
	mostHistories = 2000
	mostActs      = 20_000
)

func TestOldestHistoriesOfAListenerAreDroppedFirst(t *testing.T) {
	m, dir := newMachine("b"), t.TempDir()
	a, b := m.open(dir, alice), m.open(dir, bob)
	healed := domain.History{Healed: []time.Duration{time.Second}}
	givenUp := domain.History{GivenUp: []string{"http"}}

	must(t, b.Keep(t.Context(), one(worker, healed)))
	must(t, a.Keep(t.Context(), one(web, givenUp)))
	m.pass(time.Minute)
	must(t, a.Keep(t.Context(), one(worker, healed)))
	m.pass(time.Minute)
	all := map[domain.ID]domain.History{}
	for i := range mostHistories - 2 {
		all[numbered(i)] = healed
	}
	must(t, a.Keep(t.Context(), all))
	if got := len(histories(t, a)); got != mostHistories {
		t.Fatalf("got %d histories, want as many as may be", got)
	}
	m.pass(time.Minute)
	must(t, a.Keep(t.Context(), one(numbered(mostHistories), healed)))

	all[web], all[numbered(mostHistories)] = givenUp, healed // but not the worker
	if diff := cmp.Diff(all, histories(t, m.open(dir, alice)), alike()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(one(worker, healed), histories(t, b), alike()); diff != "" {
		t.Error("another listener pays:", diff)
	}
}

func TestNewestActsStayWhereAllTogetherAreTooMany(t *testing.T) {
	m := newMachine("b")
	var acts []domain.Act
	for i := range 1000 {
		acts = append(acts, domain.Act{At: m.now.Add(time.Duration(i-1000) * time.Second), Death: true})
	}
	for name, test := range map[string]struct{ processes, each int }{
		"as many as may be": {mostActs / 1000, 1000},
		"twice as many":     {2 * mostActs / 1000, 500},
	} {
		t.Run(name, func(t *testing.T) {
			j := m.open(t.TempDir(), alice)
			all := map[domain.ID]domain.History{}
			for i := range test.processes {
				all[numbered(i)] = domain.History{Acts: acts, Boots: []time.Duration{time.Second}}
			}
			must(t, j.Keep(t.Context(), all))
			found := histories(t, j)
			if len(found) != test.processes {
				t.Errorf("got %d histories, want %d", len(found), test.processes)
			}
			for id, h := range found {
				if !slices.Equal(h.Acts, acts[len(acts)-test.each:]) || len(h.Boots) != 1 {
					t.Errorf("%s: got %d acts and %d boots, want the newest %d and one", id, len(h.Acts), len(h.Boots), test.each)
				}
			}
		})
	}
}

// BenchmarkStopBesideManyActs is what a restart waits for the file at its largest.
func BenchmarkStopBesideManyActs(b *testing.B) {
	m := newMachine("b")
	j := m.open(b.TempDir(), alice)
	all := map[domain.ID]domain.History{}
	for i := range mostHistories {
		acts := make([]domain.Act, mostActs/mostHistories)
		for k := range acts {
			acts[k] = domain.Act{At: m.now.Add(-time.Second), Death: true, Calm: time.Second}
		}
		all[numbered(i)] = domain.History{Acts: acts, Boots: []time.Duration{time.Second}}
	}
	if err := j.Keep(b.Context(), all); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := j.Write(b.Context(), stopSent(web)); err != nil {
			b.Fatal(err)
		}
	}
}

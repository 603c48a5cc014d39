package journal_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/adapters/journal"
	"supervisor-healthcheck/domain"
)

const day = 24 * time.Hour

// machine is a clock and a boot that a test sets.
type machine struct {
	now    time.Time
	boot   string
	uptime time.Duration
}

func (m *machine) open(dir string, owner domain.ID) *journal.Journal {
	return journal.OpenPatient(journal.Config{Dir: dir, ServerURL: server, Owner: owner,
		Now: func() time.Time { return m.now }, Boot: func() (string, time.Duration) { return m.boot, m.uptime }}, 30*time.Second)
}

func (m *machine) pass(d time.Duration) { m.now, m.uptime = m.now.Add(d), m.uptime+d }

func newMachine(boot string) *machine {
	return &machine{now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), boot: boot, uptime: 100 * day}
}

func TestHistoriesAge(t *testing.T) {
	acts := []domain.Act{{At: newMachine("").now.Add(-2 * time.Hour), Calm: time.Hour}, {At: newMachine("").now.Add(-time.Hour)}}
	second := []time.Duration{time.Second}
	only := domain.History{Acts: acts}
	taught := domain.History{Boots: second, Healed: second}
	both := domain.History{Acts: acts, Boots: second, Healed: second}
	givenUp := domain.History{Acts: acts, GivenUp: []string{"http"}, Boots: second}

	for name, test := range map[string]struct {
		kept       domain.History
		then, boot string
		after      time.Duration
		want       domain.History
	}{
		"acts stay for 48 h after the last of them":        {only, "b", "b", 47*time.Hour - time.Second, only},
		"acts go after 48 h":                               {only, "b", "b", 47*time.Hour + time.Second, domain.History{}},
		"what was taught stays when the acts go":           {both, "b", "b", 47*time.Hour + time.Second, taught},
		"what was taught stays for 30 days":                {both, "b", "b", 30*day - time.Second, taught},
		"what was taught goes after 30 days":               {both, "b", "b", 30*day + time.Second, domain.History{}},
		"what was taught needs no acts":                    {taught, "b", "b", 30*day - time.Second, taught},
		"another boot ages alike":                          {both, "b", "c", 29 * day, taught},
		"given up it all stays in this boot":               {givenUp, "b", "b", 90 * day, givenUp},
		"given up it all stays where no boot is known":     {givenUp, "", "", 90 * day, givenUp},
		"given up it stays in another boot as acts do":     {givenUp, "b", "c", 47*time.Hour - time.Second, givenUp},
		"given up it goes in another boot as acts do":      {givenUp, "b", "c", 47*time.Hour + time.Second, domain.History{Boots: second}},
		"given up without acts it ages from its last keep": {domain.History{GivenUp: []string{"w"}}, "b", "c", 48*time.Hour + time.Second, domain.History{}},
	} {
		t.Run(name, func(t *testing.T) {
			m, dir := newMachine(test.then), t.TempDir()
			must(t, m.open(dir, alice).Keep(t.Context(), one(web, test.kept)))
			m.pass(test.after)
			m.boot = test.boot
			want := map[domain.ID]domain.History{}
			if !test.want.Empty() {
				want = one(web, test.want)
			}
			j := m.open(dir, alice)
			if diff := cmp.Diff(want, histories(t, j), alike()); diff != "" {
				t.Error("when it is read:", diff)
			}
			must(t, m.open(dir, bob).Keep(t.Context(), one(worker, only)))
			m.pass(-test.after) // what has left the file does not come back
			if diff := cmp.Diff(want, histories(t, j), alike()); diff != "" {
				t.Error("in the file:", diff)
			}
		})
	}
}

func TestSameHistoryIsWrittenAgainBeforeItAgesAway(t *testing.T) {
	for name, test := range map[string]struct {
		after   time.Duration
		boot    string
		written bool
	}{
		"within a day it is not":     {after: 23 * time.Hour, boot: "b"},
		"after a day it is":          {after: 25 * time.Hour, boot: "b", written: true},
		"and so in another boot":     {after: time.Minute, boot: "c", written: true},
		"at the same time it is not": {boot: "b"},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMachine("b")
			j := m.open(t.TempDir(), alice)
			h := one(web, domain.History{Boots: []time.Duration{time.Second}})
			must(t, j.Keep(t.Context(), h))
			before := text(t, j.Path())
			m.pass(test.after)
			m.boot = test.boot
			must(t, j.Keep(t.Context(), h))
			if written := text(t, j.Path()) != before; written != test.written {
				t.Errorf("written: %v, want %v", written, test.written)
			}
		})
	}
}

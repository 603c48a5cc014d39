package journal_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"supervisor-healthcheck/adapters/journal"
	"supervisor-healthcheck/domain"
)

func TestTimesSurviveAClockThatIsSet(t *testing.T) {
	written := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for name, test := range map[string]struct {
		bootThen, bootNow string
		uptime            time.Duration // between the lives
		clock             time.Duration // that the wall clock has moved meanwhile
		want              time.Duration // that the times have aged
	}{
		"nothing special":                             {"b", "b", time.Minute, time.Minute, time.Minute},
		"the clock was set forward by a year":         {"b", "b", time.Minute, 8760 * time.Hour, time.Minute},
		"the clock was set back by a year":            {"b", "b", time.Minute, -8760 * time.Hour, time.Minute},
		"the kernel's time went backwards":            {"b", "b", -time.Minute, time.Hour, 0},
		"another boot":                                {"b", "c", -time.Minute, time.Hour, time.Hour},
		"another boot whose clock was set back":       {"b", "c", -time.Minute, -time.Hour, 0},
		"no boot known":                               {"", "", 0, time.Hour, time.Hour},
		"no boot known and the clock was set back":    {"", "", 0, -time.Hour, 0},
		"a boot that was known and is known no more":  {"b", "", 0, time.Hour, time.Hour},
		"a boot that was not known then and is known": {"", "b", time.Hour, time.Minute, time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			at := func(boot string, uptime, clock time.Duration) journal.Config {
				return journal.Config{Dir: "", ServerURL: server, Owner: alice,
					Now:  func() time.Time { return written.Add(clock) },
					Boot: func() (string, time.Duration) { return boot, uptime }}
			}
			then, now := at(test.bootThen, time.Hour, 0), at(test.bootNow, time.Hour+test.uptime, test.clock)
			then.Dir = t.TempDir()
			now.Dir = then.Dir

			r, h := stopSent(web), domain.History{Acts: []domain.Act{{At: written.Add(-time.Second), Calm: time.Second}, {At: written, Death: true}}}
			r.Begun = written.Add(-time.Second)
			first := journal.Open(then)
			must(t, first.Write(t.Context(), r))
			must(t, first.Keep(t.Context(), one(web, h)))

			aged := func(at time.Time) time.Time { return at.Add(test.clock - test.want) }
			r.Begun = aged(r.Begun)
			if test.bootNow != test.bootThen {
				r.Supervisor = 0 // none lives longer than a boot
			}
			h.Acts[0].At, h.Acts[1].At = aged(h.Acts[0].At), aged(h.Acts[1].At)
			next := journal.Open(now)
			if diff := cmp.Diff(one(web, h), histories(t, next)); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff([]domain.Restart{r}, unfinished(t, next), cmpopts.IgnoreUnexported(r)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestOwnerOfAnotherBootIsDead(t *testing.T) {
	dir := t.TempDir()
	boot := func(id string) func() (string, time.Duration) {
		return func() (string, time.Duration) { return id, time.Hour }
	}
	then := journal.Open(journal.Config{Dir: dir, ServerURL: server, Owner: alice, Boot: boot("b")})
	must(t, then.Write(t.Context(), stopSent(web)))
	now := journal.Open(journal.Config{Dir: dir, ServerURL: server, Owner: bob, Boot: boot("c")})
	want := stopSent(web)
	want.Supervisor = 0 // that was another one
	if diff := cmp.Diff([]domain.Restart{want}, unfinished(t, now), alike()); diff != "" {
		t.Error(diff)
	}
}

package app_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/app"
	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/mocks/supervisord"
)

// staff are the judges of seven watches, as seven listeners of the Python package would be configured.
type staff map[string]*judge

// seven makes the watches: different checks, selections and policies. Of those that act, each allows two restarts an hour.
func seven(t *testing.T) (staff, []app.Watch) {
	t.Helper()
	limited := domain.DropIn()
	limited.Limit = domain.Limit{Count: 2, Per: time.Hour}
	slow := limited
	slow.Failures = 2
	observing := limited
	observing.Observe = true
	all := staff{}
	var watches []app.Watch
	for _, w := range []struct {
		name   string
		policy domain.Policy
		names  string
	}{
		{"memory", limited, "all"},
		{"cpu", slow, "web:*"},
		{"tcp", limited, "web:* api"},
		{"http", limited, "web:web_00 web:web_01"},
		{"xmlrpc", observing, "api spare"},
		{"file", slow, "web:web_00 spare"},
		{"complex", limited, "web:*"},
	} {
		all[w.name] = newJudge(w.name)
		watches = append(watches, watchWith(t, all[w.name], w.policy, strings.Fields(w.names)...))
	}
	return all, watches
}

// took returns the processes that each judge has seen, sorted.
func (s staff) took(t *testing.T) map[string][]string {
	t.Helper()
	seen := map[string][]string{}
	for name, j := range s {
		for id := range maps.Keys(j.took(t)) {
			seen[name] = append(seen[name], id.String())
		}
		slices.Sort(seen[name])
	}
	return seen
}

func (s staff) ail(ill func(domain.Process) bool) {
	for _, j := range s {
		j.ails(ill)
	}
}

// duties are whom each judge must see.
func duties() map[string][]string {
	web := []string{"web:web_00", "web:web_01", "web:web_02", "web:web_03"}
	return map[string][]string{
		"memory": append([]string{"api", "spare"}, web...), "cpu": web, "tcp": append([]string{"api"}, web...), "http": web[:2],
		"xmlrpc": {"api", "spare"}, "file": {"spare", "web:web_00"}, "complex": web,
	}
}

// services are the programs of these tests.
func services() []supervisord.Program {
	return slices.Concat(sleepers("web"), sleepers("api"), sleepers("spare"))
}

func TestSevenWatchesShareOneLook(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		events []string
		later  asked // in each round after the first
	}{
		"with events":    {[]string{"PROCESS_STATE", "REMOTE_COMMUNICATION"}, asked{}},
		"without events": {[]string{"REMOTE_COMMUNICATION"}, asked{Lists: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			homes(t, func(t *testing.T, build func([]string, ...supervisord.Program) *home) {
				judges, watches := seven(t)
				w := watch(build(tt.events, services()...), habits{}, watches...)
				w.steady()
				w.mark()
				for _, want := range []asked{{Lists: 1}, tt.later, tt.later} {
					w.round()
					if diff := cmp.Diff(want, w.gauge.took()); diff != "" {
						t.Errorf("what supervisord was asked in a round (-want +got):\n%s", diff)
					}
					if diff := cmp.Diff(duties(), judges.took(t)); diff != "" {
						t.Errorf("who was judged under which watch (-want +got):\n%s", diff)
					}
				}
			})
		})
	}
}

// TestSevenWatchesShareOneRestartAndOneBudget has a process that is ill under all its watches for ever, while every event
// is delivered twice: a copy of our own start must not pass for that of a human, who would get the budget back.
func TestSevenWatchesShareOneRestartAndOneBudget(t *testing.T) {
	t.Parallel()
	homes(t, func(t *testing.T, build func([]string, ...supervisord.Program) *home) {
		judges, watches := seven(t)
		h := build([]string{"PROCESS_STATE", "REMOTE_COMMUNICATION"}, services()...)
		w := watch(h, habits{doubles: true}, watches...)
		before := w.steady()
		judges.ail(func(p domain.Process) bool { return p.Name == "web_00" })
		for n := 1; n <= 2; n++ {
			w.roundsUntilSaid(n, msgRestarted)
			w.steady()
		}
		w.roundsUntilSaid(1, givenUp())
		for range 3 {
			w.round()
			w.mark()
		}
		if n := w.log.tells(msgStop); n != 2 {
			t.Errorf("it was stopped %d times, want twice as the limit says", n)
		}
		if diff := cmp.Diff([]string{"web:web_00"}, changed(before, w.steady())); diff != "" {
			t.Errorf("who has another life (-want +got):\n%s", diff)
		}
	})
}

// changed returns the processes that have another life than before.
func changed(before, after map[domain.ID]domain.Process) []string {
	var all []string
	for id, p := range after {
		if life(p) != life(before[id]) {
			all = append(all, id.String())
		}
	}
	slices.Sort(all)
	return all
}

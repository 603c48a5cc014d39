package engine

import (
	"fmt"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/domain"
)

func TestTellings(t *testing.T) {
	const givenUp = "give up spent 1/1 1h"
	tellStories(t, map[string]story{
		"the same is said again after 10 min, 20, 40 and so on up to 6 h": {"restart-limit=1/1h", "", []line{
			{"0", "ill", done},
			{"1m", "ill", givenUp + " (said)"},
			{"10m59s", "ill", givenUp},
			{"11m", "ill", givenUp + " (again)"},
			{"30m59s", "ill", givenUp},
			{"31m", "ill", givenUp + " (again)"},
			{"71m", "ill", givenUp + " (again)"},
			{"151m", "ill", givenUp + " (again)"},
			{"311m", "ill", givenUp + " (again)"},
			{"630m", "ill", givenUp},
			{"631m", "ill", givenUp + " (again)"},
			{"990m", "ill", givenUp},
			{"991m", "ill", givenUp + " (again)"},
			{"1350m", "ill", givenUp},
			{"1351m", "ill", givenUp + " (again)"},
		}},
		"other numbers in the reason are no news": {"", "", []line{
			{"0", "unsure", "unknown (said)"},
			{"1m", "dies", ""},
			{"2m", "unsure", "unknown"},
		}},
		"health is news only after something else": {"", "", []line{
			{"0", "well", "keep"},
			{"1m", "unsure", "unknown (said)"},
			{"2m", "well", "keep (said)"},
			{"3m", "well", "keep"},
		}},
		"every restart is said": {"", "", []line{
			{"0", "ill", done},
			{"1s", "ill", done},
		}},
		"what is only said is not said at every tick": {"action=none", "", []line{
			{"0", "ill", "do no action 1 (said)"},
			{"5s", "ill", "do no action 1"},
			{"10m", "ill", "do no action 1 (again)"},
		}},
		"nor what is only observed": {"mode=observe", "", []line{
			{"0", "ill", "do observe 1 (said)"},
			{"5s", "ill", "do observe 1"},
			{"10s", "well", "keep (said)"},
			{"15s", "ill", "do observe 1 (said)"},
		}},
		"a new life is no news where the action is only said": {"mode=observe", "", []line{
			{"0", "tick", "keep"},
			{"5s", "ill", "do observe 1 (said)"},
			{"6s", "dies", ""},
			{"10s", "ill", "do observe 1"},
		}},
		"the reminder begins anew with another topic": {"failures=2", "", []line{
			{"0", "unsure", "unknown (said)"},
			{"10m", "unsure", "unknown (again)"},
			{"11m", "well", "keep (said)"},
			{"12m", "unsure", "unknown (said)"},
			{"21m59s", "unsure", "unknown"},
			{"22m", "unsure", "unknown (again)"},
		}},
	})
}

func TestWhatIsSaidOfSupervisordItself(t *testing.T) {
	s := newScene(t, "", "a")
	s.silent = true
	s.begin()
	s.tick()
	s.told()
	s.fault = func(string) error { return domain.ErrUnreachable }
	s.ticks(20 * time.Minute)
	s.fault = func(string) error { return domain.ErrShuttingDown }
	s.ticks(time.Minute)
	s.fault = nil
	s.ticks(5 * time.Second)
	want := "silent: supervisord cannot be reached, silent: supervisord cannot be reached (again), shutdown: supervisord is shutting down, answers, keep"
	if diff := gocmp.Diff(want, s.told()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestAProbeThatDoesNotComeBackIsReported(t *testing.T) {
	s := newScene(t, "", "a")
	s.program("a").probe = 30 * time.Minute
	s.ticks(31 * time.Minute)
	if diff := gocmp.Diff("probe late, probe late (again), keep", s.told()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// Among all processes one of a group with the priority of event listeners is not restarted; that is said now and then, not at every tick.
func TestAListenerIsNotRestarted(t *testing.T) {
	s := sceneOf(t, []domain.Watch{{Name: "web", Select: everything(t), Policy: policy(t, "")}}, "a")
	s.program("a").settings.Priority = listenerPriority
	s.program("a").broken = true
	s.ticks(15 * time.Minute)
	var got []domain.ReportKind
	for _, r := range s.reports {
		if r.Kind != domain.ReportProbed && r.Kind != domain.ReportWatching {
			got = append(got, r.Kind)
		}
	}
	want := []domain.ReportKind{domain.ReportJudged, domain.ReportRefused, domain.ReportJudged, domain.ReportRefused}
	if diff := gocmp.Diff(want, got); diff != "" || len(s.stops) > 0 {
		t.Errorf("stopped were %q; -want +got:\n%s", s.stops, diff)
	}
}

// Who names a process, or its group, has said that it is to be restarted, whatever its priority.
func TestWhoIsNamedIsRestartedWhateverItsPriority(t *testing.T) {
	all := everything(t)
	for sentence, test := range map[string]struct {
		selections []domain.Selection
		want       []string
	}{
		"named by its group": {[]domain.Selection{domain.SelectGroup("db")}, []string{"db:a 5s"}},
		"named by itself":    {[]domain.Selection{domain.SelectID(domain.ID{Group: "db", Name: "a"})}, []string{"db:a 5s"}},
		"one of all":         {[]domain.Selection{all}, nil},
		"one of all, and named by another watch too": {[]domain.Selection{all, domain.SelectGroup("db")}, []string{"db:a 10s"}},
		"named by another watch, and one of all too": {[]domain.Selection{domain.SelectGroup("db"), all}, []string{"db:a 5s"}},
	} {
		t.Run(sentence, func(t *testing.T) {
			var watches []domain.Watch
			for i, selection := range test.selections {
				watches = append(watches, domain.Watch{Name: fmt.Sprint("watch", i), Select: selection, Policy: policy(t, "")})
			}
			s := sceneOf(t, watches, "db:a")
			s.program("db:a").settings.Priority = listenerPriority
			s.program("db:a").hung = true
			s.ticks(10 * time.Second)
			s.wantStops(test.want...)
		})
	}
}

func TestWeNeverJudgeOurselves(t *testing.T) {
	s := sceneOf(t, []domain.Watch{{Name: "web", Select: everything(t), Policy: policy(t, "")}}, "a", "healthcheck:healthcheck", "healthcheck:other")
	s.outage(true)
	s.ticks(time.Minute)
	slices.Sort(s.stops)
	if got := slices.Compact(slices.Clone(s.acts)); len(got) == 0 || slices.ContainsFunc(s.acts, func(act string) bool { return act[len(act)-1] != 'a' }) {
		t.Errorf("done was %q", got)
	}
}

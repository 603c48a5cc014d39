package engine

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"supervisor-healthcheck/domain"
)

// A spell is told with each judgement: how many rounds were unhealthy, and for how long, since the process was well.
func TestAJudgementTellsHowLongAProcessWasNotWell(t *testing.T) {
	for name, tt := range map[string]struct {
		policy string
		lines  []string // what happens, five seconds after the line before
		want   string   // rounds and seconds of each judgement
	}{
		"it heals by itself":             {"failures=3", []string{"well", "ill", "ill", "well", "well"}, "1/0s 2/5s 2/10s"},
		"nothing is done":                {"mode=observe", []string{"ill", "ill", "well"}, "1/0s 2/10s"},
		"a restart does not end it":      {"failures=2", []string{"ill", "ill", "ill", "well"}, "1/0s 2/5s 3/10s 3/15s"},
		"one that is over is not told":   {"failures=2", []string{"ill", "well", "unsure", "well", "ill"}, "1/0s 1/5s 0/0s 0/0s 1/0s"},
		"it has to be well for a while":  {"failures=3 successes=2", []string{"ill", "well", "well"}, "1/0s 1/5s 1/10s"},
		"what a human stops begins anew": {"failures=3", []string{"ill", "human stops", "human starts", "ill", "ill"}, "1/0s 2/5s"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, tt.policy, "a")
			s.handle(Noted{})
			for _, what := range tt.lines {
				s.pass(5 * time.Second)
				s.happen(what + " a")
			}
			var got []string
			for _, r := range s.reports {
				if r.Kind == domain.ReportJudged {
					got = append(got, fmt.Sprintf("%d/%s", r.Spell.Rounds, r.Spell.Lasted))
				}
			}
			if text := strings.Join(got, " "); text != tt.want {
				t.Errorf("got %s, want %s", text, tt.want)
			}
		})
	}
}

func TestWhoWatchesSaysWhetherItOnlyObserves(t *testing.T) {
	for policy, want := range map[string]bool{"mode=observe": true, "mode=act": false} {
		s := newScene(t, policy, "a")
		s.handle(Noted{})
		s.tick()
		i := slices.IndexFunc(s.reports, func(r domain.Report) bool { return r.Kind == domain.ReportWatching })
		if i < 0 || s.reports[i].Census.Observe != want {
			t.Errorf("%s: %+v", policy, s.reports)
		}
	}
}

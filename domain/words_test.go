package domain_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/domain"
)

func noon() time.Time { return time.Date(2030, 1, 1, 12, 0, 0, 0, time.UTC) }

func TestWords(t *testing.T) {
	tests := map[string]fmt.Stringer{
		"web:web_0":      domain.ID{Group: "web", Name: "web_0"},
		"web":            domain.ID{Group: "web", Name: "web"},
		"unknown":        domain.Unknown,
		"healthy":        domain.Healthy,
		"unhealthy":      domain.Unhealthy,
		"keep":           domain.Keep,
		"hold":           domain.Hold,
		"do":             domain.Do,
		"give up":        domain.GiveUp,
		"none":           domain.CauseNone,
		"no action":      domain.CauseNoAction,
		"probed":         domain.ReportProbed,
		"skipped":        domain.ReportSkipped,
		"listener":       domain.TroubleListener,
		"still":          domain.TroubleStill,
		"planned":        domain.Planned,
		"stop sent":      domain.StopSent,
		"stop accepted":  domain.StopAccepted,
		"start sent":     domain.StartSent,
		"start accepted": domain.StartAccepted,
		"state 7":        domain.State(7),
	}
	for want, word := range tests {
		if word.String() != want {
			t.Errorf("got %s, want %s", word, want)
		}
	}
	if got, want := (&domain.Fault{Code: 10, Text: "BAD_NAME: web"}).Error(), "fault 10: BAD_NAME: web"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestEveryWordIsOne holds the lists of words to the lists of what they are for: as many, and each of them once.
func TestEveryWordIsOne(t *testing.T) {
	decisions := wordsOf(int(domain.GiveUp), func(n int) fmt.Stringer { return domain.DecisionKind(n) })
	causes := wordsOf(int(domain.CauseNoAction), func(n int) fmt.Stringer { return domain.Cause(n) })
	reports := wordsOf(int(domain.ReportOutput), func(n int) fmt.Stringer { return domain.ReportKind(n) })
	troubles := wordsOf(int(domain.TroubleUpdate), func(n int) fmt.Stringer { return domain.TroubleKind(n) })
	for of, words := range map[string]map[string]int{"decisions": decisions, "causes": causes, "reports": reports, "troubles": troubles} {
		for word, times := range words {
			if times != 1 || word == "" {
				t.Errorf("%s: the word %q stands %d times", of, word, times)
			}
		}
	}
}

// wordsOf counts the words of the numbers from 0 to the last, of which there must be no more.
func wordsOf(last int, word func(int) fmt.Stringer) map[string]int {
	words := map[string]int{}
	for n := range last + 1 {
		words[word(n).String()]++
	}
	func() {
		defer func() { _ = recover() }()
		words[word(last+1).String()+", of which there is no number"] = 0
	}()
	return words
}

func TestAHistoryIsEmptyWhenNothingIsKnown(t *testing.T) {
	for name, tt := range map[string]struct {
		history domain.History
		want    bool
	}{
		"nothing":               {domain.History{}, true},
		"empty lists":           {domain.History{Acts: []domain.Act{}, Boots: []time.Duration{}}, true},
		"an act":                {domain.History{Acts: []domain.Act{{}}}, false},
		"a give-up":             {domain.History{GivenUp: []string{"web"}}, false},
		"a boot":                {domain.History{Boots: []time.Duration{0}}, false},
		"a trouble that healed": {domain.History{Healed: []time.Duration{0}}, false},
	} {
		if got := tt.history.Empty(); got != tt.want {
			t.Errorf("%s: got %t", name, got)
		}
	}
}

func TestWhatIsDownIsUnhealthy(t *testing.T) {
	want := []domain.Verdict{
		domain.Unhealthy.Because("it is EXITED with status 3, which is not one of its exitcodes"),
		domain.Unhealthy.Because("it is FATAL: can't find command"),
	}
	got := []domain.Verdict{
		domain.Down(domain.Process{State: domain.Exited, ExitStatus: 3}),
		domain.Down(domain.Process{State: domain.Fatal, SpawnError: "can't find command"}),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// A restart owes a start from the moment at which the stop may have been sent until the start was accepted.
func TestOwes(t *testing.T) {
	want := map[domain.Phase][2]bool{
		domain.Planned: {}, domain.StopSent: {true, false}, domain.StopAccepted: {true, false}, domain.StartSent: {true, false},
		domain.StartAccepted: {},
	}
	got := map[domain.Phase][2]bool{}
	for phase := range want {
		got[phase] = [2]bool{domain.Restart{Phase: phase}.Owes(), domain.Restart{Phase: phase, StartOnly: true}.Owes()}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestStates(t *testing.T) {
	states := map[string]domain.State{"STOPPED": 0, "STARTING": 10, "RUNNING": 20, "BACKOFF": 30, "STOPPING": 40, "EXITED": 100,
		"FATAL": 200, "UNKNOWN": 1000}
	for name, number := range states {
		if got, ok := domain.ParseState(name); got != number || !ok || number.String() != name {
			t.Errorf("%s is read as %d %t and written as %s", name, got, ok, number)
		}
	}
	for _, name := range []string{"", "running", "state 7", "DEAD"} {
		if got, ok := domain.ParseState(name); got != domain.StateUnknown || ok {
			t.Errorf("%q is read as %d %t", name, got, ok)
		}
	}
}

func TestForgottenVerdictIsUnknown(t *testing.T) {
	var v domain.Verdict
	if v.Health != domain.Unknown {
		t.Errorf("it is %s", v.Health)
	}
	got := domain.Unhealthy.Because("%d of %d MB", 3, 2)
	if diff := cmp.Diff(domain.Verdict{Health: domain.Unhealthy, Reason: "3 of 2 MB"}, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestTickStale(t *testing.T) {
	tick := domain.Tick{When: noon(), Period: 5 * time.Second}
	tests := map[string]struct {
		now  time.Time
		want bool
	}{
		"at its moment":                   {noon(), false},
		"two seconds later, as is normal": {noon().Add(2 * time.Second), false},
		"at two periods it is still good": {noon().Add(10 * time.Second), false},
		"after two periods it is stale":   {noon().Add(10*time.Second + 1), true},
		"before its moment it is not":     {noon().Add(-time.Hour), false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := tick.Stale(tt.now); got != tt.want {
				t.Errorf("got %t", got)
			}
		})
	}
}

func TestSameLife(t *testing.T) {
	life := domain.Process{ID: domain.ID{Group: "web", Name: "web"}, PID: 7, Started: noon(), Uptime: time.Hour}.Instance()
	tests := map[string]struct {
		other domain.Instance
		want  bool
	}{
		"the same":           {domain.Instance{ID: life.ID, PID: 7, Started: noon()}, true},
		"in another zone":    {domain.Instance{ID: life.ID, PID: 7, Started: noon().In(time.FixedZone("", 3600))}, true},
		"another pid":        {domain.Instance{ID: life.ID, PID: 8, Started: noon()}, false},
		"another start":      {domain.Instance{ID: life.ID, PID: 7, Started: noon().Add(time.Second)}, false},
		"another process":    {domain.Instance{ID: domain.ID{Group: "web", Name: "x"}, PID: 7, Started: noon()}, false},
		"the zero instance":  {domain.Instance{}, false},
		"its end: no pid":    {domain.Instance{ID: life.ID, Started: noon()}, false},
		"another group's":    {domain.Instance{ID: domain.ID{Group: "x", Name: "web"}, PID: 7, Started: noon()}, false},
		"started never seen": {domain.Instance{ID: life.ID, PID: 7}, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := life.Same(tt.other); got != tt.want || tt.other.Same(life) != tt.want {
				t.Errorf("got %t", got)
			}
		})
	}
}

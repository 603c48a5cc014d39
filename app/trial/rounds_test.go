package trial_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/golang/mock/gomock"
	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/adapters/clock"
	"supervisor-healthcheck/app/trial"
	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/mocks"
)

// rounds is a supervisord that is asked once for each round.
func rounds(t *testing.T, answers ...[]domain.Process) trial.World {
	t.Helper()
	ctrl := gomock.NewController(t)
	table, stats := mocks.NewMockProcessTable(ctrl), mocks.NewMockProcessStats(ctrl)
	var calls []*gomock.Call
	for _, answer := range answers {
		calls = append(calls, table.EXPECT().Processes(gomock.Any()).Return(answer, nil))
	}
	gomock.InOrder(calls...)
	stats.EXPECT().Round(gomock.Any(), gomock.Any()).DoAndReturn(func(ctx context.Context, _ []int) context.Context { return ctx }).AnyTimes()
	return trial.World{Table: table, Stats: stats, Clock: clock.New()}
}

// script is a check that says one word after the other: h, u or ? for unknown.
func script(words string) domain.Check {
	return domain.NewCheck("http", func(context.Context, domain.Process) domain.Verdict {
		word := words[0]
		words = words[1:]
		return map[byte]domain.Health{'h': domain.Healthy, 'u': domain.Unhealthy, '?': domain.Unknown}[word].Because("so")
	})
}

func TestFailuresAreCountedFromRoundToRound(t *testing.T) {
	const after1, after2, now, grace = "would be restarted after 1 more failure", "would be restarted after 2 more failures", "would be restarted at once", ", not in its first 1m unless it was healthy before"
	for name, test := range map[string]struct {
		words   string
		uptimes []time.Duration // of a life of its own each, where it is less than before
		change  func(*domain.Policy)
		want    []string
	}{
		"they add up":                            {words: "uuuu", want: []string{after2, after1, now, now}},
		"a healthy round begins anew":            {words: "uuhu", want: []string{after2, after1, "", after2}},
		"one is not enough where two are wanted": {words: "uuhuhh", change: func(p *domain.Policy) { p.Successes = 2 }, want: []string{after2, after1, "", now, "", ""}},
		"what cannot be judged changes nothing":  {words: "u?u", want: []string{after2, "nothing, for it was not judged", after1}},
		"a new life begins anew":                 {words: "uuu", uptimes: []time.Duration{time.Hour, time.Hour, 2 * time.Minute}, want: []string{after2, after1, after2}},
		"its grace is over when it was healthy":  {words: "uhu", uptimes: []time.Duration{time.Second, 6 * time.Second, 11 * time.Second}, want: []string{after2 + grace, "", after2}},
	} {
		t.Run(name, func(t *testing.T) {
			var answers [][]domain.Process
			started, last := time.Unix(1e9, 0), time.Duration(0)
			for i := range test.want {
				p := running("web", "web", time.Hour)
				if test.uptimes != nil {
					p.Uptime = test.uptimes[i]
				}
				if p.Uptime < last {
					started = started.Add(time.Hour)
				}
				p.Started, last = started, p.Uptime
				answers = append(answers, []domain.Process{p})
			}
			policy := domain.DropIn()
			policy.Failures, policy.StartGrace = 3, time.Minute
			if test.change != nil {
				test.change(&policy)
			}
			trial := trial.New(rounds(t, answers...), []domain.Watch{{Name: "web", Select: domain.SelectGroup("web"), Checks: []domain.Check{script(test.words)}, Policy: policy}}, trial.Question{})
			var got []string
			for range test.want {
				r, err := trial.Round(t.Context())
				if err != nil || len(r.Rows) != 1 {
					t.Fatal(err, r)
				}
				got = append(got, r.Rows[0].Follows)
			}
			if d := cmp.Diff(test.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

// The first round measures twice; all others measure since the last one, and nothing is remembered of who is gone.
func TestWhatMeasuresBetweenRoundsDoesNotWaitAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		here := []domain.Process{running("web", "web", time.Hour)}
		check := &remembering{}
		trial := trial.New(rounds(t, here, here, nil), []domain.Watch{{Name: "web", Select: domain.SelectGroup("web"), Checks: []domain.Check{check}, Policy: domain.DropIn()}}, trial.Question{})
		for i, want := range []struct {
			runs int
			took time.Duration
			kept bool
		}{{2, time.Second, true}, {3, 0, true}, {3, 0, false}} {
			began := time.Now()
			if _, err := trial.Round(t.Context()); err != nil {
				t.Fatal(err)
			}
			if took := time.Since(began); took != want.took || int(check.runs.Load()) != want.runs || check.alive(here[0].Instance()) != want.kept {
				t.Errorf("round %d took %s, %d runs, kept: %t", i, took, check.runs.Load(), check.alive(here[0].Instance()))
			}
		}
	})
}

// remembering keeps what it was told last of who is alive.
type remembering struct {
	twice
	alive func(domain.Instance) bool
}

func (r *remembering) Forget(alive func(domain.Instance) bool) { r.alive = alive }

// addressed is a check that needs no pid of a process with a name, or of any.
type addressed struct {
	domain.Check
	nameless bool
}

func (a addressed) Addressed(p domain.Process) bool { return a.nameless || p.Name != "" }

func TestWithoutSupervisord(t *testing.T) {
	fine, sick := domain.Healthy.Because("status 200"), domain.Unhealthy.Because("status 503")
	web := addressed{says("http", 0, map[string]domain.Verdict{"web_0": fine, "web_1": sick, "": fine}), false}
	fixed := addressed{says("tcp", 0, map[string]domain.Verdict{"db": fine, "": fine}), true}
	watches := []domain.Watch{
		{Name: "web", Select: domain.SelectGroup("web"), Policy: domain.Recommended(), Checks: []domain.Check{web, says("memory", 0, nil)}},
		{Name: "db", Select: domain.SelectGroup("db"), Policy: domain.Recommended(), Checks: []domain.Check{fixed}},
	}
	known := []domain.ID{{Group: "web", Name: "web_0"}, {Group: "web", Name: "web_1"}, {Group: "other", Name: "other"}}
	const lost = "supervisord cannot be asked: it is gone. Whether the processes run is not known"
	const pidless = "it needs the pid of the process, which supervisord alone knows"
	for name, test := range map[string]struct {
		q       trial.Question
		want    string
		absence string
		health  domain.Health
	}{
		"what is configured stands in": {trial.Question{Known: known}, "web:web_0 http healthy | status 200\n" +
			"web:web_0 memory unknown nothing, for it was not judged| " + pidless + "\n" +
			"web:web_1 http unhealthy nothing, for supervisord cannot be asked| status 503\n" +
			"web:web_1 memory unknown nothing, for it was not judged| " + pidless + "\n" +
			"db:* tcp healthy | status 200\n", lost + ", and for want of a pid or a name these checks could not be made: memory of web:web_0, memory of web:web_1.", domain.Unhealthy},
		"one name":         {trial.Question{Known: known, Names: []string{"db"}}, "db:* tcp healthy | status 200\n", lost + ".", domain.Unknown},
		"one of a group":   {trial.Question{Known: known, Names: []string{"web:web_0"}}, "web:web_0 http healthy | status 200\nweb:web_0 memory unknown nothing, for it was not judged| " + pidless + "\n", lost + ", and for want of a pid or a name these checks could not be made: memory of web:web_0.", domain.Unknown},
		"nothing is known": {trial.Question{Names: []string{"web"}}, "web:* http unknown nothing, for it was not judged| its address depends on the name of the process, which supervisord alone knows\nweb:* memory unknown nothing, for it was not judged| " + pidless + "\n", lost + ", and for want of a pid or a name these checks could not be made: http of web:*, memory of web:*.", domain.Unknown},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := trial.New(world(t, nil, errors.New("it is gone")), watches, test.q).Round(t.Context())
			got := ""
			for _, row := range r.Rows {
				got += fmt.Sprintf("%s %s %s %s| %s\n", row.Process, row.Check, row.Verdict(), row.Follows, row.Reason)
			}
			if d := cmp.Diff(test.want, got); err != nil || d != "" || r.Absence() != test.absence || r.Health() != test.health {
				t.Errorf("%v, %s, %s%s", err, r.Health(), r.Absence(), d)
			}
			if shown := text(t, r, false); !strings.HasPrefix(shown, test.absence+"\n\nPROCESS") {
				t.Error(shown)
			}
		})
	}
	t.Run("a name that nothing has", func(t *testing.T) {
		_, err := trial.New(world(t, nil, errors.New("it is gone")), watches, trial.Question{Known: known, Names: []string{"weeb"}}).Round(t.Context())
		if err == nil || err.Error() != `"weeb" is looked after by no section: did you mean web?` {
			t.Error(err)
		}
	})
	t.Run("many checks", func(t *testing.T) {
		many := watches[:1:1]
		var q trial.Question
		for i := range 20 {
			q.Known = append(q.Known, domain.ID{Group: "web", Name: fmt.Sprint(i)})
		}
		many[0].Checks = many[0].Checks[1:]
		r, _ := trial.New(world(t, nil, errors.New("it is gone")), many, q).Round(t.Context())
		if !strings.HasSuffix(r.Absence(), "memory of web:7, and 12 more.") {
			t.Error(r.Absence())
		}
	})
	t.Run("it was interrupted", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := trial.New(world(t, nil, errors.New("it is gone")), watches, trial.Question{Known: known}).Round(ctx); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}

func TestAPIDWithoutAskingSupervisord(t *testing.T) {
	known := []domain.ID{{Group: "web", Name: "web_0"}, {Group: "web", Name: "web_1"}, {Group: "db", Name: "db"}}
	for name, test := range map[string]struct {
		q    trial.Question
		gone error
		want string
	}{
		"a process by its name":          {trial.Question{Known: known, Names: []string{"web:web_1"}}, nil, "web:web_1 7"},
		"a section of one":               {trial.Question{Known: known, Names: []string{"db"}}, nil, "db 7"},
		"a group of which none is known": {trial.Question{Names: []string{"web"}}, nil, "web:* 7"},
		"a section of two":               {trial.Question{Known: known, Names: []string{"web"}}, nil, "a pid is judged as one process, and 2 are meant, such as web:web_0, web:web_1: name it by its section or as group:process, or in the line of a listener by -N"},
		"no name":                        {trial.Question{Known: known}, nil, "a pid is judged as one process, and 3 are meant, such as web:web_0, web:web_1, db: name it by its section or as group:process, or in the line of a listener by -N"},
		"one that is gone":               {trial.Question{Known: known, Names: []string{"db"}}, domain.ErrGone, "there is no process with the pid 7"},
		"one that is another user's":     {trial.Question{Known: known, Names: []string{"db"}}, errors.New("permission denied"), "db 7"},
	} {
		t.Run(name, func(t *testing.T) {
			ctrl := gomock.NewController(t)
			stats := mocks.NewMockProcessStats(ctrl)
			stats.EXPECT().Round(gomock.Any(), gomock.Any()).DoAndReturn(func(ctx context.Context, _ []int) context.Context { return ctx }).AnyTimes()
			stats.EXPECT().Memory(gomock.Any(), 7).Return(domain.Usage{}, test.gone).AnyTimes()
			asked := domain.NewCheck("memory", func(_ context.Context, p domain.Process) domain.Verdict {
				return domain.Unhealthy.Because("%d, long: %t", p.PID, p.Uptime > time.Hour)
			})
			var watches []domain.Watch
			for _, group := range []string{"web", "db"} {
				watches = append(watches, domain.Watch{Name: group, Select: domain.SelectGroup(group), Checks: []domain.Check{asked}, Policy: domain.DropIn()})
			}
			test.q.PID = 7
			// whoever asks supervisord asks nobody, and panics
			r, err := trial.New(trial.World{Stats: stats, Clock: clock.New()}, watches, test.q).Round(t.Context())
			got := fmt.Sprint(err)
			if err == nil {
				if len(r.Rows) != 1 || r.Rows[0].Reason != "7, long: true" || r.Rows[0].Follows != "would be restarted at once" || r.Absence() != "" {
					t.Fatalf("%+v", r)
				}
				got = r.Rows[0].Process + " 7"
			} else if _, ok := errors.AsType[*trial.PIDError](err); !ok {
				t.Errorf("%T", err)
			}
			if got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

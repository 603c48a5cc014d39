package trial_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/golang/mock/gomock"
	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/adapters/clock"
	"supervisor-healthcheck/adapters/terminal"
	"supervisor-healthcheck/app/trial"
	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/mocks"
)

// says is a check that takes its time and says a word for each process; "panic" panics.
func says(name string, takes time.Duration, words map[string]domain.Verdict) domain.Check {
	return domain.NewCheck(name, func(ctx context.Context, p domain.Process) domain.Verdict {
		select {
		case <-ctx.Done():
		case <-time.After(takes):
		}
		v, ok := words[p.Name]
		if !ok {
			panic("no word for " + p.Name)
		}
		return v
	})
}

// twice is a check that measures between one run and the next.
type twice struct{ runs atomic.Int32 }

func (*twice) Name() string                      { return "cpu" }
func (*twice) Local() bool                       { return true }
func (*twice) Forget(func(domain.Instance) bool) {}
func (c *twice) Run(context.Context, domain.Process) domain.Verdict {
	return domain.Healthy.Because("run %d", c.runs.Add(1))
}

func running(group, name string, uptime time.Duration) domain.Process {
	return domain.Process{ID: domain.ID{Group: group, Name: name}, State: domain.Running, PID: 100, Uptime: uptime}
}

// world is a supervisord that has these processes and does nothing. Whoever asks for more fails the test.
func world(t *testing.T, processes []domain.Process, err error) trial.World {
	t.Helper()
	ctrl := gomock.NewController(t)
	table, stats := mocks.NewMockProcessTable(ctrl), mocks.NewMockProcessStats(ctrl)
	table.EXPECT().Processes(gomock.Any()).Return(processes, err)
	table.EXPECT().Settings(gomock.Any()).Return(map[domain.ID]domain.Settings{
		{Group: "job", Name: "done"}: {ExitCodes: []int{0}}, {Group: "job", Name: "died"}: {ExitCodes: []int{0}}}, nil).AnyTimes()
	stats.EXPECT().Round(gomock.Any(), gomock.Any()).DoAndReturn(func(ctx context.Context, _ []int) context.Context { return ctx }).AnyTimes()
	return trial.World{Table: table, Stats: stats, Clock: clock.New()}
}

func text(t *testing.T, r trial.Result, colours bool) string {
	t.Helper()
	var b strings.Builder
	if err := r.Write(&b, terminal.Screen{Colours: colours}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func policy(change func(p *domain.Policy)) domain.Policy {
	p := domain.Recommended()
	change(&p)
	return p
}

func stage() ([]domain.Process, []domain.Watch) {
	processes := []domain.Process{running("web", "web_0", time.Hour), running("web", "web_1", 30*time.Second), running("api", "api", time.Hour),
		{ID: domain.ID{Group: "job", Name: "done"}, State: domain.Exited}, {ID: domain.ID{Group: "job", Name: "died"}, State: domain.Exited, ExitStatus: 3},
		{ID: domain.ID{Group: "job", Name: "broken"}, State: domain.Fatal, SpawnError: "no such file"}, {ID: domain.ID{Group: "job", Name: "off"}, State: domain.Stopped},
		running("other", "other", time.Hour)}
	sick := domain.Unhealthy.Because("status 503")
	return processes, []domain.Watch{
		{Name: "web", Select: domain.SelectGroup("web"), Policy: domain.Recommended(), Checks: []domain.Check{
			says("http", 20*time.Millisecond, map[string]domain.Verdict{"web_0": sick, "web_1": sick}),
			says("memory", 0, map[string]domain.Verdict{"web_0": domain.Healthy.Because("rss 1 KB"), "web_1": domain.Unknown.Because("no pid")}), &twice{}}},
		{Name: "api", Select: domain.SelectGroup("api"), Policy: domain.DropIn(), Depends: []domain.Dependency{{Name: "web"}, {Name: "tcp 10.0.0.5:5432"}}, Checks: []domain.Check{says("tcp", 1500*time.Millisecond, map[string]domain.Verdict{"api": sick})}},
		{Name: "job", Select: domain.SelectGroup("job"), Policy: policy(func(p *domain.Policy) { p.Recover = []domain.State{domain.Exited}; p.Failures = 1 }),
			Checks: []domain.Check{says("never", 0, nil)}},
		{Name: "gone", Select: domain.SelectGroup("gone"), Policy: domain.DropIn(), Checks: []domain.Check{says("never", 0, nil)}},
	}
}

const wholeTable = `
PROCESS     CHECK   VERDICT     TOOK  WHAT FOLLOWS                                                                               REASON
web:web_0   http    unhealthy   20ms  would be restarted after 1 more failure                                                    status 503
web:web_0   memory  healthy     -     -                                                                                          rss 1 KB
web:web_0   cpu     healthy     1.0s  -                                                                                          run N
web:web_1   http    unhealthy   20ms  would be restarted after 1 more failure, not in its first 2m unless it was healthy before  status 503
web:web_1   memory  unknown     -     nothing, for it was not judged                                                             no pid
web:web_1   cpu     healthy     1.0s  -                                                                                          run N
api         tcp     unhealthy   1.5s  would be restarted at once, unless web or tcp 10.0.0.5:5432 is down                        status 503
job:done    -       not judged  -     -                                                                                          it is EXITED, and only what is RUNNING is judged
job:died    -       unhealthy   -     would be started at once                                                                   it is EXITED with status 3, which is not one of its exitcodes
job:broken  -       unhealthy   -     nothing, for recover does not have fatal                                                   it is FATAL: no such file
job:off     -       not judged  -     -                                                                                          it is STOPPED, and only what is RUNNING is judged
gone:*      -       unknown     -     -                                                                                          supervisord has no such process; "supervisorctl update" adds those that were written lately
`

func TestTheTable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		processes, watches := stage()
		r, err := trial.New(world(t, processes, nil), watches, trial.Question{}).Round(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		got := text(t, r, false)
		for i := range 5 {
			got = strings.ReplaceAll(got, fmt.Sprintf("run %d\n", i), "run N\n") // two processes, two runs each
		}
		if d := cmp.Diff(wholeTable[1:], got); d != "" {
			t.Error(d)
		}
		if r.Health() != domain.Unhealthy {
			t.Errorf("all together are %s", r.Health())
		}
	})
}

func TestNames(t *testing.T) {
	for names, want := range map[string]string{
		"web": "web:web_0 web:web_1", "web:*": "web:web_0 web:web_1", "web:web_1": "web:web_1", "web_1": "web:web_1", "api web_0": "web:web_0 api",
		"gone": "gone:*", "all": "web:web_0 web:web_1 api job:done job:died job:broken job:off", "job:off": "job:off",
		"weeb":  `"weeb" is looked after by no section: did you mean web?`,
		"other": `"other" is looked after by no section: write one of web, web:web_0, web:web_1, api, job, job:done, job:died, job:broken`,
	} {
		t.Run(names, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				processes, watches := stage()
				r, err := trial.New(world(t, processes, nil), watches, trial.Question{Names: strings.Fields(names)}).Round(t.Context())
				var got []string
				for i, row := range r.Rows {
					if i == 0 || got[len(got)-1] != row.Process {
						got = append(got, row.Process)
					}
				}
				found := strings.Join(got, " ")
				if unknown, ok := errors.AsType[*trial.NoSuchName](err); ok {
					found = unknown.Error()
				} else if err != nil {
					t.Fatal(err)
				}
				if found != want {
					t.Errorf("got  %s\nwant %s", found, want)
				}
			})
		})
	}
}

func TestWhatFollows(t *testing.T) {
	for want, p := range map[string]domain.Policy{
		"would be restarted at once":               domain.DropIn(),
		"would be restarted after 2 more failures": policy(func(p *domain.Policy) { p.Failures = 3 }),
		"would get SIGHUP after 1 more failure":    policy(func(p *domain.Policy) { p.Action = domain.Action{Kind: domain.SendSignal, Signal: "HUP"} }),
		"nothing, for mode is observe":             policy(func(p *domain.Policy) { p.Observe = true }),
		"nothing, for action is none":              policy(func(p *domain.Policy) { p.Action.Kind = domain.OnlySay }),
	} {
		if got := follows(t, p, time.Hour); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	p := domain.DropIn()
	p.StartGrace = time.Minute
	if got, want := follows(t, p, 15*time.Second), "would be restarted at once, not in its first 1m unless it was healthy before"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// follows is what follows from a first failure under a policy.
func follows(t *testing.T, p domain.Policy, uptime time.Duration) string {
	t.Helper()
	sick := says("http", 0, map[string]domain.Verdict{"web": domain.Unhealthy.Because("sick")})
	r, err := trial.New(world(t, []domain.Process{running("web", "web", uptime)}, nil),
		[]domain.Watch{{Name: "web", Select: domain.SelectGroup("web"), Checks: []domain.Check{sick}, Policy: p}}, trial.Question{}).Round(t.Context())
	if err != nil || len(r.Rows) != 1 {
		t.Fatal(err, r)
	}
	return r.Rows[0].Follows
}

func TestTheHealthOfAll(t *testing.T) {
	row := func(h domain.Health, judged bool) trial.Row { return trial.Row{Health: h, Judged: judged} }
	for want, rows := range map[domain.Health][][]trial.Row{
		domain.Healthy:   {nil, {row(domain.Healthy, true)}, {row(domain.Unknown, false), row(domain.Healthy, true)}},
		domain.Unknown:   {{row(domain.Unknown, true), row(domain.Healthy, true)}},
		domain.Unhealthy: {{row(domain.Unknown, true), row(domain.Unhealthy, true)}, {row(domain.Unhealthy, true), row(domain.Unknown, true)}},
	} {
		for _, all := range rows {
			if got := (trial.Result{Rows: all}).Health(); got != want {
				t.Errorf("%+v are %s", all, got)
			}
			if got := (trial.Result{Rows: all, Away: errors.New("away")}).Health(); got == domain.Healthy || got != want && want != domain.Healthy {
				t.Errorf("%+v are %s without supervisord", all, got)
			}
		}
	}
}

// A thousand checks that hang for a second each: side by side, but never more than some at a time.
func TestChecksRunSideBySide(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		now, most := 0, 0
		slow := domain.NewCheck("slow", func(context.Context, domain.Process) domain.Verdict {
			mu.Lock()
			now++
			most = max(most, now)
			mu.Unlock()
			time.Sleep(time.Second)
			mu.Lock()
			now--
			mu.Unlock()
			return domain.Healthy.Because("late")
		})
		var processes []domain.Process
		for i := range 320 {
			processes = append(processes, running("web", fmt.Sprintf("web_%d", i), time.Hour))
		}
		began := time.Now()
		r, err := trial.New(world(t, processes, nil), []domain.Watch{{Name: "web", Select: domain.SelectGroup("web"), Checks: []domain.Check{slow}, Policy: domain.DropIn()}}, trial.Question{}).Round(t.Context())
		if err != nil || len(r.Rows) != 320 || r.Health() != domain.Healthy {
			t.Errorf("%v, %d rows, %s", err, len(r.Rows), r.Health())
		}
		if took := time.Since(began); most != 32 || took != 10*time.Second {
			t.Errorf("%d at a time, and it took %s", most, took)
		}
	})
}

func TestACheckThatPanicsIsUnknown(t *testing.T) {
	r, err := trial.New(world(t, []domain.Process{running("web", "web", 0)}, nil),
		[]domain.Watch{{Name: "web", Select: domain.SelectGroup("web"), Checks: []domain.Check{says("http", 0, nil)}, Policy: domain.DropIn()}}, trial.Question{}).Round(t.Context())
	if err != nil || r.Health() != domain.Unknown || !strings.Contains(r.Rows[0].Reason, "panicked") {
		t.Errorf("%v %+v", err, r)
	}
}

func TestColoursAndSections(t *testing.T) {
	r := trial.Result{Rows: []trial.Row{
		{Section: "a", Process: "web", Check: "http", Judged: true, Health: domain.Healthy, Took: 1500 * time.Microsecond},
		{Section: "b", Process: "web", Check: "tcp", Judged: true, Health: domain.Unhealthy, Reason: "größer"},
		{Section: "b", Process: "api", Check: "-", Reason: "off"}}}
	want := "SECTION  PROCESS  CHECK  VERDICT     TOOK  WHAT FOLLOWS  REASON\n" +
		"a        web      http   \x1b[32mhealthy\x1b[0m     2ms   -             -\n" +
		"b        web      tcp    \x1b[31munhealthy\x1b[0m   -     -             größer\n" +
		"b        api      -      \x1b[2mnot judged\x1b[0m  -     -             off\n"
	if d := cmp.Diff(want, text(t, r, true)); d != "" {
		t.Error(d)
	}
	asJSON, err := json.Marshal(r.Rows[0])
	if want := `{"section":"a","process":"web","check":"http","verdict":"healthy","reason":"","took_seconds":0.0015,"follows":""}`; err != nil || string(asJSON) != want {
		t.Errorf("%v %s", err, asJSON)
	}
}

func TestANarrowScreen(t *testing.T) {
	r := trial.Result{Rows: []trial.Row{
		{Process: "web", Check: "http", Judged: true, Health: domain.Unhealthy, Took: time.Millisecond, Reason: "GET 127.0.0.1:80/ping: status 503, only 200 is healthy",
			Follows: "would be restarted after 1 more failure, not in its first 2m unless it was healthy before"},
		{Process: "web", Check: "memory", Judged: true, Health: domain.Healthy, Reason: "rss 1 KB"}}}
	const narrow = `PROCESS  CHECK   VERDICT    TOOK
web      http    unhealthy  1ms
    GET 127.0.0.1:80/ping: status 503, only 200 is
    healthy
    -> would be restarted after 1 more failure,
       not in its first 2m unless it was healthy
       before
web      memory  healthy    -
    rss 1 KB
`
	wide := text(t, r, false)
	widest := strings.Index(wide, "\n")
	for line := range strings.SplitSeq(wide, "\n") {
		widest = max(widest, len(line))
	}
	for width, want := range map[int]string{50: narrow, widest: wide, widest + 1: wide} {
		var b strings.Builder
		if err := r.Write(&b, terminal.Screen{Width: width}); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, b.String()); d != "" {
			t.Errorf("%d columns: %s", width, d)
		}
	}
}

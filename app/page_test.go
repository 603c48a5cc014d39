package app_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"supervisor-healthcheck/adapters/page"
	"supervisor-healthcheck/adapters/web"
	"supervisor-healthcheck/app"
	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/checks"
)

const hostile = `</td><script>window.hurt = 1</script><img src=x onerror="window.hurt = 2"> & 'quotes' "too"`

// seen is a listener of which all is said beforehand.
type seen struct {
	mu  sync.Mutex
	now domain.Snapshot
}

func (s *seen) Suspend([]string, time.Duration, string) [][]domain.ID { return nil }

func (s *seen) Snapshot() domain.Snapshot {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now
	now.Processes = slices.Clone(now.Processes)
	now.At = time.Now()
	now.LastTick = now.At.Add(-2 * time.Second)
	return now
}

func (s *seen) Survey(each func(process domain.ID, watch string, c domain.Condition)) {
	for _, p := range s.Snapshot().Processes {
		for _, v := range p.Verdicts {
			each(p.Process.ID, v.Watch, p.Under(v))
		}
	}
}

func (s *seen) change(change func(*domain.Snapshot)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.now)
}

func seenProcess(name string, v domain.Verdict, d domain.Decision) domain.ProcessStatus {
	at := time.Now().Add(-3 * time.Second)
	v.Check = "http"
	p := domain.ProcessStatus{Process: domain.Process{ID: domain.ID{Group: "web", Name: name}, State: domain.Running, PID: 4711, Uptime: 26 * time.Hour},
		Verdicts: []domain.VerdictStatus{{Watch: "site", Verdict: v, Decision: d, At: at, Took: 12 * time.Millisecond, Limit: domain.Limit{Count: 5, Per: time.Hour}, Used: 1}}}
	if v.Health == domain.Healthy {
		p.Well = at.Add(-5 * time.Hour)
	} else {
		p.Trouble = at.Add(-100 * time.Second)
	}
	return p
}

func newSeen() *seen {
	ill := domain.Unhealthy.Because("status 503, only 200 is healthy")
	warned := domain.Healthy.Because("status 200")
	warned.Warnings = []domain.Warning{{Check: "http", Text: "the certificate ends in 6 days"}}
	off := domain.ProcessStatus{Process: domain.Process{ID: domain.ID{Group: "web", Name: "off"}, State: domain.Stopped}}
	return &seen{now: domain.Snapshot{Period: 5 * time.Second, Watches: []domain.WatchStatus{{Name: "site", Processes: 6, Failing: 2, Round: time.Now()}},
		Processes: []domain.ProcessStatus{
			seenProcess("a", warned, domain.Decision{}), seenProcess("b", domain.Healthy.Because("status 200"), domain.Decision{}),
			seenProcess("boots", ill, domain.Decision{Kind: domain.Hold, Cause: domain.CauseGrace, Left: 12 * time.Second}),
			seenProcess("<b>'evil\"&", domain.Unhealthy.Because(hostile), domain.Decision{Kind: domain.Hold, Cause: domain.CauseFailures, Count: 1, Of: 3}),
			seenProcess("spent", ill, domain.Decision{Kind: domain.GiveUp, Cause: domain.CauseSpent, Count: 5, Left: time.Hour}), off,
		}}}
}

// serveSeen serves the page on an address of this machine.
func serveSeen(t *testing.T, s *seen, more map[string]http.Handler) (*web.Server, string) {
	t.Helper()
	handlers := page.Handlers()
	maps.Copy(handlers, more)
	server, err := web.Open(web.Config{Address: "127.0.0.1:0", Pages: handlers, About: web.Listener{Name: "healthcheck", Program: "1.2.3", PID: 7,
		Started: time.Now().Add(-time.Hour), Supervisord: "unix:///run/supervisor.sock", Config: "/etc/supervisor/supervisord.conf"}}, s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	return server, "http://" + server.Address().String() + "/"
}

// past is what the endpoints of the history serve: a day with a bad hour, after which a restart helped.
func past(names ...string) map[string]http.Handler {
	now := time.Now().Truncate(time.Second)
	day := strings.Repeat(".", 20) + strings.Repeat("h", 60) + "uuuuuddgr" + strings.Repeat("h", 40) + "sspppnee" + strings.Repeat("h", 7)
	strips := map[string]string{}
	for _, name := range names {
		strips[name] = day
	}
	var samples []map[string]any
	for i := range 288 {
		took, memory := 0.010+0.004*float64(i%7), (300+1.5*float64(i%212)+float64(i%5))*(1<<20)
		s := map[string]any{"at": now.Add(time.Duration(i-288) * 5 * time.Minute), "condition": "healthy"}
		if i > 200 && i < 212 {
			s["condition"], took = "unhealthy", 0.4
		}
		s["took_seconds"] = took
		measure := func(check, of string, value, limit, forecast float64) map[string]any {
			m := map[string]any{"watch": "site", "check": check, "of": of, "value": value, "limit": limit}
			if forecast > 0 && i > 280 {
				m["forecast_seconds"] = forecast
			}
			return m
		}
		s["measures"] = []any{measure("http", "answer", took, 5, 0), measure("memory", "memory", memory, 800<<20, 9000), measure("cpu", "cpu", 0.2+0.1*float64(i%11)/11, 0.9, 0),
			measure("fds", "fds", float64(40+i%17), 0, 0), measure("http", "certificate", float64(86400*30-300*i), 0, 0), measure(hostile, hostile, float64(i), 0, 0)}
		samples = append(samples, s)
	}
	event := func(ago time.Duration, level, message string) map[string]any {
		return map[string]any{"at": now.Add(-ago), "level": level, "message": message, "process": names[0], "watch": "site", "check": "http",
			"facts": [][2]string{{"down_for", "3s"}, {"reason", hostile}}}
	}
	events := []any{event(7*time.Hour, "warn", "unhealthy"), event(6*time.Hour, "warn", "restarted"), event(time.Hour, "info", "healthy"), event(time.Minute, "error", "given up: 5 restarts in 1h did not help")}
	return map[string]http.Handler{
		"GET /v1/history": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.FormValue("process") != "" {
				_ = json.NewEncoder(w).Encode(map[string]any{"version": 1, "samples": samples})
				return
			}
			_ = json.NewEncoder(w).Encode(map[string]any{"version": 1, "from": now.Add(-24 * time.Hour), "step_seconds": 600, "processes": strips})
		}),
		"GET /v1/settings": app.NewSettings([]app.Watch{{Name: "site", Select: domain.SelectGroup("web"), Policy: domain.Recommended(),
			Checks: []checks.Settings{checks.Memory{MaxRSS: 800 << 10}, checks.Custom{Check: domain.NewCheck(hostile, nil)}}}}),
		"GET /v1/events": http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_ = json.NewEncoder(w).Encode(map[string]any{"version": 1, "events": events})
		}),
	}
}

func TestABrowserShowsWhatIsAndWhatFollows(t *testing.T) {
	b, s := newBrowser(t), newSeen()
	_, url := serveSeen(t, s, past("web:a", "web:b", "web:spent", "web:<b>'evil\"&"))
	b.run(t, chromedp.Navigate(url))
	b.waitText(t, "given up: 5 restarts in 1h did not help")
	if got, want := b.names(t), `web:spent web:<b>'evil"& web:boots web:a web:b web:off`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	for _, text := range []string{"unix:///run/supervisor.sock", "1.2.3", "last tick", " old", "held: grace 12s left", "the certificate ends in 6 days", "1 of 5 in 1h", "RUNNING"} {
		b.waitText(t, text)
	}
	b.waitText(t, hostile)
	b.waitFor(t, `document.querySelector('#events li') && document.querySelectorAll('#rows svg.strip').length === 4`)
	b.waitFor(t, `document.querySelector('#rows svg.strip').getAttribute('aria-label').startsWith('last 24 h: healthy 8')`)
	b.waitFor(t, `document.getElementById('spoken').textContent === '1 given up, 1 unhealthy, of 6 processes'`)
	b.picture(t, "all")

	s.change(func(now *domain.Snapshot) { // a service breaks
		now.Processes[1] = seenProcess("b", domain.Unhealthy.Because("nobody listens"), domain.Decision{Kind: domain.Hold, Cause: domain.CauseFailures, Count: 1, Of: 3})
		now.Processes[1].History.Suspension = domain.Suspension{Until: time.Now().Add(15 * time.Minute), Reason: "new disk"}
	})
	b.waitText(t, "nobody listens")
	b.waitText(t, "yet: new disk")
	b.waitFor(t, `document.getElementById('spoken').textContent === '1 given up, 2 unhealthy, of 6 processes'`)
	if got := value[float64](t, b, "window.hurt || 0"); got != 0 {
		t.Error("a reason has been run as a script:", got)
	}
	b.quiet(t)
}

func TestABrowserShowsOneProcess(t *testing.T) {
	b := newBrowser(t)
	_, url := serveSeen(t, newSeen(), past("web:a", "web:b", "web:<b>'evil\"&"))
	b.run(t, chromedp.Navigate(url))
	b.waitText(t, "given up")
	b.run(t, chromedp.Click(`//th/a[text()="web:a"]`), chromedp.WaitVisible("#name"))
	b.waitText(t, "What was measured")
	for _, text := range []string{"median 22ms", "▼ 1 restart", "● 11 unhealthy", "limit 800MB will be reached in about 2h30m", "Open files", "CPU", hostile, "the certificate ends in 6 days", "pid 4711", "given up: 5 restarts", "down_for 3s"} {
		b.waitText(t, text)
	}
	b.waitFor(t, `document.activeElement.id === 'name' && document.title.includes('web:a')`)
	b.waitFor(t, `document.querySelectorAll('.plot').length === 6 && [...document.querySelectorAll('.plot')].every((p) => p.querySelectorAll('.restart').length === 1)`)
	b.waitFor(t, `document.querySelector('.plot .bad').getAttribute('d').match(/M/g).length === 11 && document.querySelectorAll('.plot .forecast').length === 1`)
	b.waitFor(t, `[...document.querySelectorAll('.plot')].every((p) => /plot of 28\d samples from .*: last .* Arrow keys/.test(p.getAttribute('aria-label')))`)
	b.run(t, chromedp.Focus(".plot"), chromedp.KeyEvent(kb.ArrowLeft))
	b.waitFor(t, `/: \d+ms, healthy$/.test(document.querySelector('.readout').textContent)`)
	b.run(t, chromedp.Click(`//summary[text()="Effective settings"]`))
	b.waitText(t, "800MB")
	b.waitText(t, "looks after web:*")
	b.picture(t, "one")
	b.run(t, chromedp.NavigateBack())
	b.waitFor(t, `document.activeElement.innerText === 'web:a' && !document.getElementById('all').hidden`)

	b.run(t, chromedp.Click(`//th/a[contains(text(), "evil")]`), chromedp.WaitVisible("#name"))
	b.waitFor(t, `document.getElementById('name').textContent === 'web:<b>\'evil"&'`)
	b.waitText(t, hostile)
	b.run(t, chromedp.Navigate(url+"#nobody%"))
	b.waitText(t, "No watch looks after a process of this name.")
	b.quiet(t)
}

func TestTheTableIsSortedAndFilteredByKeyboard(t *testing.T) {
	b := newBrowser(t)
	_, url := serveSeen(t, newSeen(), past("web:a"))
	b.run(t, chromedp.Navigate(url))
	b.waitText(t, "given up")
	b.run(t, chromedp.Focus("#columns th:first-child button"), chromedp.KeyEvent(kb.Enter))
	b.waitFor(t, `document.querySelector('#columns th').getAttribute('aria-sort') === 'ascending'`)
	first := b.names(t)
	b.run(t, chromedp.KeyEvent(kb.Enter))
	b.waitFor(t, `document.querySelector('#columns th').getAttribute('aria-sort') === 'descending'`)
	if last := b.names(t); first == last || !strings.HasSuffix(first, "web:spent") || !strings.HasPrefix(last, "web:spent") {
		t.Errorf("%s, then %s", first, last)
	}
	b.run(t, chromedp.SendKeys("#filter", "503"))
	b.waitFor(t, `document.querySelectorAll('#rows tr:not([hidden])').length === 2`)
	b.run(t, chromedp.Click(".counts .is-given-up"))
	b.waitFor(t, `document.querySelectorAll('#rows tr:not([hidden])').length === 1`)
	b.run(t, chromedp.SendKeys("#filter", " and more"))
	b.waitText(t, "No process is like that.")
	b.quiet(t)
}

// A listener without a history has no strips and no plot, and one that does not answer is told from one that is well.
func TestABrowserSaysThatTheDataAreOld(t *testing.T) {
	b, s := newBrowser(t), newSeen()
	server, url := serveSeen(t, s, nil)
	b.run(t, chromedp.Navigate(url))
	b.waitText(t, "given up")
	b.waitFor(t, `document.querySelectorAll('svg.strip').length === 0 && document.getElementById('recent').hidden`)
	b.waitFor(t, `getComputedStyle(document.querySelector('th.history')).display === 'none'`)
	b.waitFor(t, `document.getElementById('trouble').hidden`)
	s.change(func(now *domain.Snapshot) { now.Silent = fmt.Errorf("connection refused") })
	b.waitText(t, "The listener is in trouble: supervisord cannot be asked: connection refused.")
	server.Close()
	b.waitText(t, "The listener does not tell anything (nobody answers).")
	b.waitText(t, "These data are old.")
	b.picture(t, "old")
}

func TestThousandProcessesAreShown(t *testing.T) {
	b, s := newBrowser(t), newSeen()
	names := make([]string, 0, 1000)
	s.now.Processes = nil
	for i := range 1000 {
		name := fmt.Sprintf("p%03d", i)
		names = append(names, "web:"+name)
		s.now.Processes = append(s.now.Processes, seenProcess(name, domain.Healthy.Because("status 200"), domain.Decision{}))
	}
	_, url := serveSeen(t, s, past(names...))
	b.run(t, chromedp.Navigate(url))
	b.waitFor(t, `document.querySelectorAll('#rows svg.strip').length === 1000`)
	t.Logf("first paint after %.0f ms, rows by %.0f ms", value[float64](t, b, `performance.getEntriesByName('first-contentful-paint')[0].startTime`),
		value[float64](t, b, `performance.getEntriesByType('resource').find((e) => e.name.includes('/v1/events')).startTime`))
	b.quiet(t)
}

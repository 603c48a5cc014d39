package xmlrpc_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"supervisor-healthcheck/adapters/xmlrpc"
	"supervisor-healthcheck/domain"
)

func member(name, inner string) string {
	return "<member>\n<name>" + name + "</name>\n<value>" + inner + "</value>\n</member>\n"
}

// entry is a struct as supervisord 4.2.5 writes it.
func entry(group, name string, start, stop, now, state int, statename, spawnerr string, exit, pid int) string {
	number := func(key string, n int) string { return member(key, fmt.Sprintf("<int>%d</int>", n)) }
	text := func(key, s string) string { return member(key, "<string>"+s+"</string>") }
	return "<struct>\n" + text("name", name) + text("group", group) + number("start", start) + number("stop", stop) +
		number("now", now) + number("state", state) + text("statename", statename) + text("spawnerr", spawnerr) +
		number("exitstatus", exit) + text("logfile", "/a &amp; b") + text("stdout_logfile", "") + text("stderr_logfile", "") +
		number("pid", pid) + text("description", "pid 1, uptime 0:00:01") + "</struct>"
}

func list(entries ...string) string {
	var b strings.Builder
	for _, e := range entries {
		b.WriteString("<value>" + e + "</value>\n")
	}
	return "<array><data>\n" + b.String() + "</data></array>"
}

func TestProcessesAreReadWhole(t *testing.T) {
	cases := map[string]struct {
		entry string
		want  domain.Process
	}{
		"running": {entry("web", "w&lt;é☃&amp;", 1000, 0, 1060, 20, "RUNNING", "", 0, 77), domain.Process{
			ID: domain.ID{Group: "web", Name: "w<é☃&"}, State: domain.Running, PID: 77, Started: time.Unix(1000, 0), Uptime: time.Minute}},
		"never started": {entry("a", "a", 0, 0, 1060, 0, "STOPPED", "", 0, 0), domain.Process{
			ID: domain.ID{Group: "a", Name: "a"}, State: domain.Stopped}},
		"killed": {entry("a", "a", 1000, 1010, 1060, 100, "EXITED", "", -1, 0), domain.Process{
			ID: domain.ID{Group: "a", Name: "a"}, State: domain.Exited, Started: time.Unix(1000, 0), Ended: time.Unix(1010, 0), ExitStatus: -1}},
		"not to be started": {entry("a", "b", 1000, 1010, 1060, 200, "FATAL", "can't find command 'x'", 0, 0), domain.Process{
			ID: domain.ID{Group: "a", Name: "b"}, State: domain.Fatal, Started: time.Unix(1000, 0), Ended: time.Unix(1010, 0), SpawnError: "can't find command 'x'"}},
		"started before the clock went back": {entry("a", "b", 2000, 0, 1060, 10, "STARTING", "", 0, 5), domain.Process{
			ID: domain.ID{Group: "a", Name: "b"}, State: domain.Starting, PID: 5, Started: time.Unix(2000, 0)}},
		"a state of the future": {entry("a", "b", 0, 0, 0, 333, "NEW", "", 0, 0), domain.Process{
			ID: domain.ID{Group: "a", Name: "b"}, State: 333}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			one := client(t, xmlrpc.Config{URL: start(t, "unix", says(value(c.entry))).URL})
			all := client(t, xmlrpc.Config{URL: start(t, "tcp", says(value(list(c.entry)))).URL})
			got, err := one.Process(t.Context(), c.want.ID)
			if diff := cmp.Diff(c.want, got); diff != "" || err != nil {
				t.Errorf("Process: %v %s", err, diff)
			}
			got2, err := all.Processes(t.Context())
			if diff := cmp.Diff([]domain.Process{c.want}, got2); diff != "" || err != nil {
				t.Errorf("Processes: %v %s", err, diff)
			}
		})
	}
}

func TestProcessesThatAreNotBelieved(t *testing.T) {
	good := entry("web", "web_1", 1, 0, 2, 20, "RUNNING", "", 0, 7)
	cases := map[string]string{
		"another one":                      entry("web", "web_2", 1, 0, 2, 20, "RUNNING", "", 0, 7),
		"no name":                          strings.Replace(good, "web_1", "", 1),
		"no group":                         strings.Replace(good, ">web<", "><", 1),
		"no state":                         strings.Replace(good, "RUNNING", "", 1),
		"an empty value":                   strings.Replace(good, "<value><int>20</int></value>", "<value/>", 1),
		"an empty value, in two tags":      strings.Replace(good, "<int>20</int>", "", 1),
		"an empty value with a blank":      strings.Replace(good, "<int>20</int>", "\n ", 1),
		"a comment in a name":              strings.Replace(good, "web_1", "web_1<!-- -->", 1),
		"CDATA in a name":                  strings.Replace(good, "web_1", "web_1<![CDATA[1]]>", 1),
		"an instruction in a name":         strings.Replace(good, "web_1", "web_1<?x?>", 1),
		"a text where a number should be":  strings.Replace(good, "<int>7</int>", "<string>7</string>", 1),
		"a number that is too large":       strings.Replace(good, "<int>7</int>", "<int>99999999999999999999</int>", 1),
		"a character that XML forbids":     strings.Replace(good, "web_1", "web_1\x01", 1),
		"bytes that are not UTF-8":         strings.Replace(good, "/a &amp; b", "\xff", 1),
		"nested without end":               strings.Replace(good, "/a &amp; b", strings.Repeat("<a>", 1_000_000), 1),
		"nested lists":                     strings.Replace(good, "<int>7</int>", strings.Repeat("<array><data><value>", 100_000), 1),
		"nested deeply and closed cleanly": strings.Replace(good, "/a &amp; b", strings.Repeat("<a>", 100)+strings.Repeat("</a>", 100), 1),
	}
	for name, body := range cases {
		t.Run(name, func(t *testing.T) {
			one := client(t, xmlrpc.Config{URL: start(t, "unix", says(value(body))).URL})
			_, err := one.Process(t.Context(), web)
			if diff := cmp.Diff(words(domain.ErrUnreachable), kinds(err)); diff != "" {
				t.Errorf("Process: %v %s", err, diff)
			}
			if name == "another one" {
				return
			}
			all := client(t, xmlrpc.Config{URL: start(t, "unix", says(value(list(good, body)))).URL})
			got, err := all.Processes(t.Context())
			if diff := cmp.Diff(words(domain.ErrUnreachable), kinds(err)); diff != "" || got != nil {
				t.Errorf("Processes: %v %s, with %v", err, diff, got)
			}
		})
	}
}

func TestSettings(t *testing.T) {
	text := func(s string) string { return "<string>" + s + "</string>" }
	full := "<struct>\n" + member("autostart", "<boolean>1</boolean>") + member("uid", text("none")) + member("directory", text("none")) +
		member("exitcodes", "<array><data>\n<value><int>0</int></value>\n<value><int>2</int></value>\n</data></array>") +
		member("group", text("web")) + member("group_prio", "<int>-1</int>") + member("name", text("web_1")) +
		member("startsecs", "<int>5</int>") + member("stopwaitsecs", "<int>30</int>") + member("stdout_logfile", text("auto")) + "</struct>"
	old := "<struct>\n" + member("group", text("a")) + member("name", text("a")) + member("group_prio", "<int>7</int>") + "</struct>"
	want := map[domain.ID]domain.Settings{
		web:                     {StopWait: 30 * time.Second, StartWait: 5 * time.Second, ExitCodes: []int{0, 2}, Priority: -1},
		{Group: "a", Name: "a"}: {StopWait: 10 * time.Second, StartWait: time.Second, ExitCodes: []int{0}, Priority: 7},
	}
	f := start(t, "unix", says(value(list(full, old))))
	got, err := client(t, xmlrpc.Config{URL: f.URL}).Settings(t.Context())
	if diff := cmp.Diff(want, got, anyFingerprint()); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	if n := len(f.Bodies); n != 1 {
		t.Errorf("asked %d times for what is of the usual shape", n)
	}
}

func TestSettingsOfAnotherShape(t *testing.T) {
	one := "<struct>\n" + member("group", "<string>a</string>") + member("name", "<string>a</string>") + "</struct>"
	want := map[domain.ID]domain.Settings{{Group: "a", Name: "a"}: {StopWait: 10 * time.Second, StartWait: time.Second, ExitCodes: []int{0}, Priority: 999}}
	cases := map[string]struct {
		body string
		want map[domain.ID]domain.Settings
		kind error
	}{
		"written by somebody else":    {strings.ReplaceAll(value(list(one)), "<?xml version='1.0'?>", "<?xml version=\"1.0\"?>"), want, nil},
		"longer than fits at a time":  {value(list(strings.Replace(one, "<struct>", "<struct>\n"+member("command", "<string>"+strings.Repeat("x", 40_000)+"</string>"), 1))), want, nil},
		"a fault":                     {fault(6, "SHUTDOWN_STATE"), nil, domain.ErrShuttingDown},
		"one without a name":          {value(list(one, strings.ReplaceAll(one, ">a<", "><"))), nil, domain.ErrUnreachable},
		"one with an empty value":     {value(list(one, strings.Replace(one, "<string>a</string>", "", 1))), nil, domain.ErrUnreachable},
		"one of a type that is wrong": {value(list(one, strings.Replace(one, "</struct>", member("stopwaitsecs", "<string>10</string>")+"</struct>", 1))), nil, domain.ErrUnreachable},
		"one process, and not a list": {value(one), nil, domain.ErrUnreachable},
		"nobody":                      {value(list()), map[domain.ID]domain.Settings{}, nil},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := client(t, xmlrpc.Config{URL: start(t, "unix", says(c.body)).URL}).Settings(t.Context())
			if diff := cmp.Diff(c.want, got, anyFingerprint()); diff != "" || !errors.Is(err, c.kind) {
				t.Errorf("%v %s", err, diff)
			}
		})
	}
}

func anyFingerprint() cmp.Option { return cmpopts.IgnoreFields(domain.Settings{}, "Fingerprint") }

// Whatever supervisord tells of a process stands in the fingerprint, but for what changes without a change of the file.
func TestTheFingerprintOfSettings(t *testing.T) {
	one := "<struct>\n" + member("group", "<string>a</string>") + member("name", "<string>a</string>") +
		member("command", "<string>/bin/a</string>") + member("stopsignal", "<int>15</int>") + member("stdout_logfile", "<string>/tmp/x</string>") + "</struct>"
	printed := func(text string) uint64 {
		got, err := client(t, xmlrpc.Config{URL: start(t, "unix", says(value(list(text)))).URL}).Settings(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return got[domain.ID{Group: "a", Name: "a"}].Fingerprint
	}
	same := printed(one)
	for change, differs := range map[[2]string]bool{
		{"", ""}: false, {"/bin/a", "/bin/b"}: true, {"15", "9"}: true, {"/tmp/x", "auto"}: false,
	} {
		if got := printed(strings.Replace(one, change[0], change[1], 1)); (got != same) != differs {
			t.Errorf("%q instead of %q makes %d of %d", change[1], change[0], got, same)
		}
	}
}

func TestWhatIsAsked(t *testing.T) {
	const params = "</methodName><params><param><value><string>web:web_1</string></value></param>"
	cases := map[string]struct {
		call func(context.Context, *xmlrpc.Client) error
		want string
	}{
		"stop does not wait": {func(ctx context.Context, c *xmlrpc.Client) error { return c.Stop(ctx, web) },
			"supervisor.stopProcess" + params + "<param><value><boolean>0</boolean></value></param></params>"},
		"start does not wait": {func(ctx context.Context, c *xmlrpc.Client) error { return c.Start(ctx, web) },
			"supervisor.startProcess" + params + "<param><value><boolean>0</boolean></value></param></params>"},
		"signal": {func(ctx context.Context, c *xmlrpc.Client) error { return c.Signal(ctx, web, "HUP") },
			"supervisor.signalProcess" + params + "<param><value><string>HUP</string></value></param></params>"},
		"an event": {func(ctx context.Context, c *xmlrpc.Client) error { return c.SendEvent(ctx, "t", `{"a":"<☃&"}`) },
			"supervisor.sendRemoteCommEvent</methodName><params><param><value><string>t</string></value></param>" +
				"<param><value><string>{&#34;a&#34;:&#34;&lt;☃&amp;&#34;}</string></value></param></params>"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			f := start(t, "unix", says(value("<boolean>1</boolean>")))
			if err := c.call(t.Context(), client(t, xmlrpc.Config{URL: f.URL})); err != nil {
				t.Fatal(err)
			}
			want := `<?xml version="1.0" encoding="UTF-8"?><methodCall><methodName>` + c.want + "</methodCall>"
			if diff := cmp.Diff(want, <-f.Bodies); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestNamesOfWholeGroupsAreNeverSent(t *testing.T) {
	f := start(t, "unix", says(value("<boolean>1</boolean>")))
	c := client(t, xmlrpc.Config{URL: f.URL})
	for _, id := range []domain.ID{{Group: "web", Name: "*"}, {Group: "web"}, {}, {Group: "a:b", Name: "c"}} {
		for _, err := range []error{c.Stop(t.Context(), id), c.Start(t.Context(), id), c.Signal(t.Context(), id, "HUP")} {
			if !errors.Is(err, domain.ErrNoSuchProcess) {
				t.Errorf("%v: %v", id, err)
			}
		}
	}
	if len(f.Bodies) != 0 {
		t.Errorf("asked %s", <-f.Bodies)
	}
}

func TestEachCallHasAConnectionOfItsOwnAndClosesIt(t *testing.T) {
	answers := []http.HandlerFunc{
		says(value("<boolean>1</boolean>")),
		says(fault(60, "ALREADY_STARTED: web:web_1")),
		func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) },
		says("junk"),
		says(value("<boolean>1</boolean>")),
	}
	var calls atomic.Int64
	f := start(t, "unix", func(w http.ResponseWriter, r *http.Request) {
		if !r.Close {
			t.Error("the server is not told that no other call follows")
		}
		answers[calls.Add(1)-1](w, r)
	})
	client := client(t, xmlrpc.Config{URL: f.URL})
	for range answers {
		_ = client.Start(t.Context(), web)
	}
	if n := f.Conns.Load(); n != int64(len(answers)) {
		t.Errorf("%d calls took %d connections", len(answers), n)
	}
	eventually(t, "all connections are closed", func() bool { return f.Closed.Load() == int64(len(answers)) })
}

func TestAnAnswerAfterTheTimeoutIsNotTakenForTheNext(t *testing.T) {
	release := make(chan struct{})
	var first sync.Once
	f := start(t, "tcp", func(w http.ResponseWriter, r *http.Request) {
		late := false
		first.Do(func() { late = true })
		if late {
			<-release
			says(value(entry("web", "web_1", 1, 0, 2, 20, "RUNNING", "", 0, 1)))(w, r)
			return
		}
		says(value(entry("web", "web_1", 1, 0, 2, 20, "RUNNING", "", 0, 2)))(w, r)
	})
	c := client(t, xmlrpc.Config{URL: f.URL}).Within(time.Second)
	if _, err := c.Process(t.Context(), web); !errors.Is(err, domain.ErrUnreachable) {
		t.Fatal(err)
	}
	close(release)
	if p, err := c.Process(t.Context(), web); err != nil || p.PID != 2 {
		t.Errorf("got pid %d, %v", p.PID, err)
	}
}

func TestTheLimitOfAListing(t *testing.T) {
	body := value(list(entry("web", "web_1", 1, 0, 2, 20, "RUNNING", "", 0, 7)))
	for name, size := range map[string]int64{"just fits": int64(len(body)), "a byte too long": int64(len(body)) - 1} {
		t.Run(name, func(t *testing.T) {
			for _, flush := range []bool{false, true} {
				f := start(t, "unix", func(w http.ResponseWriter, r *http.Request) {
					if flush {
						w.(http.Flusher).Flush() // so that the length is not announced
					}
					says(body)(w, r)
				})
				_, err := client(t, xmlrpc.Config{URL: f.URL}).AtMost(size).Processes(t.Context())
				if errors.Is(err, domain.ErrUnreachable) != (name != "just fits") {
					t.Errorf("flush %v: %v", flush, err)
				}
			}
		})
	}
}

func TestCallsAtTheSameTime(t *testing.T) {
	f := start(t, "unix", func(w http.ResponseWriter, r *http.Request) {
		says(value(list(entry("web", "web_1", 1, 0, 2, 20, "RUNNING", "", 0, 7))))(w, r)
	})
	c := client(t, xmlrpc.Config{URL: f.URL})
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 20 {
				if all, err := c.Processes(t.Context()); err != nil || len(all) != 1 || all[0].ID != web {
					t.Errorf("%v %v", all, err)
				}
			}
		})
	}
	group.Wait()
}

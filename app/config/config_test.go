package config_test

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/app"
	"supervisor-healthcheck/app/config"
	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/checks"
)

// load reads sections that must be good.
func load(t *testing.T, sections string, env ...string) *config.Config {
	t.Helper()
	c, err := config.Load(write(t, sections), environment(env...))
	if err != nil || c.Err() != nil {
		t.Fatal(err, c.Err())
	}
	return c
}

func policy(change func(p *domain.Policy)) domain.Policy {
	p := domain.Recommended()
	change(&p)
	return p
}

func TestASectionMeansWhatItSays(t *testing.T) {
	for name, test := range map[string]struct {
		sections string
		env      []string
		want     app.Watch
	}{
		"a check with its main value": {"[healthcheck:web]\nmemory = 800MB", nil,
			app.Watch{Checks: []checks.Settings{checks.Memory{MaxRSS: 800 << 10}}, Policy: domain.Recommended()}},
		"several checks, in the order in which they are written": {"[healthcheck:web]\ncpu = 90% for 10m\nhttp.timeout = 5s\nmemory = 1GB\nhttp = http://127.0.0.1:8080/ping?a=%20b%%20c", nil,
			app.Watch{Checks: []checks.Settings{checks.CPU{MaxPercent: 90, Interval: 10 * time.Minute},
				checks.HTTP{Host: "127.0.0.1", Port: checks.FixedPort(8080), URL: "/ping?a=%20b%20c", Timeout: 5 * time.Second, Retries: new(0)},
				checks.Memory{MaxRSS: 1 << 20}}, Policy: domain.Recommended()}},
		"the main value stands before what adds to it, wherever it is written": {"[healthcheck:web]\ncpu.for = 3m\ncpu = 90%", nil,
			app.Watch{Checks: []checks.Settings{checks.CPU{MaxPercent: 90, Interval: 3 * time.Minute}}, Policy: domain.Recommended()}},
		"words of the policy, in both spellings": {"[healthcheck:web]\nmemory=1GB\nstart_grace = 1m\nmass-failure = 50%\nrecover = fatal, exited", nil,
			app.Watch{Policy: policy(func(p *domain.Policy) {
				p.StartGrace, p.MassFailure, p.Recover = time.Minute, 0.5, []domain.State{domain.Fatal, domain.Exited}
			})}},
		"another policy, and one setting of it": {"[healthcheck:web]\nfailures = 2\nmemory=1GB\npolicy = drop-in", nil,
			app.Watch{Policy: domain.Policy{Failures: 2, Successes: 1, MaxParallel: 16}}},
		"defaults": {"[healthcheck]\nfailures = 5\nsuccesses = 2\nmemory.cumulative = yes\n[healthcheck:web]\nfailures = 4\nmemory = 1GB\ncpu = 1% for 1m", nil,
			app.Watch{Checks: []checks.Settings{checks.Memory{MaxRSS: 1 << 20, Cumulative: true}, checks.CPU{MaxPercent: 1, Interval: time.Minute}},
				Policy: policy(func(p *domain.Policy) { p.Failures, p.Successes = 4, 2 })}},
		"single settings for all win over a policy of the section": {"[healthcheck]\nfailures = 5\n[healthcheck:web]\nmemory = 1GB\npolicy = drop-in", nil,
			app.Watch{Policy: domain.Policy{Failures: 5, Successes: 1, MaxParallel: 16}}},
		"a variable wins over the defaults, and the section over both": {"[healthcheck]\nfailures = 5\nsuccesses = 5\n[healthcheck:web]\nmemory = 1GB\nsuccesses = 2",
			[]string{"SUPERVISOR_HEALTHCHECK_FAILURES=7", "SUPERVISOR_HEALTHCHECK_SUCCESSES=7"},
			app.Watch{Policy: policy(func(p *domain.Policy) { p.Failures, p.Successes = 7, 2 })}},
		"a password from a variable": {"[healthcheck:web]\nhttp = http://127.0.0.1/\nhttp.username = me\nhttp.password_env = SECRET", []string{"SECRET=a%b"},
			app.Watch{Checks: []checks.Settings{checks.HTTP{Host: "127.0.0.1", Port: checks.FixedPort(80), URL: "/", Username: "me", Password: "a%b", Retries: new(0)}}, Policy: domain.Recommended()}},
		"a password of the section in place of a variable for all": {"[healthcheck]\nhttp.password_env = SECRET\n[healthcheck:web]\nhttp = http://127.0.0.1/\nhttp.password = x", []string{"SECRET=y"},
			app.Watch{Checks: []checks.Settings{checks.HTTP{Host: "127.0.0.1", Port: checks.FixedPort(80), URL: "/", Password: "x", Retries: new(0)}}, Policy: domain.Recommended()}},
	} {
		t.Run(name, func(t *testing.T) {
			got := load(t, test.sections, test.env...).Watches[0].Watch
			test.want.Name, test.want.Select = "web", domain.SelectGroup("web")
			if test.want.Checks == nil {
				got.Checks = nil
			}
			if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(domain.Selection{}, checks.PortSpec{})); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// network is one where everything is well, and which remembers what was asked.
type network struct{ asked []string }

func (k *network) HTTP(_ context.Context, r domain.HTTPRequest) (domain.HTTPAnswer, error) {
	k.asked = append(k.asked, r.Address+r.Path)
	return domain.HTTPAnswer{Status: 200}, nil
}

type clock struct{}

func (clock) Now() time.Time                                   { return time.Unix(0, 0) }
func (clock) Sleep(ctx context.Context, _ time.Duration) error { return ctx.Err() }

func running(group, name string) domain.Process {
	return domain.Process{ID: domain.ID{Group: group, Name: name}, State: domain.Running, PID: 7}
}

func TestEachProcessIsAskedAtItsOwnPlace(t *testing.T) {
	c := load(t, "[healthcheck:web]\nhttp = http://127.0.0.1:80%(process_num)02d/%(group_name)s/%(process_name)s/%(numprocs)d\n"+
		"http/all = http://127.0.0.1:8100/%(ENV_X)s\nmemory = 1GB", "X=x")
	k := &network{}
	var built []domain.Check
	for _, settings := range c.Watches[0].Checks {
		check, err := settings.Build(checks.World{HTTP: k, Clock: clock{}})
		if err != nil {
			t.Fatal(err)
		}
		built = append(built, check)
	}
	for i := range 2 {
		for _, check := range built[:2] {
			if v := check.Run(t.Context(), running("web", fmt.Sprintf("web_%02d", i))); v.Health != domain.Healthy {
				t.Error(v)
			}
		}
	}
	want := []string{"127.0.0.1:8000/web/web_00/2", "127.0.0.1:8100/x", "127.0.0.1:8001/web/web_01/2", "127.0.0.1:8100/x"}
	if diff := cmp.Diff(want, k.asked); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	measures := domain.Judge(t.Context(), built[:2], running("web", "web_00")).Measures
	if diff := cmp.Diff([]domain.Measure{{Check: "http", Of: domain.MeasuredAnswer}, {Check: "http/all", Of: domain.MeasuredAnswer}}, measures); diff != "" {
		t.Errorf("measures, -want +got:\n%s", diff)
	}
	names := []string{built[0].Name(), built[1].Name(), built[2].Name()}
	if diff := cmp.Diff([]string{"http", "http/all", "memory"}, names); diff != "" {
		t.Error(diff)
	}
	w := domain.Watch{Checks: built}
	if port := w.Port(running("web", "web_01")); port != 8001 {
		t.Errorf("the port of web_01 is %d", port)
	}
	for i, want := range []bool{false, false, true} {
		if l, ok := built[i].(domain.Local); (ok && l.Local()) != want {
			t.Errorf("%s asks the kernel alone: %t", built[i].Name(), !want)
		}
	}
	for i, want := range [][2]bool{{true, false}, {true, true}, {false, false}} {
		for j, p := range []domain.Process{{ID: domain.ID{Group: "web", Name: "web_01"}}, {ID: domain.ID{Group: "web"}}} {
			if a, ok := built[i].(domain.Addressed); (ok && a.Addressed(p)) != want[j] {
				t.Errorf("%s needs no pid of %q: %t", built[i].Name(), p.Name, !want[j])
			}
		}
	}
	if v := built[0].Run(t.Context(), running("web", "web_02")); v.Health != domain.Unknown || !strings.Contains(v.Reason, "HUP") {
		t.Errorf("a process that was not configured is %v", v)
	}
}

func TestWhatASectionLooksAfter(t *testing.T) {
	group, all := domain.SelectGroup, func() domain.Selection { s, _ := domain.Select("all"); return s }()
	id := func(group, name string) domain.Selection { return domain.SelectID(domain.ID{Group: group, Name: name}) }
	for text, want := range map[string]domain.Selection{
		"[healthcheck:web]\nmemory=1GB":                                                                        group("web"),
		"[healthcheck:job]\nmemory=1GB":                                                                        group("jobs"),
		"[healthcheck:jobs]\nmemory=1GB":                                                                       group("jobs"),
		"[healthcheck:x]\nmemory=1GB\nselect = web, api:*, jobs:job":                                           group("web").And(group("api")).And(id("jobs", "job")).Called("web, api:*, jobs:job"),
		"[healthcheck:x]\nmemory=1GB\nselect =\n  web\n  web:web_01 api":                                       group("web").And(group("api")).And(id("web", "web_01")).Called("web, web:web_01, api"),
		"[healthcheck:x]\nmemory=1GB\nselect = *":                                                              all.But("health").Called("*"),
		"[healthcheck:x]\nmemory=1GB\nselect = all":                                                            all.But("health").Called("all"),
		"[healthcheck:x]\nmemory=1GB\nselect = *, health":                                                      all.But("health").And(group("health")).Called("*, health"),
		"[healthcheck:x]\nmemory=1GB\nselect = health":                                                         group("health").Called("health"),
		"[healthcheck:x]\nmemory=1GB\nselect = %(ENV_X)s":                                                      group("web").Called("web"),
		"[healthcheck:a]\nmemory=1GB\n[group:m]\nprograms=a,b\n[program:a]\ncommand=x\n[program:b]\ncommand=x": id("m", "a"),
	} {
		c := load(t, text, "X=web")
		if diff := cmp.Diff(want, c.Watches[0].Select, cmp.AllowUnexported(domain.Selection{})); diff != "" || len(c.Unmatched) > 0 {
			t.Errorf("%s\n%v\n-want +got:\n%s", text, c.Unmatched, diff)
		}
	}
}

func TestWhatIsNotThereIsAWarning(t *testing.T) {
	for text, want := range map[string][]string{
		"[healthcheck:wbe]\nmemory=1GB":                                  {"D/main.conf:1: [healthcheck:wbe]: there is no [program:wbe], [fcgi-program:wbe] or [group:wbe]; did you mean web?"},
		"[healthcheck:zzzz]\nhttp=http://127.0.0.1:80%(process_num)02d/": {"D/main.conf:1: [healthcheck:zzzz]: there is no [program:zzzz], [fcgi-program:zzzz] or [group:zzzz]; write the name of one, or say with select= what it looks after"},
		"[healthcheck:x]\nmemory=1GB\nselect=wbe, apis:*, web:web_09, zzz:a": {
			`D/main.conf:3: [healthcheck:x] select "wbe": no program and no group has this name; did you mean web?`,
			`D/main.conf:3: [healthcheck:x] select "apis:*": there is no group of this name; did you mean api?`,
			`D/main.conf:3: [healthcheck:x] select "web:web_09": no process of the group web has this name; did you mean web:web_00?`,
			`D/main.conf:3: [healthcheck:x] select "zzz:a": there is no group zzz; write the name of one`},
		"[healthcheck:none]\nmemory=1GB\n[program:none]\ncommand=x\nnumprocs=0": {"D/main.conf:1: [healthcheck:none]: [program:none] makes no process"},
		"[healthcheck:bad]\nmemory=1GB\n[program:bad]\ncommand=x\nnumprocs=x":   {`D/main.conf:1: [healthcheck:bad]: [program:bad] makes no process; D/main.conf:5: numprocs "x": write a whole number`},
		"[healthcheck:web]\nmemory=1GB\n[healtcheck:api]\nmemory=1GB\n[healthcheck.api]\nx=y": {
			"D/main.conf:3: [healtcheck:api]: this section is none of ours; did you mean [healthcheck:api]?",
			"D/main.conf:5: [healthcheck.api]: this section is none of ours; did you mean [healthcheck:api]?"},
		"[healthcheck:health]\nmemory=1GB": {"D/main.conf:1: [healthcheck:health]: there is no [program:health], [fcgi-program:health] or [group:health]; write the name of one, or say with select= what it looks after"},
	} {
		path := write(t, text)
		c, err := config.Load(path, environment())
		if err != nil || c.Err() != nil {
			t.Fatal(text, err, c.Err())
		}
		if diff := cmp.Diff(want, sentences(path, c.Unmatched)); diff != "" {
			t.Errorf("%s\n-want +got:\n%s", text, diff)
		}
		if o := c.Options(); len(o.Warnings) != len(want) || o.Watches[0].Select.Empty() {
			t.Errorf("%s: %+v", text, o)
		}
	}
}

func TestWhereSupervisordIsAndWhatItWantsToHear(t *testing.T) {
	type at struct{ URL, Username, Password string }
	for name, test := range map[string]struct {
		text string
		env  []string
		want at
	}{
		"the socket":                    {"[unix_http_server]\nfile=%(here)s/s.sock", nil, at{"unix://D/s.sock", "", ""}},
		"the socket, with a password":   {"[unix_http_server]\nfile=/s\nusername=me\npassword=a%%b", nil, at{"unix:///s", "me", "a%b"}},
		"a port":                        {"[inet_http_server]\nport=*:9001\nusername=me\npassword=%(ENV_P)s", []string{"P=x"}, at{"http://127.0.0.1:9001", "me", "x"}},
		"a port of a host":              {"[inet_http_server]\nport=10.0.0.1:9001", nil, at{"http://10.0.0.1:9001", "", ""}},
		"a port alone":                  {"[inet_http_server]\nport=9001", nil, at{"http://127.0.0.1:9001", "", ""}},
		"the socket rather than a port": {"[inet_http_server]\nport=9001\nusername=i\npassword=i\n[unix_http_server]\nfile=/s", nil, at{"unix:///s", "", ""}},
		"as supervisorctl":              {"[supervisorctl]\nserverurl=http://h:1\nusername=me\npassword=x\n[unix_http_server]\nfile=/s\nusername=u\npassword=v", nil, at{"http://h:1", "me", "x"}},
		"a hash":                        {"[supervisorctl]\nusername=me\npassword=x\n[unix_http_server]\nfile=/s\nusername=u\npassword={SHA}82ab876d1387bfafe46cc1c8a2ef074eae50cb1d", nil, at{"unix:///s", "me", "x"}},
		"nothing but a hash":            {"[unix_http_server]\nfile=/s\nusername=u\npassword={SHA}82ab876d1387bfafe46cc1c8a2ef074eae50cb1d", nil, at{"unix:///s", "", ""}},
		"our own section":               {"[healthcheck]\nserverurl=http://h:1\nusername=a\npassword=b\n[supervisorctl]\nserverurl=http://h:2\nusername=c\npassword=d", nil, at{"http://h:1", "a", "b"}},
		"the environment": {"[healthcheck]\nserverurl=http://h:1\nusername=a\npassword=b\n[unix_http_server]\nfile=/s\nusername=u\npassword=v",
			[]string{"SUPERVISOR_SERVER_URL=unix:///s", "SUPERVISOR_USERNAME=e", "SUPERVISOR_PASSWORD=f"}, at{"unix:///s", "e", "f"}},
		"the place from the environment, the credentials from the server": {"[unix_http_server]\nfile=/s\nusername=u\npassword=v\n[inet_http_server]\nport=1\nusername=i\npassword=j",
			[]string{"SUPERVISOR_SERVER_URL=http://localhost:1"}, at{"http://localhost:1", "i", "j"}},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "x.conf")
			if err := os.WriteFile(path, []byte("[healthcheck:web]\nmemory=1GB\n"+test.text+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			c, err := config.Load(path, environment(test.env...))
			if err != nil || c.Err() != nil {
				t.Fatal(err, c.Err())
			}
			o := c.Options()
			if got := (at{strings.ReplaceAll(o.ServerURL, filepath.Dir(path), "D"), o.Username, o.Password}); got != test.want {
				t.Errorf("%+v, want %+v", got, test.want)
			}
		})
	}
}

func TestAFileThatSaysNotHowSupervisordIsAsked(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.conf")
	if err := os.WriteFile(path, []byte("[healthcheck:web]\nmemory=1GB\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(path, environment())
	want := []string{"D/x.conf:1: nothing says how supervisord is asked: write a section [unix_http_server] with file=, such as file = /run/supervisor.sock, or [inet_http_server]"}
	if diff := cmp.Diff(want, sentences(path, c.Wrong)); diff != "" || err != nil {
		t.Error(err, diff)
	}
	for name, want := range map[string]string{
		"none":  "/none.conf: it cannot be read: no such file or directory",
		"lines": "D/x.conf:2: \"b\" is neither a section nor a setting; write [section] or key = value\nD/x.conf:3: \"c\" is neither a section nor a setting; write [section] or key = value",
	} {
		at := "/none.conf"
		if name == "lines" {
			at = path
			if err := os.WriteFile(path, []byte("[a]\nb\nc\n"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := config.Load(at, nil); err == nil || strings.ReplaceAll(err.Error(), filepath.Dir(path), "D") != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// change writes another text to a file, at another time for sure.
func change(t *testing.T, path string, from, to string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.Replace(string(text), from, to, 1)
	if changed == string(text) {
		t.Fatalf("%q is not there", from)
	}
	if err := os.WriteFile(path+"~", []byte(changed), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+"~", path); err != nil {
		t.Fatal(err)
	}
}

func TestAReloadKnowsWhatIsTheSame(t *testing.T) {
	const before = "[healthcheck]\nfailures = 3\nhttp.timeout = 15s\n[healthcheck:web]\nhttp = http://127.0.0.1:80%(process_num)02d/\n[healthcheck:api]\nmemory = 1GB\n[healthcheck:jobs]\ncpu = 90% for 1m\n"
	for name, test := range map[string]struct {
		from, to string
		want     []int
		later    []string
	}{
		"nothing":                              {"\n\n\n", "\n; more\n\n", []int{0, 1, 2}, nil},
		"the order":                            {"[healthcheck:api]\nmemory = 1GB\n[healthcheck:jobs]\ncpu = 90% for 1m", "[healthcheck:jobs]\ncpu = 90% for 1m\n[healthcheck:api]\nmemory = 1GB", []int{0, 2, 1}, nil},
		"another spelling":                     {"memory = 1GB", "memory = 1024MB", []int{0, 1, 2}, nil},
		"a default of a check that is written": {"[healthcheck:api]", "http.retries = 0\nhttp.method = GET\n[healthcheck:api]", []int{0, 1, 2}, nil},
		"a default that is written":            {"cpu = 90% for 1m", "cpu = 90% for 60s\nsuccesses = 1", []int{0, 1, 2}, nil},
		"a limit":                              {"memory = 1GB", "memory = 2GB", []int{0, -1, 2}, nil},
		"a default of all":                     {"failures = 3", "failures = 4", []int{-1, -1, -1}, nil},
		"a default of one kind":                {"http.timeout = 15s", "http.timeout = 14s", []int{-1, 1, 2}, nil},
		"a policy":                             {"memory = 1GB", "memory = 1GB\nmode=observe", []int{0, -1, 2}, nil},
		"a section more":                       {"[healthcheck:api]", "[healthcheck:more]\nselect=api\nmemory = 1GB\n[healthcheck:api]", []int{0, -1, 1, 2}, nil},
		"a section less":                       {"[healthcheck:api]", "[off:api]", []int{0, 2}, nil},
		"another name":                         {"[healthcheck:api]", "[healthcheck:apis]\nselect=api", []int{0, -1, 2}, nil},
		"more processes":                       {"numprocs=2", "numprocs=3", []int{-1, 1, 2}, nil},
		"settings of the listener":             {"[healthcheck]", "[healthcheck]\nlog_level=debug\nmax_restarts=5\nstate_dir=/x", []int{0, 1, 2}, []string{"state_dir", "log_level"}},
	} {
		t.Run(name, func(t *testing.T) {
			path := write(t, before)
			c, err := config.Load(path, environment())
			if err != nil || c.Err() != nil {
				t.Fatal(err, c.Err())
			}
			o := config.NewCurrent(c, environment()).Options()
			if o.Changed() {
				t.Error("it has changed before it has")
			}
			change(t, path, test.from, test.to)
			if !o.Changed() || o.Changed() {
				t.Error("that it has changed is not said once")
			}
			r, err := o.Reload()
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, r.From); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if diff := cmp.Diff(test.later, r.Later); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			r.Taken()
			if o.Changed() {
				t.Error("it has changed after it was loaded")
			}
			if again, err := o.Reload(); err != nil || slices.Contains(again.From, -1) {
				t.Error(again.From, err)
			}
		})
	}
}

func TestAReloadOfWhatIsWrongChangesNothing(t *testing.T) {
	path := write(t, "[healthcheck:web]\nmemory = 1GB\n")
	c, err := config.Load(path, environment())
	if err != nil {
		t.Fatal(err)
	}
	o := config.NewCurrent(c, environment()).Options()
	change(t, path, "memory = 1GB", "memory = 1XB\nfailurs = 3")
	if _, err := o.Reload(); err == nil || strings.Count(err.Error(), "\n") != 1 {
		t.Errorf("%v", err)
	}
	if o.Changed() {
		t.Error("what was refused is said once more")
	}
	change(t, path, "memory = 1XB\nfailurs = 3", "memory = 1GB")
	if r, err := o.Reload(); err != nil || r.From[0] != 0 {
		t.Error(err, r.From)
	}
	if o.Changed() {
		t.Error("it is as it was")
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if !o.Changed() || o.Changed() {
		t.Error("that it is gone is not said once")
	}
}

func TestANewFileOfAnIncludedFolderIsAChange(t *testing.T) {
	path := write(t, "[include]\nfiles = conf.d/*.conf\n[healthcheck:web]\nmemory = 1GB\n")
	folder := filepath.Join(filepath.Dir(path), "conf.d")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(path, environment())
	if err != nil || c.Err() != nil {
		t.Fatal(err, c.Err())
	}
	o := config.NewCurrent(c, environment()).Options()
	for name, want := range map[string]bool{"notes.txt": false, "api.conf": true} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte("[healthcheck:api]\nmemory = 1GB\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := o.Changed(); got != want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

func TestEveryLineOfTheTableInREADMEIsAccepted(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(text), "## Health beside the program")
	table, _, _ = strings.Cut(table, "\n## ")
	n := 0
	for row := range strings.Lines(table) {
		cells := strings.Split(row, "|")
		if len(cells) != 4 || !strings.Contains(cells[1], " = ") {
			continue
		}
		n++
		lines := strings.NewReplacer("`, `", "\n", "`", "").Replace(strings.TrimSpace(cells[1]))
		kind, _, _ := strings.Cut(lines, " ")
		each := []string{lines}
		if first, second, _ := strings.Cut(lines, "\n"); strings.HasPrefix(second, kind+" ") { // two ways to write one thing
			each = []string{first, second}
		}
		for _, lines := range each {
			main := map[bool]string{true: "http = http://127.0.0.1/\nmemory = 1GB\n"}[!strings.Contains("\n"+lines, "\nhttp = ") && !strings.Contains("\n"+lines, "\nmemory = ")]
			if strings.HasPrefix(lines, "tcp.") {
				main += "tcp = 127.0.0.1:1\n"
			}
			load(t, "[healthcheck:web]\n"+main+lines+"\n[healthcheck:redis]\nselect = api\nmemory = 1GB\n[group:x]\n")
		}
	}
	if n < 10 {
		t.Errorf("only %d rows were found", n)
	}
}

func TestAllPartsOfACheckForget(t *testing.T) {
	c := load(t, "[healthcheck:web]\nheartbeat = file /none/%(process_name)s 60s\nheartbeat.required = yes")
	f := &files{}
	check, err := c.Watches[0].Checks[0].Build(checks.World{Files: f, Owner: f, Clock: clock{}})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"web_00", "web_01"} {
		check.Run(t.Context(), running("web", name))
	}
	var asked []string
	check.(domain.Forgetter).Forget(func(i domain.Instance) bool {
		asked = append(asked, i.Name)
		return true
	})
	slices.Sort(asked)
	if diff := cmp.Diff([]string{"web_00", "web_01"}, asked); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"/none/web_00", "/none/web_01"}, f.asked); diff != "" {
		t.Error(diff)
	}
}

// files has no file, and remembers what was asked.
type files struct{ asked []string }

func (f *files) Heartbeat(_ context.Context, path string) (domain.HeartbeatFile, error) {
	f.asked = append(f.asked, path)
	return domain.HeartbeatFile{}, fs.ErrNotExist
}

func (f *files) Owner(context.Context, int) (int, error) { return 0, nil }

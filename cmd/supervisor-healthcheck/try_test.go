package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"supervisor-healthcheck/app"
	"supervisor-healthcheck/app/trial"
	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/checks"
)

// tried is what a call of try has come to.
type tried struct {
	Status         int
	Stdout, Stderr string
	Options        []app.Options
	Question       trial.Question
	Ended          bool
}

// callTry calls try at a terminal, in a world where trials come out like this.
func callTry(env map[string]string, result trial.Result, err error, argv ...string) tried {
	var stdout, stderr bytes.Buffer
	var got tried
	p := program{
		try: func(o app.Options, q trial.Question) (round, func(), error) {
			got.Options, got.Question = append(got.Options, o), q
			return func(context.Context) (trial.Result, error) { return result, err }, func() { got.Ended = true }, nil
		},
		getenv: func(name string) string { return env[name] },
		environ: func() []string {
			var all []string
			for name, value := range env {
				all = append(all, name+"="+value)
			}
			return all
		},
		now: time.Now, terminal: true, stdout: &stdout, stderr: &stderr,
	}
	got.Status = p.main(append([]string{"x", "try"}, argv...))
	got.Stdout, got.Stderr = stdout.String(), stderr.String()
	return got
}

func said(health domain.Health) trial.Result {
	return trial.Result{Rows: []trial.Row{{Section: "web", Process: "web:0", Check: "http", Judged: true, Health: health, Reason: "so", Took: 5 * time.Millisecond}}}
}

const tryProgram = "[unix_http_server]\nfile=/run/own.sock\nusername=me\npassword=p%%w\n[program:web]\ncommand=/bin/web\n"

func TestTryASection(t *testing.T) {
	path := sections(t, tryProgram+"[healthcheck:web]\nmemory=1GB\n[healthcheck:http]\nselect=web\nmemory=2GB\n")
	for health, status := range map[domain.Health]int{domain.Healthy: exitOK, domain.Unhealthy: 1, domain.Unknown: 3} {
		got := callTry(nil, said(health), nil, "-c", path)
		want := "PROCESS  CHECK  VERDICT    TOOK  WHAT FOLLOWS  REASON\nweb:0    http   unhealthy  5ms   -             so\n"
		if got.Status != status || got.Stderr != "" || health == domain.Unhealthy && got.Stdout != want {
			t.Errorf("%s: %+v", health, got)
		}
		if len(got.Options) != 1 || len(got.Options[0].Watches) != 2 || got.Options[0].ServerURL != "unix:///run/own.sock" || got.Options[0].Username != "me" || got.Options[0].Password != "p%w" {
			t.Errorf("%+v", got.Options)
		}
	}
	for line, names := range map[string]string{"-c " + path + " web web:0": "web web:0", "--json web -c " + path: "web", "web --json -c " + path: "web",
		"-c " + path + " http": "http", "-c " + path + " http web": "http web"} {
		got := callTry(nil, said(domain.Healthy), nil, strings.Fields(line)...)
		if got.Status != exitOK || strings.Join(got.Question.Names, " ") != names || strings.HasPrefix(got.Stdout, "{") != strings.Contains(line, "json") {
			t.Errorf("%s: %+v", line, got)
		}
	}
	got := callTry(nil, said(domain.Unhealthy), nil, "--json", "-c", path)
	const asJSON = `{
  "verdict": "unhealthy",
  "rows": [
    {
      "section": "web",
      "process": "web:0",
      "check": "http",
      "verdict": "unhealthy",
      "reason": "so",
      "took_seconds": 0.005,
      "follows": ""
    }
  ]
}
`
	if d := diff(asJSON, got.Stdout); d != "" || got.Status != 1 {
		t.Errorf("%d %s", got.Status, d)
	}
}

func TestTryACommandLine(t *testing.T) {
	path := sections(t, tryProgram)
	env := map[string]string{"SUPERVISOR_SERVER_URL": "unix:///run/env.sock"}
	want := app.Watch{Name: "try", Select: domain.SelectGroup("web"), Policy: domain.DropIn(),
		Checks: []checks.Settings{checks.HTTP{URL: "/ping", Port: checks.FixedPort(8080), Method: "GET", Timeout: 15 * time.Second, Retries: new(2)}}}
	named := want
	named.Name = "mine"
	for _, test := range []struct {
		line   string
		server string
		want   app.Watch
		json   bool
	}{
		{"http -g web -u /ping -p 8080", "unix:///run/env.sock", want, false},
		{"http -n mine -g web -u /ping -p 8080", "unix:///run/env.sock", named, false},
		{"-c " + path + " http -g web -u /ping -p 8080", "unix:///run/own.sock", want, false},
		{"--json http -g web -u /ping -p 8080 --serverurl http://h:9001", "http://h:9001", want, true},
	} {
		got := callTry(env, said(domain.Healthy), nil, strings.Fields(test.line)...)
		if got.Status != exitOK || got.Stderr != "" || len(got.Options) != 1 || len(got.Question.Names) > 0 || strings.HasPrefix(got.Stdout, "{") != test.json {
			t.Errorf("%s: %+v", test.line, got)
			continue
		}
		o := got.Options[0]
		if d := diff([]app.Watch{test.want}, o.Watches); d != "" || o.ServerURL != test.server || (o.Password == "p%w") != (test.server == "unix:///run/own.sock") {
			t.Errorf("%s: %s %q %s", test.line, o.ServerURL, o.Username, d)
		}
	}
}

func TestTryIsRefused(t *testing.T) {
	good, bad := sections(t, tryProgram+"[healthcheck:web]\nmemory=1GB\n"), sections(t, tryProgram+"[healthcheck:web]\nmemory=1\nfailurs=3\n")
	env := map[string]string{"SUPERVISOR_SERVER_URL": "unix:///run/env.sock"}
	for line, want := range map[string]string{
		"-c " + bad: "supervisor-healthcheck try: " + bad + `:8: [healthcheck:web] memory "1": write a size with its unit, such as 800MB or 1.5GB, or a percentage of the machine or the container, such as 90%` + "\n" +
			"supervisor-healthcheck try: " + bad + ":9: [healthcheck:web] failurs: there is no such setting; did you mean failures?\n",
		"--fast":                        "supervisor-healthcheck try: unknown flag `fast'\n",
		"web tcp -g web -p 80":          "supervisor-healthcheck try: unknown flag `g'\n",
		"tcp -g web":                    "supervisor-healthcheck try tcp: -p/--port is missing: give a port, or a regular expression that finds it in the name of the process\n",
		"-c /none.conf tcp -g web -p 8": "supervisor-healthcheck try tcp: /none.conf: it cannot be read: no such file or directory\n",
	} {
		if got := callTry(env, trial.Result{}, nil, strings.Fields(line)...); got.Status != exitUsage || got.Stderr != want || got.Options != nil || got.Stdout != "" {
			t.Errorf("%s: %+v\nwant %s", line, got, want)
		}
	}
	for want, err := range map[int]error{exitUsage: &trial.NoSuchName{Name: "weeb", Meant: "web"}, exitUndecided: errors.New("supervisord cannot be reached")} {
		got := callTry(env, trial.Result{}, err, "-c", good, "weeb")
		if got.Status != want || got.Stdout != "" || got.Stderr != "supervisor-healthcheck try: "+err.Error()+"\n" {
			t.Errorf("%+v", got)
		}
	}
}

func TestTryKnowsWhatIsConfigured(t *testing.T) {
	path := sections(t, strings.Replace(tryProgram, "command=/bin/web", "command=/bin/web\nnumprocs=2\nprocess_name=%(process_num)d", 1)+"[healthcheck:web]\nmemory=1GB\n")
	known := []domain.ID{{Group: "web", Name: "0"}, {Group: "web", Name: "1"}}
	for _, line := range []string{"-c " + path + " web", "-c " + path + " tcp -g web -p 80"} {
		if got := callTry(nil, said(domain.Healthy), nil, strings.Fields(line)...); diff(known, got.Question.Known) != "" || got.Status != exitOK {
			t.Errorf("%s: %+v", line, got)
		}
	}
	t.Chdir(t.TempDir())
	env := map[string]string{"SUPERVISOR_SERVER_URL": "unix:///nonexistent/s.sock"}
	got := callTry(env, said(domain.Healthy), nil, strings.Fields("tcp -g web -p 80")...)
	if got.Status != exitOK || !got.Ended || len(got.Options) != 1 || got.Options[0].ServerURL != "unix:///nonexistent/s.sock" {
		t.Errorf("%+v", got)
	}
}

// atRounds calls try with the outcomes of rounds, after which it is interrupted.
func atRounds(outcomes []trial.Result, argv ...string) tried {
	var stdout, stderr bytes.Buffer
	begun := time.Unix(1e9, 0).UTC()
	p := program{
		try: func(app.Options, trial.Question) (round, func(), error) {
			return func(context.Context) (trial.Result, error) {
				if len(outcomes) == 0 {
					return trial.Result{}, context.Canceled
				}
				r := outcomes[0]
				outcomes = outcomes[1:]
				return r, nil
			}, func() {}, nil
		},
		getenv: func(string) string { return "" }, environ: func() []string { return nil },
		now: func() time.Time { return begun }, terminal: true, stdout: &stdout, stderr: &stderr,
	}
	return tried{Status: p.main(append([]string{"x", "try"}, argv...)), Stdout: stdout.String(), Stderr: stderr.String()}
}

func TestTryAgainAndAgain(t *testing.T) {
	path := sections(t, tryProgram+"[healthcheck:web]\nmemory=1GB\n")
	sick, well := said(domain.Unhealthy), said(domain.Healthy)
	const heading, head = "2001-09-09T01:46:40Z\n", "PROCESS  CHECK  VERDICT    TOOK  WHAT FOLLOWS  REASON\n"
	got := atRounds([]trial.Result{sick, well}, "--watch=1ns", "-c", path)
	want := heading + head + "web:0    http   unhealthy  5ms   -             so\n\n" + heading +
		"PROCESS  CHECK  VERDICT  TOOK  WHAT FOLLOWS  REASON\nweb:0    http   healthy  5ms   -             so\n"
	if d := diff(want, got.Stdout); d != "" || got.Status != exitOK || got.Stderr != "" {
		t.Errorf("%d %s%s", got.Status, got.Stderr, d)
	}
	got = atRounds([]trial.Result{well, sick}, "--json", "--watch", "1ns", "-c", path, "web")
	const row = `{"section":"web","process":"web:0","check":"http","verdict":"%[1]s","reason":"so","took_seconds":0.005,"follows":""}`
	const line = `{"time":"2001-09-09T01:46:40Z","verdict":"%[1]s","rows":[` + row + "]}\n"
	if d := diff(fmt.Sprintf(line, "healthy")+fmt.Sprintf(line, "unhealthy"), got.Stdout); d != "" || got.Status != exitTrouble {
		t.Errorf("%d %s", got.Status, d)
	}
	if got := atRounds(nil, "--watch", "-c", path); got.Status != exitUndecided || got.Stdout != "" || got.Stderr != "supervisor-healthcheck try: context canceled\n" {
		t.Errorf("%+v", got)
	}
	gone := trial.Result{Away: errors.New("it is gone"), Rows: well.Rows}
	got = atRounds([]trial.Result{gone}, "--json", "-c", path)
	if got.Status != exitUndecided || !strings.Contains(got.Stdout, `"verdict": "unknown",
  "supervisord": "supervisord cannot be asked: it is gone. Whether the processes run is not known.",`) {
		t.Errorf("%+v", got)
	}
	if got := atRounds([]trial.Result{{Away: gone.Away, Rows: sick.Rows}}, "-c", path); got.Status != exitTrouble {
		t.Errorf("%+v", got)
	}
}

func TestTheIntervalOfAWatch(t *testing.T) {
	table := new(tryFlags).Table()
	for line, want := range map[string]string{
		"--watch":                          "--watch=5s",
		"--watch 10s web":                  "--watch=10s web",
		"--watch web 10s":                  "--watch=5s web 10s",
		"--watch=1m web":                   "--watch=1m web",
		"--watch --json":                   "--watch=5s --json",
		"-- --watch 5":                     "-- --watch 5",
		"-c x --watch 3 http -g web -p 80": "-c x --watch=3 | http -g web -p 80",
		"--configuration http tcp -g web":  "--configuration http | tcp -g web",
		"--watch http web":                 "--watch=5s http web",
	} {
		own, c, rest := splitTry(withInterval(strings.Fields(line)), table)
		got := strings.Join(own, " ")
		if c.name != "" {
			got += " | " + c.name + " " + strings.Join(rest, " ")
		}
		if got != want {
			t.Errorf("%s: %s, want %s", line, got, want)
		}
	}
	if got := atRounds(nil, "--watch", "0", "-c", "x"); got.Status != exitUsage || got.Stderr != "supervisor-healthcheck try: watch \"0\": write a duration of more than nothing such as 30, 30.5, 30s or 5m\n" {
		t.Errorf("%+v", got)
	}
}

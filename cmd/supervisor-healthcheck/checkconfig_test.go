package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"supervisor-healthcheck/adapters/terminal"
	"supervisor-healthcheck/app/config"
)

const explainedSections = `[unix_http_server]
file=/run/s.sock
username=me
password=s3cret
[rpcinterface:supervisor]
[eventlistener:hc]
command=/usr/bin/supervisor-healthcheck run
events=TICK_5
[program:web]
command=/bin/web
numprocs=2
process_name=web_%(process_num)02d
[program:api]
command=/bin/api
[healthcheck]
failures = 4
log_level = debug
tcp.timeout = 5s
[healthcheck:web]
http = http://127.0.0.1:80%(process_num)02d/ping?token=abc
http.password = s3cret
memory = 1MB
start_grace = 1m
[healthcheck:all]
select = web, api
policy = drop-in
tcp.port = 9000
depends = tcp://10.0.0.5:5432, web
[healthcheck:none]
memory = 1MB
`

// golden compares a text with a file of testdata; UPDATE_HELP=1 writes it anew.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if os.Getenv("UPDATE_HELP") != "" {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := diff(string(want), got); d != "" {
		t.Error(d)
	}
}

func TestCheckConfig(t *testing.T) {
	env := map[string]string{"SUPERVISOR_HEALTHCHECK_MODE": "observe", "SUPERVISOR_HEALTHCHECK_STATE_DIR": "/var/x"}
	path := sections(t, explainedSections)
	got := call(t, env, "x", "check-config", "-c", path)
	if got.Status != exitOK || got.Stderr != "" {
		t.Errorf("%+v", got)
	}
	golden(t, "explained.txt", strings.ReplaceAll(got.Stdout, path, "FILE"))

	asJSON := call(t, env, "x", "check-config", "--json", "-c", path)
	var e config.Explained
	if err := json.Unmarshal([]byte(asJSON.Stdout), &e); err != nil || asJSON.Status != exitOK {
		t.Fatal(err, asJSON)
	}
	again := new(strings.Builder)
	if err := writeExplained(again, &e, terminal.Screen{}); err != nil {
		t.Fatal(err)
	}
	if d := diff(got.Stdout, again.String()); d != "" {
		t.Errorf("the JSON says otherwise than the text: %s", d)
	}
}

func TestCheckConfigOnATerminal(t *testing.T) {
	e := &config.Explained{File: "f", Listener: []config.Fact{{Word: "log_level", Value: "info", Origin: "default"}, {Word: "state_dir", Value: "/x", Origin: "f:3"}},
		Sections: []config.Section{{Name: "web", Place: "f:1", Select: "web:*"}},
		Errors:   []string{"f:2: [healthcheck:web] memory: write a size with its unit"}, Warnings: []string{"f:3: beware"}}
	const want = "\x1b[1mthe listener\x1b[0m\n\x1b[2m    log_level  info  default\x1b[0m\n    state_dir  /x    f:3\n\n" +
		"\x1b[1m[healthcheck:web]\x1b[0m at f:1 looks after web:*\n  policy\n\n" +
		"\x1b[31merror:\x1b[0m f:2: [healthcheck:web] memory:\n  write a size with its unit\n\x1b[33mwarning:\x1b[0m f:3: beware\n" +
		"f: 1 section, 0 processes, 1 error, 1 warning\n"
	var b strings.Builder
	if err := writeExplained(&b, e, terminal.Screen{Width: 40, Colours: true}); err != nil {
		t.Fatal(err)
	}
	if d := diff(want, b.String()); d != "" {
		t.Error(d)
	}
}

func TestCheckConfigOfWhatIsWrong(t *testing.T) {
	bad := sections(t, "[unix_http_server]\nfile=/run/s.sock\n[rpcinterface:supervisor]\n[eventlistener:hc]\ncommand=supervisor-healthcheck run\nevents=TICK_5,PROCESS_STATE\n"+
		"[program:web]\ncommand=/bin/web\n[healthcheck:web]\nmemory=1\nfailurs=3\ncpu = 90% for 5m\n")
	got := call(t, nil, "x", "check-config", "-c", bad)
	for _, sentence := range []string{`error: ` + bad + `:10: [healthcheck:web] memory "1": write a size with its unit, such as 800MB or 1.5GB, or a percentage of the machine or the container, such as 90%` + "\n",
		"error: " + bad + ":11: [healthcheck:web] failurs: there is no such setting; did you mean failures?\n",
		bad + ": 1 section, 1 process, 2 errors, 0 warnings\n", "90% for 5m"} {
		if !strings.Contains(got.Stdout, sentence) {
			t.Errorf("%s is missing in:\n%s", sentence, got.Stdout)
		}
	}
	if got.Status != exitUsage || got.Stderr != "" {
		t.Errorf("%+v", got)
	}
	for line, want := range map[string]string{
		"x check-config -c /none.conf": "supervisor-healthcheck check-config: /none.conf: it cannot be read: no such file or directory\n",
		"x check-config web":           "supervisor-healthcheck check-config: unexpected argument \"web\": write supervisor-healthcheck check-config [-c FILE] [--json]\n",
		"x check-config --fast":        "supervisor-healthcheck check-config: unknown flag `fast'\n",
	} {
		if d := diff(outcome{Status: exitUsage, Stderr: want}, call(t, nil, strings.Fields(line)...)); d != "" {
			t.Errorf("%s: %s", line, d)
		}
	}
	unreadable := call(t, nil, "x", "check-config", "--json", "-c", "/none.conf")
	var e config.Explained
	if err := json.Unmarshal([]byte(unreadable.Stdout), &e); err != nil || unreadable.Status != exitUsage || len(e.Errors) != 1 {
		t.Errorf("%v %+v", err, unreadable)
	}
}

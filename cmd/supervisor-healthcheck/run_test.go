package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func sections(t *testing.T, text string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "x.conf")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestTheCommandRun(t *testing.T) {
	const programs = "[unix_http_server]\nfile=/run/own.sock\nusername=me\npassword=x\n[program:web]\ncommand=/bin/web\n[program:api]\ncommand=/bin/api\n"
	good := sections(t, programs+"[healthcheck]\nlog_level=debug\n[healthcheck:web]\nmemory=1GB\n[healthcheck:api]\nmemory=1GB\n[healthcheck:no]\nmemory=1GB\n")
	bad := sections(t, programs+"[healthcheck:web]\nmemory=1\nfailurs=3\n[healthcheck:api]\n")
	got := call(t, map[string]string{"SUPERVISOR_SERVER_URL": "unix:///run/s.sock", "SUPERVISOR_HEALTHCHECK_LOG_FORMAT": "json", "SUPERVISOR_HEALTHCHECK_POLCY": "x"}, "x", "run", "-c", good)
	if got.Status != 7 || len(got.Ran) != 1 {
		t.Fatalf("%+v", got)
	}
	if want := "supervisor-healthcheck run: the environment variable SUPERVISOR_HEALTHCHECK_POLCY is none of ours and does nothing: did you mean SUPERVISOR_HEALTHCHECK_POLICY?\n"; !strings.HasSuffix(got.Stderr, want) {
		t.Error(got.Stderr)
	}
	o := got.Ran[0]
	if o.ServerURL != "unix:///run/s.sock" || o.Username != "me" || o.Password != "x" || o.LogLevel != "debug" || o.LogFormat != "json" || o.Config != good ||
		len(o.Watches) != 3 || len(o.Warnings) != 1 || o.Reload == nil || o.Changed == nil {
		t.Errorf("%+v", o)
	}
	for line, want := range map[string]string{
		"x run -c " + bad: "supervisor-healthcheck run: " + bad + `:10: [healthcheck:web] memory "1": write a size with its unit, such as 800MB or 1.5GB, or a percentage of the machine or the container, such as 90%` + "\n" +
			"supervisor-healthcheck run: " + bad + ":11: [healthcheck:web] failurs: there is no such setting; did you mean failures?\n" +
			"supervisor-healthcheck run: " + bad + ":12: [healthcheck:api]: it has no check; write one such as http = http://127.0.0.1:8080/ping\n",
		"x run -c /none.conf": "supervisor-healthcheck run: /none.conf: it cannot be read: no such file or directory\n",
		"x run --fast":        "supervisor-healthcheck run: unknown flag `fast': write supervisor-healthcheck run [-c FILE]; settings such as log_level stand in [healthcheck]\n",
		"x run -c":            "supervisor-healthcheck run: expected argument for flag `-c, --configuration'\n",
		"x run web":           "supervisor-healthcheck run: unexpected argument \"web\": which processes are looked after stands in the sections; write supervisor-healthcheck run [-c FILE]\n",
	} {
		if d := diff(outcome{Status: exitUsage, Stderr: want}, call(t, nil, strings.Fields(line)...)); d != "" {
			t.Errorf("%s: %s", line, d)
		}
	}
}

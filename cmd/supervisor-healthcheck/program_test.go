package main

import (
	"bytes"
	"context"
	"io"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/app"
	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/checks"
)

// outcome is all that a call of the program leaves behind.
type outcome struct {
	Status         int
	Stdout, Stderr string
	Ran            []app.Options
}

// call calls the program with a server URL in its environment, unless env says otherwise.
func call(t *testing.T, env map[string]string, argv ...string) outcome {
	t.Helper()
	var stdout, stderr bytes.Buffer
	var got outcome
	p := program{
		run:        func(o app.Options) int { got.Ran = append(got.Ran, o); return 7 },
		demo:       func(context.Context, io.Writer, io.Writer) int { return 9 },
		executable: os.Executable,
		environ: func() []string {
			var all []string
			for _, name := range slices.Sorted(maps.Keys(env)) {
				all = append(all, name+"="+env[name])
			}
			return all
		},
		now: func() time.Time { return time.Date(2030, 1, 1, 12, 0, 0, 0, time.UTC) },
		getenv: func(name string) string {
			if text, ok := env[name]; ok {
				return text
			}
			return map[string]string{"SUPERVISOR_SERVER_URL": "unix:///run/s.sock", "HOME": "/home/x"}[name]
		},
		stdout: &stdout, stderr: &stderr,
	}
	got.Status = p.main(argv)
	got.Stdout, got.Stderr = stdout.String(), strings.ReplaceAll(stderr.String(), "time=2030-01-01T12:00:00.000Z level=ERROR ", "")
	return got
}

// diff compares whole values, with their unexported fields.
func diff(want, got any) string {
	return cmp.Diff(want, got,
		cmp.AllowUnexported(domain.Selection{}),
		cmp.Comparer(func(a, b checks.PortSpec) bool { return a.String() == b.String() }))
}

func TestTheNameOrTheFirstWordChoosesTheCommand(t *testing.T) {
	flags := strings.Fields("-n c -g web -p 80")
	with := func(words ...string) []string { return append(words, flags...) }
	for name, test := range map[string]struct {
		argv   []string
		status int
		ran    int
	}{
		"a word":                        {with("/opt/supervisor-healthcheck", "tcp"), 7, 1},
		"the name":                      {with("supervisor_tcp_check"), 7, 1},
		"the name with its folder":      {with("/usr/bin/supervisor_tcp_check"), 7, 1},
		"the name on Windows":           {with("supervisor_tcp_check.exe"), 7, 1},
		"a name that is none of ours":   {with("supervisor_udp_check"), exitUsage, 0},
		"the name, and a command":       {with("supervisor_tcp_check", "tcp"), exitUsage, 0},
		"the demo":                      {[]string{"x", "demo"}, 9, 0},
		"the demo, and more":            {[]string{"x", "demo", "more"}, exitUsage, 0},
		"the version":                   {[]string{"x", "version"}, exitOK, 0},
		"the version as a flag":         {[]string{"x", "--version"}, exitOK, 0},
		"a call without even its name":  {nil, exitUsage, 0},
		"a command by half of its name": {with("x", "tc"), exitUsage, 0},
	} {
		t.Run(name, func(t *testing.T) {
			got := call(t, nil, test.argv...)
			if got.Status != test.status || len(got.Ran) != test.ran {
				t.Errorf("status %d and %d runs, want %d and %d\n%s", got.Status, len(got.Ran), test.status, test.ran, got.Stderr)
			}
		})
	}
}

func TestEveryCommandHasItsName(t *testing.T) {
	want := []string{"supervisor_http_check", "supervisor_tcp_check", "supervisor_xmlrpc_check", "supervisor_memory_check",
		"supervisor_cpu_check", "supervisor_file_check", "supervisor_complex_check"}
	var got []string
	for _, c := range commands() {
		got = append(got, c.link())
	}
	if d := diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestABuildWithoutADemoSaysSo(t *testing.T) {
	var stderr bytes.Buffer
	status := program{stderr: &stderr, terminal: true}.main([]string{"x", "demo"})
	if want := "supervisor-healthcheck demo: this build has no demo\n"; status != exitUsage || stderr.String() != want {
		t.Errorf("status %d, %q", status, stderr.String())
	}
}

func TestALeftoverCompletionVariableDoesNotReachStdout(t *testing.T) {
	t.Setenv("GO_FLAGS_COMPLETION", "1")
	got := call(t, nil, strings.Fields("supervisor_tcp_check -n c -g web -p 80")...)
	if got.Stdout != "" || got.Status != 7 {
		t.Errorf("status %d, stdout %q", got.Status, got.Stdout)
	}
}

func TestVersion(t *testing.T) {
	got := call(t, nil, "x", "version")
	if !regexp.MustCompile(`^supervisor-healthcheck \S+ \(go1\S*, \w+/\w+\)\n$`).MatchString(got.Stdout) || got.Stderr != "" {
		t.Errorf("%+v", got)
	}
	for want, given := range map[string][2]string{"1.2.3": {"1.2.3", "v9"}, "v9": {"", "v9"}, "devel": {"", "(devel)"}} {
		if v := chooseVersion(given[0], given[1]); v != want {
			t.Errorf("of %q: %q, want %q", given, v, want)
		}
	}
}

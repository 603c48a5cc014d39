package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What migrate prints of a configuration with old listeners is taken by check-config, and one listener restarts what they did.
func TestMigrateUnderSupervisord(t *testing.T) {
	t.Parallel()
	p := freePorts(t, 4)
	services := service("web", "{bin}/fixture web %(process_num)d", "process_name=w_%(process_num)d", "numprocs=2", fmt.Sprintf("numprocs_start=%d", p[0])) +
		service("cache", fmt.Sprintf("{bin}/fixture tcp %d", p[2])) + service("hog", "{bin}/fixture hog") + service("page", fmt.Sprintf("{bin}/fixture web %d", p[3])) +
		service("leak", "{bin}/fixture hog") + "[group:jobs]\nprograms=leak\n"
	python := listenerCalled("web_check", `{bin}/supervisor_http_check -n web -g web -u /ping -p ".+_(\\d+)" -r 0`) +
		listenerCalled("cache_check", fmt.Sprintf(`{bin}/supervisor_complex_check -n cache -N cache -c '{"tcp":{"port":%d,"num_retries":0},"memory":{"max_rss":4194304}}'`, p[2])) +
		listenerCalled("hog_check", "{bin}/supervisor-healthcheck memory -n hog -g hog -m 61440", `environment=SUPERVISOR_HEALTHCHECK_START_GRACE="0"`)
	superlance := "[eventlistener:httpok]\ncommand=httpok -p page -t 4 -m me@example.com http://127.0.0.1:" + fmt.Sprint(p[3]) + "/ping\nevents=TICK_5\n" +
		"[eventlistener:memmon]\ncommand=memmon -p leak=60MB -m me@example.com\nevents=TICK_5\n"
	main := baseConfig() + "[include]\nfiles=conf.d/*.conf\n" + services
	s := newSandbox(t, main+python)
	if err := os.Mkdir(s.path("conf.d"), 0o700); err != nil {
		t.Fatal(err)
	}
	names := []string{fmt.Sprintf("web:w_%d", p[0]), fmt.Sprintf("web:w_%d", p[1]), "cache:cache", "hog:hog", "page:page", "jobs:leak"}
	s.put("superlance.conf", superlance)
	printed := s.outcomeOf("migrate", "-c", "conf")
	if printed.Status != exitOK || printed.Stderr != "" || strings.Count(printed.Stdout, "\n[healthcheck:") != 5 || strings.Contains(printed.Stdout, "\n[healthcheck]") {
		t.Fatalf("%+v", printed)
	}
	written := outcome{Stdout: "wrote conf.d/health.conf\nDIR/conf includes it. To begin: supervisorctl reread, and supervisorctl update.\n"}
	if diff := cmp.Diff(written, s.outcomeOf("migrate", "-c", "conf", "--write", "conf.d/health.conf")); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if diff := cmp.Diff(printed.Stdout, s.neutral(s.file("conf.d/health.conf"))); diff != "" {
		t.Errorf("-printed +written:\n%s", diff)
	}
	s.configure(main) // the old ones are gone
	if err := os.Remove(s.path("conf.d/superlance.conf")); err != nil {
		t.Fatal(err)
	}
	checked := s.outcomeOf("check-config", "-c", "conf")
	if checked.Status != exitOK || !strings.Contains(checked.Stdout, "5 sections, 6 processes, 0 errors, 0 warnings") {
		t.Errorf("%+v", checked)
	}

	if err := errors.Join(os.WriteFile(s.path("healthcheck.log"), nil, 0o600), os.Symlink("healthcheck.log", s.path("healthcheck.err"))); err != nil {
		t.Fatal(err) // the log is read under this name
	}
	s.start()
	for _, name := range names {
		s.eventually(func() bool { return s.state(name) == "RUNNING" }, "%s is RUNNING", name)
	}
	s.eventually(func() bool { return s.listenerState("healthcheck") == "READY" }, "the listener is READY")
	healthy := func(name string) bool {
		return len(with(s.entries("healthcheck"), msgChecked, of(name), found("healthy"))) > 0
	}
	for _, name := range names {
		s.ticking(func() bool { return healthy(name) }, "%s is healthy", name)
	}
	for _, name := range names[1:] {
		others := slices.DeleteFunc(slices.Clone(names), func(other string) bool { return other == name })
		before := s.pids(others)
		s.sicken(name, "")
		s.ticking(func() bool { return s.restarts(name) > 0 }, "%s is restarted", name)
		s.ticking(func() bool {
			return len(with(s.entries("healthcheck"), msgChecked, of(name), ofPID(s.pid(name)), found("healthy"))) > 0
		}, "%s is healthy again, however slow it is to begin", name)
		if after := s.pids(others); after != before {
			t.Errorf("the pids were %s and are %s, when %s was sick", before, after, name)
		}
	}
	s.intact()
	if again := s.outcomeOf("migrate", "-c", "conf"); again.Status != exitOK || again.Stdout != "" || !strings.Contains(again.Stderr, "nothing is to be migrated") {
		t.Errorf("a second time: %+v", again)
	}
}

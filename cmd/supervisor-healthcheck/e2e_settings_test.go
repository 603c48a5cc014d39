package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// A bad setting must be seen by whoever asks supervisorctl, and must not say a word on stdout.
func TestABadSettingIsFatalAtOnceUnderSupervisord(t *testing.T) {
	t.Parallel()
	cases := []struct{ sentence, command, stderr, environment string }{
		{"an unknown flag", `supervisor_http_check -g web -n c -u /ping -p 80 --retires 3`, `unknown flag --retires: did you mean --num-retries?`, ""},
		{"no target", `supervisor_file_check -n c -t 60`, `-g/--process-group or -N/--process-name is missing`, ""},
		{"no name", `supervisor_tcp_check -g web -p 80`, `-n/--check-name is missing`, ""},
		{"a member of a group by a pattern", `supervisor_tcp_check -N web:* -n c -p 80`, `-N/--process-name`, ""},
		{"a pattern that does not compile", `supervisor_tcp_check -g web -n c -p "w_(\\d+"`, `-p/--port "w_(\d+"`, ""},
		{"a pattern without a group", `supervisor_tcp_check -g web -n c -p "w_\\d+"`, `exactly one group`, ""},
		{"JSON that is none", `supervisor_complex_check -g web -n c -c {"http":{"password":"s3cret"}}`, `put the whole in single quotes`, ""},
		{"an unknown key", `supervisor_complex_check -g web -n c -c '{"http":{"url":"/","port":80,"retires":3}}'`, `http.retires`, ""},
		{"a number in quotes", `supervisor_complex_check -g web -n c -c '{"http":{"url":"/","port":80,"timeout":"30"}}'`, `http.timeout "\"30\""`, ""},
		{"a wrong type for a secret", `supervisor_complex_check -g web -n c -c '{"http":{"url":"/","port":80,"headers":"s3cret"}}'`, `http.headers "***"`, ""},
		{"three places of an XML-RPC server", `supervisor_xmlrpc_check -g web -n c -u / -s /run/s -S /run`, `choose one`, ""},
		{"a word too many", `supervisor_memory_check -n c -m 102400 -c true -g web`, `"true"`, ""},
		{"no server URL", `supervisor_tcp_check -g web -n c -p 80`, `SUPERVISOR_SERVER_URL is missing`, `SUPERVISOR_SERVER_URL=""`},
		{"an unknown command", `supervisor-healthcheck htpp -g web -n c`, `unknown command "htpp"`, ""},
	}
	config := ""
	for i, c := range cases {
		config += listenerCalled(fmt.Sprintf("bad%d", i), "{bin}/"+c.command, "startretries=0", "startsecs=1", "autorestart=unexpected", "environment="+c.environment)
	}
	s := startSupervisord(t, config)
	for i, c := range cases {
		name := fmt.Sprintf("bad%d", i)
		s.eventually(func() bool { return s.state(name) == "FATAL" }, "%s is FATAL", c.sentence)
		t.Run(c.sentence, func(t *testing.T) {
			if log := s.stderr(name); !strings.Contains(log, c.stderr) || kinds(log) != 1 || strings.Contains(log, "s3cret") {
				t.Errorf("want one sentence with %q on stderr, got:\n%s", c.stderr, log)
			}
			if out := s.file(name + ".out"); out != "" {
				t.Errorf("%q went to stdout", out)
			}
			if !strings.Contains(s.log(), "exited: "+name+" (exit status 2; not expected)") {
				t.Errorf("the exit status was not 2")
			}
		})
	}
}

// kinds counts the different lines: on a slow machine a listener may outlive startsecs and be started a second time.
func kinds(log string) int {
	lines := slices.Collect(strings.Lines(regexp.MustCompile(`(?m)^time=\S+ level=`).ReplaceAllString(log, "level=")))
	slices.Sort(lines)
	return len(slices.Compact(lines))
}

func TestASupervisordWithoutAServerUnderSupervisord(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, baseWithoutSocket()+
		listener("{bin}/supervisor_tcp_check -g web -n c -p 80", "startretries=0", "startsecs=1"))
	s.start()
	gaveUp := regexp.MustCompile(`exited: check \(exit status 2; not expected\)[\s\S]*gave up: check entered FATAL state`)
	s.eventually(func() bool { return gaveUp.MatchString(s.log()) }, "the listener is FATAL")
	if log := s.stderr("check"); !strings.Contains(log, "[unix_http_server]") || kinds(log) != 1 {
		t.Errorf("want one sentence that names the section, got:\n%s", log)
	}
	if out := s.file("check.out"); out != "" {
		t.Errorf("%q went to stdout", out)
	}
}

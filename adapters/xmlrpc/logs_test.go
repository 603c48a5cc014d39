package xmlrpc_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/adapters/xmlrpc"
	"supervisor-healthcheck/domain"
)

func TestHowAProcessHasEnded(t *testing.T) {
	const log = "2026-11-26 11:05:07,1 WARN exited: web (exit status 1; not expected)\n" +
		"2026-11-26 11:05:08,1 INFO spawned: 'web' with pid 12\n" +
		"2026-11-26 11:05:09,1 WARN exited: web (exit status 139; not expected)\n" +
		"2026-11-26 11:05:09,2 INFO exited: web_2 (exit status 0; expected)\n" +
		"2026-11-26 11:05:09,3 WARN exited: a.b (terminated by SIGSEGV (core dumped); not expected)\n" +
		"2026-11-26 11:05:09,3 WARN exited: odd (terminated by signal 70; not expected)\n"
	for name, tt := range map[string]struct {
		want domain.Exit
		told bool
	}{
		"web":   {domain.Exit{Status: 139}, true},
		"web_2": {domain.Exit{}, true},
		"a.b":   {domain.Exit{Signal: "SIGSEGV"}, true},
		"odd":   {domain.Exit{Signal: "signal 70"}, true},
		"aab":   {},
		"we":    {},
		"":      {},
	} {
		got, told := xmlrpc.LastExit(log, name)
		if diff := cmp.Diff(tt.want, got); diff != "" || told != tt.told {
			t.Errorf("%q: %t, %s", name, told, diff)
		}
	}
}

func TestTheEndOfALog(t *testing.T) {
	for text, want := range map[string][]string{
		"": nil, "\n\n": nil, "one": {"one"}, "one\ntwo\n": {"one", "two"},
		strings.Repeat("x\n", 12): strings.Fields(strings.Repeat("x ", 10)),
	} {
		if diff := cmp.Diff(want, xmlrpc.LastLines(text, false)); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	}
	if diff := cmp.Diff([]string{"whole"}, xmlrpc.LastLines("lf of a line\nwhole\n", true)); diff != "" {
		t.Error(diff)
	}
}

func TestTheLogsOfARealSupervisord(t *testing.T) {
	s := supervise(t, "", "", rpcinterface+`
[program:crash]
command=sh -c "echo one >&2; echo two >&2; exit 139"
startsecs=0
autorestart=false
[program:killed]
command=sh -c "kill -SEGV $$"
startsecs=0
autorestart=false
[program:talk]
command=sh -c "i=0; while [ $i -lt 2000 ]; do echo line $i >&2; i=$((i+1)); done; sleep 1000"
startsecs=0
[program:silent]
command=sleep 1000
startsecs=0
`)
	c := client(t, xmlrpc.Config{URL: s.unix})
	for name, want := range map[string]domain.Exit{"crash": {Status: 139}, "killed": {Signal: "SIGSEGV"}} {
		var got domain.Exit
		eventually(t, name+" has ended", func() (told bool) {
			exit, err := c.LastExit(t.Context(), name)
			got = exit
			return err == nil
		})
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	if _, err := c.LastExit(t.Context(), "silent"); err == nil {
		t.Error("it tells how a process has ended that has not")
	}
	for name, want := range map[string]string{"crash": "one,two", "silent": "", "talk": "line 1990,line 1991,line 1992,line 1993,line 1994,line 1995,line 1996,line 1997,line 1998,line 1999"} {
		eventually(t, name+" has written", func() bool {
			lines, err := c.Stderr(t.Context(), id(name, name))
			return err == nil && strings.Join(lines, ",") == want
		})
	}
	if _, err := c.Stderr(t.Context(), id("nobody", "nobody")); !errors.Is(err, domain.ErrNoSuchProcess) {
		t.Error(err)
	}
}

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

// The help texts stand in testdata; UPDATE_HELP=1 writes them anew.
func TestHelp(t *testing.T) {
	calls := map[string]string{"overview": "x -h", "run": "x run -h", "init": "x init -h", "try": "x try -h", "check-config": "x check-config -h", "status": "x status -h", "events": "x events -h", "top": "x top -h", "report": "x report -h", "metrics": "x metrics -h", "pause": "x pause -h", "resume": "x resume -h", "migrate": "x migrate -h", "links": "x links -h", "demo": "x demo --help", "version": "x version -h"}
	for _, c := range commands() {
		calls[c.name] = c.link() + " -h"
	}
	for name, line := range calls {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join("testdata", name+".txt")
			got := call(t, map[string]string{"SUPERVISOR_SERVER_URL": "", "SUPERVISOR_HEALTHCHECK_FAILURES": "bad"}, strings.Fields(line)...)
			if os.Getenv("UPDATE_HELP") != "" {
				if err := os.WriteFile(path, []byte(got.Stdout), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if d := diff(outcome{Stdout: string(want)}, got); d != "" {
				t.Error(d)
			}
			checkWidth(t, got.Stdout)
		})
	}
}

func checkWidth(t *testing.T, text string) {
	t.Helper()
	for line := range strings.SplitSeq(text, "\n") {
		if utf8.RuneCountInString(line) > textWidth || strings.TrimRight(line, " ") != line {
			t.Errorf("too wide, or spaces at the end: %q", line)
		}
	}
}

func TestHelpIsShownUnderEveryNameOfIt(t *testing.T) {
	for _, line := range []string{"x --help", "x help", "x tcp -h", "x tcp --help", "x tcp --hel", "supervisor_tcp_check -n c -h", "supervisor_memory_check -ch"} {
		got := call(t, nil, strings.Fields(line)...)
		if got.Status != exitOK || !strings.HasPrefix(got.Stdout, "Usage: ") || got.Stderr != "" || got.Ran != nil {
			t.Errorf("%s: %+v", line, got)
		}
	}
}

func TestEveryFlagIsInTheHelp(t *testing.T) {
	for _, c := range commands() {
		l := lineOf(t, c.name)
		help := l.help()
		for _, w := range l.words {
			if !strings.Contains(help, "--"+w.long+" ") {
				t.Errorf("%s: %s is not in the help", c.name, w.label())
			}
		}
	}
}

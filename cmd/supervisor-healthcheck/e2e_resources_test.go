package main

import (
	"fmt"
	"strings"
	"testing"
)

// Planned restarts are made one at a time, although the policy allows sixteen, and count as no trouble.
func TestPlannedRestartsUnderSupervisord(t *testing.T) {
	t.Parallel()
	s := beside(t, map[string]string{
		"web.conf": service("web", "{bin}/fixture idle", "process_name=web_%(process_num)d", "numprocs=3") +
			"[healthcheck:web]\npolicy = drop-in\nrestart_limit = 1/1h\nuptime = 4s\nuptime.jitter = 2s\nmemory = 1GB\n",
	})
	s.start()
	names := []string{"web:web_0", "web:web_1", "web:web_2"}
	s.ready(names...)
	s.ticking(func() bool {
		for _, name := range names {
			if s.restarts(name) < 2 {
				return false
			}
		}
		return true
	}, "each is restarted twice")
	down := ""
	for line := range strings.Lines(s.file("check.err")) {
		switch {
		case strings.Contains(line, `msg="restarting: stop"`):
			if down != "" {
				t.Errorf("two were restarted at a time: %s and\n%s", down, line)
			}
			down = line
		case strings.Contains(line, "msg=restarted"):
			down = ""
		}
	}
	if n := s.told(msgUnhealthy); n > 0 || strings.Contains(s.file("check.err"), "given up") {
		t.Errorf("%d were found unhealthy, or given up", n)
	}
	if text := s.file("check.err"); !strings.Contains(text, `msg="restart planned"`) || !strings.Contains(text, fmt.Sprintf("restarted every %s and up to %s more", "4s", "2s")) {
		t.Error("the log does not say that it was planned")
	}
	s.intact()
}

func TestWhatAProcessHoldsUnderSupervisord(t *testing.T) {
	t.Parallel()
	s := beside(t, map[string]string{
		"00.conf": "[healthcheck]\npolicy = drop-in\nstart_grace = 5s\n",
		"all.conf": service("files", "/bin/sh -c 'ulimit -n 300; exec {bin}/fixture files'") + "[healthcheck:files]\nfds = 50%\n" +
			service("few", "{bin}/fixture idle") + "[healthcheck:few]\nfds = 80%\nmemory = 100%\nmemory.kind = uss\ncpu = 1000% for 1m\ncpu.tree = yes\n" +
			service("threads", "{bin}/fixture threads") + "[healthcheck:threads]\nthreads = 50\n",
	})
	s.start()
	names := []string{"files", "few", "threads"}
	s.ready(names...)
	for _, name := range names {
		s.found(name, "healthy")
	}
	s.quiet(2, names...)
	for _, sick := range []string{"files", "threads"} {
		pid := s.pid("few")
		s.sicken(sick, "")
		s.ticking(func() bool { return s.restarts(sick) == 1 }, "%s is restarted", sick)
		if s.pid("few") != pid {
			t.Errorf("few was restarted, when %s was sick", sick)
		}
	}
	for name, check := range map[string]string{"files": "fds", "threads": "threads"} {
		if s.told(msgUnhealthy, of(name), blaming(check, "")) == 0 {
			t.Errorf("nothing says that it was the check %s", check)
		}
	}
	if s.told(msgUnhealthy, of("few")) > 0 {
		t.Error("few was found unhealthy")
	}
	s.quiet(2, names...)
	s.intact()
}

package main

import (
	"testing"
)

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

package main

import (
	"os"
	"testing"
)

// A line that was there before restarts nothing; one that comes does, also after the log was rotated.
func TestALineOfTheLogUnderSupervisord(t *testing.T) {
	t.Parallel()
	s := beside(t, map[string]string{
		"web.conf": service("web", "{bin}/fixture idle") + "[healthcheck:web]\npolicy = drop-in\nlog = ^FATAL\nlog.stream = stderr\n",
		"api.conf": service("api", "{bin}/fixture mumble") + "[healthcheck:api]\npolicy = drop-in\nlog = FATAL\nlog.for = 1h\n",
	})
	logs := func(text string) {
		f, err := os.OpenFile(s.path("web.stderr"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err == nil {
			_, err = f.WriteString(text)
			f.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	s.start()
	logs("FATAL: of long ago\n")
	s.ready("web", "api")
	s.quiet(2, "web", "api")
	before := s.pid("api")
	logs("fine\nFATAL: disk full\n")
	s.ticking(func() bool { return s.restarts("web") == 1 }, "web is restarted for its line")
	if s.told(msgUnhealthy, of("web"), blaming("log", "stderr: FATAL: disk full$")) == 0 {
		t.Error("nothing says why")
	}
	s.quiet(2, "web", "api") // the line is an earlier life's
	logs("FATAL: once more\n")
	if err := os.Rename(s.path("web.stderr"), s.path("web.stderr.1")); err != nil {
		t.Fatal(err)
	}
	logs("fine\n")
	s.ticking(func() bool { return s.restarts("web") == 2 }, "web is restarted for what was rotated away")
	if s.restarts("api") != 0 || s.pid("api") != before {
		t.Error("api was restarted for nothing")
	}
	s.intact()
}

package app_test

import (
	"testing"
	"time"

	"supervisor-healthcheck/app"
	"supervisor-healthcheck/mocks/supervisord"
)

// A listener that ends with 0 stays down. So it does that only when supervisord has asked for its end, which it is asked about.
func TestTheExitStatusSaysWhetherSupervisordHasAskedForTheEnd(t *testing.T) {
	for name, c := range map[string]struct {
		before func(*supervisord.Server) error
		want   int
		says   message
	}{
		"supervisord says RUNNING": {func(*supervisord.Server) error { return nil }, app.ExitFailed, msgUncalled},
		"supervisord says STOPPING": {func(s *supervisord.Server) error { return s.StopProcess("health:health", false) },
			app.ExitStopped, msgAskedToStop},
		"supervisord knows no such process": {func(s *supervisord.Server) error {
			s.Force(supervisord.Rule{Method: look, Fault: 10})
			return nil
		}, app.ExitStopped, msgAskedToStop},
		"supervisord shuts down": {func(s *supervisord.Server) error {
			s.Force(supervisord.Rule{Method: look, Fault: 6})
			return nil
		}, app.ExitStopped, msgAskedToStop},
		"supervisord does not answer": {func(s *supervisord.Server) error { s.Freeze(); return nil }, app.ExitStopped, msgAskedToStop},
	} {
		t.Run(name, func(t *testing.T) {
			server := supervisord.New(t, supervisord.Config{Programs: []supervisord.Program{
				{Name: "health", Command: []string{"sh", "-c", "trap '' TERM; while :; do sleep 1; done"}, AutoStart: true, StopWait: 5 * time.Second}}})
			o := fine(t)
			o.ServerURL = server.URL()
			r := runs(t, o)
			r.untilReady()
			if err := c.before(server); err != nil {
				t.Fatal(err)
			}
			r.stop()
			if got := r.end(); got != c.want || r.log.tells(c.says) != 1 {
				t.Errorf("the exit status is %d, the log:\n%s", got, r.log)
			}
		})
	}
}

package main

import (
	"strings"
	"testing"
)

// Where no socket can be reached supervisord carries orders to all listeners, and each does what concerns it.
func TestAnOrderThroughSupervisordHoldsARestart(t *testing.T) {
	t.Parallel()
	s := newStage(t, play{flags: "--status-socket off", listener: []string{"events=TICK_5,PROCESS_STATE,REMOTE_COMMUNICATION"},
		config: service("idle", "{bin}/fixture idle") + listenerCalled("second", "{bin}/supervisor_memory_check -n m -N idle -m 1000000 --status-socket off", "events=TICK_5,REMOTE_COMMUNICATION") +
			listenerCalled("third", "{bin}/supervisor_memory_check -n m -g crew -m 1000000 --status-socket off")})
	s.round(s.job, s.other)
	before := s.pid(s.job)
	if out, status := s.asks("pause", s.job, "--for", "1h"); status != 3 || !strings.Contains(out, "send it through supervisord with --via-supervisord") {
		t.Errorf("%d: %s", status, out)
	}
	via := func(args ...string) {
		t.Helper()
		out, status := s.asks(append(args, "--via-supervisord", "-c", s.path("conf"))...)
		if status != 0 || !strings.HasPrefix(out, "sent to the listeners of supervisord at unix://"+s.socket+"; ") {
			t.Errorf("%d: %s", status, out)
		}
	}
	via("pause", s.job, "nobody", "--for", "1h", "--reason", `new "disk" & <☃>`)
	s.ticksUntil(func() bool { return s.told(msgPaused, of(s.job)) == 1 })
	s.gate.answer(503)
	s.round(s.job)
	s.says(1, decision(), of(s.job), paused())
	s.rpc("supervisor.sendRemoteCommEvent", "of-another-tool", "resume "+s.job)
	s.rpc("supervisor.sendRemoteCommEvent", "supervisor-healthcheck", "resume "+s.job)
	s.rpc("supervisor.sendRemoteCommEvent", "supervisor-healthcheck", `{"stop": {"names": ["all"]}}`)
	s.ticksUntil(func() bool { return s.told(msgNoOrder) == 2 }) // by both listeners that hear it
	s.rests()
	if text := s.stderr("second") + s.stderr("third"); strings.Contains(text, "paused") {
		t.Errorf("it does not concern them, or they do not hear it: %s", text)
	}
	via("resume", "crew")
	s.ticksUntil(func() bool { return s.pid(s.job) != before && s.pid(s.job) != 0 })
	for _, wrong := range [][]string{{"pause", s.job, "--via-supervisord"}, {"resume", "--via-supervisord"}, {"pause", s.job, "--for", "1h", "--reason", "a\nb", "--via-supervisord", "-c", s.path("conf")},
		{"resume", s.job, "--via-supervisord", "-c", s.path("none")}} {
		if out, status := s.asks(wrong...); status != 2 || strings.Count(out, "\n") != 1 {
			t.Errorf("%q: %d: %s", wrong, status, out)
		}
	}
	s.stop()
	if out, status := s.asks("resume", s.job, "--via-supervisord", "-c", s.path("conf")); status != 3 || !strings.Contains(out, "supervisord at unix://"+s.socket+" cannot be asked: ") {
		t.Errorf("%d: %s", status, out)
	}
}

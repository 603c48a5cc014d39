package main

import "testing"

// Both ways to send a heartbeat, with their listener: who stops to beat is restarted, and nobody else.
func TestHeartbeatsThatAreSentUnderSupervisord(t *testing.T) {
	t.Parallel()
	for way, test := range map[string]struct {
		fixture string
		program []string
		reason  string // while it beats
	}{
		"event":  {"talk", []string{"stdout_capture_maxbytes=1KB"}, "heartbeat [0-9.ms]+ ago, limit 3s"},
		"notify": {"notify", []string{`environment=NOTIFY_SOCKET="{dir}/n.sock"`}, "heartbeat [0-9.ms]+ ago, limit 3s, its status: serving 12 clients"},
	} {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			s := newSandbox(t, baseConfig()+"[include]\nfiles = web.conf\n"+
				listener("{bin}/supervisor-healthcheck run", "events=TICK_5,PROCESS_STATE,PROCESS_COMMUNICATION", "buffer_size=1000", "priority=1")+
				"[healthcheck]\npolicy = drop-in\nnotify_socket = {dir}/n.sock\n"+
				service("web", "{bin}/fixture "+test.fixture, test.program...)+"[healthcheck:web]\nheartbeat = "+way+" 3s\n"+
				service("api", "{bin}/fixture "+test.fixture, test.program...)+"[healthcheck:api]\nheartbeat = "+way+" 3s\n")
			s.start()
			s.ready("web", "api")
			s.ticking(func() bool {
				return s.told(msgChecked, of("web"), found("healthy"), blaming("heartbeat", test.reason)) > 0 &&
					s.told(msgChecked, of("api"), found("healthy"), blaming("heartbeat", test.reason)) > 0
			}, "both beat")
			before := s.pid("api")
			s.sicken("web", "")
			s.ticking(func() bool { return s.restarts("web") == 1 }, "who stops to beat is restarted")
			if s.told(msgUnhealthy, of("web"), blaming("heartbeat", "last heartbeat [0-9.ms]+ ago, limit 3s")) == 0 {
				t.Error("nothing says why")
			}
			s.round("web", "api")
			if s.pid("api") != before || s.restarts("web") != 1 {
				t.Errorf("api has pid %d after %d, and web was restarted %d times", s.pid("api"), before, s.restarts("web"))
			}
			s.intact()
		})
	}
}

package main

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// behindAPassword is a supervisord whose TCP port asks for credentials, and a listener that goes there with these.
func behindAPassword(port, service int, environment string) string {
	return baseConfig() + fmt.Sprintf("[inet_http_server]\nport=127.0.0.1:%d\nusername=üser\npassword=s3cr:et\n", port) +
		listener(fmt.Sprintf("{bin}/supervisor_http_check -g web -n web_check -u /ping -r 0 --start-grace 1h -p %d", service),
			fmt.Sprintf("serverurl=http://127.0.0.1:%d", port), "environment="+environment) +
		fmt.Sprintf("[program:web]\ncommand={bin}/fixture web %d\nstartsecs=0\n", service)
}

func TestCredentialsOfSupervisordUnderSupervisord(t *testing.T) {
	t.Parallel()
	right := `SUPERVISOR_USERNAME="üser",SUPERVISOR_PASSWORD="s3cr:et"`
	for sentence, c := range map[string]struct{ environment, trouble string }{
		"the right ones are let in":      {right, ""},
		"none are told what is missing":  {"X=1", whyNoLogin},
		"wrong ones are told they are":   {`SUPERVISOR_USERNAME="üser",SUPERVISOR_PASSWORD="wr0ng"`, whyWrongLogin},
		"a name alone is one of the two": {`SUPERVISOR_USERNAME="üser"`, whyWrongLogin},
	} {
		t.Run(sentence, func(t *testing.T) {
			t.Parallel()
			p := freePorts(t, 2)
			s := newSandbox(t, behindAPassword(p[0], p[1], c.environment))
			s.start()
			s.ready("web")
			if c.trouble != "" {
				refused(t, s, c.trouble)
				s.configure(behindAPassword(p[0], p[1], right))
				s.supervisorctl("update")
				s.ready()
			}
			s.found("web", "healthy") // the end of its grace
			pid := s.pid("web")
			s.sicken("web", "503")
			s.tick(5)
			s.restartedOnce("web", pid)
			if log := s.stderr("check"); strings.Contains(log, "s3cr") || strings.Contains(log, "wr0ng") {
				t.Errorf("a password is in the log:\n%s", log)
			}
			s.intact()
		})
	}
}

// refused checks that the log names the trouble and the cure once, however many ticks come, and that the listener lives.
func refused(t *testing.T, s *sandbox, trouble string) {
	t.Helper()
	pid := s.pid("check")
	s.ticking(func() bool { return s.told(because(trouble)) > 0 }, "the log says %q", trouble)
	for range 3 {
		s.tick(5)
		s.eventually(func() bool { return s.listenerState("check") == "READY" }, "the listener is READY")
	}
	if s.told(anError()) != 1 || s.told(anError(), because(whyLoginCure)) != 1 {
		t.Errorf("want one sentence that names the variables:\n%s", s.stderr("check"))
	}
	if now := s.pid("check"); now != pid {
		t.Errorf("the listener had pid %d and has %d", pid, now)
	}
}

func TestTheSocketOfSupervisordIsRemovedAndComesBackUnderSupervisord(t *testing.T) {
	t.Parallel()
	port := freePort(t)
	s := startSupervisord(t, listener(fmt.Sprintf("{bin}/supervisor_http_check -g web -n web_check -u /ping -r 1 -p %d", port))+
		service("web", fmt.Sprintf("{bin}/fixture web %d", port)))
	s.ready("web")
	home := s.socket
	s.socket = s.path("moved") // the socket still works at its new place, for us
	if err := os.Rename(home, s.socket); err != nil {
		t.Fatal(err)
	}
	s.rpc("supervisor.stopProcess", "check") // the connections that it has still work, too
	s.rpc("supervisor.startProcess", "check")
	s.ready()
	pid, check := s.pid("web"), s.pid("check")
	s.sicken("web", "503")
	s.ticking(func() bool { return s.told(because(whyNoSocket)) > 0 }, "the log says what is wrong")
	for range 3 {
		s.tick(5)
		s.eventually(func() bool { return s.listenerState("check") == "READY" }, "the listener is READY")
	}
	if s.pid("web") != pid || s.pid("check") != check || s.told(anError()) != 1 {
		t.Errorf("web had pid %d, the listener %d, and there must be one error in its log", pid, check)
	}
	if err := os.Rename(s.socket, home); err != nil {
		t.Fatal(err)
	}
	s.socket = home
	s.tick(5)
	s.restartedOnce("web", pid)
	if s.told(msgBack) != 1 {
		t.Errorf("the log does not say once that it is over:\n%s", s.stderr("check"))
	}
	s.intact()
}

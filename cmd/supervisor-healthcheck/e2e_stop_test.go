package main

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// hanging starts a supervisord with a web server that hangs, and waits until the listener check is asking it.
func hanging(t *testing.T) *sandbox {
	t.Helper()
	port := freePort(t)
	s := startSupervisord(t, listener(fmt.Sprintf("{bin}/supervisor_http_check -g web -n web_check -u /ping -t 30 -r 3 -p %d", port))+
		service("web", fmt.Sprintf("{bin}/fixture web %d", port)))
	s.ready("web")
	s.round("web")
	s.sicken("web", "hang")
	s.untilAsked()
	return s
}

// untilAsked sends ticks until another request has come to the web server.
func (s *sandbox) untilAsked() {
	s.t.Helper()
	before := s.asked()
	s.ticking(func() bool { return s.asked() > before }, "web is asked")
}

// asked is the number of requests that have come to the web server.
func (s *sandbox) asked() int { return strings.Count(s.file("web.stdout"), "GET /ping") }

func TestSignalsThatRotateLogsDoNotEndTheListenerUnderSupervisord(t *testing.T) {
	t.Parallel()
	port := freePort(t)
	s := startSupervisord(t, listener(fmt.Sprintf("{bin}/supervisor_tcp_check -g tcp -n tcp_check -p %d", port))+
		service("tcp", fmt.Sprintf("{bin}/fixture tcp %d", port)))
	s.ready("tcp")
	pid := s.pid("check")
	for _, signal := range []string{"HUP", "USR1", "USR2"} {
		s.rpc("supervisor.signalProcess", "check", signal)
	}
	s.eventually(func() bool { return s.told(msgSignalIgnored) == 3 }, "all signals are ignored")
	s.quiet(2, "tcp")
	if now := s.pid("check"); now != pid {
		t.Errorf("the listener had pid %d and has %d", pid, now)
	}
	s.rpc("supervisor.stopProcess", "check")
	if !strings.Contains(s.log(), "stopped: check (exit status 0)") {
		t.Error("an idle listener did not end with status 0")
	}
	s.intact()
}

func TestAListenerEndsAtOnceWhileACheckHangsUnderSupervisord(t *testing.T) {
	t.Parallel()
	s := hanging(t)
	web, began := s.pid("web"), time.Now()
	s.rpc("supervisor.stopProcess", "check")
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("the end took %s", took)
	}
	if !strings.Contains(s.log(), "stopped: check (exit status 0)") {
		t.Error("the listener did not end with status 0")
	}
	s.rpc("supervisor.startProcess", "check")
	s.ready()
	s.untilAsked()
	if s.pid("web") != web {
		t.Error("a check that was cut short led to a restart")
	}
	s.intact()
}

func TestTwentyTicksWhileACheckHangsUnderSupervisord(t *testing.T) {
	t.Parallel()
	s := hanging(t)
	asked := s.asked()
	for range 20 {
		s.tick(5)
		s.eventually(func() bool { return s.buffered("check") == 0 && s.listenerState("check") == "READY" }, "the tick is accepted")
	}
	if now := s.asked(); now != asked {
		t.Errorf("the hanging service was asked %d times more", now-asked)
	}
	s.intact()
}

func TestAListenerIsGoneWhenSupervisordIsKilledUnderSupervisord(t *testing.T) {
	t.Parallel()
	s := hanging(t)
	check, web := s.pid("check"), s.pid("web")
	born := birth(check)
	s.kill()
	s.eventually(func() bool { return born == "" || birth(check) != born }, "the listener is gone")
	if born != "" && birth(web) == "" {
		t.Error("the service did not survive")
	}
	if log := s.stderr("check"); s.told(msgStop) > 0 || strings.Contains(log, "panic") {
		t.Errorf("more was done than to end:\n%s", log)
	}
}

// Listeners have priority -1 unless they are configured otherwise: they live until all programs are down, and
// supervisord answers everything they ask with a fault meanwhile.
func TestTheStopOfSupervisordIsNoReasonToRestartAnythingUnderSupervisord(t *testing.T) {
	t.Parallel()
	port := freePort(t)
	s := startSupervisord(t, listener(fmt.Sprintf("{bin}/supervisor_http_check -g web -n web_check -u /ping -r 0 --start-grace 1h -p %d", port), "priority=-1")+
		service("web", fmt.Sprintf("{bin}/fixture web %d", port), "priority=2")+
		service("stubborn", "{bin}/fixture stubborn", "stopwaitsecs=3", "priority=3"))
	s.ready("web", "stubborn")
	s.until("stubborn.stdout", deaf, 1)
	s.found("web", "healthy") // the end of its grace
	s.sicken("web", "503")
	s.rpc("supervisor.shutdown")
	s.until("supervisord.log", "waiting for check, web, stubborn to die", 1)
	s.tick(5)
	s.eventually(func() bool { return s.told(msgShuttingDown) > 0 }, "the listener sees that supervisord is shutting down")
	s.stop()
	if !strings.Contains(s.log(), "stopped: check (exit status 0)") {
		t.Error("the listener did not end with status 0")
	}
	if log := s.stderr("check"); s.told(msgStop)+s.told(msgRestarted)+s.told(anError()) > 0 || strings.Contains(log, "panic") {
		t.Errorf("more was done than to end:\n%s", log)
	}
	s.intact()
}

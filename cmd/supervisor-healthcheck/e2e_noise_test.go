package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// A listener that is subscribed to everything gets events with text of any kind, some without a payload, from a
// supervisord whose name has blanks.
func TestEveryEventIsAcceptedUnderSupervisord(t *testing.T) {
	t.Parallel()
	port := freePort(t)
	s := startSupervisord(t, "identifier=my süper ver:3.0 len:9 id\n"+
		listener(fmt.Sprintf("{bin}/supervisor_tcp_check -g tcp -n tcp_check -p %d", port), "events=EVENT", "buffer_size=1000")+
		service("tcp", fmt.Sprintf("{bin}/fixture tcp %d", port))+
		service("mumble", "{bin}/fixture mumble", "stdout_events_enabled=true")+
		"[program:spare]\ncommand=sleep 1000\nstartsecs=0\n")
	s.ready("tcp", "mumble", "spare")
	s.rpc("supervisor.sendRemoteCommEvent", "t=ü\nver:3.0 ", "☃😀 len:7\n")
	s.rpc("supervisor.stopProcess", "spare")
	s.rpc("supervisor.startProcess", "spare")
	s.configure(strings.ReplaceAll(s.file("conf"), "spare", "other"))
	s.supervisorctl("update") // PROCESS_GROUP_REMOVED and _ADDED
	s.eventually(func() bool { return s.state("other") == "RUNNING" }, "other is RUNNING")
	s.quiet(3, "tcp")
	s.until("mumble.stdout", "☃", 20)
	s.tick(60)
	s.quiet(1, "tcp")
	s.eventually(func() bool { return s.buffered("check") == 0 && s.listenerState("check") == "READY" }, "every event is accepted")
	s.intact()
	if amiss := append(s.entries("check", anError()), s.entries("check", aWarning())...); len(amiss) > 0 {
		t.Errorf("something was amiss:\n%s", amiss)
	}
}

// A listener that does not read all it is sent makes supervisord crash when the pipe is full.
func TestTwoThousandTicksUnderSupervisord(t *testing.T) {
	t.Parallel()
	port := freePort(t)
	s := startSupervisord(t, listener(fmt.Sprintf("{bin}/supervisor_tcp_check -g tcp -n tcp_check -p %d", port), "buffer_size=3000", "environment=SUPERVISOR_HEALTHCHECK_LOG_LEVEL=info")+
		listenerCalled("bystander", fmt.Sprintf("{bin}/supervisor_tcp_check -g tcp -n tcp_check -p %d", port), "events=TICK_60")+
		service("tcp", fmt.Sprintf("{bin}/fixture tcp %d", port)))
	s.ready("tcp")
	pid := s.pid("check")
	for range 2000 {
		s.tick(5)
	}
	s.eventually(func() bool { return s.buffered("check") == 0 && s.listenerState("check") == "READY" }, "every tick is accepted")
	if now := s.pid("check"); now != pid || s.state("tcp") != "RUNNING" {
		t.Errorf("the listener had pid %d and has %d", pid, now)
	}
	if n := strings.Count(s.stderr("check"), "\n"); n > 5 {
		t.Errorf("%d lines in the log although nothing happened:\n%s", n, s.stderr("check"))
	}
	s.intact()
}

func TestAnEventThatIsDeliveredTwiceStartsOneRoundUnderSupervisord(t *testing.T) {
	t.Parallel()
	port := freePort(t)
	s := startSupervisord(t, listener(fmt.Sprintf("{bin}/supervisor_tcp_check -g tcp -n tcp_check -p %d", port), "events=TICK,TICK_3600")+
		service("tcp", fmt.Sprintf("{bin}/fixture tcp %d", port)))
	s.ready("tcp")
	s.tick(3600)
	s.eventually(func() bool { return s.told(msgSkipped) > 0 }, "the copy is skipped")
	s.intact()
}

// When a listener dies over an event, its next life gets the same event again.
func TestAnEventIsDeliveredAgainToTheNextLifeUnderSupervisord(t *testing.T) {
	t.Parallel()
	port := freePort(t)
	s := startSupervisord(t, listener(fmt.Sprintf("{bin}/supervisor_tcp_check -g tcp -n tcp_check -p %d", port), "events=TICK_3600")+
		service("tcp", fmt.Sprintf("{bin}/fixture tcp %d", port)))
	s.ready("tcp")
	pid, tcp := s.pid("check"), s.pid("tcp")
	_ = syscall.Kill(pid, syscall.SIGSTOP)
	s.eventually(func() bool { return stopped(pid) }, "the listener has come to a halt")
	s.tick(3600)
	s.eventually(func() bool { return s.listenerState("check") == "BUSY" }, "the listener has a tick to answer")
	_ = syscall.Kill(pid, syscall.SIGKILL)
	s.eventually(func() bool { return s.checked("tcp") > 0 }, "the next life judges at the tick of the one before")
	s.ready()
	sent := regexp.MustCompile(`event (\d+) sent to listener check`).FindAllStringSubmatch(s.log(), -1)
	if len(sent) != 2 || sent[0][1] != sent[1][1] || s.checked("tcp") != 1 {
		t.Errorf("sent: %v; judged %d times", sent, s.checked("tcp"))
	}
	if now := s.pid("tcp"); now != tcp {
		t.Errorf("tcp had pid %d and has %d", tcp, now)
	}
}

// stopped reports whether no thread of a process runs on. After the signal each has to come to its turn first.
func stopped(pid int) bool {
	threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", pid))
	for _, thread := range threads {
		text, _ := os.ReadFile(thread)
		if _, state, _ := strings.Cut(string(text), ") "); !strings.HasPrefix(state, "T") {
			return false
		}
	}
	return len(threads) > 0
}

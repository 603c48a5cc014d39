package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestAListenerThatIsStoppedDuringARestart(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		takes    string // the stopwaitsecs of the job
		flags    string
		listener string
		late     bool // the job takes longer to stop than the listener may
	}{
		"starts the program before it ends":              {takes: "2", listener: "stopwaitsecs=10"},
		"leaves the start to its next life if it cannot": {takes: "6", flags: "--stopwaitsecs 3", listener: "stopwaitsecs=3", late: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, play{command: "{bin}/fixture stubborn", program: []string{"stopwaitsecs=" + test.takes},
				flags: test.flags, listener: []string{test.listener}})
			before := s.pid(s.job)
			s.fails()
			s.becomes("STOPPING")
			s.rpc("supervisor.stopProcess", "check:check", true)
			if want := "stopped: check (exit status 0)"; !strings.Contains(s.log(), want) {
				t.Errorf("supervisord does not say %q", want)
			}
			if test.late {
				s.says(1, msgLeft)
				s.becomes("STOPPED") // which lasts
			} else if state := s.state(s.job); state != "RUNNING" {
				t.Errorf("%s is %s at the end of the listener", s.job, state)
			}
			s.rpc("supervisor.startProcess", "check:check", true)
			s.ready(s.job)
			if now := s.pid(s.job); now == before || now == 0 {
				t.Errorf("%s has pid %d, and had %d", s.job, now, before)
			}
			s.rests()
			s.forgotten()
			s.said(1, msgRestarted, of(s.job))
		})
	}
}

// Without autorestart=true supervisord leaves down what has ended with status 0.
func TestAListenerThatSomebodyElseTerminatesIsStartedAgain(t *testing.T) {
	t.Parallel()
	s := newStage(t, play{listener: []string{"autorestart=unexpected", "startsecs=1"}})
	before := s.pid("check:check")
	if err := syscall.Kill(before, syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	s.eventually(func() bool { now := s.pid("check:check"); return now != 0 && now != before }, "the listener is started again")
	s.ready()
	s.rpc("supervisor.stopProcess", "check:check", true)
	if want := "stopped: check (exit status 0)"; !strings.Contains(s.log(), want) {
		t.Errorf("supervisord does not say %q", want)
	}
}

func TestARestartGoesOnWithoutAJournal(t *testing.T) {
	t.Parallel()
	s := newStage(t, play{flags: "--state-dir {dir}/conf/state"})
	for done := range 3 {
		s.fails()
		s.says(done+1, msgRestarted, of(s.job))
	}
	s.said(1, msgNoJournal, because("conf/state"))
	s.rests()
}

func TestAForeignProcessThatKeepsThePortIsNamed(t *testing.T) {
	t.Parallel()
	s := newStage(t, play{served: true, command: `sh -c "{bin}/fixture web {port} & sleep 1000"`})
	_, process, _ := strings.Cut(s.job, ":")
	s.eventually(func() bool { return serves(s.port) }, "%s serves", s.job)
	holder := s.server()
	s.note() // it will outlive supervisord
	if err := os.WriteFile(s.path(process+".sick"), fmt.Appendf(nil, "%d ", holder), 0o600); err != nil {
		t.Fatal(err)
	}
	s.tick(5)
	s.says(1, msgStrangerHolds, of(s.job), ofPort(s.port), heldByPID(holder))
	if birth(holder) == "" {
		t.Error("the server has ended")
	}
	s.said(1, msgStrangerHolds)
}

func serves(port int) bool {
	answer, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/ping", port))
	if err != nil {
		return false
	}
	answer.Body.Close()
	return answer.StatusCode == http.StatusOK
}

// server is the pid of the fixture below the shell that is the job.
func (s *stage) server() int {
	s.t.Helper()
	lists, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", s.pid(s.job)))
	for _, list := range lists {
		text, _ := os.ReadFile(list)
		for child := range strings.FieldsSeq(string(text)) {
			if name, _ := os.ReadFile("/proc/" + child + "/comm"); string(name) == "fixture\n" {
				pid, _ := strconv.Atoi(child)
				return pid
			}
		}
	}
	s.t.Fatalf("%s has no child", s.job)
	return 0
}

func TestADeafListenerEndsAndIsStartedAgain(t *testing.T) {
	t.Parallel()
	s := newStage(t, play{ticks: true, config: "[rpcinterface:deafen]\nsupervisor.rpcinterface_factory=deafen:make\n"})
	s.round(s.job, s.other)
	before := s.pid("check:check")
	s.rpc("deafen.listener", "check:check")
	waiting := 0 // three periods, the margin of 10 s and one more period
	s.within(time.Minute, func() bool {
		waiting = max(waiting, s.buffered("check:check"))
		return s.pid("check:check") != before
	}, "the deaf listener ends")
	if waiting < 3 {
		t.Errorf("only %d events waited: it was not deaf", waiting)
	}
	s.says(1, msgFailed, because(whyDeaf))
	s.eventually(func() bool { now := s.pid("check:check"); return now != 0 && now != before }, "it is started again")
	s.eventually(func() bool { return strings.Contains(s.log(), "exited: check (exit status 1; not expected)") }, "its status is 1")
	s.rests()
	s.said(0, msgStop)
}

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"supervisor-healthcheck/app/view"
	"supervisor-healthcheck/domain"
)

// asks runs a command of ours by hand, and returns what it prints and its exit status.
func (s *sandbox) asks(args ...string) (string, int) {
	s.t.Helper()
	command := exec.Command(filepath.Join(s.bin, "supervisor-healthcheck"), args...)
	command.Env = append(os.Environ(), "SUPERVISOR_HEALTHCHECK_STATE_DIR="+s.path("state"))
	out, err := command.CombinedOutput()
	if command.ProcessState == nil {
		s.t.Fatal(err)
	}
	return string(out), command.ProcessState.ExitCode()
}

func TestStatusShowsWhatTheListenersKnow(t *testing.T) {
	t.Parallel()
	s := newStage(t, play{flags: "--failures 2 --restart-limit 2/1h", config: service("once", "true", "autorestart=false") + listenerCalled("second", "{bin}/supervisor_memory_check -n m -N once -m 100")})
	s.round(s.job, s.other)
	out, status := s.asks("status")
	for _, want := range []string{s.job, s.other, "RUNNING pid", "healthy", "status 200", "once", "EXITED", "ended"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in %s", want, out)
		}
	}
	if status != 0 {
		t.Errorf("status %d", status)
	}
	s.eventually(func() bool { _, status := s.asks("status", "--exit-code"); return status == 0 }, "all is well")
	s.gate.answer(503)
	s.ticksUntil(func() bool { return s.condition(s.job) == domain.ConditionGivenUp })
	out, status = s.asks("status", "--exit-code", s.job)
	if status != 1 || !strings.Contains(out, "2/2 1h") || !strings.Contains(out, "given up: 2 restarts in 1h did not help") {
		t.Errorf("%d: %s", status, out)
	}
	if out, status = s.asks("status", "--format", "nagios"); status != 2 || !strings.HasPrefix(out, "HEALTHCHECK CRITICAL - 1 of 3 healthy; "+s.job+" given up: ") {
		t.Errorf("%d: %s", status, out)
	}
	if out, status = s.asks("status", "--exit-code", "--ignore", s.job); status != 0 {
		t.Errorf("%d: %s", status, out)
	}
	if out, status = s.asks("status", "nobody"); !strings.Contains(out, "no listener looks after nobody") {
		t.Errorf("%d: %s", status, out)
	}
	s.killListener()
	s.ticksUntil(func() bool { out, _ := s.asks("status"); return strings.Contains(out, s.job) }) // the next life can be seen
	s.stop()
	if out, status = s.asks("status"); status != 3 || !strings.Contains(out, "no listener of this program runs") {
		t.Errorf("%d: %s", status, out)
	}
}

// condition is what status says of a process.
func (s *stage) condition(name string) domain.Condition {
	out, _ := s.asks("status", "--format", "json")
	var all view.Status
	if err := json.Unmarshal([]byte(out), &all); err != nil {
		s.t.Fatal(err, out)
	}
	processes, _ := all.Processes([]string{name})
	if len(processes) != 1 {
		return ""
	}
	return processes[0].Condition
}

func TestAListenerThatHangsIsSaid(t *testing.T) {
	t.Parallel()
	s := newStage(t, play{})
	pid := s.pid("check:check")
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	out, status := s.asks("status", "--exit-code")
	if err := syscall.Kill(pid, syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	if status != 1 || !strings.Contains(out, "a listener does not tell: ") || !strings.Contains(out, "it did not answer within 3s") {
		t.Errorf("%d: %s", status, out)
	}
}

func TestAPauseHoldsARestartAndOutlivesTheListener(t *testing.T) {
	t.Parallel()
	s := newStage(t, play{})
	s.round(s.job, s.other)
	before := s.pid(s.job)
	out, status := s.asks("pause", s.job, "--for", "1h", "--reason", "being repaired")
	if out != s.job+": paused for 1h\n" || status != 0 {
		t.Errorf("%d: %s", status, out)
	}
	s.gate.answer(503)
	s.says(1, of(s.job), msgPaused)
	s.round(s.job)
	s.says(1, decision(), of(s.job), paused())
	s.eventually(func() bool { return s.kept("being repaired") }, "the journal knows of the pause")
	s.killListener()
	s.round(s.job)
	s.rests()
	if out, _ := s.asks("status", s.job); !strings.Contains(out, "paused by hand, ") || !strings.Contains(out, ": being repaired") {
		t.Error(out)
	}
	if out, status = s.asks("pause", "nobody", "--for", "1h"); status != 1 || !strings.Contains(out, "no listener looks after nobody") {
		t.Errorf("%d: %s", status, out)
	}
	for _, wrong := range [][]string{{"pause", s.job}, {"pause", "--for", "1h"}, {"pause", s.job, "--for", "soon"}, {"pause", s.job, "--for", "31d"}, {"resume"}, {"resume", s.job, "--for", "1h"}} {
		if out, status := s.asks(wrong...); status != 2 || strings.Count(out, "\n") != 1 {
			t.Errorf("%q: %d: %s", wrong, status, out)
		}
	}
	if out, status = s.asks("resume", "crew"); status != 0 || !strings.Contains(out, s.job+": not paused\n") {
		t.Errorf("%d: %s", status, out)
	}
	s.ticksUntil(func() bool { return s.pid(s.job) != before && s.pid(s.job) != 0 })
}

func TestMetricsAreToldByTheSocketAnAddressAndAFile(t *testing.T) {
	t.Parallel()
	port := freePort(t)
	s := newStage(t, play{flags: fmt.Sprintf("--listen 127.0.0.1:%d", port), listener: []string{`environment=SUPERVISOR_HEALTHCHECK_METRICS_FILE="{dir}/healthcheck.prom"`}})
	before := s.pid(s.job)
	s.fails()
	s.restartedOnce(s.job, before)
	group, name, _ := strings.Cut(s.job, ":")
	want := fmt.Sprintf("supervisor_healthcheck_restarts_total{group=%q,name=%q} 1\n", group, name)
	tells := func(out string) bool { return strings.Contains(out, want) } // what is shown is up to half a second old
	s.eventually(func() bool {
		out, status := s.asks("metrics")
		return status == 0 && tells(out)
	}, "the socket tells of the restart")
	s.eventually(func() bool {
		response, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/metrics", port))
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		text, err := io.ReadAll(response.Body)
		return err == nil && tells(string(text))
	}, "the address tells of the restart")
	s.within(time.Minute, func() bool { return tells(s.file("healthcheck.prom")) }, "the file tells of the restart")
}

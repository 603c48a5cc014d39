package main

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestEventsOutliveTheListenerAndAreFollowed(t *testing.T) {
	t.Parallel()
	s := newStage(t, play{})
	lines := s.follows("events", "-f", "--since", "1h", s.job)
	before := s.pid(s.job)
	s.fails()
	s.restartedOnce(s.job, before)
	s.heard(lines, "WARN  "+s.job+" unhealthy reason=")
	s.heard(lines, "WARN  "+s.job+" restarted pid=")
	s.killListener()
	s.ticksUntil(func() bool {
		out, status := s.asks("events")
		return status == 0 && strings.Contains(out, " watching ")
	})
	out, status := s.asks("events", s.job)
	if status != 0 || strings.Count(out, s.job+" restarted pid=") != 1 || strings.Contains(out, s.other) {
		t.Errorf("%d: %s", status, out)
	}
	if out, status = s.asks("events", "--format", "json", s.job); status != 0 || !strings.Contains(out, `"kind":"restarted","message":"restarted","process":"`+s.job+`"`) {
		t.Errorf("%d: %s", status, out)
	}
	s.gate.answer(503)
	s.heard(lines, "WARN  "+s.job+" unhealthy reason=") // by the next life
	s.stop()
	if out, status = s.asks("events"); status != 3 || !strings.Contains(out, "no listener of this program runs") {
		t.Errorf("%d: %s", status, out)
	}
	for _, wrong := range [][]string{{"events", "--since", "soon"}, {"events", "--format", "xml"}, {"events", "--bogus"}} {
		if out, status := s.asks(wrong...); status != 2 || strings.Count(out, "\n") != 1 {
			t.Errorf("%q: %d: %s", wrong, status, out)
		}
	}
}

// follows runs a command of ours that does not end, until the test does.
func (s *sandbox) follows(args ...string) <-chan string {
	s.t.Helper()
	command := exec.Command(filepath.Join(s.bin, "supervisor-healthcheck"), args...)
	command.Env = append(os.Environ(), "SUPERVISOR_HEALTHCHECK_STATE_DIR="+s.path("state"))
	out, err := command.StdoutPipe()
	if err == nil {
		err = command.Start()
	}
	if err != nil {
		s.t.Fatal(err)
	}
	lines := make(chan string, 1000)
	go func() {
		for scanner := bufio.NewScanner(out); scanner.Scan(); {
			lines <- scanner.Text()
		}
		close(lines)
	}()
	s.t.Cleanup(func() {
		_ = command.Process.Signal(syscall.SIGTERM) // it may have ended
		if err := command.Wait(); err != nil {
			s.t.Error(err)
		}
	})
	return lines
}

// heard waits until one of the lines has this text.
func (s *stage) heard(lines <-chan string, text string) {
	s.t.Helper()
	s.ticksUntil(func() bool {
		for {
			select {
			case line, open := <-lines:
				if !open {
					s.t.Fatal("it has ended without ", text)
				}
				if strings.Contains(line, text) {
					return true
				}
			default:
				return false
			}
		}
	})
}

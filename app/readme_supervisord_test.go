package app_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/adapters/xmlrpc"
	"supervisor-healthcheck/domain"
)

// realSupervisord runs a configuration until the test ends.
type realSupervisord struct {
	dir    string
	client *xmlrpc.Client
	output string // a file
	ended  chan struct{}
}

func startSupervisord(t testing.TB, text string) *realSupervisord {
	t.Helper()
	need(t, "supervisord")
	dir, err := os.MkdirTemp("", "readme") // a short path for the socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	base := fmt.Sprintf(`[unix_http_server]
file=%[1]s/s.sock
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[supervisord]
nodaemon=true
logfile=%[1]s/supervisord.log
pidfile=%[1]s/supervisord.pid
childlogdir=%[1]s
environment=SUPERVISOR_HEALTHCHECK_STATE_DIR="%[1]s/state"

`, dir)
	putFile(t, filepath.Join(dir, "supervisord.conf"), base+text)
	client, err := xmlrpc.New(xmlrpc.Config{URL: "unix://" + dir + "/s.sock"})
	if err != nil {
		t.Fatal(err)
	}
	s := &realSupervisord{dir: dir, client: client, output: filepath.Join(dir, "output"), ended: make(chan struct{})}
	s.start(t)
	return s
}

// need skips a test without the program, or fails it where no end-to-end test may be skipped.
func need(t testing.TB, program string) {
	t.Helper()
	switch _, err := exec.LookPath(program); {
	case err == nil:
	case os.Getenv("SUPERVISOR_HEALTHCHECK_E2E") == "required":
		t.Fatal(err)
	default:
		t.Skip(err)
	}
}

func (s *realSupervisord) start(t testing.TB) {
	t.Helper()
	output, err := os.Create(s.output)
	if err != nil {
		t.Fatal(err)
	}
	defer output.Close()
	cmd := exec.Command("supervisord", "-n", "-c", filepath.Join(s.dir, "supervisord.conf"))
	cmd.Stdout, cmd.Stderr = output, output
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		cmd.Wait() //nolint:errcheck // its output tells more
		close(s.ended)
	}()
	t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM) //nolint:errcheck // it may have ended
		select {
		case <-s.ended:
		case <-time.After(30 * time.Second):
			cmd.Process.Kill() //nolint:errcheck // it may have ended
			<-s.ended
			t.Error("supervisord did not end")
		}
	})
}

// states are the names of the states of all processes, by their groups; none while supervisord does not answer.
func (s *realSupervisord) states(t *testing.T) map[string]string {
	processes, err := s.client.Processes(t.Context())
	if err != nil {
		return nil
	}
	states := map[string]string{}
	for _, p := range processes {
		states[p.Group] = p.State.String()
	}
	return states
}

// supervisordLoads has a real supervisord run all sections at once, with programs that sleep.
func (r *readme) supervisordLoads(t *testing.T) {
	t.Parallel()
	text := r.place(t, r.configuration())
	text = regexp.MustCompile(`(\[program:\w+\]\ncommand ?= ?).*`).ReplaceAllString(text, "${1}sleep 300")
	s := startSupervisord(t, text)
	want := map[string]string{}
	for _, section := range r.sections(t) {
		if section.kind != "healthcheck" {
			want[section.name] = domain.Running.String()
		}
	}
	s.waitFor(t, s.output, func() bool { return cmp.Equal(want, s.states(t)) })
}

// waitFor waits for a condition; the file tells what was the matter if it never holds.
func (s *realSupervisord) waitFor(t testing.TB, log string, condition func() bool) {
	t.Helper()
	late := time.After(time.Minute)
	for !condition() {
		select {
		case <-time.After(50 * time.Millisecond):
			continue
		case <-s.ended:
		case <-late:
		}
		t.Fatalf("it did not happen within a minute, or before supervisord ended:\n%s\n%s", sourceText(t, s.output), sourceText(t, log))
	}
}

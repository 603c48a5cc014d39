package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// asksPlainly runs a command of ours as somebody does who knows nothing but the command, in the folder where supervisord's file is.
func (s *sandbox) asksPlainly(args ...string) (string, int) {
	s.t.Helper()
	command := exec.Command(filepath.Join(s.bin, "supervisor-healthcheck"), args...)
	command.Dir, command.Env = s.dir, []string{"PATH=" + os.Getenv("PATH"), "TMPDIR=" + s.dir}
	out, err := command.CombinedOutput()
	if command.ProcessState == nil {
		s.t.Fatal(err)
	}
	return string(out), command.ProcessState.ExitCode()
}

// The commands by hand find a listener whose state_dir or socket stands in supervisord's file.
func TestListenersAreFoundByTheFileOfSupervisord(t *testing.T) {
	t.Parallel()
	s := beside(t, map[string]string{"web.conf": service("web", "{bin}/fixture idle") + "[healthcheck:web]\nmemory = 1GB\n",
		"00.conf": "[healthcheck]\nstate_dir = {dir}/kept\n"})
	text, err := os.ReadFile(s.path("conf"))
	if err == nil {
		err = os.WriteFile(s.path("supervisord.conf"), text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	s.start("SUPERVISOR_HEALTHCHECK_STATE_DIR=")
	s.ready("web")
	s.ticking(func() bool { return s.told(msgChecked, of("web"), found("healthy")) > 0 }, "web is judged")
	for _, args := range [][]string{{"status", "--exit-code", "web"}, {"events"}, {"metrics"}, {"pause", "web", "--for", "1s"}} {
		if out, status := s.asksPlainly(args...); status != 0 || !strings.Contains(out, "web") {
			t.Errorf("%q: %d: %s", args, status, out)
		}
	}
	s.stop()
	if out, status := s.asksPlainly("status"); status != 3 || !strings.Contains(out, "no listener of this program runs") {
		t.Errorf("%d: %s", status, out)
	}
	s.put("00.conf", "[healthcheck]\nstate_dir = {dir}/kept\nsocket = {dir}/door\n")
	s.start("SUPERVISOR_HEALTHCHECK_STATE_DIR=")
	s.ready("web")
	s.eventually(func() bool {
		out, status := s.asksPlainly("status", "web")
		return status == 0 && strings.Contains(out, "web")
	}, "it is found by its socket")
}

package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// Numbers of users that own nothing here.
const nobody, somebody = 65534, 65533

// asksAs runs a command of ours as another user of this machine, who can reach the folder of the sandbox.
func (s *sandbox) asksAs(user uint32, args ...string) (string, int) {
	s.t.Helper()
	binary := s.path("binary")
	if _, err := os.Stat(binary); errors.Is(err, os.ErrNotExist) {
		text, err := os.ReadFile(s.bin + "/supervisor-healthcheck")
		if err == nil {
			err = errors.Join(os.WriteFile(binary, text, 0o755), os.Chmod(binary, 0o755), os.Chmod(s.dir, 0o711))
		}
		if err != nil {
			s.t.Fatal(err)
		}
	}
	command := exec.Command(binary, args...)
	command.Dir, command.Env = "/", []string{"PATH=/usr/bin:/bin", "TMPDIR=" + s.dir}
	command.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: user, Gid: user}}
	out, err := command.CombinedOutput()
	if command.ProcessState == nil {
		s.t.Fatal(err)
	}
	return string(out), command.ProcessState.ExitCode()
}

func TestAnotherUserOfTheMachineMaySeeWhatHeIsLetSee(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("needs root to become another user")
	}
	s := newStage(t, play{flags: fmt.Sprintf("--status-socket {dir}/door --status-socket-mode 0660 --status-socket-group %d", nobody),
		config: listenerCalled("shy", "{bin}/supervisor_memory_check -n m -g crew -m 1000000 --status-socket {dir}/shy")})
	s.round(s.job, s.other)
	s.eventually(func() bool { _, err := os.Stat(s.path("shy")); return err == nil }, "the other listener has a socket")
	const cure = "ask as root or as the user of the listener, or let the listener have socket_mode = 0660 and socket_group = GROUP in [healthcheck]"
	for name, tt := range map[string]struct {
		user   uint32
		args   []string
		status int
		says   string
	}{
		"one of the group":         {nobody, []string{"status", "--socket", s.path("door")}, 0, s.job},
		"and he gives orders":      {nobody, []string{"pause", s.other, "--for", "1s", "--socket", s.path("door")}, 0, s.other + ": paused for 1s"},
		"one of another group":     {somebody, []string{"status", "--socket", s.path("door")}, 3, "a listener does not tell: " + s.path("door") + ": this user may not ask it: " + cure},
		"who wants to pause":       {somebody, []string{"pause", s.job, "--for", "1h", "--socket", s.path("door")}, 1, s.path("door") + ": this user may not ask it: " + cure},
		"a socket of root alone":   {nobody, []string{"status", "--socket", s.path("shy")}, 3, s.path("shy") + ": this user may not ask it: " + cure},
		"what happens":             {nobody, []string{"events", "--socket", s.path("shy")}, 3, s.path("shy") + ": this user may not ask it: " + cure},
		"a directory of root":      {nobody, []string{"status", "--state-dir", s.path("state")}, 3, s.path("state") + " is another user's, and which listeners are there this user may not see: " + cure},
		"for Docker, and for sure": {nobody, []string{"status", "--exit-code", "--socket", s.path("shy")}, 1, "this user may not ask it"},
	} {
		if out, status := s.asksAs(tt.user, tt.args...); status != tt.status || !strings.Contains(out, tt.says) {
			t.Errorf("%s: %d: %s\nwant %d %s", name, status, out, tt.status, tt.says)
		}
	}
}

package app_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"supervisor-healthcheck/mocks/supervisord"
)

// standIn starts a stand-in.
func standIn(t *testing.T, p plan) string {
	listener := &supervisord.Listener{
		Name: listenerID().Name, Command: []string{self(t), "-test.run=^TestRelay$"}, Env: []string{relayVariable + "=" + p.relay()},
		Events: p.events, BufferSize: 1000, AutoRestart: supervisord.RestartNever,
	}
	config := supervisord.Config{Dir: p.dir, Programs: p.programs, Listener: listener, Second: 20 * time.Millisecond}
	return supervisord.New(t, config).URL()
}

// genuine starts a real supervisord.
func genuine(t *testing.T, p plan) string {
	required := os.Getenv("SUPERVISOR_HEALTHCHECK_E2E") == "required"
	path, err := exec.LookPath("supervisord")
	switch {
	case err != nil && required:
		t.Fatal(err)
	case err != nil:
		t.Skip("no supervisord on PATH")
	}
	conf := fmt.Sprintf(`[supervisord]
nodaemon=true
logfile=%[1]s/log
pidfile=%[1]s/pid
[unix_http_server]
file=%[1]s/s
[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
[eventlistener:%[2]s]
command=%[3]s -test.run=^TestRelay$
environment=%[4]s="%[5]s"
events=%[6]s
buffer_size=1000
startsecs=0
autorestart=false
stdout_logfile=NONE
stderr_logfile=NONE
`, p.dir, listenerID().Name, self(t), relayVariable, p.relay(), strings.Join(p.events, ","))
	for _, program := range p.programs {
		conf += section(program)
	}
	file := filepath.Join(p.dir, "conf")
	if err := os.WriteFile(file, []byte(conf), 0o600); err != nil {
		t.Fatal(err)
	}
	begin(t, exec.Command(path, "-c", file))
	return "unix://" + p.dir + "/s"
}

// begin starts a command that ends, with all its children, at the end of the test.
func begin(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = cmd.Wait() // how it ends is no matter of these tests
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM) // it may have ended
		select {
		case <-ended:
		case <-time.After(15 * time.Second):
			t.Error("the real supervisord did not end")
			_ = cmd.Process.Kill()
			<-ended
		}
	})
}

// many is how many processes a group has.
func many(group string) int {
	return map[string]int{"web": 4, "crowd": 40}[group]
}

// sleepers is a group of services that end at once when they are told to: SIGKILL is not lost even right after a start.
func sleepers(group string) []supervisord.Program {
	first := supervisord.Program{Name: group, Group: group, Command: []string{"sleep", "1000"}, AutoStart: true, StopSignal: syscall.SIGKILL}
	if many(group) == 0 {
		return []supervisord.Program{first}
	}
	var all []supervisord.Program
	for i := range many(group) {
		first.Name = fmt.Sprintf("%s_%02d", group, i)
		all = append(all, first)
	}
	return all
}

// section writes a program as a configuration file has it; a group is written with its first process.
func section(p supervisord.Program) string {
	numbers := ""
	if n := many(p.Group); n > 0 {
		if p.Name != p.Group+"_00" {
			return ""
		}
		numbers = fmt.Sprintf("numprocs=%d\nprocess_name=%%(program_name)s_%%(process_num)02d\n", n)
	}
	restart := "unexpected"
	if p.AutoRestart == supervisord.RestartNever {
		restart = "false"
	}
	return fmt.Sprintf("[program:%s]\ncommand=%s\n%sautostart=%v\nautorestart=%s\nstartsecs=%d\nstartretries=%d\nstopsignal=KILL\n"+
		"stdout_logfile=NONE\nstderr_logfile=NONE\n", p.Group, strings.Join(p.Command, " "), numbers, p.AutoStart, restart,
		int(p.Startup.Seconds()), max(p.StartRetries, 0))
}

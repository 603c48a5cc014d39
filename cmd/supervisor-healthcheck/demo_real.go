package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// demoConsole is the file for what supervisord prints.
const demoConsole = "console"

// realSupervisord is the supervisord of this machine, with a configuration and a folder of its own.
type realSupervisord struct {
	path  string
	stage *demoStage
	cmd   *exec.Cmd
	gone  chan struct{}
}

func (r *realSupervisord) title() string     { return r.path }
func (*realSupervisord) name() string        { return "supervisord" }
func (*realSupervisord) tick() time.Duration { return 5 * time.Second }

func (r *realSupervisord) start(stage *demoStage) error {
	r.stage, r.gone = stage, make(chan struct{})
	if err := os.WriteFile(stage.path("supervisord.conf"), []byte(demoConfig(stage)), 0o600); err != nil {
		return err
	}
	console, err := os.Create(stage.path(demoConsole))
	if err != nil {
		return err
	}
	defer console.Close()
	r.cmd = exec.Command(r.path, "-n", "-c", "supervisord.conf")
	r.cmd.Dir, r.cmd.Stdout, r.cmd.Stderr, r.cmd.SysProcAttr = stage.dir, console, console, apart()
	return r.run()
}

// run starts supervisord. Where the kernel is told to end it together with us, it looks at the thread that has started
// it, which must not end before.
func (r *realSupervisord) run() error {
	started := make(chan error)
	go func() {
		defer close(r.gone)
		runtime.LockOSThread()
		err := r.cmd.Start()
		started <- err
		if err == nil {
			_ = r.cmd.Wait() // what it says stands in ProcessState
		}
	}()
	return <-started
}

func (r *realSupervisord) ended() <-chan struct{} { return r.gone }

func (r *realSupervisord) obituary() string {
	why := fmt.Sprintf("supervisord has ended (%s)", r.cmd.ProcessState)
	if words := r.stage.lastLine(demoConsole); words != "" {
		why += fmt.Sprintf(", and its last words were %q", words)
	}
	return why
}

// end lets supervisord end everything in order. It signals the process group, for supervisord may be wrapped in a script;
// the programs of supervisord have groups of their own. If it must be killed, they see the end of their stdin.
func (r *realSupervisord) end() error {
	if r.cmd == nil || r.cmd.Process == nil {
		return nil
	}
	for _, s := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		_ = syscall.Kill(-r.cmd.Process.Pid, s) // none is left, then
		for deadline := time.Now().Add(demoPatience / 2); time.Now().Before(deadline); _ = pause(context.Background()) {
			if syscall.Kill(-r.cmd.Process.Pid, 0) != nil {
				<-r.gone
				return nil
			}
		}
	}
	return fmt.Errorf("%s, pid %d, does not end", r.path, r.cmd.Process.Pid)
}

// demoConfig is a supervisord.conf whose paths begin in its own folder, so that none has to be quoted.
func demoConfig(stage *demoStage) string {
	config := `[supervisord]
nodaemon=true
logfile=supervisord.log
pidfile=supervisord.pid
childlogdir=.

[unix_http_server]
file=s.sock

[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
`
	var names []string
	for _, service := range stage.services {
		names = append(names, service.name())
		config += fmt.Sprintf("\n[program:%s]\ncommand=./%s demo\nenvironment=%s=\"%s\"\nstdout_logfile=NONE\nstderr_logfile=%s\n",
			service.name(), self, demoVariable, service.role(), service.logFile())
	}
	return config + fmt.Sprintf("\n[group:%s]\nprograms=%s\n\n[eventlistener:%s]\ncommand=./%s %s\nevents=%s\nstdout_logfile=NONE\nstderr_logfile=%s\n",
		demoGroup, strings.Join(names, ","), demoListener, self, quotedForSupervisord(listenerFlags()), strings.Join(listenerEvents(), ","), listenerLog)
}

// quotedForSupervisord writes words as they must stand in a configuration file.
func quotedForSupervisord(words []string) string {
	var quoted []string
	for _, word := range words {
		if strings.ContainsAny(word, `\'"()`) {
			word = strconv.Quote(word)
		}
		quoted = append(quoted, word)
	}
	return strings.ReplaceAll(strings.Join(quoted, " "), "%", "%%")
}

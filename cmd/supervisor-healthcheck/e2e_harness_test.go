package main

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"supervisor-healthcheck/mocks/logline"
)

// sandbox is a real supervisord in a folder of its own. Its methods end the test when they cannot do their work.
type sandbox struct {
	t       *testing.T
	dir     string // holds the configuration, the socket and every log
	bin     string // holds the binary, its seven links and the fixture
	socket  string // of supervisord
	command *exec.Cmd
	ended   chan struct{} // closed when supervisord has ended
	noted   map[int]string
	read    map[string]*reading // of the logs of the listeners
}

// startSupervisord starts one, and waits until it serves. {dir} and {bin} in the configuration stand for the folders.
// {bin}/fixture is a set of programs to be supervised, see fixture. Sections for supervisord itself, its socket
// and the ticker are put in front. What is in env comes on top of the environment, as NAME=value.
func startSupervisord(t *testing.T, config string, env ...string) *sandbox {
	t.Helper()
	s := newSandbox(t, baseConfig()+config)
	s.start(env...)
	return s
}

// baseConfig is what every supervisord of these tests has.
func baseConfig() string {
	return `
[unix_http_server]
file={dir}/s.sock
[supervisorctl]
serverurl=unix://{dir}/s.sock
` + baseWithoutSocket()
}

// baseWithoutSocket lets a test say for itself how supervisord is reached.
func baseWithoutSocket() string {
	return `
[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
[rpcinterface:test]
supervisor.rpcinterface_factory=ticker:make
[supervisord]
nodaemon=true
loglevel=debug
logfile={dir}/supervisord.log
logfile_maxbytes=0
pidfile={dir}/pid
childlogdir={dir}
` // a test may add to this last section
}

// newSandbox makes the folder. Nothing runs yet.
func newSandbox(t *testing.T, config string) *sandbox {
	t.Helper()
	bin := needSupervisord(t)
	dir, err := os.MkdirTemp("", "shc")
	if err != nil {
		t.Fatal(err)
	}
	s := &sandbox{t: t, dir: dir, bin: bin, socket: filepath.Join(dir, "s.sock"), noted: map[int]string{}, read: map[string]*reading{}}
	t.Cleanup(s.clean)
	if len(s.socket) >= 100 {
		t.Fatalf("%s is too long for a socket", s.socket)
	}
	s.configure(config)
	return s
}

// needSupervisord ends a test that cannot have one, and returns the folder with the binary otherwise.
func needSupervisord(t *testing.T) (bin string) {
	t.Helper()
	bin = os.Getenv(binVariable)
	if bin == "" && os.Getenv("SUPERVISOR_HEALTHCHECK_E2E") == "required" {
		t.Fatal("no supervisord on the PATH")
	} else if bin == "" {
		t.Skip("no supervisord on the PATH, or -short")
	}
	return bin
}

// in is the same sandbox for a subtest.
func (s *sandbox) in(t *testing.T) *sandbox {
	sub := *s
	sub.t = t
	return &sub
}

// configure writes the whole configuration, for the next start or for supervisorctl update.
func (s *sandbox) configure(config string) {
	s.t.Helper()
	text := strings.NewReplacer("{dir}", s.dir, "{bin}", s.bin).Replace(config)
	if err := os.WriteFile(s.path("conf"), []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

func (s *sandbox) path(name string) string { return filepath.Join(s.dir, name) }

// start starts supervisord and waits until it serves. The listeners it starts log every check.
func (s *sandbox) start(env ...string) {
	s.t.Helper()
	s.startWith([]string{"-c", s.path("conf")}, env...)
}

// startWith starts it with these arguments, in the folder.
func (s *sandbox) startWith(args []string, env ...string) {
	s.t.Helper()
	plugins, err := filepath.Abs("testdata")
	if err != nil {
		s.t.Fatal(err)
	}
	s.command = exec.Command("supervisord", args...)
	s.command.Dir = s.dir
	s.command.Env = append(os.Environ(), "PYTHONPATH="+plugins, "PYTHONDONTWRITEBYTECODE=1", "PYTHONUTF8=1", "TMPDIR="+s.dir,
		"SUPERVISOR_HEALTHCHECK_LOG_LEVEL=debug", "SUPERVISOR_HEALTHCHECK_STATE_DIR="+s.path("state"), sickVariable+"="+s.dir)
	s.command.Env = append(s.command.Env, env...)
	console, err := os.Create(s.path("console"))
	if err != nil {
		s.t.Fatal(err)
	}
	defer console.Close()
	s.command.Stdout, s.command.Stderr = console, console
	if err := s.command.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.ended = make(chan struct{})
	go func(c *exec.Cmd, ended chan struct{}) { defer close(ended); _ = c.Wait() }(s.command, s.ended)
	started := fmt.Sprintf("supervisord started with pid %d\n", s.command.Process.Pid)
	s.eventually(func() bool { return strings.Contains(s.log(), started) }, "supervisord starts")
}

// stop ends supervisord with SIGTERM and waits for its end.
func (s *sandbox) stop() {
	s.t.Helper()
	s.end(syscall.SIGTERM)
}

// kill ends supervisord with SIGKILL. Its children go on.
func (s *sandbox) kill() {
	s.t.Helper()
	s.end(syscall.SIGKILL)
}

func (s *sandbox) end(signal syscall.Signal) {
	s.t.Helper()
	s.note()
	_ = s.command.Process.Signal(signal)
	select {
	case <-s.ended:
	case <-time.After(30 * time.Second):
		s.t.Error("supervisord does not end")
		_ = s.command.Process.Kill()
		<-s.ended
	}
}

// clean ends what was started, and only that, shows the logs of a test that failed, and removes the folder.
func (s *sandbox) clean() {
	if s.command != nil && s.ended != nil {
		s.end(syscall.SIGTERM)
	}
	s.killNoted()
	if s.t.Failed() {
		s.dump()
	}
	if err := os.RemoveAll(s.dir); err != nil {
		s.t.Error(err)
	}
}

// note remembers the processes below supervisord, so that they can be ended if it does not do that.
func (s *sandbox) note() {
	if s.command != nil {
		s.noteChildren(s.command.Process.Pid)
	}
}

func (s *sandbox) noteChildren(pid int) {
	lists, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, list := range lists {
		text, _ := os.ReadFile(list)
		for field := range strings.FieldsSeq(string(text)) {
			var child int
			fmt.Sscan(field, &child)
			s.noted[child] = birth(child)
			s.noteChildren(child)
		}
	}
}

// birth tells processes apart that had the same pid one after the other; it is empty when there is none.
func birth(pid int) string {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, rest, _ := strings.Cut(string(text), ") ")
	if fields := strings.Fields(rest); len(fields) > 19 && fields[0] != "Z" {
		return fields[19] // starttime
	}
	return ""
}

func (s *sandbox) killNoted() {
	for pid, born := range s.noted {
		if born != "" && birth(pid) == born {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}
}

// dump shows the ends of the logs, without the single checks.
func (s *sandbox) dump() {
	logs, _ := filepath.Glob(s.path("*.err"))
	for _, path := range append(logs, s.path("supervisord.log")) {
		text := ""
		for line := range strings.Lines(s.file(filepath.Base(path))) {
			if e, ok := logline.Parse(line); ok && !e.Has(msgChecked) || !ok && !strings.Contains(line, "DEBG") {
				text += line
			}
		}
		s.t.Logf("%s:\n%s", filepath.Base(path), text[max(0, len(text)-5000):])
	}
}

// freePorts returns TCP ports in a row that are free on the loopback interface.
func freePorts(t *testing.T, n int) []int {
	t.Helper()
	needSupervisord(t)
	for range 100 {
		if ports := portsInARow(n); ports != nil {
			return ports
		}
	}
	t.Fatalf("no %d free ports in a row", n)
	return nil
}

// portsInARow chooses ports below 32768, where the system puts nobody who asks for any port: a service has none while it
// is restarted, and must find its own again. A folder for each port keeps it from being chosen a second time.
func portsInARow(n int) (ports []int) {
	for port := 10000 + rand.IntN(22000); len(ports) < n; port++ {
		listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			return nil
		}
		defer listener.Close()
		if os.Mkdir(filepath.Join(os.Getenv(binVariable), fmt.Sprintf("port%d", port)), 0o700) != nil {
			return nil
		}
		ports = append(ports, port)
	}
	return ports
}

// freePort returns a TCP port that is free on the loopback interface.
func freePort(t *testing.T) int {
	t.Helper()
	return freePorts(t, 1)[0]
}

// listener is the section of an event listener called check that runs the command. Its logs are {dir}/check.out,
// with the protocol, and {dir}/check.err. More lines may be given, such as "events=TICK_60".
func listener(command string, more ...string) string {
	return listenerCalled("check", command, more...)
}

func listenerCalled(name, command string, more ...string) string {
	lines := []string{"[eventlistener:" + name + "]", "command=" + command, "autorestart=true", "startsecs=0", "priority=1000",
		"stdout_logfile={dir}/" + name + ".out", "stderr_logfile={dir}/" + name + ".err"}
	extra := strings.Join(more, "\n")
	if !regexp.MustCompile(`(?m)^events\s*=`).MatchString(extra) {
		extra += "\nevents=TICK_5"
	}
	return without(lines, extra) + extra + "\n"
}

// without leaves out the lines whose keys are given otherwise.
func without(lines []string, extra string) string {
	text := ""
	for _, line := range lines {
		key, _, _ := strings.Cut(line, "=")
		if !strings.Contains("\n"+extra, "\n"+key+"=") {
			text += line + "\n"
		}
	}
	return text
}

// service is the section of a supervised program with a short startsecs.
func service(name, command string, more ...string) string {
	extra := strings.Join(more, "\n")
	lines := []string{"[program:" + name + "]", "command=" + command, "startsecs=0",
		"stdout_logfile={dir}/" + name + ".stdout", "stderr_logfile={dir}/" + name + ".stderr"}
	return without(lines, extra) + extra + "\n"
}

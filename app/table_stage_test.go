package app_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	kolo "github.com/kolo/xmlrpc"

	"supervisor-healthcheck/adapters/xmlrpc"
	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/mocks/supervisord"
)

// relayVariable makes TestRelay a listener. Its value is the path of the socket of the test that looks on.
const relayVariable = "SUPERVISOR_HEALTHCHECK_TEST_RELAY"

// TestRelay is no test but a listener without a mind of its own: what supervisord writes goes to the test that looks
// on, and what that answers goes to supervisord.
func TestRelay(t *testing.T) {
	path := os.Getenv(relayVariable)
	if path == "" {
		t.Skip("it is a listener of other tests")
	}
	conn, err := net.Dial("unix", path)
	if err != nil {
		os.Exit(1)
	}
	go func() {
		_, _ = io.Copy(os.Stdout, conn) // it ends with the test that looks on
		os.Exit(0)
	}()
	_, _ = io.Copy(conn, os.Stdin) // it ends with supervisord
	os.Exit(0)
}

// home is a supervisord, real or not, whose listener is this very process.
type home struct {
	t      *testing.T
	client *xmlrpc.Client // of the test, not of the listener
	post   *http.Client
	url    string
	events net.Conn // of the listener: events come in, answers go out
}

// plan says what a home is made of.
type plan struct {
	dir      string
	events   []string
	programs []supervisord.Program
}

func listenerID() domain.ID { return domain.ID{Group: "relay", Name: "relay"} }

// homes are the two kinds of supervisord: the stand-in always, a real one if it is there.
func homes(t *testing.T, scene func(t *testing.T, build func(events []string, programs ...supervisord.Program) *home)) {
	t.Helper()
	for _, kind := range []struct {
		name string
		open func(*testing.T, plan) string
	}{{"the stand-in", standIn}, {"a real supervisord", genuine}} {
		t.Run(kind.name, func(t *testing.T) {
			t.Parallel()
			scene(t, func(events []string, programs ...supervisord.Program) *home {
				return settle(t, plan{dir: shortDir(t), events: events, programs: programs}, kind.open)
			})
		})
	}
}

// settle opens a supervisord and waits for its listener.
func settle(t *testing.T, p plan, open func(*testing.T, plan) string) *home {
	t.Helper()
	relays, err := net.Listen("unix", p.relay())
	if err != nil {
		t.Fatal(err)
	}
	defer relays.Close()
	h := &home{t: t, url: open(t, p)}
	h.post = &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{DialContext: h.dial}}
	t.Cleanup(h.post.CloseIdleConnections)
	if h.client, err = xmlrpc.New(xmlrpc.Config{URL: h.url}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.client.Close)
	if err := relays.(*net.UnixListener).SetDeadline(time.Now().Add(patient)); err != nil {
		t.Fatal(err)
	}
	if h.events, err = relays.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.events.Close() })
	return h
}

func (p plan) relay() string { return filepath.Join(p.dir, "r") }

func (h *home) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	var d net.Dialer
	return d.DialContext(ctx, "unix", strings.TrimPrefix(h.url, "unix://"))
}

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

// order calls a method as an administrator does. A fault is an answer like any other.
func (h *home) order(method string, args ...any) {
	h.t.Helper()
	body, err := kolo.EncodeMethodCall("supervisor."+method, args...)
	if err != nil {
		h.t.Fatal(err)
	}
	answer, err := h.post.Post("http://localhost/RPC2", "text/xml", bytes.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	defer answer.Body.Close()
	if text, err := io.ReadAll(answer.Body); err != nil || answer.StatusCode != http.StatusOK {
		h.t.Fatalf("%s: %s %s %v", method, answer.Status, text, err)
	}
}

// list is a full listing, as a map.
func (h *home) list() map[domain.ID]domain.Process {
	h.t.Helper()
	processes, err := h.client.Processes(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	all := map[domain.ID]domain.Process{}
	for _, p := range processes {
		all[p.ID] = p
	}
	return all
}

// steady waits until no process is on its way to another state, and returns them. A process that has EXITED and is
// not the one that does so for good is started again.
func (h *home) steady() map[domain.ID]domain.Process {
	h.t.Helper()
	deadline := time.Now().Add(patient)
	for {
		all, moving := h.list(), ""
		for id, p := range all {
			switch {
			case p.State == domain.Running, p.State == domain.Stopped, p.State == domain.Fatal, p.State == domain.Exited && id.Name == "brief":
			default:
				moving = fmt.Sprint(id, " is ", p.State)
			}
		}
		if moving == "" {
			return all
		}
		if time.Now().After(deadline) {
			h.t.Fatalf("after %s %s", patient, moving)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

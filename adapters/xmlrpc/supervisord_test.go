package xmlrpc_test

import (
	"bytes"
	"context"
	"errors"
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

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"supervisor-healthcheck/adapters/xmlrpc"
	"supervisor-healthcheck/domain"
)

const (
	programs = `
[program:obedient]
command=sleep 1000
startsecs=0
[program:many]
command=sleep 1000
process_name=w_%(process_num)02d
numprocs=3
startsecs=0
stopwaitsecs=7
priority=42
[program:wéb☃]
command=sleep 1000
process_name=ü<&'">😀
startsecs=0
stopwaitsecs=1
[program:ghost]
command=/nonexistent/command
startretries=0
[program:once]
command=sh -c "exit 3"
startsecs=0
autorestart=false
exitcodes=3,4
[program:stubborn]
command=sh -c "trap '' TERM; while :; do sleep 0.1; done"
startsecs=0
stopwaitsecs=3
`
	rpcinterface = "[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface\n"
	credentials  = "username=üser\npassword=pässw:ord\n"
)

// supervisord is a real one in a directory of its own.
type supervisord struct {
	command    *exec.Cmd
	ended      chan struct{}
	unix, inet string
}

func supervise(t *testing.T, unixAuth, inetAuth, rest string) *supervisord {
	t.Helper()
	path, err := exec.LookPath("supervisord")
	if err != nil && os.Getenv("SUPERVISOR_HEALTHCHECK_E2E") == "required" {
		t.Fatal(err)
	} else if err != nil {
		t.Skip(err)
	}
	dir := t.TempDir()
	s := &supervisord{unix: "unix://" + filepath.Join(dir, "my s.sock"), inet: "http://" + freePort(t), ended: make(chan struct{})}
	text := "[unix_http_server]\nfile=" + strings.TrimPrefix(s.unix, "unix://") + "\n" + unixAuth +
		"[inet_http_server]\nport=" + strings.TrimPrefix(s.inet, "http://") + "\n" + inetAuth +
		"[supervisord]\nidentifier=my süp\nnodaemon=true\nlogfile=" + dir + "/log\npidfile=" + dir + "/pid\nchildlogdir=" + dir + "\n" + rest
	conf := filepath.Join(dir, "conf")
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s.run(t, exec.Command(path, "-c", conf))
	return s
}

func (s *supervisord) run(t *testing.T, command *exec.Cmd) {
	t.Helper()
	var output bytes.Buffer
	command.Stdout, command.Stderr = &output, &output
	command.Env = append(os.Environ(), "PYTHONUTF8=1", "LC_ALL=C.UTF-8")
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	s.command = command
	go func() { defer close(s.ended); _ = command.Wait() }()
	t.Cleanup(func() {
		_ = command.Process.Signal(syscall.SIGTERM)
		select {
		case <-s.ended:
		case <-time.After(20 * time.Second):
			_ = command.Process.Kill()
			<-s.ended
			t.Error("supervisord had to be killed")
		}
		if t.Failed() {
			t.Log(output.String())
		}
	})
}

func freePort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// eventually asks until the answer is yes.
func eventually(t *testing.T, what string, yes func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if yes() {
			return
		}
	}
	t.Fatal("never: " + what)
}

func id(group, name string) domain.ID { return domain.ID{Group: group, Name: name} }

func TestRealSupervisord(t *testing.T) {
	cases := map[string]struct {
		unixAuth, inetAuth string
		pick               func(*supervisord) xmlrpc.Config
	}{
		"over the socket, open": {"", credentials, func(s *supervisord) xmlrpc.Config { return xmlrpc.Config{URL: s.unix} }},
		"over TCP, open":        {credentials, "", func(s *supervisord) xmlrpc.Config { return xmlrpc.Config{URL: s.inet} }},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := supervise(t, c.unixAuth, c.inetAuth, rpcinterface+programs)
			open := client(t, c.pick(s))
			eventually(t, "everything has started", func() bool { return settled(open) })
			theListing(t, s, open)
			if c.inetAuth == "" {
				theFastWay(t, s)
			}
			theSettings(t, open)
			theDoors(t, s, open)
			theCalls(t, open)
			theEnd(t, s, open)
		})
	}
}

func settled(c *xmlrpc.Client) bool {
	all, err := c.Processes(context.Background())
	want := map[domain.ID]domain.State{}
	for _, p := range expected() {
		want[p.ID] = p.State
	}
	for _, p := range all {
		if p.State == want[p.ID] {
			delete(want, p.ID)
		}
	}
	return err == nil && len(want) == 0
}

func expected() []domain.Process {
	running := func(group, name string) domain.Process {
		return domain.Process{ID: id(group, name), State: domain.Running}
	}
	return []domain.Process{
		{ID: id("ghost", "ghost"), State: domain.Fatal, SpawnError: "can't find command '/nonexistent/command'"},
		running("many", "w_00"), running("many", "w_01"), running("many", "w_02"), running("obedient", "obedient"),
		{ID: id("once", "once"), State: domain.Exited, ExitStatus: 3},
		running("stubborn", "stubborn"), running("wéb☃", `ü<&'">😀`),
	}
}

func theListing(t *testing.T, s *supervisord, c *xmlrpc.Client) {
	who, err := c.Identity(t.Context())
	if want := (domain.Supervisor{PID: s.command.Process.Pid}); err != nil || who != want {
		t.Errorf("Identity: %v, %v", who, err)
	}
	all, err := c.Processes(t.Context())
	moving := cmpopts.IgnoreFields(domain.Process{}, "PID", "Started", "Ended", "Uptime", "StdoutLog", "StderrLog")
	if diff := cmp.Diff(expected(), all, moving); diff != "" || err != nil {
		t.Fatalf("Processes: %v %s", err, diff)
	}
	for _, p := range all {
		up := p.State == domain.Running
		if up != (p.PID > 0) || p.Started.IsZero() || p.Ended.IsZero() == (p.State == domain.Exited) || p.Uptime < 0 || p.Uptime > time.Minute {
			t.Errorf("%+v", p)
		}
		if up && (!strings.Contains(p.StdoutLog, p.Name+"-stdout") || !strings.Contains(p.StderrLog, p.Name+"-stderr")) {
			t.Errorf("%s writes to %q and %q", p.ID, p.StdoutLog, p.StderrLog)
		}
		if age := time.Since(p.Started); age < 0 || age > time.Minute {
			t.Errorf("%v was started %v ago", p.ID, age)
		}
		one, err := c.Process(t.Context(), p.ID)
		if diff := cmp.Diff(p, one, cmpopts.IgnoreFields(domain.Process{}, "Uptime")); diff != "" || err != nil {
			t.Errorf("Process: %v %s", err, diff)
		}
	}
}

func theSettings(t *testing.T, c *xmlrpc.Client) {
	plain := domain.Settings{StopWait: 10 * time.Second, ExitCodes: []int{0}, Priority: 999}
	many := domain.Settings{StopWait: 7 * time.Second, ExitCodes: []int{0}, Priority: 42}
	once, stubborn, odd, ghost := plain, plain, plain, plain
	odd.StopWait, ghost.StartWait = time.Second, time.Second
	once.ExitCodes, stubborn.StopWait = []int{3, 4}, 3*time.Second
	want := map[domain.ID]domain.Settings{
		id("ghost", "ghost"): ghost, id("many", "w_00"): many, id("many", "w_01"): many, id("many", "w_02"): many,
		id("obedient", "obedient"): plain, id("once", "once"): once, id("stubborn", "stubborn"): stubborn, id("wéb☃", `ü<&'">😀`): odd,
	}
	got, err := c.Settings(t.Context())
	if diff := cmp.Diff(want, got, anyFingerprint()); diff != "" || err != nil {
		t.Errorf("Settings: %v %s", err, diff)
	}
}

// theDoors compares both ways in: one is open, the other wants credentials.
func theDoors(t *testing.T, s *supervisord, open *xmlrpc.Client) {
	want, err := open.Identity(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	refused := 0
	for _, url := range []string{s.unix, s.inet} {
		right := client(t, xmlrpc.Config{URL: url, Username: "üser", Password: "pässw:ord"})
		for range 2 {
			_, err := client(t, xmlrpc.Config{URL: url}).Identity(t.Context())
			wrong := client(t, xmlrpc.Config{URL: url, Username: "somebody", Password: "hidden"})
			_, err2 := wrong.Identity(t.Context())
			_, err3 := wrong.Process(t.Context(), id("many", "w_00"))
			if errors.Is(err, domain.ErrUnauthorized) && errors.Is(err2, domain.ErrUnauthorized) && errors.Is(err3, domain.ErrUnauthorized) {
				refused++
			}
			if strings.Contains(fmt.Sprint(err, err2, err3), "hidden") {
				t.Errorf("%v shows the password", err2)
			}
		}
		if who, err := right.Identity(t.Context()); err != nil || who != want {
			t.Errorf("%s: %v, %v", url, who, err)
		}
	}
	if refused != 2 {
		t.Errorf("refused %d times, want twice at one door", refused)
	}
}

func theCalls(t *testing.T, c *xmlrpc.Client) {
	ctx, sleeper := t.Context(), id("wéb☃", `ü<&'">😀`)
	before, _ := c.Process(ctx, sleeper)
	steps := []struct {
		what string
		err  error
		want []string
	}{
		{"stop a name not known", c.Stop(ctx, id("many", "w_03")), words(domain.ErrNoSuchProcess)},
		{"stop a group not known", c.Stop(ctx, id("few", "w_00")), words(domain.ErrNoSuchProcess)},
		{"start what runs", c.Start(ctx, sleeper), words(domain.ErrAlreadyStarted)},
		{"start what has no file", c.Start(ctx, id("ghost", "ghost")), words(domain.ErrCannotStart)},
		{"stop what never ran", c.Stop(ctx, id("ghost", "ghost")), words(domain.ErrNotRunning)},
		{"signal what has ended", c.Signal(ctx, id("once", "once"), "HUP"), words(domain.ErrNotRunning)},
		{"signal with a bad name", c.Signal(ctx, sleeper, "NONSENSE"), words()},
		{"signal", c.Signal(ctx, sleeper, "CONT"), words()},
		{"stop", c.Stop(ctx, sleeper), words()},
		{"stop again", c.Stop(ctx, sleeper), words(domain.ErrNotRunning)},
	}
	for _, step := range steps {
		if diff := cmp.Diff(step.want, kinds(step.err)); diff != "" {
			t.Errorf("%s: %v %s", step.what, step.err, diff)
		}
	}
	if err := steps[7].err; err != nil {
		t.Error(err)
	}
	if err := steps[8].err; err != nil {
		t.Error(err)
	}
	became := func(state domain.State) func() bool {
		return func() bool { p, err := c.Process(ctx, sleeper); return err == nil && p.State == state }
	}
	eventually(t, "stopped", became(domain.Stopped))
	if err := c.Start(ctx, sleeper); err != nil {
		t.Error(err)
	}
	eventually(t, "running", became(domain.Running))
	if after, err := c.Process(ctx, sleeper); err != nil || after.PID == before.PID || after.Ended.IsZero() {
		t.Errorf("%+v is the same as %+v, %v", after, before, err)
	}
}

// theEnd watches a shutdown, which the stubborn program draws out.
func theEnd(t *testing.T, s *supervisord, c *xmlrpc.Client) {
	if err := s.command.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it says that it is shutting down", func() bool {
		_, err := c.Identity(t.Context())
		return errors.Is(err, domain.ErrShuttingDown)
	})
	<-s.ended
	if diff := cmp.Diff(words(domain.ErrUnreachable, domain.ErrNotSent), kinds(c.Stop(t.Context(), web))); diff != "" {
		t.Error(diff)
	}
}

// theFastWay has the scanner read the answer as it came, so that a change of its shape is seen.
func theFastWay(t *testing.T, s *supervisord) {
	call := "<?xml version='1.0'?><methodCall><methodName>supervisor.getAllProcessInfo</methodName></methodCall>"
	resp, err := http.Post(s.inet+"/RPC2", "text/xml", strings.NewReader(call))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if n, ok := xmlrpc.ScanListing(body); !ok || n != len(expected()) {
		t.Errorf("%v, %d processes in %s", ok, n, body)
	}
}

func TestRealSupervisordWithoutItsInterface(t *testing.T) {
	t.Parallel()
	s := supervise(t, "", "", "")
	c := client(t, xmlrpc.Config{URL: s.unix})
	var err error
	eventually(t, "it answers", func() bool { _, err = c.Processes(t.Context()); return !errors.Is(err, domain.ErrUnreachable) })
	if err == nil || !strings.Contains(err.Error(), "[rpcinterface:supervisor]") {
		t.Errorf("%v does not name the section", err)
	}
}

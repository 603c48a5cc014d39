package supervisord_test

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/mocks/supervisord"
)

// subject is a supervisord, the real one or the stand-in, with the fixture programs.
type subject struct {
	url    string // without credentials
	locked string // with the credentials u and p
	dir    string // with scripts and the recorded events
}

// TestAnswersAreThoseOfARealSupervisord holds the same conversation with both.
func TestAnswersAreThoseOfARealSupervisord(t *testing.T) {
	required := os.Getenv("SUPERVISOR_HEALTHCHECK_E2E") == "required"
	path, err := exec.LookPath("supervisord")
	switch {
	case err != nil && required:
		t.Fatal(err)
	case err != nil:
		t.Skip("no supervisord on PATH")
	case testing.Short() && !required:
		t.Skip("a real supervisord takes its time")
	}
	var real, standIn []string
	var realEvents, standInEvents map[string][]string
	t.Run("both", func(t *testing.T) {
		t.Run("the real one", func(t *testing.T) {
			t.Parallel()
			real, realEvents = converse(t, startReal(t, path))
		})
		t.Run("the stand-in", func(t *testing.T) {
			t.Parallel()
			standIn, standInEvents = converse(t, startStandIn(t))
		})
	})
	if diff := cmp.Diff(real, standIn); diff != "" {
		t.Errorf("answers: -real +stand-in\n%s", diff)
	}
	if diff := cmp.Diff(realEvents, standInEvents); diff != "" {
		t.Errorf("events: -real +stand-in\n%s", diff)
	}
	if len(real) == 0 || len(realEvents) == 0 {
		t.Error("nothing was compared")
	}
}

// scripts are the programs that need a shell.
func scripts(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, script := range map[string]string{
		"exit0": "exit 0", "exit3": "exit 3", "stubborn": "trap '' TERM\n: > \"$0.trapped\"\nwhile :; do sleep 0.1; done",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(script+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "data"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/bin/sleep", filepath.Join(dir, "sleep")); err != nil {
		t.Fatal(err)
	}
	return dir
}

// fixture is the order of the groups too.
func fixture(dir string) []supervisord.Program {
	sh := func(script string) []string { return []string{"/bin/sh", filepath.Join(dir, script)} }
	const soon = time.Second // a real supervisord loses a stop signal that follows the start at once
	sleep := []string{"/bin/sleep", "1000"}
	programs := []supervisord.Program{
		{Name: "sleeper", Command: sleep, StopWait: soon, AutoStart: true, Startup: time.Second},
		{Name: "flap", Command: sh("exit3"), AutoStart: true, Startup: 2 * time.Second, StartRetries: 1},
		{Name: "stubborn", Command: sh("stubborn"), AutoStart: true, StopWait: soon},
		{Name: "oneshot", Command: sh("exit0"), AutoStart: true, AutoRestart: supervisord.RestartNever},
		{Name: "bad", Command: sh("exit3"), AutoStart: true, AutoRestart: supervisord.RestartNever},
		{Name: "lazy", Command: sleep, StopWait: soon, ExitCodes: []int{0, 2}},
		{Name: "missing", Command: []string{"/nonexistent/it's"}},
		{Name: "unfound", Command: []string{"no-such-command-anywhere", "x"}},
		{Name: "folder", Command: []string{dir}},
		{Name: "fleeting", Command: []string{filepath.Join(dir, "sleep"), "1000"}, AutoStart: true, StopWait: soon},
		{Name: "data", Command: []string{filepath.Join(dir, "data")}},
		{Name: "ünï&cödé", Command: sleep, StopWait: soon},
	}
	for i := range 3 {
		programs = append(programs, supervisord.Program{Group: "trio", Name: fmt.Sprintf("trio_%d", i), Command: sleep, StopWait: soon})
	}
	return programs
}

func wantedEvents() []string {
	return []string{"PROCESS_STATE", "PROCESS_GROUP", "remote_communication", "SUPERVISOR_STATE_CHANGE"}
}

func startStandIn(t *testing.T) subject {
	dir := scripts(t)
	listener := &supervisord.Listener{Name: "rec", Command: []string{self(t), filepath.Join(dir, "events")},
		Env: []string{role + "=recorder"}, Events: wantedEvents(), BufferSize: 1000}
	s := supervisord.New(t, supervisord.Config{Identifier: "an id", Programs: fixture(dir), Listener: listener})
	locked := supervisord.New(t, supervisord.Config{TCP: true, Username: "u", Password: "p"})
	return subject{url: s.URL(), locked: locked.URL(), dir: dir}
}

func startReal(t *testing.T, path string) subject {
	dir := scripts(t)
	port := freePort(t)
	conf := fmt.Sprintf(`[supervisord]
nodaemon=true
identifier=an id
logfile=%[1]s/log
pidfile=%[1]s/pid
[unix_http_server]
file=%[1]s/s
[inet_http_server]
port=127.0.0.1:%[2]d
username=u
password=p
[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
[eventlistener:rec]
command=%[3]s %[1]s/events
environment=%[4]s=recorder
events=%[5]s
buffer_size=1000
startsecs=0
stdout_logfile=NONE
stderr_logfile=NONE
`, dir, port, self(t), role, strings.Join(wantedEvents(), ","))
	for _, p := range fixture(dir) {
		conf += section(p)
	}
	file := filepath.Join(dir, "conf")
	if err := os.WriteFile(file, []byte(conf), 0o600); err != nil {
		t.Fatal(err)
	}
	start(t, exec.Command(path, "-c", file))
	return subject{url: "unix://" + dir + "/s", locked: fmt.Sprintf("http://127.0.0.1:%d", port), dir: dir}
}

func start(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = cmd.Wait()
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		select {
		case <-ended:
		case <-time.After(15 * time.Second):
			t.Error("the real supervisord did not end")
			_ = cmd.Process.Kill()
			<-ended
		}
	})
}

func commandLine(words []string) string {
	line := slices.Clone(words)
	for i, word := range line {
		if strings.Contains(word, "'") {
			line[i] = "'" + strings.ReplaceAll(word, "'", `'"'"'`) + "'"
		}
	}
	return strings.Join(line, " ")
}

// section writes a program as a configuration file has it.
func section(p supervisord.Program) string {
	if p.Group != "" && !strings.HasSuffix(p.Name, "_0") {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "[program:%s]\ncommand=%s\n", strings.TrimSuffix(p.Name, "_0"), commandLine(p.Command))
	if p.Group != "" {
		b.WriteString("numprocs=3\nprocess_name=%(program_name)s_%(process_num)d\n")
	}
	fmt.Fprintf(&b, "autostart=%v\nstartsecs=%d\n", p.AutoStart, int(p.Startup.Seconds()))
	if p.AutoRestart == supervisord.RestartNever {
		b.WriteString("autorestart=false\n")
	}
	if p.StopWait > 0 {
		fmt.Fprintf(&b, "stopwaitsecs=%d\n", int(p.StopWait.Seconds()))
	}
	if p.StartRetries > 0 {
		fmt.Fprintf(&b, "startretries=%d\n", p.StartRetries)
	}
	if p.ExitCodes != nil {
		b.WriteString("exitcodes=" + strings.Trim(strings.ReplaceAll(fmt.Sprint(p.ExitCodes), " ", ","), "[]") + "\n")
	}
	return b.String() + "stdout_logfile=NONE\nstderr_logfile=NONE\n"
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// normal replaces what differs between two runs: numbers of processes, times, paths.
func normal(s subject, text string) string {
	text = strings.ReplaceAll(text, s.dir, "DIR")
	for _, r := range [][2]string{
		{`(<name>(?:start|stop|now|pid)</name>\n<value><int>)[1-9]\d*`, "${1}N"},
		{`pid [1-9]\d*, uptime \d+:\d\d:\d\d`, "pid N, uptime T"},
		{`[A-Z][a-z]{2} \d\d \d\d:\d\d [AP]M`, "DATE"},
		{`pid:[1-9]\d*`, "pid:N"},
	} {
		text = regexp.MustCompile(r[0]).ReplaceAllString(text, r[1])
	}
	return text
}

// recorded reads the events up to the one that marks the end. Those of different processes come in any order.
func recorded(t *testing.T, s subject) map[string][]string {
	t.Helper()
	file := filepath.Join(s.dir, "events")
	before, marked := "", false
	eventually(t, "the end of the events is recorded", func() bool {
		content, _ := os.ReadFile(file)
		before, _, marked = strings.Cut(string(content), `ntype:mark\n`)
		return marked
	})
	return sorted(t, s, before)
}

func sorted(t *testing.T, s subject, lines string) map[string][]string {
	t.Helper()
	events := map[string][]string{}
	header := regexp.MustCompile(`^ver:3.0 server:an id serial:(\d+) pool:rec poolserial:(\d+) eventname:(\S+) len:\d+\\n(.*)`)
	process := regexp.MustCompile(`^processname:(\S+)`)
	all := strings.Split(strings.TrimSpace(lines), "\n")
	for i, line := range all[:len(all)-1] { // the last is the mark
		line = strings.ReplaceAll(strings.Trim(line, `"`), `\"`, `"`)
		m := header.FindStringSubmatch(line)
		if m == nil || m[1] != fmt.Sprint(i) || m[2] != fmt.Sprint(i) {
			t.Fatalf("event %d: %s", i, line)
		}
		key := "others"
		if p := process.FindStringSubmatch(m[4]); p != nil {
			key = p[1]
		}
		events[key] = append(events[key], normal(s, m[3]+" "+m[4]))
	}
	return events
}

// members are the structs of a group call, which come in the order in which they happened.
func members(body string) string {
	structs := strings.Split(body, "<value><struct>")
	if len(structs) > 2 && strings.Contains(body, "<name>status</name>") {
		tail := "</data></array></value>\n"
		last := len(structs) - 1
		cut, end, _ := strings.Cut(structs[last], tail)
		structs[last] = cut
		slices.Sort(structs[1:])
		return strings.Join(structs, "<value><struct>") + tail + end
	}
	return body
}

package supervisord_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/mocks/supervisord"
)

// states lists the states that a process has entered, from the events.
func states(s *supervisord.Server, name string) []string {
	var all []string
	for _, d := range s.Deliveries() {
		if strings.HasPrefix(d.Payload, "processname:"+name+" ") {
			_, rest, _ := strings.Cut(d.Payload, " from_state:")
			if i := strings.Index(rest, " pid:"); i >= 0 {
				rest = rest[:i]
			}
			_, detail, _ := strings.Cut(rest, " ")
			all = append(all, strings.TrimSpace(strings.TrimPrefix(d.Name, "PROCESS_STATE_")+" "+detail))
		}
	}
	return all
}

func TestTheLifeOfAProcess(t *testing.T) {
	restart := func(p supervisord.Program, when supervisord.AutoRestart) supervisord.Program {
		p.AutoRestart = when
		return p
	}
	failing := shell("p", "exit 3")
	failing.Startup, failing.StartRetries = time.Minute, 2
	hopeless := failing
	hopeless.StartRetries = -1
	absent := supervisord.Program{Name: "p", Command: []string{"/nonexistent"}, AutoStart: true, StartRetries: -1}
	lost := supervisord.Program{Name: "p", Command: []string{"true"}, Dir: "/nonexistent", AutoStart: true, AutoRestart: supervisord.RestartNever}
	cases := map[string]struct {
		program supervisord.Program
		states  []string // the first of them
		last    domain.Process
	}{
		"a job that ends well": {shell("p", "exit 0"),
			[]string{"STARTING tries:0", "RUNNING", "EXITED expected:1"},
			domain.Process{State: domain.Exited}},
		"a job that fails": {shell("p", "exit 3"),
			[]string{"STARTING tries:0", "RUNNING", "EXITED expected:0"},
			domain.Process{State: domain.Exited, ExitStatus: 3, SpawnError: "Bad exit code 3"}},
		"death by a signal": {shell("p", "kill -9 $$"),
			[]string{"STARTING tries:0", "RUNNING", "EXITED expected:0"},
			domain.Process{State: domain.Exited, ExitStatus: -1, SpawnError: "Bad exit code -1"}},
		"unexpected ends are restarted": {restart(shell("p", "exit 3"), supervisord.RestartUnexpected),
			[]string{"STARTING tries:0", "RUNNING", "EXITED expected:0", "STARTING tries:0", "RUNNING"}, domain.Process{}},
		"expected ends are not": {restart(shell("p", "exit 0"), supervisord.RestartUnexpected),
			[]string{"STARTING tries:0", "RUNNING", "EXITED expected:1"}, domain.Process{State: domain.Exited}},
		"all ends are restarted": {restart(shell("p", "exit 0"), supervisord.RestartAlways),
			[]string{"STARTING tries:0", "RUNNING", "EXITED expected:1", "STARTING tries:0", "RUNNING"}, domain.Process{}},
		"starts that fail until FATAL": {failing,
			[]string{"STARTING tries:0", "BACKOFF tries:1", "STARTING tries:1", "BACKOFF tries:2", "STARTING tries:2", "BACKOFF tries:3", "FATAL"},
			domain.Process{State: domain.Fatal, SpawnError: "Exited too quickly (process log may have details)"}},
		"no retry": {hopeless, []string{"STARTING tries:0", "BACKOFF tries:1", "FATAL"},
			domain.Process{State: domain.Fatal, SpawnError: "Exited too quickly (process log may have details)"}},
		"no such command": {absent, []string{"STARTING tries:0", "BACKOFF tries:1", "FATAL"},
			domain.Process{State: domain.Fatal, SpawnError: "can't find command '/nonexistent'"}},
		"no such directory": {lost, []string{"STARTING tries:0", "RUNNING", "EXITED expected:0"},
			domain.Process{State: domain.Exited, ExitStatus: 127, SpawnError: "Bad exit code 127"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			listener, _ := recorder(t, "PROCESS_STATE")
			listener.BufferSize = 1000
			s := supervisord.New(t, supervisord.Config{Listener: listener, Programs: []supervisord.Program{c.program}, Second: 20 * time.Millisecond})
			await(t, s, "the states", func() bool { return len(states(s, "p")) >= len(c.states) })
			if diff := cmp.Diff(c.states, states(s, "p")[:len(c.states)]); diff != "" {
				t.Error(diff)
			}
			if c.last.State == domain.Stopped {
				return
			}
			got, err := s.Process("p")
			got.ID, got.Started, got.Ended = domain.ID{}, time.Time{}, time.Time{}
			if diff := cmp.Diff(c.last, got); diff != "" || err != nil {
				t.Error(diff, err)
			}
		})
	}
}

func TestAnAdministratorStopsAndStarts(t *testing.T) {
	stubborn := shell("stubborn", "trap '' TERM; echo trapped; while :; do sleep 0.1; done")
	stubborn.StopWait = 300 * time.Millisecond
	out := &buffer{}
	stubborn.Stdout = out
	idle := sleeper("idle")
	idle.AutoStart, idle.StopSignal = false, syscall.SIGINT
	s := supervisord.New(t, supervisord.Config{Programs: []supervisord.Program{stubborn, idle}})
	eventually(t, "it is trapped", func() bool { return out.String() == "trapped\n" })
	if err := s.StopProcess("stubborn", false); err != nil {
		t.Fatal(err)
	}
	if p, _ := s.Process("stubborn"); p.State != domain.Stopping {
		t.Errorf("got %+v", p)
	}
	if p := awaitState(t, s, "stubborn", domain.Stopped); p.ExitStatus != -1 || p.PID != 0 || p.Ended.Sub(p.Started) < stubborn.StopWait {
		t.Errorf("got %+v", p)
	}
	if p, _ := s.Process("idle"); !p.Started.IsZero() || p.State != domain.Stopped {
		t.Errorf("got %+v", p)
	}
	if err := errors.Join(s.StartProcess("idle", true), s.SignalProcess("idle", "WINCH"), s.StopProcess("idle:*", true)); err != nil {
		t.Error(err)
	}
	if err := errors.Join(s.RemoveGroup("idle"), s.AddGroup("idle", sleeper("one"), sleeper("two"))); err != nil {
		t.Error(err)
	}
	awaitState(t, s, "idle:two", domain.Running)
	var refused *domain.Fault
	if err := s.RemoveGroup("idle"); !errors.As(err, &refused) || *refused != (domain.Fault{Code: 91, Text: "STILL_RUNNING: idle"}) {
		t.Errorf("got %v", err)
	}
	var names []string
	for _, p := range s.Processes() {
		names = append(names, p.ID.String())
	}
	if diff := cmp.Diff([]string{"stubborn", "idle:one", "idle:two"}, names); diff != "" {
		t.Error(diff)
	}
}

// buffer is a bytes.Buffer for several goroutines.
type buffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

func TestChildrenHaveTheEnvironmentOfSupervisord(t *testing.T) {
	out, trouble := &buffer{}, &buffer{}
	program := shell("p", "env; pwd; echo trouble >&2")
	program.Group, program.Stdout, program.Stderr, program.Dir = "g", out, trouble, t.TempDir()
	program.Env = []string{"OWN=1", "SUPERVISOR_ENABLED=yes"}
	s := supervisord.New(t, supervisord.Config{Username: "u", Password: "p", Programs: []supervisord.Program{program}})
	awaitState(t, s, "g:p", domain.Exited)
	var got []string
	for line := range strings.Lines(out.String()) {
		if slices.Contains(os.Environ(), strings.TrimSpace(line)) {
			continue // inherited
		}
		if strings.HasPrefix(line, "SUPERVISOR_") || strings.HasPrefix(line, "OWN=") || strings.HasPrefix(line, "/") {
			got = append(got, strings.TrimSpace(line))
		}
	}
	slices.Sort(got)
	want := []string{program.Dir, "OWN=1", "SUPERVISOR_ENABLED=yes", "SUPERVISOR_GROUP_NAME=g", "SUPERVISOR_PROCESS_NAME=p",
		"SUPERVISOR_SERVER_URL=" + s.URL()}
	if diff := cmp.Diff(want, got); diff != "" || trouble.String() != "trouble\n" {
		t.Error(diff, trouble.String())
	}
}

func TestCloseLeavesNothing(t *testing.T) {
	pids := filepath.Join(t.TempDir(), "pids")
	family := shell("family", `trap '' TERM; sleep 1000 & sh -c 'trap "" TERM; while :; do sleep 1; done' & echo $! > "$0"; wait`)
	family.Command = append(family.Command, pids)
	runaway := shell("runaway", `sleep 1000 & echo $! > "$0.2"`)
	runaway.Command = append(runaway.Command, pids)
	runaway.Stdout = &buffer{} // a pipe that the grandchild holds open
	s, err := supervisord.Start(supervisord.Config{Programs: []supervisord.Program{family, runaway, sleeper("s")}})
	if err != nil {
		t.Fatal(err)
	}
	awaitState(t, s, "runaway", domain.Exited)
	all := []int{readPID(t, pids), readPID(t, pids+".2")}
	for _, p := range s.Processes() {
		if p.PID != 0 {
			all = append(all, p.PID)
		}
	}
	if alive(all...) != len(all) || len(all) != 4 {
		t.Fatalf("of %v %d are alive", all, alive(all...))
	}
	if err := errors.Join(s.Close(), s.Close()); err != nil {
		t.Fatal(err)
	}
	eventually(t, fmt.Sprintf("none of %v is alive", all), func() bool { return alive(all...) == 0 })
	if _, err := os.Stat(filepath.Dir(strings.TrimPrefix(s.URL(), "unix://"))); err == nil {
		t.Error("the temporary directory is still there")
	}
}

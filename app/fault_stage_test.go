package app_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/mocks/supervisord"
)

const (
	period  = 5 * time.Second // of the ticks that the listener wants; the stand-in sends them more often
	patient = 90 * time.Second
)

// The methods that a restart uses.
const (
	listAll  = "supervisor.getAllProcessInfo"
	look     = "supervisor.getProcessInfo"
	stop     = "supervisor.stopProcess"
	start    = "supervisor.startProcess"
	whatPID  = "supervisor.getPID"
	settings = "supervisor.getAllConfigInfo"
)

// stage is a stand-in supervisord with the whole program as its listener, and the service "web" that the listener
// looks after.
type stage struct {
	*supervisord.Server
	t      *testing.T
	dir    string
	config supervisord.Config
	log    *transcript
}

// set makes a stage and waits until everything on it runs.
func set(t *testing.T, changes ...func(*stage, *orders)) *stage {
	t.Helper()
	s := &stage{t: t, dir: t.TempDir(), log: &transcript{}}
	s.config = supervisord.Config{
		Programs:  []supervisord.Program{s.service("web", 100*time.Millisecond)},
		Listener:  &supervisord.Listener{Name: "health", Command: []string{self(t)}, Events: []string{"TICK_5"}, Stderr: s.log},
		TickEvery: 200 * time.Millisecond,
		Second:    20 * time.Millisecond,
	}
	o := orders{Dir: s.dir, Select: []string{"web"}}
	for _, change := range changes {
		change(s, &o)
	}
	s.config.Listener.Env = append(s.config.Listener.Env, encoded(t, o))
	s.open()
	return s
}

func self(t *testing.T) string {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func encoded(t *testing.T, o orders) string {
	t.Helper()
	text, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	return ordersVariable + "=" + string(text)
}

// open starts the stand-in and waits until everything runs.
func (s *stage) open() {
	s.t.Helper()
	s.raise()
	s.until("the listener accepts events", func() bool { return s.ListenerState().Accepts() })
	for _, p := range s.config.Programs {
		if p.AutoStart && p.Startup > 0 {
			s.until(p.Name+" has begun", func() bool { return s.process(p.Name).State == domain.Running && len(s.lives(p.Name)) > 0 })
		}
	}
}

// raise starts the stand-in, and at the end of the test looks for what must never be in the log.
func (s *stage) raise() {
	s.t.Helper()
	s.Server = supervisord.New(s.t, s.config)
	s.t.Cleanup(func() {
		text := s.log.String()
		for _, never := range []string{"DATA RACE", "panic", "goroutine "} {
			if strings.Contains(text, never) {
				s.t.Errorf("the log has %q", never)
			}
		}
		if s.t.Failed() {
			s.t.Logf("the log of the listener:\n%.6000s", text)
		}
	})
}

// service is a program that takes its time to start and to stop, and notes each of its lives.
func (s *stage) service(name string, pace time.Duration) supervisord.Program {
	const script = `echo $$ >> "$1"; trap 'kill $!; sleep "$2"; exit 0' TERM; sleep 1000 & wait`
	return supervisord.Program{
		Name: name, AutoStart: true, AutoRestart: supervisord.RestartUnexpected, Startup: pace,
		Command: []string{"sh", "-c", script, "sh", filepath.Join(s.dir, name+".lives"), fmt.Sprint(pace.Seconds())},
	}
}

// slowly has web start and stop so slowly that its states can be seen on a busy machine.
func slowly(s *stage, _ *orders) {
	s.config.Programs[0] = s.service("web", 2*time.Second)
}

// accompanied adds another service that the listener looks after. Then it asks for the list in every round.
func accompanied(s *stage, o *orders) {
	s.config.Programs = append(s.config.Programs, supervisord.Program{Name: "db", AutoStart: true, Command: []string{"sleep", "1000"}})
	o.Select = append(o.Select, "db")
}

// lives returns a line for each life of a service.
func (s *stage) lives(name string) []string {
	text, err := os.ReadFile(filepath.Join(s.dir, name+".lives"))
	if err != nil {
		return nil
	}
	return strings.Fields(string(text))
}

func (s *stage) process(name string) domain.Process {
	s.t.Helper()
	p, err := s.Process(name)
	if err != nil {
		s.t.Fatal(err)
	}
	return p
}

// ail makes this life of the service unwell for good; the next one is well.
func (s *stage) ail(name, ailment string) {
	s.t.Helper()
	file := filepath.Join(s.dir, name+".ails")
	text := fmt.Sprintf("%d %s", s.process(name).PID, ailment)
	if err := os.WriteFile(file+"~", []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
	if err := os.Rename(file+"~", file); err != nil {
		s.t.Fatal(err)
	}
}

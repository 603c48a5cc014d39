package supervisord_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/mocks/supervisord"
)

func TestForcedFaults(t *testing.T) {
	const length = int64(len("<?xml version='1.0'?>\n<methodResponse>\n<params>\n<param>\n<value><boolean>1</boolean></value>\n</param>\n</params>\n</methodResponse>\n"))
	text := []string{"Server: Medusa/1.12", "Content-Type: text/xml"}
	cases := map[string]struct {
		rule    supervisord.Rule
		want    answer // only the beginning of the body
		err     error
		stopped bool // the call was carried out
	}{
		"another method": {supervisord.Rule{Method: "supervisor.startProcess", Cut: true},
			answer{"HTTP/1.1 200 OK", text, length, "<?xml"}, nil, true},
		"another process": {supervisord.Rule{Name: "b", Cut: true},
			answer{"HTTP/1.1 200 OK", text, length, "<?xml"}, nil, true},
		"late": {supervisord.Rule{Name: "a:a", Delay: 50 * time.Millisecond},
			answer{"HTTP/1.1 200 OK", text, length, "<?xml"}, nil, true},
		"carried out at once, answered late": {supervisord.Rule{Method: "supervisor.stopProcess", Delay: 50 * time.Millisecond, DoIt: true},
			answer{"HTTP/1.1 200 OK", text, length, "<?xml"}, nil, true},
		"fault": {supervisord.Rule{Fault: 50}, answer{"HTTP/1.1 200 OK", text, 267, "<?xml"}, nil, false},
		"status": {supervisord.Rule{Status: 500},
			answer{"HTTP/1.1 500 Internal Server Error", []string{"Server: Medusa/1.12", "Content-Type: text/html"}, 146, "<head>"}, nil, false},
		"unauthorized": {supervisord.Rule{Status: 401}, answer{"HTTP/1.1 401 Unauthorized", []string{"Server: Medusa/1.12",
			"Connection: close", `WWW-Authenticate: Basic realm="default"`, "Content-Type: text/html"}, 137, "<head>"}, nil, false},
		"cut":                {supervisord.Rule{Cut: true}, answer{}, io.EOF, false},
		"carried out, cut":   {supervisord.Rule{Cut: true, DoIt: true}, answer{}, io.EOF, true},
		"truncated":          {supervisord.Rule{CutAfter: 3}, answer{"HTTP/1.1 200 OK", text, length, "<?x"}, io.ErrUnexpectedEOF, true},
		"junk":               {supervisord.Rule{Body: "junk"}, answer{"HTTP/1.1 200 OK", text, 4, "junk"}, nil, false},
		"carried out, fault": {supervisord.Rule{Fault: 6, Text: "x", DoIt: true}, answer{"HTTP/1.1 200 OK", text, 256, "<?xml"}, nil, true},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := supervisord.New(t, supervisord.Config{Programs: []supervisord.Program{sleeper("a")}})
			s.Force(c.rule)
			got, err := exchange(t, s.URL(), post(xmlCall("supervisor.stopProcess", "a", true)))
			if strings.HasPrefix(got.Body, c.want.Body) {
				got.Body = c.want.Body
			}
			if diff := cmp.Diff(c.want, got); diff != "" || err != c.err {
				t.Error(diff, err)
			}
			if p, _ := s.Process("a"); (p.State == domain.Stopped) != c.stopped {
				t.Errorf("got %+v", p)
			}
		})
	}
}

func TestRulesAreUsedUpAndCleared(t *testing.T) {
	s := supervisord.New(t, supervisord.Config{})
	s.Force(supervisord.Rule{Times: 2, Fault: 30})
	s.Force(supervisord.Rule{Fault: 40, Text: "ALWAYS"})
	var got []bool
	for range 4 {
		got = append(got, isFault(call(t, s.URL(), "supervisor.getState"), 30, "FAILED"))
	}
	if diff := cmp.Diff([]bool{true, true, false, false}, got); diff != "" {
		t.Error(diff)
	}
	if body := call(t, s.URL(), "supervisor.getState"); !isFault(body, 40, "ALWAYS") {
		t.Error(body)
	}
	s.ClearRules()
	if body := call(t, s.URL(), "supervisor.getState"); !strings.Contains(body, "RUNNING") {
		t.Error(body)
	}
}

func TestACallIsDelayedUntilItIsReleased(t *testing.T) {
	s := supervisord.New(t, supervisord.Config{Programs: []supervisord.Program{sleeper("a")}})
	s.Force(supervisord.Rule{Method: "supervisor.stopProcess", Delay: time.Hour})
	s.Release() // of no use to a call that is yet to come
	conn := dial(t, s.URL())
	write(t, conn, post(xmlCall("supervisor.stopProcess", "a")))
	eventually(t, "the call has come", func() bool { return len(s.Calls()) == 1 })
	if body := call(t, s.URL(), "supervisor.getProcessInfo", "a"); !strings.Contains(body, "RUNNING") {
		t.Errorf("it was not delayed: %s", body)
	}
	s.Release()
	awaitState(t, s, "a", domain.Stopped)
}

func TestCallsAreRecordedInOrder(t *testing.T) {
	s := supervisord.New(t, supervisord.Config{Programs: []supervisord.Program{sleeper("a")}})
	before := time.Now()
	s.Force(supervisord.Rule{Method: "supervisor.startProcess", Fault: 20, Text: "gone"})
	body := call(t, s.URL(), "supervisor.getProcessInfo", "a")
	answer, err := exchange(t, s.URL(), post(multicall(inner("supervisor.stopProcess", "a", false), inner("supervisor.startProcess", "a", 1))))
	if err != nil || !isFault(answer.Body, 20, "gone") || !strings.Contains(body, "RUNNING") {
		t.Fatal(answer, err)
	}
	var got []supervisord.Call
	for _, c := range s.Calls() {
		if c.At.Before(before) || c.At.After(time.Now()) {
			t.Errorf("%v is no time of %s", c.At, c.Method)
		}
		if c.Method == "system.multicall" {
			c.Args = nil
		}
		got = append(got, supervisord.Call{Method: c.Method, Args: c.Args})
	}
	want := []supervisord.Call{
		{Method: "supervisor.getProcessInfo", Args: []any{"a"}},
		{Method: "system.multicall"},
		{Method: "supervisor.stopProcess", Args: []any{"a", false}},
		{Method: "supervisor.startProcess", Args: []any{"a", 1}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	s.ResetCalls()
	if len(s.Calls()) != 0 {
		t.Error("the calls were not forgotten")
	}
}

func TestAFrozenServerAcceptsAndSaysNothing(t *testing.T) {
	listener, _ := recorder(t, "TICK_5")
	s := supervisord.New(t, supervisord.Config{Listener: listener, Programs: []supervisord.Program{shell("job", "read line; exit 0"), sleeper("s")}})
	awaitReadiness(t, s, supervisord.Ready)
	job, _ := s.Process("s")
	s.Freeze()
	if child, err := os.FindProcess(job.PID); err != nil || child.Kill() != nil {
		t.Fatal(err)
	}
	for range 3 {
		s.Tick(5 * time.Second)
	}
	conn := dial(t, s.URL())
	write(t, conn, post(xmlCall("supervisor.getVersion")))
	if err := conn.SetReadDeadline(time.Now().Add(100 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if n, err := conn.Read(make([]byte, 1)); n != 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("got %d bytes, %v", n, err)
	}
	if p, _ := s.Process("s"); p != (domain.Process{ID: job.ID, State: domain.Running, PID: job.PID, Started: job.Started, Uptime: p.Uptime}) || len(s.Deliveries()) != 0 {
		t.Errorf("something happened: %+v, %+v", p, s.Deliveries())
	}
	s.Thaw()
	if err := conn.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if a, err := readAnswer(bufio.NewReader(conn)); err != nil || !strings.Contains(a.Body, "3.0") {
		t.Errorf("got %+v, %v", a, err)
	}
	await(t, s, "one late tick", func() bool { return len(s.Deliveries()) == 1 && s.ListenerState().State == supervisord.Ready })
	await(t, s, "the end of the child", func() bool { p, _ := s.Process("s"); return p.ExitStatus == -1 || p.PID != job.PID })
}

func TestCloseEndsAFrozenServer(t *testing.T) {
	s, err := supervisord.Start(supervisord.Config{Programs: []supervisord.Program{sleeper("s")}})
	if err != nil {
		t.Fatal(err)
	}
	s.Freeze()
	conn := dial(t, s.URL())
	write(t, conn, post(xmlCall("supervisor.getVersion")))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Read(make([]byte, 1)); err == nil {
		t.Error("the connection was answered")
	}
}

func TestTheSocketVanishesAndReturns(t *testing.T) {
	for name, tcp := range map[string]bool{"unix": false, "tcp": true} {
		t.Run(name, func(t *testing.T) {
			s := supervisord.New(t, supervisord.Config{TCP: tcp})
			address := strings.TrimPrefix(strings.TrimPrefix(s.URL(), "unix://"), "http://")
			before := dial(t, s.URL())
			in := bufio.NewReader(before)
			write(t, before, post(xmlCall("supervisor.getVersion")))
			if _, err := readAnswer(in); err != nil {
				t.Fatal(err)
			}
			if err := s.Vanish(); err != nil {
				t.Fatal(err)
			}
			if conn, err := net.Dial(name, address); err == nil {
				conn.Close()
				t.Error("connected")
			}
			write(t, before, post(xmlCall("supervisor.getVersion")))
			if _, err := readAnswer(in); err != nil {
				t.Error(err)
			}
			if err := errors.Join(s.Return(), s.Return()); err != nil {
				t.Fatal(err)
			}
			call(t, s.URL(), "supervisor.getVersion")
		})
	}
}

func TestACrashCutsTheListenerOff(t *testing.T) {
	listener, _ := recorder(t, "TICK_5")
	s := supervisord.New(t, supervisord.Config{Listener: listener, Programs: []supervisord.Program{sleeper("s")}})
	awaitReadiness(t, s, supervisord.Ready)
	s.Crash()
	await(t, s, "the end of the listener", func() bool { return s.ListenerState().PID == 0 })
	if p, _ := s.Process("s"); p.PID == 0 || alive(p.PID) != 1 || !ended(s) {
		t.Errorf("got %+v", p)
	}
}

func TestAShutdownEndsTheListenerLast(t *testing.T) {
	listener, _ := recorder(t, "PROCESS_STATE_STOPPING", "SUPERVISOR_STATE_CHANGE")
	s := supervisord.New(t, supervisord.Config{Listener: listener, Programs: []supervisord.Program{sleeper("a"), sleeper("b")}})
	awaitReadiness(t, s, supervisord.Ready)
	if err := s.Shutdown(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-s.Done():
	case <-time.After(20 * time.Second):
		t.Fatal("it did not end")
	}
	var got []string
	for _, d := range s.Deliveries() {
		got = append(got, d.Name+" "+strings.Split(d.Payload, " ")[0])
	}
	want := []string{"SUPERVISOR_STATE_CHANGE_RUNNING ", "SUPERVISOR_STATE_CHANGE_STOPPING ", "PROCESS_STATE_STOPPING processname:b", "PROCESS_STATE_STOPPING processname:a"}
	if len(got) < 2 || !cmp.Equal(want[:len(got)], got) { // it may be ended before it has taken them all
		t.Errorf("got %q", got)
	}
	var refused *domain.Fault
	if err := s.StartProcess("a", true); !errors.As(err, &refused) || refused.Code != 6 {
		t.Errorf("got %v", err)
	}
}

func TestAReloadStartsEverythingAnew(t *testing.T) {
	listener, _ := recorder(t, "TICK_5")
	s := supervisord.New(t, supervisord.Config{Listener: listener, Programs: []supervisord.Program{sleeper("a")}})
	a := awaitState(t, s, "a", domain.Running)
	awaitReadiness(t, s, supervisord.Ready)
	if err := s.Restart(); err != nil {
		t.Fatal(err)
	}
	await(t, s, "a new life", func() bool {
		p, _ := s.Process("a")
		return p.State == domain.Running && p.PID != a.PID && s.ListenerState().State == supervisord.Ready
	})
	call(t, s.URL(), "supervisor.getVersion")
}

func TestAClientThatHangsUpEndsItsMulticall(t *testing.T) {
	ready := filepath.Join(t.TempDir(), "ready")
	stubborn := shell("slow", "trap 'exec sleep 3' TERM; echo $$ > "+ready+"; while :; do sleep 0.05; done")
	s := supervisord.New(t, supervisord.Config{Programs: []supervisord.Program{stubborn}})
	readPID(t, ready)
	conn := dial(t, s.URL())
	write(t, conn, post(multicall(inner("supervisor.stopProcess", "slow"), inner("supervisor.startProcess", "slow"))))
	awaitState(t, s, "slow", domain.Stopping)
	conn.Close()
	awaitState(t, s, "slow", domain.Stopped)
	call(t, s.URL(), "supervisor.getVersion")
	for _, c := range s.Calls() {
		if c.Method == "supervisor.startProcess" {
			t.Error("it was started again")
		}
	}
}

func TestADeferredAnswerAnnouncesCharactersInsteadOfBytes(t *testing.T) {
	s := supervisord.New(t, supervisord.Config{Programs: []supervisord.Program{sleeper("ü")}})
	a, err := exchange(t, s.URL(), post(xmlCall("supervisor.stopProcessGroup", "ü")))
	if err != nil || !strings.HasSuffix(a.Body, "</methodResponse") { // two letters of two bytes each, so two bytes are missing
		t.Errorf("%q, %v", a.Body, err)
	}
}

func TestTwoCallsOnOneConnection(t *testing.T) {
	s := supervisord.New(t, supervisord.Config{Programs: []supervisord.Program{sleeper("a")}})
	conn := dial(t, s.URL())
	in := bufio.NewReader(conn)
	write(t, conn, post(xmlCall("supervisor.stopProcess", "a"))+post(xmlCall("supervisor.getVersion")))
	first, err1 := readAnswer(in)
	second, err2 := readAnswer(in)
	if err := errors.Join(err1, err2); err != nil || !strings.Contains(first.Body, yes) || !strings.Contains(second.Body, "3.0") {
		t.Errorf("%+v, %+v, %v", first, second, err)
	}
}

func TestAConfigurationThatSupervisordRefuses(t *testing.T) {
	listener := func(name string, events ...string) supervisord.Config {
		return supervisord.Config{Listener: &supervisord.Listener{Name: name, Command: []string{"cat"}, Events: events}}
	}
	program := func(group, name string) supervisord.Config {
		return supervisord.Config{Programs: []supervisord.Program{{Group: group, Name: name}}}
	}
	for want, config := range map[string]supervisord.Config{
		`start a supervisord: listener "l" wants no events`:                                                                       listener("l"),
		`start a supervisord: listener "l" wants the unknown event "TICK_1"`:                                                      listener("l", "TICK_1"),
		`start a supervisord: process "a b" in group "": a name is not empty and has no blank, colon or slash`:                    listener("a b", "EVENT"),
		`start a supervisord: process "" in group "g": a name is not empty and has no blank, colon or slash`:                      program("g", ""),
		`start a supervisord: process "x" in group "g:h": a name is not empty and has no blank, colon or slash`:                   program("g:h", "x"),
		`start a supervisord: the path of the socket is longer than 100 bytes: /` + strings.Repeat("x", 100) + `/supervisor.sock`: {Dir: "/" + strings.Repeat("x", 100)},
	} {
		s, err := supervisord.Start(config)
		if err == nil {
			t.Error("accepted:", want, s.Close())
		} else if err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestAwaitEndsWithItsContext(t *testing.T) {
	s := supervisord.New(t, supervisord.Config{Dir: t.TempDir()})
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := s.Await(ctx, func() bool { return false }); err != context.Canceled {
		t.Errorf("got %v", err)
	}
}

package main

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
	"time"

	"github.com/kolo/xmlrpc"
)

// call calls a method of supervisord into result, a pointer, unless that is nil.
func (s *sandbox) call(result any, method string, args ...any) error {
	body, err := xmlrpc.EncodeMethodCall(method, args...)
	if err != nil {
		return err
	}
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", s.socket)
	}
	client := http.Client{Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true}, Timeout: 20 * time.Second}
	answer, err := client.Post("http://supervisord/RPC2", "text/xml", bytes.NewReader(body))
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", method, answer.Status)
	}
	response := xmlrpc.Response(text)
	if err := response.Err(); err != nil || result == nil {
		return err
	}
	return response.Unmarshal(result)
}

// rpc calls a method and ends the test on a fault. The result may be asserted to bool, int64, string, []any or
// map[string]any.
func (s *sandbox) rpc(method string, args ...any) any {
	s.t.Helper()
	var result any
	if err := s.call(&result, method, args...); err != nil {
		s.t.Fatalf("%s: %v", method, err)
	}
	return result
}

// info is what supervisord says of a process, "group:name" or "name" where both are equal. It is nil if there is
// none or supervisord does not answer.
func (s *sandbox) info(name string) map[string]any {
	var result any
	if s.call(&result, "supervisor.getProcessInfo", name) != nil {
		return nil
	}
	info, _ := result.(map[string]any)
	return info
}

// state is the state of a process, such as RUNNING; empty if it is not known.
func (s *sandbox) state(name string) string {
	state, _ := s.info(name)["statename"].(string)
	return state
}

// pid is the pid of a process, 0 if it has none.
func (s *sandbox) pid(name string) int {
	pid, _ := s.info(name)["pid"].(int64)
	return int(pid)
}

// tick has supervisord emit a tick of this period, in seconds: TICK_5, TICK_60 or TICK_3600.
func (s *sandbox) tick(period int) {
	s.t.Helper()
	s.rpc("test.tick", period, time.Now().Unix())
}

// listenerState is READY, BUSY, ACKNOWLEDGED or UNKNOWN.
func (s *sandbox) listenerState(name string) string {
	s.t.Helper()
	state, _ := s.rpc("test.listener", name).(map[string]any)["state"].(string)
	return state
}

// buffered is the number of events that wait for the listener.
func (s *sandbox) buffered(name string) int {
	s.t.Helper()
	count, _ := s.rpc("test.listener", name).(map[string]any)["buffered"].(int64)
	return int(count)
}

// log is supervisord's log.
func (s *sandbox) log() string { return s.file("supervisord.log") }

// stderr is the log of the listener, or of a service.
func (s *sandbox) stderr(name string) string { return s.file(name+".err") + s.file(name+".stderr") }

// file is the content of a file in the sandbox, empty if there is none.
func (s *sandbox) file(name string) string {
	text, _ := os.ReadFile(s.path(name))
	return string(text)
}

// supervisorctl runs it and returns what it prints.
func (s *sandbox) supervisorctl(args ...string) string {
	s.t.Helper()
	out, err := exec.Command("supervisorctl", append([]string{"-c", s.path("conf")}, args...)...).CombinedOutput()
	if _, exited := err.(*exec.ExitError); err != nil && !exited {
		s.t.Fatal(err)
	}
	return string(out)
}

// eventually waits until it is so. After a long time the test ends and shows the logs.
func (s *sandbox) eventually(so func() bool, message string, args ...any) {
	s.t.Helper()
	s.within(20*time.Second, so, message, args...)
}

// within is eventually for what may take longer.
func (s *sandbox) within(patience time.Duration, so func() bool, message string, args ...any) {
	s.t.Helper()
	if !poll(patience, 20*time.Millisecond, so) {
		s.t.Fatalf("never: "+message, args...)
	}
}

// poll asks until it is so, with a pause between two times, and reports whether it was so in time.
func poll(patience, pause time.Duration, so func() bool) bool {
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(pause) {
		if so() {
			return true
		}
	}
	return false
}

// ticking sends two ticks in a second while it waits until it is so, at most a minute.
func (s *sandbox) ticking(so func() bool, message string, args ...any) {
	s.t.Helper()
	var last time.Time
	s.within(time.Minute, func() bool {
		if so() {
			return true
		}
		if time.Since(last) > 500*time.Millisecond {
			last = time.Now()
			s.tick(5)
		}
		return false
	}, message, args...)
}

// until waits until the file in the sandbox contains the text so many times or more.
func (s *sandbox) until(file, text string, times int) {
	s.t.Helper()
	s.eventually(func() bool { return strings.Count(s.file(file), text) >= times }, "%s has %q %d times", file, text, times)
}

// ready waits until the listener check has said READY and the programs run.
func (s *sandbox) ready(programs ...string) {
	s.t.Helper()
	s.eventually(func() bool { return s.listenerState("check:check") == "READY" }, "the listener is READY")
	for _, name := range programs {
		s.eventually(func() bool { return s.state(name) == "RUNNING" }, "%s is RUNNING", name)
	}
}

// found waits, sending ticks, until the log tells of a check of the process with this outcome: healthy, unhealthy or unknown.
func (s *sandbox) found(name, health string) {
	s.t.Helper()
	s.ticking(func() bool { return s.told(msgChecked, of(name), found(health)) > 0 }, "%s is %s", name, health)
}

// round sends a tick and waits until each of the processes, "group:name", has been checked.
func (s *sandbox) round(names ...string) {
	s.t.Helper()
	before := map[string]int{}
	for _, name := range names {
		before[name] = s.checked(name)
	}
	s.tick(5)
	for _, name := range names {
		s.eventually(func() bool { return s.checked(name) > before[name] }, "%s is checked", name)
	}
}

// quiet sends ticks, one after the other has had its checks, and fails if any of the processes has another pid then.
func (s *sandbox) quiet(rounds int, names ...string) {
	s.t.Helper()
	before := s.pids(names)
	for range rounds {
		s.round(names...)
	}
	if after := s.pids(names); after != before {
		s.t.Fatalf("the pids of %v were %s and are %s", names, before, after)
	}
}

func (s *sandbox) pids(names []string) string {
	text := ""
	for _, name := range names {
		text += fmt.Sprintf("%d ", s.pid(name))
	}
	return text
}

// restartedOnce waits until the process runs with another pid than this one and its restart has been told of, and
// fails if it has been restarted more than once.
func (s *sandbox) restartedOnce(name string, pid int) {
	s.t.Helper()
	s.eventually(func() bool { return s.restarts(name) > 0 }, "%s is restarted", name)
	s.quiet(2, name)
	if now := s.pid(name); now == pid || now == 0 || s.restarts(name) != 1 {
		s.t.Fatalf("%s had pid %d and has %d after %d restarts", name, pid, now, s.restarts(name))
	}
}

// intact fails if the protocol between supervisord and its listeners was ever broken.
func (s *sandbox) intact() {
	s.t.Helper()
	for _, bad := range []string{"rejected", "UNKNOWN", "bad result", "overflow", "Traceback"} {
		if strings.Contains(s.log(), bad) {
			s.t.Errorf("supervisord's log has %q", bad)
		}
	}
	paths, _ := filepath.Glob(s.path("*.out"))
	for _, path := range paths {
		rest := strings.ReplaceAll(s.file(filepath.Base(path)), "RESULT 2\nOK", "")
		if rest = strings.ReplaceAll(rest, "READY\n", ""); rest != "" {
			s.t.Errorf("%q went to %s", rest, path)
		}
	}
}

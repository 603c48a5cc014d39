package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// byHand runs a command by hand, from a shell that knows nothing of supervisord.
func (s *sandbox) byHand(args ...string) (stdout, stderr string, status int) {
	s.t.Helper()
	return s.byHandIn(s.dir, nil, args...)
}

// byHandIn runs it in another folder, with more in the environment.
func (s *sandbox) byHandIn(dir string, env []string, args ...string) (stdout, stderr string, status int) {
	s.t.Helper()
	var out, errors strings.Builder
	c := exec.Command(s.bin+"/"+self, args...)
	c.Dir = dir
	c.Stdout, c.Stderr = &out, &errors
	c.Env = append(slices.DeleteFunc(os.Environ(), func(variable string) bool { return strings.HasPrefix(variable, "SUPERVISOR_") }), env...)
	if err := c.Run(); c.ProcessState == nil {
		s.t.Fatal(err)
	}
	return out.String(), errors.String(), c.ProcessState.ExitCode()
}

func TestTryUnderSupervisord(t *testing.T) {
	t.Parallel()
	p := freePorts(t, 2)
	s := newSandbox(t, baseConfig()+
		service("web", "{bin}/fixture web %(process_num)d", "process_name=web_%(process_num)d", "numprocs=2", fmt.Sprintf("numprocs_start=%d", p[0]))+
		service("idle", "{bin}/fixture idle")+service("off", "{bin}/fixture idle", "autostart=false")+
		"[healthcheck]\npolicy=drop-in\n[healthcheck:web]\nhttp = http://127.0.0.1:%(process_num)d/ping\nfailures = 2\n"+
		"[healthcheck:idle]\nmemory = 1GB\ncpu = 90% for 5m\n[healthcheck:off]\nmemory = 1GB\n")
	s.start()
	first, second := fmt.Sprintf("web:web_%d", p[0]), fmt.Sprintf("web:web_%d", p[1])
	state := func() string { return s.supervisorctl("pid", "all") }
	verdicts := func(args ...string) (string, int) {
		out, stderr, status := s.byHand(append([]string{"try", "--json", "-c", s.path("conf")}, args...)...)
		var got struct {
			Rows []struct{ Process, Check, Verdict, Follows string }
		}
		if err := json.Unmarshal([]byte(out), &got); err != nil {
			t.Fatalf("%v %s%s", err, out, stderr)
		}
		text := ""
		for _, row := range got.Rows {
			text += row.Process + " " + row.Check + " " + row.Verdict + " " + row.Follows + "\n"
		}
		return text, status
	}
	healthy := first + " http healthy \n" + second + " http healthy \nidle memory healthy \nidle cpu healthy \noff - not judged \n"
	s.eventually(func() bool { text, status := verdicts(); return text == healthy && status == 0 }, "all are healthy")
	before := state()

	s.sicken(second, "")
	text, status := verdicts()
	if want := strings.Replace(healthy, second+" http healthy ", second+" http unhealthy would be restarted after 1 more failure", 1); text != want || status != 1 {
		t.Errorf("status %d and\n%s, want\n%s", status, text, want)
	}
	if text, status := verdicts("idle", first); text != first+" http healthy \nidle memory healthy \nidle cpu healthy \n" || status != 0 {
		t.Errorf("status %d and\n%s", status, text)
	}
	out, stderr, status := s.byHand("try", "-c", s.path("conf"), "http", "-g", "web", "-u", "/bad", "-p", `web_(\d+)`, "-r", "0")
	if status != 1 || strings.Count(out, "unhealthy") != 2 || strings.Count(out, "would be restarted at once") != 2 || strings.Contains(out, "\x1b") {
		t.Errorf("status %d\n%s%s", status, out, stderr)
	}
	if _, stderr, status := s.byHand("try", "-c", s.path("conf"), "weeb"); status != 2 || !strings.Contains(stderr, "did you mean web?") {
		t.Errorf("status %d\n%s", status, stderr)
	}
	if after := state(); after != before || !strings.Contains(before, fmt.Sprint(s.pid(first))) {
		t.Errorf("the processes were %s and are %s", before, after)
	}

	s.stop()
	s.withoutSupervisord(first, second, p[0])
	out, _, status = s.byHand("check-config", "-c", s.path("conf"))
	if status != 0 || !strings.Contains(out, fmt.Sprintf("http://127.0.0.1:%d/ping", p[1])) || strings.Contains(out, "error:") {
		t.Errorf("status %d\n%s", status, out)
	}
}

// withoutSupervisord tries what needs none: a server of ours answers at the place of the first process.
func (s *sandbox) withoutSupervisord(first, second string, port int) {
	s.t.Helper()
	listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		s.t.Fatal(err)
	}
	server := &http.Server{Handler: http.NotFoundHandler()}
	go server.Serve(listener)
	defer server.Close()
	out, stderr, status := s.byHand("try", "-c", s.path("conf"))
	for _, want := range []string{"supervisord cannot be asked: ", "for want of a pid or a name these checks could not be made: memory of idle, cpu of idle, memory of off.\n",
		first + "  http    unhealthy", second + "  http    unhealthy", "status 404", "connection refused", "nothing, for supervisord cannot be asked",
		"idle" + strings.Repeat(" ", len(first)-4) + "  memory  unknown"} {
		if !strings.Contains(out, want) {
			s.t.Errorf("it does not say %q", want)
		}
	}
	if status != exitTrouble || stderr != "" {
		s.t.Errorf("status %d\n%s%s", status, out, stderr)
	}
	own := fmt.Sprint(os.Getpid())
	if out, stderr, status := s.byHand("try", "-c", s.path("conf"), "--pid", own, "idle"); status != exitOK || !strings.Contains(out, "idle     memory  healthy") || !strings.Contains(out, "idle     cpu     healthy") {
		s.t.Errorf("a pid: status %d\n%s%s", status, out, stderr)
	}
	if out, stderr, status := s.byHandIn(s.t.TempDir(), nil, "try", "--pid", own, "memory", "-g", "x", "-m", "1"); status != exitTrouble || !strings.Contains(out, "x:*      memory  unhealthy") {
		s.t.Errorf("a pid and a line: status %d\n%s%s", status, out, stderr)
	}
	if out, stderr, status := s.byHand("try", "-c", s.path("conf"), "--pid", own, "web"); status != exitUsage || out != "" || !strings.Contains(stderr, "2 are meant, such as "+first+", "+second) {
		s.t.Errorf("a pid for two: status %d\n%s%s", status, out, stderr)
	}
	address := fmt.Sprint(port)
	if out, stderr, status := s.byHand("try", "-c", s.path("conf"), "tcp", "-g", "web", "-p", address); status != exitUndecided || strings.Count(out, " healthy ") != 2 {
		s.t.Errorf("a fixed port: status %d\n%s%s", status, out, stderr)
	}
	out, stderr, status = s.byHandIn(s.t.TempDir(), []string{"SUPERVISOR_SERVER_URL=unix://" + s.socket}, "try", "tcp", "-g", "db", "-p", address)
	if status != exitUndecided || !strings.Contains(out, "db:*     tcp    healthy") || !strings.Contains(out, "Whether the processes run is not known.") {
		s.t.Errorf("without a file: status %d\n%s%s", status, out, stderr)
	}
}

// Failures are counted on from round to round, and Ctrl-C ends it with the status of the last one.
func TestTryAgainAndAgainUnderSupervisord(t *testing.T) {
	t.Parallel()
	port := freePort(t)
	s := newSandbox(t, baseConfig()+service("web", fmt.Sprintf("{bin}/fixture web %d", port))+
		fmt.Sprintf("[healthcheck:web]\npolicy = drop-in\nhttp = http://127.0.0.1:%d/bad\nfailures = 3\n", port))
	s.start()
	s.listens("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	s.eventually(func() bool { return s.state("web") == "RUNNING" }, "web is RUNNING")
	c := exec.Command(s.bin+"/"+self, "try", "--json", "--watch", "0.05", "-c", s.path("conf"))
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	defer c.Process.Kill()
	lines := bufio.NewScanner(out)
	for _, want := range []string{"would be restarted after 2 more failures", "would be restarted after 1 more failure", "would be restarted at once", "would be restarted at once"} {
		if !lines.Scan() || !strings.Contains(lines.Text(), `"follows":"`+want+`"`) {
			t.Errorf("got %s, want %s", lines.Text(), want)
		}
	}
	if err := c.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	for lines.Scan() {
	}
	if err := c.Wait(); c.ProcessState.ExitCode() != exitTrouble {
		t.Error(err)
	}
	if !strings.Contains(s.supervisorctl("status", "web"), "RUNNING") || s.restarts("web") > 0 {
		t.Error("web was restarted")
	}
}

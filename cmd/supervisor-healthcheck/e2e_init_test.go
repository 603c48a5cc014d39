package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/adapters/ini"
	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/checks"
)

// initHere runs the command init.
func (s *sandbox) initHere(args ...string) outcome {
	s.t.Helper()
	return s.outcomeOf(append([]string{"init"}, args...)...)
}

// outcomeOf is that of a command by hand.
func (s *sandbox) outcomeOf(args ...string) outcome {
	s.t.Helper()
	stdout, stderr, status := s.byHand(args...)
	return outcome{Status: status, Stdout: s.neutral(stdout), Stderr: s.neutral(stderr)}
}

// neutral leaves out what is different each time.
func (s *sandbox) neutral(text string) string {
	text = strings.NewReplacer(s.dir, "DIR", s.bin, "BIN").Replace(text)
	text = regexp.MustCompile(`\d+ MB of memory`).ReplaceAllString(text, "N MB of memory")
	text = regexp.MustCompile(`memory = \d+MB`).ReplaceAllString(text, "memory = NMB")
	return regexp.MustCompile(`in \d+ ms`).ReplaceAllString(text, "in N ms")
}

// portsOfFew are three ports whose last two digits are the numbers of the first processes of a program.
func portsOfFew(t *testing.T) []int {
	t.Helper()
	for {
		if p := freePorts(t, 3); p[0]%100 < 8 {
			return p
		}
	}
}

func (s *sandbox) listens(network, address string) {
	s.t.Helper()
	s.eventually(func() bool {
		c, err := net.Dial(network, address)
		if err == nil {
			c.Close()
		}
		return err == nil
	}, "somebody listens at %s", address)
}

func TestInitUnderSupervisord(t *testing.T) {
	t.Parallel()
	p := portsOfFew(t)
	cache := freePort(t)
	s := startSupervisord(t, "[include]\nfiles=health*.conf\n"+
		service("web", fmt.Sprintf("{bin}/fixture web %d%%(process_num)02d", p[0]/100), "numprocs=3", fmt.Sprintf("numprocs_start=%d", p[0]%100), "process_name=web_%(process_num)02d")+
		service("cache", fmt.Sprintf("{bin}/fixture tcp %d", cache))+
		service("api", "{bin}/fixture rpc {dir}/api.sock")+
		service("worker", "{bin}/fixture hog child")+
		service("batch", "{bin}/fixture idle", "autostart=false")+
		"[group:jobs]\nprograms=cache,worker\n"+
		listener("{bin}/supervisor_memory_check -g web -n check -m 1000000"))
	ids := []string{"jobs:cache", "api", "jobs:worker"}
	for _, port := range p {
		s.listens("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		ids = append(ids, fmt.Sprintf("web:web_%02d", port%100))
	}
	s.listens("tcp", fmt.Sprintf("127.0.0.1:%d", cache))
	s.listens("unix", s.path("api.sock"))
	s.eventually(func() bool { s.noteChildren(s.pid("jobs:worker")); return len(s.noted) > 0 }, "the worker has a child")
	before := s.pids(ids)
	want := fmt.Sprintf(`; Seen by supervisor-healthcheck init under unix://DIR/s.sock.
; In mode = observe nothing is restarted: the log says what would be done. When that is right, take the line away.
; A limit of memory is 4 times what is used now, and at least 100 MB.

; api: 1 process, unix socket DIR/api.sock, GET /healthz answers 200 in N ms, N MB of memory
[healthcheck:api]
http = http://unix:DIR/api.sock:/healthz
memory = NMB
mode = observe

; cache: 1 process, port %[2]d, which speaks no plain http, N MB of memory
[healthcheck:cache]
tcp = 127.0.0.1:%[2]d
memory = NMB
mode = observe

; worker: 1 process, listens nowhere, N MB of memory with descendants
[healthcheck:worker]
memory = NMB
memory.cumulative = yes
mode = observe

; web: 3 processes, ports %[3]d to %[4]d, GET /ping answers 200 in N ms, up to N MB of memory each
[healthcheck:web]
http = http://127.0.0.1:%[1]d%%(process_num)02d/ping
memory = NMB
mode = observe

; These do not run, so nothing was seen of them: batch (STOPPED)

; the one listener for all sections
[eventlistener:healthcheck]
command=BIN/supervisor-healthcheck run
events=TICK_5,PROCESS_STATE
priority=1001
buffer_size=100
autorestart=true
stdout_logfile=NONE
stderr_logfile=DIR/healthcheck.log
`, p[0]/100, cache, p[0], p[2])
	for name, args := range map[string][]string{
		"with the file":          {"-c", "conf"},
		"with the address alone": {"--serverurl", "unix://" + s.socket},
		"with both":              {"--serverurl=unix://" + s.socket, "--configuration=" + s.path("conf")},
	} {
		if diff := cmp.Diff(outcome{Stdout: want}, s.initHere(args...)); diff != "" {
			t.Errorf("%s: -want +got:\n%s", name, diff)
		}
	}

	written := outcome{Stdout: "wrote health.conf\nDIR/conf includes it. To begin: supervisorctl reread, and supervisorctl update.\n"}
	if diff := cmp.Diff(written, s.initHere("-c", "conf", "--write", "health.conf")); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	text := s.file("health.conf")
	if diff := cmp.Diff(want, s.neutral(text)); diff != "" {
		t.Errorf("the file: -want +got:\n%s", diff)
	}
	again := outcome{Status: exitUsage, Stderr: "supervisor-healthcheck init: health.conf exists, and nothing is written over it: name another file or move it away\n"}
	if diff := cmp.Diff(again, s.initHere("-c", "conf", "--write", "health.conf")); diff != "" || s.file("health.conf") != text {
		t.Errorf("a second time: -want +got:\n%s", diff)
	}
	t.Run("each process is asked where it listens", func(t *testing.T) { s.in(t).readsAs(append(p, cache)) })
	if after := s.pids(ids); after != before || s.state("batch") != "STOPPED" {
		t.Errorf("the pids were %s and are %s, and batch is %s", before, after, s.state("batch"))
	}
	found := s.initHere("-c", "conf")
	if found.Status != exitOK || found.Stdout != "" || !strings.Contains(found.Stderr, "web: it has a section already, at DIR/health.conf:") {
		t.Errorf("%+v", found)
	}
	s.supervisorctl("update")
	s.eventually(func() bool { return s.listenerState("healthcheck") == "READY" }, "a listener runs with what was written")
	s.intact()
}

// readsAs reads the configuration with what was written, takes every setting as a listener does, and holds the sections against
// the ports of the web servers.
func (s *sandbox) readsAs(ports []int) {
	files, err := ini.Read(s.path("conf"), os.LookupEnv)
	if err != nil {
		s.t.Fatal(err)
	}
	programs, wrong := files.Programs(os.LookupEnv)
	if len(wrong) > 0 {
		s.t.Fatal(wrong)
	}
	var got []string
	for _, program := range programs {
		section := files.Section("healthcheck:" + program.Name)
		if section == nil {
			continue
		}
		for _, process := range program.Processes {
			for _, key := range section.Keys {
				value, err := ini.Expand(key.Value, files.Names(program, process, os.LookupEnv))
				if err := errors.Join(err, set(key.Name, value)); err != nil {
					s.t.Errorf("%s of %s: %v", key.Name, program.Name, err)
				}
				if key.Name == "http" || key.Name == "tcp" {
					got = append(got, process.Name+" "+s.neutral(value))
				}
			}
		}
	}
	want := []string{"api http://unix:DIR/api.sock:/healthz", fmt.Sprintf("cache 127.0.0.1:%d", ports[3])}
	for _, port := range ports[:3] {
		want = append(want, fmt.Sprintf("web_%02d http://127.0.0.1:%d/ping", port%100, port))
	}
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		s.t.Errorf("-want +got:\n%s", diff)
	}
}

// set takes a setting of a section: a word of the policy, a check with its main value, or a setting of a check.
func set(key, value string) error {
	word, setting, dotted := strings.Cut(key, ".")
	for _, kind := range checks.Kinds() {
		for _, row := range kind.New().Table() {
			if kind.Word == word && (row.Main && !dotted || dotted && row.Word == setting) {
				return row.Set(value)
			}
		}
	}
	return new(domain.Policy).Set(key, value)
}

func TestInitWhereNothingIsToBeFound(t *testing.T) {
	t.Parallel()
	s := startSupervisord(t, "")
	nothing := outcome{Stderr: "supervisor-healthcheck init: unix://DIR/s.sock: nothing new was found to look after: it has no programs\n"}
	if diff := cmp.Diff(nothing, s.initHere("-c", "conf", "--write", "health.conf")); diff != "" {
		t.Errorf("no program: -want +got:\n%s", diff)
	}
	if _, err := os.Lstat(s.path("health.conf")); err == nil {
		t.Error("a file was written")
	}
	s.stop()
	gone := s.initHere("-c", "conf")
	if gone.Status != exitUnasked || gone.Stdout != "" || !strings.HasPrefix(gone.Stderr, "supervisor-healthcheck init: supervisord at unix://DIR/s.sock cannot be asked: ") {
		t.Errorf("no supervisord: %+v", gone)
	}
}

package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// beside is a sandbox with one listener for all sections, and the sections beside the programs in files of their own.
func beside(t *testing.T, files map[string]string) *sandbox {
	t.Helper()
	s := newSandbox(t, baseConfig()+"[include]\nfiles = conf.d/*.conf\n"+listener("{bin}/supervisor-healthcheck run", "events=TICK_5,PROCESS_STATE", "buffer_size=100"))
	if err := os.Mkdir(s.path("conf.d"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		s.put(name, text)
	}
	return s
}

// put writes a file of conf.d.
func (s *sandbox) put(name, text string) {
	s.t.Helper()
	text = strings.NewReplacer("{dir}", s.dir, "{bin}", s.bin).Replace(text)
	if err := os.WriteFile(s.path("conf.d/"+name), []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

// reload has the listener read its files anew.
func (s *sandbox) reload(outcome message) {
	s.t.Helper()
	before := s.told(outcome)
	s.rpc("supervisor.signalProcess", "check", "HUP")
	s.eventually(func() bool { return s.told(outcome) > before }, "%s", outcome)
}

// killed ends a process of supervisord by SIGKILL.
func (s *sandbox) killed(pid int) {
	s.t.Helper()
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		s.t.Fatal(err)
	}
}

func TestHealthBesideTheProgramUnderSupervisord(t *testing.T) {
	t.Parallel()
	p := freePorts(t, 3)
	s := beside(t, map[string]string{
		"00.conf": "[healthcheck]\npolicy = drop-in\nstart_grace = 5s\n",
		"web.conf": service("web", "{bin}/fixture web %(process_num)d", "process_name=web_%(process_num)d", "numprocs=2", fmt.Sprintf("numprocs_start=%d", p[0])) +
			"[healthcheck:web]   ; whatever is made of it\nhttp = http://127.0.0.1:%(process_num)d/ping\nmemory = 1GB\n",
		"cache.conf": service("cache", fmt.Sprintf("{bin}/fixture tcp %d", p[2])) + fmt.Sprintf("[healthcheck:cache]\ntcp = 127.0.0.1:%d\n", p[2]),
		"jobs.conf": service("hog", "{bin}/fixture hog") + service("beat", "{bin}/fixture beat {dir}/beat") + "[group:jobs]\nprograms=hog,beat\n" +
			"[healthcheck:hog]\nmemory = 50MB\n[healthcheck:beat]\nheartbeat = file %(here)s/../beat 2s\n",
	})
	s.start()
	names := []string{fmt.Sprintf("web:web_%d", p[0]), fmt.Sprintf("web:web_%d", p[1]), "cache:cache", "jobs:hog", "jobs:beat"}
	s.ready(names...)
	s.ticking(func() bool {
		for _, name := range names {
			if s.told(msgChecked, of(name), found("healthy")) == 0 {
				return false
			}
		}
		return true
	}, "all are healthy")
	s.quiet(2, names...)
	for _, sick := range []struct{ name, check string }{{names[1], "http"}, {"cache:cache", "tcp"}, {"jobs:hog", "memory"}, {"jobs:beat", "heartbeat"}} {
		before := s.pids(names)
		pid := s.pid(sick.name)
		s.sicken(sick.name, "")
		s.ticking(func() bool { return s.restarts(sick.name) == 1 }, "%s is restarted", sick.name)
		after := strings.Replace(s.pids(names), fmt.Sprint(s.pid(sick.name)), fmt.Sprint(pid), 1)
		if after != before {
			t.Errorf("the pids were %s and are %s, when %s was sick", before, after, sick.name)
		}
		if s.told(msgUnhealthy, of(sick.name), blaming(sick.check, "")) == 0 {
			t.Errorf("nothing says that it was the check %s", sick.check)
		}
	}
	s.quiet(2, names...)
	s.intact()
}

func TestAReloadInTheMiddleOfARestartUnderSupervisord(t *testing.T) {
	t.Parallel()
	web, api := newGate(t), newGate(t)
	section := func(name string, port int, more string) string {
		return fmt.Sprintf("[healthcheck:%s]\npolicy = drop-in\nhttp = http://127.0.0.1:%d/ping\n%s\n", name, port, more)
	}
	program := service("web", "{bin}/fixture stubborn", "stopwaitsecs=600")
	s := beside(t, map[string]string{
		"web.conf": program + section("web", web.port, ""),
		"api.conf": service("api", "{bin}/fixture idle") + section("api", api.port, "failures = 3"),
	})
	s.start()
	s.ready("web", "api")
	s.until("web.stdout", deaf, 1)
	s.round("web", "api")
	api.answer(http.StatusServiceUnavailable)
	s.round("api")
	s.ticking(func() bool { return s.told(msgUnhealthy, of("api"), atFailure(2, 3)) == 1 }, "api has failed twice")
	api.hold(http.StatusServiceUnavailable)
	web.answer(http.StatusServiceUnavailable)
	s.tick(5)
	s.eventually(func() bool { return s.state("web") == "STOPPING" }, "web is being stopped")
	pid := s.pid("web")

	s.put("web.conf", program+section("web", web.port, "start_grace = 1h"))
	s.tick(5)
	s.eventually(func() bool { return s.told(msgChangedOnDisk) == 1 }, "the change is said")
	s.reload(msgReloaded)
	s.killed(pid)
	s.eventually(func() bool { return s.restarts("web") == 1 }, "the restart goes on")
	api.open()
	api.answer(http.StatusServiceUnavailable)
	s.ticking(func() bool { return s.restarts("api") == 1 }, "api is restarted at the third failure")
	if s.told(msgUnhealthy, of("api"), restartAfter(3)) != 1 || s.told(msgUnhealthy, of("api"), atFailure(1, 3)) != 1 {
		t.Error("the failures before the reload were forgotten")
	}
	s.ticking(func() bool { return s.told(msgUnhealthy, of("web"), inGrace()) > 0 }, "web has the grace that is new")
	s.intact()
	pid = s.pid("web")
	s.rpc("supervisor.stopProcess", "web", false)
	s.killed(pid)
}

func TestAReloadOfWhatIsWrongUnderSupervisord(t *testing.T) {
	t.Parallel()
	gate := newGate(t)
	good := service("web", "{bin}/fixture idle") + fmt.Sprintf("[healthcheck:web]\npolicy = drop-in\nhttp = http://127.0.0.1:%d/ping\n", gate.port)
	s := beside(t, map[string]string{"web.conf": good})
	s.start()
	s.ready("web")
	s.round("web")
	pid := s.pid("check")
	s.put("web.conf", good+"failurs = 3\n[healthcheck:api]\n")
	s.reload(msgNotReloaded)
	file := s.path("conf.d/web.conf")
	for _, sentence := range []string{file + ":10: [healthcheck:web] failurs: there is no such setting; did you mean failures?",
		file + ":11: [healthcheck:api]: it has no check; write one such as http = http://127.0.0.1:8080/ping"} {
		s.eventually(func() bool { return s.told(msgNotReloaded, because(sentence), anError()) == 1 }, "it says %s", sentence)
	}
	gate.answer(http.StatusServiceUnavailable)
	s.ticking(func() bool { return s.restarts("web") > 0 }, "web is still looked after")
	if s.told(msgChangedOnDisk) > 0 || s.pid("check") != pid {
		t.Error("what was refused is said once more, or the listener is another one")
	}
	s.intact()
}

func TestSectionsThatAreWrongAtTheStartUnderSupervisord(t *testing.T) {
	t.Parallel()
	s := beside(t, map[string]string{"web.conf": service("web", "{bin}/fixture idle") + "[healthcheck:web]\nmemroy = 1GB\n[healthcheck:api]\nfailures = x\nmemory=1GB\n"})
	s.start()
	file := s.path("conf.d/web.conf")
	for _, sentence := range []string{file + ":8: [healthcheck:web] memroy: there is no such setting; did you mean memory?",
		file + `:10: [healthcheck:api] failures "x": write a whole number of 1 or more`} {
		s.until("check.err", "supervisor-healthcheck run: "+sentence+"\n", 1)
	}
	s.eventually(func() bool { return strings.Contains(s.log(), "exited: check (exit status 2; not expected)") }, "it ends with status 2")
}

// The listener needs no credentials in its environment: they stand beside the socket.
func TestTheListenerOfSectionsKnowsThePasswordUnderSupervisord(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, "[unix_http_server]\nfile={dir}/s.sock\nusername=me\npassword=s3cr%%t\n[inet_http_server]\nport=127.0.0.1:"+fmt.Sprint(freePort(t))+"\n"+baseWithoutSocket()+
		listener("{bin}/supervisor-healthcheck run")+service("web", "{bin}/fixture idle")+"[healthcheck:web]\nmemory = 1GB\n[healthcheck:nobody]\nmemory = 1GB\n")
	s.start()
	s.eventually(func() bool {
		return strings.Contains(s.file("check.err"), "msg=watching selection=web:* processes=1")
	}, "supervisord is asked; %s", filepath.Base(s.dir))
	if !strings.Contains(s.file("check.err"), "[healthcheck:nobody]: there is no [program:nobody]") {
		t.Error("that a section looks after nothing is not said")
	}
}

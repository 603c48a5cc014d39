package main

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

func TestACommandJudgesUnderSupervisord(t *testing.T) {
	t.Parallel()
	s := beside(t, map[string]string{"all.conf": "[healthcheck]\npolicy = drop-in\nexec.timeout = 20s\n" +
		service("web", "{bin}/fixture idle", "process_name=web_%(process_num)d", "numprocs=2") +
		"[healthcheck:web]\nexec = {bin}/fixture check\nexec/second = echo '%(process_name)s is fine'\n" +
		service("api", "{bin}/fixture idle") + "[healthcheck:api]\nexec = {bin}/no-such-check\n"})
	s.start()
	s.ready("web:web_0", "web:web_1", "api")
	s.found("web:web_0", "healthy")
	s.found("web:web_1", "healthy")
	s.found("api", "unknown")
	pid := s.pid("web:web_1")
	if reason := fmt.Sprintf("web_1 of web is process %d", pid); s.told(msgChecked, of("web:web_1"), because(reason)) == 0 {
		t.Errorf("nothing says %s", reason)
	}
	if s.told(msgCannotJudge, of("api"), because("there is no file "+s.bin+"/no-such-check: write the whole path of the program")) == 0 {
		t.Error("nothing says that there is no such command")
	}
	out, stderr, status := s.byHand("try", "-c", s.path("conf"), "web")
	if status != 0 || !strings.Contains(out, "web_0 is fine") || !strings.Contains(out, fmt.Sprintf("is process %d", pid)) {
		t.Errorf("status %d\n%s%s", status, out, stderr)
	}
	s.sicken("web:web_1", "")
	s.ticking(func() bool { return s.restarts("web:web_1") == 1 }, "the process of which the command says so is restarted")
	if s.restarts("web:web_0")+s.restarts("api") > 0 {
		t.Error("another one was restarted too")
	}
	s.intact()
}

func TestACommandThatHangsUnderSupervisord(t *testing.T) {
	t.Parallel()
	s := beside(t, map[string]string{"all.conf": "[healthcheck]\npolicy = drop-in\n" +
		service("web", "{bin}/fixture idle") + "[healthcheck:web]\nexec = {bin}/fixture check\nexec.timeout = 3s\n" +
		service("api", "{bin}/fixture idle") + "[healthcheck:api]\nexec = {bin}/fixture check\nexec.timeout = 1h\n"})
	s.start()
	s.ready("web", "api")
	s.found("web", "healthy")
	s.found("api", "healthy")
	s.sicken("web", "hang")
	s.ticking(func() bool { return s.restarts("web") == 1 }, "web is restarted")
	waiting := regexp.MustCompile(`did not end within 3s: waiting for (\d+)`).FindStringSubmatch(s.file("check.err"))
	if waiting == nil {
		t.Fatal("nothing says that the command did not end")
	}
	child, _ := strconv.Atoi(waiting[1])
	s.eventually(func() bool { return birth(child) == "" }, "the child of the command ends with it")

	s.sicken("api", "hang")
	var check int
	s.ticking(func() bool { check, child = parentOf(childrenOf(s.pid("check"))); return child > 0 }, "the command of api runs, and has a child")
	born := birth(check)
	s.rpc("supervisor.stopProcess", "check")
	s.eventually(func() bool { return birth(check) != born && birth(child) == "" }, "they end with the listener")
	s.intact()
}

// parentOf is the first of these processes that has a child, and the child.
func parentOf(pids []int) (parent, child int) {
	for _, pid := range pids {
		if children := childrenOf(pid); len(children) > 0 {
			return pid, children[0]
		}
	}
	return 0, 0
}

// childrenOf are the children of a process.
func childrenOf(pid int) (children []int) {
	tasks, _ := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
	for _, task := range tasks {
		text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%s/children", pid, task.Name()))
		for field := range strings.FieldsSeq(string(text)) {
			if child, err := strconv.Atoi(field); err == nil {
				children = append(children, child)
			}
		}
	}
	return children
}

func TestPluginsOfNagiosUnderSupervisord(t *testing.T) {
	t.Parallel()
	const plugins = "/usr/lib/nagios/plugins/"
	if _, err := os.Stat(plugins + "check_procs"); err != nil && os.Getenv("SUPERVISOR_HEALTHCHECK_E2E") == "required" {
		t.Fatal("no package monitoring-plugins-basic")
	} else if err != nil {
		t.Skip("no package monitoring-plugins-basic")
	}
	port := freePort(t)
	s := beside(t, map[string]string{"all.conf": "[healthcheck]\npolicy = drop-in\n" +
		service("cache", fmt.Sprintf("{bin}/fixture tcp %d", port)) + fmt.Sprintf("[healthcheck:cache]\nexec = "+plugins+"check_tcp -H 127.0.0.1 -p %d -t 5\n"+
		"exec/procs = "+plugins+"check_procs --metric=RSS -w 1 -c 100000000 -a 'fixture tcp %d'\nexec/dummy = "+plugins+"check_dummy 3 'no idea'\n", port, port)})
	s.start()
	s.ready("cache")
	s.ticking(func() bool { return s.told(msgChecked, of("cache"), found("unknown"), because("no idea")) > 0 }, "check_dummy cannot say")
	s.ticking(func() bool { return s.told(msgWarning, of("cache"), blaming("exec/procs", "RSS WARNING")) > 0 }, "check_procs warns of memory")
	out, _, status := s.byHand("try", "-c", s.path("conf"), "--json")
	if status != 3 || !strings.Contains(out, "TCP OK") || !strings.Contains(out, "RSS WARNING") || !strings.Contains(out, "exit status 3: UNKNOWN: no idea") {
		t.Errorf("status %d\n%s", status, out)
	}
	before := s.restarts("cache") // it may be slow to begin
	s.sicken("cache", "")
	s.ticking(func() bool { return s.restarts("cache") > before }, "it is restarted when check_tcp is refused")
	if s.told(msgUnhealthy, of("cache"), blaming("exec", "connect to address 127.0.0.1")) == 0 {
		t.Error("the reason is not what check_tcp has printed")
	}
}

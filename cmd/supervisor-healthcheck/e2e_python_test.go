package main

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// pythonic is a sandbox with scripts in Python beside the module, as the command python writes it.
func pythonic(t *testing.T, config string, scripts map[string]string) *sandbox {
	t.Helper()
	if _, err := exec.LookPath("python3"); err != nil && os.Getenv("SUPERVISOR_HEALTHCHECK_E2E") == "required" {
		t.Fatal(err)
	} else if err != nil {
		t.Skip(err)
	}
	s := newSandbox(t, baseConfig()+config)
	if out, stderr, status := s.byHand("python", s.dir); status != 0 {
		t.Fatalf("%s%s", out, stderr)
	}
	for name, text := range scripts {
		if err := os.WriteFile(s.path(name), []byte(strings.ReplaceAll(text, "{dir}", s.dir)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// inPython is the listener that a script becomes.
func inPython(script string, more ...string) string {
	return listener("python3 {dir}/"+script, append(more, `environment=PYTHONUNBUFFERED="",SUPERVISOR_HEALTHCHECK_BIN="{bin}/supervisor-healthcheck"`, "events=TICK_5,PROCESS_STATE")...)
}

// TestTheDocumentedExampleInPython runs the example of the Python package as it stands there.
func TestTheDocumentedExampleInPythonUnderSupervisord(t *testing.T) {
	t.Parallel()
	s := pythonic(t, inPython("example.py")+service("some_process_group", "{bin}/fixture idle"), map[string]string{"example.py": `
from supervisor_checks.check_modules import base
from supervisor_checks import check_runner

class ExampleCheck(base.BaseCheck):

    NAME = 'example'

    def __call__(self, process_spec):

        # Always return True
        return True


if __name__ == '__main__':

    check_runner.CheckRunner(
        'example_check', 'some_process_group', [(ExampleCheck, {})]).run()
`})
	s.start()
	s.ready("some_process_group")
	s.found("some_process_group", "healthy")
	if s.told(msgChecked, of("some_process_group"), because("example says yes")) == 0 {
		t.Error("the reason is not of the class")
	}
	s.quiet(2, "some_process_group")
	s.intact()
}

func TestSeveralClassesInPythonUnderSupervisord(t *testing.T) {
	t.Parallel()
	gate := newGate(t)
	s := pythonic(t, inPython("classes.py", "stopwaitsecs=5")+service("web", "{bin}/fixture idle", "process_name=web_%(process_num)d", "numprocs=2"),
		map[string]string{"classes.py": `
import os
from supervisor_checks import check_runner, errors
from supervisor_checks.check_modules import base, http, memory

print('this must not reach supervisord')

class Marked(base.BaseCheck):
    NAME = 'marked'
    def _validate_config(self):
        if 'folder' not in self._config:
            raise errors.InvalidCheckConfig('Required folder parameter is missing in %s check config.' % self.NAME)
    def __call__(self, spec):
        print('nor must this')
        path = os.path.join(self._config['folder'], spec['name'] + '.mark')
        mark = open(path).read() if os.path.exists(path) else ''
        self._log('%s of %s is %s, writes to %s, mark "%s"', spec['name'], spec['group'], spec['statename'], os.path.basename(spec['stdout_logfile']), mark)
        if mark == 'raise':
            raise RuntimeError('100% wrong')
        return mark != str(spec['pid'])

class Last(base.BaseCheck):
    NAME = 'last'
    def __call__(self, spec):
        return spec['description'].startswith('pid %d, uptime 0:' % spec['pid']) and spec['now'] >= spec['start'] > 1600000000

check_runner.CheckRunner('classes', 'web', None, [
    (Marked, {'folder': '{dir}'}), (http.HTTPCheck, {'url': '/ping', 'port': ` + fmt.Sprint(gate.port) + `, 'num_retries': 0, 'password': 's3cr3t%', 'username': 'me'}),
    (Last, {}), (memory.MemoryCheck, {'max_rss': 4194304, 'cumulative': True})]).run()
`})
	mark := func(name, text string) {
		if err := os.WriteFile(s.path(name+".mark"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s.start()
	s.ready("web:web_0", "web:web_1")
	s.found("web:web_0", "healthy")
	s.found("web:web_1", "healthy")
	pid := s.pid("check")
	if line, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid)); !strings.Contains(string(line), "supervisor-healthcheck\x00complex\x00-n\x00classes\x00-g\x00web") || strings.Contains(string(line), "s3cr3t") {
		t.Errorf("the listener is %q", line)
	}
	s.until("check.err", "web_0 of web is RUNNING, writes to web.stdout", 1)
	s.quiet(2, "web:web_0", "web:web_1")

	mark("web_1", fmt.Sprint(s.pid("web:web_1")))
	s.ticking(func() bool { return s.restarts("web:web_1") == 1 }, "the class in Python has it restarted")
	if s.told(msgUnhealthy, of("web:web_1"), blaming("worker", "Marked: web_1 of web is RUNNING")) == 0 {
		t.Error("the reason is not what the check has logged")
	}
	mark("web_0", "raise")
	s.ticking(func() bool {
		return s.told(msgCannotJudge, of("web:web_0"), because("marked raised RuntimeError: 100% wrong")) > 0
	}, "an exception is said")
	if s.restarts("web:web_0") > 0 {
		t.Error("an exception restarts a process")
	}
	mark("web_0", "")
	gate.answer(http.StatusServiceUnavailable)
	s.ticking(func() bool { return s.restarts("web:web_0")+s.restarts("web:web_1") > 1 }, "the built-in check has one of them restarted")

	workers := childrenOf(pid)
	if len(workers) == 0 {
		t.Fatal("there is no worker")
	}
	s.rpc("supervisor.stopProcess", "check")
	s.eventually(func() bool { return birth(workers[0]) == "" }, "the worker ends with the listener")
	if out := s.file("check.out"); strings.Trim(strings.ReplaceAll(out, "READY\n", ""), "RESULT 2\nOK") != "" || strings.Contains(s.log(), "UNKNOWN state") {
		t.Errorf("what a script prints reaches supervisord: %q", out)
	}
}

// A configuration that the class refuses ends the listener, as it did before.
func TestAConfigurationThatAClassInPythonRefusesUnderSupervisord(t *testing.T) {
	t.Parallel()
	s := pythonic(t, inPython("wrong.py")+service("web", "{bin}/fixture idle"), map[string]string{"wrong.py": `
from supervisor_checks import check_runner
from supervisor_checks.check_modules import http

check_runner.CheckRunner('wrong', 'web', [(http.HTTPCheck, {'url': '/ping'})]).run()
`})
	s.start()
	s.until("check.err", "supervisor-healthcheck complex: SUPERVISOR_HEALTHCHECK_CHECK_CONFIG: http.port is missing: write a number from 1 to 65535", 1)
}

package python_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/app/python"
)

// script is a Python script beside the module, in a folder of its own.
func script(t *testing.T, text string, args ...string) *exec.Cmd {
	t.Helper()
	interpreter, err := exec.LookPath("python3")
	if err != nil && os.Getenv("SUPERVISOR_HEALTHCHECK_E2E") == "required" {
		t.Fatal(err)
	} else if err != nil {
		t.Skip(err)
	}
	dir := t.TempDir()
	put(t, filepath.Join(dir, python.File), python.Module)
	put(t, filepath.Join(dir, "a script.py"), text)
	cmd := exec.Command(interpreter, append([]string{filepath.Join(dir, "a script.py")}, args...)...)
	cmd.Env = append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1", "PYTHONUTF8=1", "PYTHONUNBUFFERED=", "OUT="+filepath.Join(dir, "out"))
	return cmd
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o700); err != nil {
		t.Fatal(err)
	}
}

const imports = `
import os, sys
from supervisor_checks import check_runner, errors, utils
from supervisor_checks.check_modules import base, http, tcp, xmlrpc, memory, cpu, file
from supervisor_checks.check_runner import CheckRunner
from supervisor_checks.errors import InvalidCheckConfig, InvalidPortSpec
from supervisor_checks.compat import httplib, xmlrpclib
import supervisor_checks.check_modules.base as again
assert again.BaseCheck is base.BaseCheck and issubclass(errors.InvalidCheckConfig, ValueError)

class ExampleCheck(base.BaseCheck):
    NAME = 'example'
    def __call__(self, process_spec):
        return True
`

func TestTheModuleIsThePackage(t *testing.T) {
	t.Parallel()
	out, err := script(t, imports+`
class Strict(base.BaseCheck):
    NAME = 'strict'
    def _validate_config(self):
        if 'url' not in self._config:
            raise errors.InvalidCheckConfig('Required url parameter is missing')
for checks in ([(Strict, {})], [(http.HTTPCheck, {}), (http.HTTPCheck, {})]):
    try:
        check_runner.CheckRunner('n', 'g', checks)
        print('taken')
    except errors.InvalidCheckConfig:
        pass
said = []
check = ExampleCheck({'a': 1}, said.append)
check._log('50%')
check._log('%s of %d', 'one', 2)
check._log('%d', 'x')
print(said, check._config, check({}))
print(utils.get_port(80, 'x'), utils.get_port('81', 'x'), utils.get_port(r'.+_(\d+)', 'web_8080'))
try:
    utils.get_port(r'.+_(\d+)', 'web')
except errors.InvalidPortSpec as exc:
    print(exc)
print(utils.retry_errors(2, said.append)(lambda: 'at once')())
beat = utils.NotificationFile(os.environ['OUT'])
beat.notify()
print(oct(os.stat(os.environ['OUT']).st_mode))
`).CombinedOutput()
	want := "['ExampleCheck: 50%', 'ExampleCheck: one of 2', \"ExampleCheck: %d ('x',)\"] {'a': 1} True\n80 81 8080\n.+_(\\d+) finds no port in the name web\nat once\n0o100600\n"
	if err != nil || string(out) != want {
		t.Errorf("%v\n%s, want\n%s", err, out, want)
	}
}

// become is what the listener is told, by a script in its place.
func become(t *testing.T, text string) (args []string, config map[string]any, worker string) {
	t.Helper()
	listener := filepath.Join(t.TempDir(), "listener")
	put(t, listener, "#!/bin/sh\nprintf '%s\\n' \"$@\" > \"$OUT\"\nprintf '%s' \"$SUPERVISOR_HEALTHCHECK_WORKER\" > \"$OUT.worker\"\nprintf '%s' \"$SUPERVISOR_HEALTHCHECK_CHECK_CONFIG\" > \"$OUT.json\"\n")
	cmd := script(t, imports+text, "an argument")
	cmd.Env = append(cmd.Env, python.Binary+"="+listener)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	read := func(suffix string) []byte {
		all, err := os.ReadFile(filepath.Join(filepath.Dir(cmd.Args[1]), "out"+suffix))
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	if err := json.Unmarshal(read(".json"), &config); err != nil {
		t.Fatal(err)
	}
	if w, ok := config["worker"].(map[string]any); ok {
		command := w["command"].(string)
		if !strings.HasSuffix(command, " '"+cmd.Args[1]+"' 'an argument'") {
			t.Errorf("the worker is %s", command)
		}
		delete(w, "command")
	}
	return strings.Split(strings.TrimSpace(string(read(""))), "\n"), config, string(read(".worker"))
}

func TestTheRunnerBecomesTheListener(t *testing.T) {
	t.Parallel()
	worker := map[string]any{"parallel": 16.0, "timeout": 60.0}
	for call, want := range map[string]struct {
		args   []string
		config map[string]any
		worker string
	}{
		"CheckRunner('n', 'g', [(ExampleCheck, {})])":                                         {[]string{"complex", "-n", "n", "-g", "g"}, map[string]any{"worker": worker}, "1"},
		"CheckRunner('n', 'g', None, [(ExampleCheck, {})])":                                   {[]string{"complex", "-n", "n", "-g", "g"}, map[string]any{"worker": worker}, "1"},
		"CheckRunner('n', 'g', 'g:a', [(ExampleCheck, {}), (ExampleCheck, {})])":              {[]string{"complex", "-n", "n", "-N", "g:a"}, map[string]any{"worker": worker}, "1"},
		"CheckRunner('n', 'g', [(ExampleCheck, {})], process_name='a')":                       {[]string{"complex", "-n", "n", "-N", "a"}, map[string]any{"worker": worker}, "1"},
		"CheckRunner('n', 'x', [(ExampleCheck, {})], 'g:*')":                                  {[]string{"complex", "-n", "n", "-g", "g"}, map[string]any{"worker": worker}, "1"},
		"CheckRunner(check_name='n', process_group='g', checks_config=((ExampleCheck, {}),))": {[]string{"complex", "-n", "n", "-g", "g"}, map[string]any{"worker": worker}, "1"},
		"CheckRunner('n', 'g', [(memory.MemoryCheck, {'max_rss': 2048.0, 'cumulative': None}), (cpu.CPUCheck, {'max_cpu': 90})])": {[]string{"complex", "-n", "n", "-g", "g"},
			map[string]any{"memory": map[string]any{"max_rss": 2048.0}, "cpu": map[string]any{"max_cpu": 90.0, "interval": 3600.0}}, ""},
		"CheckRunner('n', 'g', [(http.HTTPCheck, {'url': '/', 'port': 80, 'password': 's3'}), (ExampleCheck, {})], {'SUPERVISOR_SERVER_URL': 'x'})": {
			[]string{"complex", "-n", "n", "-g", "g"}, map[string]any{"http": map[string]any{"url": "/", "port": 80.0, "password": "s3"}, "worker": worker}, "1"},
	} {
		t.Run(call, func(t *testing.T) {
			t.Parallel()
			args, config, asWorker := become(t, call+".run()\n")
			if diff := cmp.Diff([]any{want.args, want.config, want.worker}, []any{args, config, asWorker}); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAListenerThatIsNotThereIsSaid(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"":                  "supervisor-healthcheck is not on the PATH: install it there, or say where it is by SUPERVISOR_HEALTHCHECK_BIN\n",
		"/nowhere/listener": "/nowhere/listener cannot be run: [Errno 2] No such file or directory: '/nowhere/listener'\n",
	} {
		cmd := script(t, imports+"os.environ['PATH'] = '/nowhere'\nCheckRunner('n', 'g', [(ExampleCheck, {})]).run()\n")
		cmd.Env = append(cmd.Env, python.Binary+"="+path)
		if out, err := cmd.CombinedOutput(); err == nil || string(out) != want {
			t.Errorf("%v, %s", err, out)
		}
	}
}

// checked is what a worker answers.
type checked struct {
	ID              int
	Verdict, Reason string
}

// TestTheScriptIsAWorkerToo asks for several processes at once, which have names that say what is to come of them.
func TestTheScriptIsAWorkerToo(t *testing.T) {
	t.Parallel()
	cmd := script(t, imports+`
import threading, time
print('at the start')
class Fate(base.BaseCheck):
    NAME = 'fate'
    gate = threading.Event()
    def __call__(self, spec):
        print('by the way')
        if spec['name'] == 'slow':
            self.gate.wait(60)
        if spec['name'] == 'open':
            self.gate.set()
        if spec['name'] == 'wrong':
            raise KeyError('a\nb')
        if spec['name'] == 'exit':
            sys.exit('no')
        if spec['name'] == 'main':
            self._log('%s', threading.current_thread() is threading.main_thread())
        self._log('%s has pid %d, %s', spec['name'], spec['pid'], self._config['mood'])
        return spec['name'] != 'bad'
class Quiet(base.BaseCheck):
    def __call__(self, spec):
        return spec['name'] != 'quiet'
CheckRunner('n', 'g', [(Fate, {'mood': 'fine'}), (tcp.TCPCheck, {'port': 80}), (Quiet, {})]).run()
`)
	cmd.Env = append(cmd.Env, python.Worker+"=1")
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var aside strings.Builder
	cmd.Stderr = &aside
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	late := time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() })
	defer late.Stop()
	lines := bufio.NewScanner(stdout)
	ask := func(id int, name string) {
		fmt.Fprintf(stdin, `{"id": %d, "process": {"name": %q, "pid": %d}}`+"\n", id, name, id)
	}
	answer := func() (got checked) {
		if !lines.Scan() {
			t.Fatalf("no more answers: %s", aside.String())
		}
		if err := json.Unmarshal(lines.Bytes(), &got); err != nil {
			t.Fatalf("%q: %v", lines.Text(), err)
		}
		return got
	}
	const quiet = "; Quiet says yes"
	for id, want := range []checked{
		{0, "healthy", "Fate: good has pid 0, fine" + quiet},
		{1, "unhealthy", "Fate: bad has pid 1, fine"},
		{2, "unknown", "fate raised KeyError: 'a\\nb'"},
		{3, "unknown", "fate raised SystemExit: no"},
		{4, "unhealthy", "Quiet says no"},
		{5, "healthy", "Fate: main has pid 5, fine" + quiet},
	} {
		ask(id, []string{"good", "bad", "wrong", "exit", "quiet", "main"}[id])
		if got := answer(); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
	ask(10, "slow")
	ask(11, "open")
	if first, second := answer(), answer(); first.ID+second.ID != 21 || first.Verdict != "healthy" || second.Verdict != "healthy" {
		t.Errorf("%+v and %+v", first, second)
	}
	stdin.Close()
	if err := cmd.Wait(); err != nil {
		t.Errorf("it ends with %v", err)
	}
	for _, line := range []string{"at the start\n", "by the way\n", " [n] Fate: good has pid 0, fine\n", "KeyError: ", " [n] Fate: True\n"} {
		if !strings.Contains(aside.String(), line) {
			t.Errorf("%q is not on stderr:\n%s", line, aside.String())
		}
	}
}

package main

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"
)

// demoRun is a demo that runs in a process of its own, with a folder for temporary files that it has to leave empty.
type demoRun struct {
	t        *testing.T
	cmd      *exec.Cmd
	tmp      string
	out, err bytes.Buffer
}

// newDemoRun makes a demo that searches supervisord in one folder alone.
func newDemoRun(t *testing.T, binary, path string) *demoRun {
	t.Helper()
	tmp, err := os.MkdirTemp("", "shc")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(tmp) })
	r := &demoRun{t: t, tmp: tmp, cmd: exec.Command(binary, "demo")}
	r.cmd.Env = []string{"TMPDIR=" + tmp, "PATH=" + path, "HOME=" + tmp, "SUPERVISOR_HEALTHCHECK_MODE=observe"}
	r.cmd.Stderr = &r.err
	return r
}

// run runs it to its end, and calls then once the text has come. It returns the exit status.
func (r *demoRun) run(text string, then func(stdout io.Closer)) int {
	r.t.Helper()
	stdout, err := r.cmd.StdoutPipe()
	if err != nil {
		r.t.Fatal(err)
	}
	if err := r.cmd.Start(); err != nil {
		r.t.Fatal(err)
	}
	watchdog := time.AfterFunc(2*time.Minute, func() { _ = r.cmd.Process.Kill() })
	defer watchdog.Stop()
	for lines := bufio.NewScanner(stdout); lines.Scan(); {
		r.out.WriteString(lines.Text() + "\n")
		if then != nil && strings.Contains(lines.Text(), text) {
			then(stdout)
			then = nil
		}
	}
	_ = r.cmd.Wait() // what it says stands in ProcessState
	r.leftNothing()
	return r.cmd.ProcessState.ExitCode()
}

// leftNothing looks for processes by their environment, which names the folder.
func (r *demoRun) leftNothing() {
	r.t.Helper()
	for _, left := range r.living() {
		r.t.Errorf("this process was left behind: %s", left)
	}
	if entries, err := os.ReadDir(r.tmp); err != nil || len(entries) > 0 {
		r.t.Errorf("these files were left behind: %v, %v", entries, err)
	}
}

func (r *demoRun) living() []string {
	var living []string
	paths, _ := filepath.Glob("/proc/[0-9]*/environ")
	for _, path := range paths {
		text, _ := os.ReadFile(path)
		if slices.Contains(strings.Split(string(text), "\x00"), "TMPDIR="+r.tmp) {
			command, _ := os.ReadFile(filepath.Join(filepath.Dir(path), "cmdline"))
			living = append(living, strings.ReplaceAll(string(command), "\x00", " "))
		}
	}
	return living
}

// story is the output without line breaks in its sentences, and without the log.
func (r *demoRun) story() string {
	_, story := r.parts()
	return strings.Join(strings.Fields(story), " ")
}

func (r *demoRun) parts() (log []entry, story string) {
	text := ""
	for line := range strings.Lines(r.out.String()) {
		front, rest, barred := strings.Cut(line, "| ")
		switch {
		case !barred || len(front) != len(time.TimeOnly):
			story += line
		case strings.HasPrefix(line, "        |   "):
			text = strings.TrimSuffix(text, "\n") + " " + strings.TrimSpace(rest) + "\n"
		default:
			text += "time=2030-01-01T" + front + "Z " + rest
		}
	}
	return parseEntries(text), story
}

// toldTheWholeStory checks what a demo that went well must have said.
func (r *demoRun) toldTheWholeStory(title string) {
	r.t.Helper()
	whole := regexp.MustCompile(`.*Under (\S+|the stand-in), in the temporary folder (\S+), the listener is started with two small web services: demo:(\S+) and demo:(\S+)\. .*` +
		`Both services answer: (\S+) has pid (\d+), (\S+) has pid (\d+)\. .*Now (\S+) is made to hang.* ` +
		`That is one failure\..* so it holds back.* (\S+) is being stopped,.* the listener, pid \d+, is killed by SIGKILL.* ` +
		`(\S+) answers again: .*It hung for (\S+) s until the listener stopped it, was down for (\S+) s, had pid (\d+) and has pid (\d+)\. ` +
		`(\S+), which was well, still has pid (\d+)\. .*nothing is left behind\. \S+ Next: .* With --mode observe as well it only says what it would do\.$`)
	found := whole.FindStringSubmatch(r.story())
	if found == nil {
		r.t.Fatalf("the story does not match %v:\n%s%s", whole, r.out.String(), r.err.String())
	}
	ill, well, before, after, wellPID := found[3], found[4], found[6], found[15], found[8]
	want := []string{title, found[2], ill, well, ill, before, well, wellPID, ill, ill, ill, found[12], found[13], before, after, well, wellPID}
	if d := diff(want, found[1:]); d != "" || before == after || ill == well || !strings.HasPrefix(found[2], r.tmp) {
		r.t.Errorf("the story does not fit together: %s\n%s", d, r.out.String())
	}
	for _, figure := range found[12:14] {
		if seconds, err := strconv.ParseFloat(figure, 64); err != nil || seconds <= 0 || seconds > 60 {
			r.t.Errorf("%s s, %v", figure, err)
		}
	}
	r.showedTheLog(ill, before, after)
	if !strings.Contains(found[0], "This takes about half a minute.") {
		r.t.Errorf("it does not say how long it takes:\n%s", r.out.String())
	}
	for line := range strings.Lines(r.out.String()) {
		line = regexp.MustCompile(`\S*/TestTheDemo\S*/supervisord`).ReplaceAllString(strings.ReplaceAll(line, r.tmp, "/tmp"), "/usr/bin/supervisord") // the paths of tests are long
		if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > 80 || strings.Contains(line, "\x1b") {
			r.t.Errorf("%d columns, or colours where there is no terminal: %q", n, line)
		}
	}
}

// showedTheLog checks the listener's lines about the process that fell ill, which must be the only ones about any until the end.
func (r *demoRun) showedTheLog(ill, before, after string) {
	r.t.Helper()
	var got []string
	log, _ := r.parts()
	for _, e := range with(log, by(demoListener)) {
		if e.process() != "" {
			got = append(got, strings.Join([]string{e.Msg, e.process(), e.pid()}, " "))
		}
	}
	id := " demo:" + ill + " "
	want := []string{string(msgUnhealthy) + id + before, string(msgUnhealthy) + id + before, string(msgStop) + id + before,
		string(msgTakenUp) + id, string(msgRestarted) + id + after}
	if d := diff(want, got); d != "" {
		r.t.Errorf("%s\n%s", d, r.out.String())
	}
}

func TestTheDemo(t *testing.T) {
	if testing.Short() {
		t.Skip("the demo takes its time")
	}
	t.Parallel()
	binary := demoBinary(t)
	t.Run("under the stand-in", func(t *testing.T) {
		t.Parallel()
		r := newDemoRun(t, binary, t.TempDir())
		if status := r.run("", nil); status != exitOK || r.err.Len() > 0 {
			t.Errorf("status %d, %s", status, r.err.String())
		}
		r.toldTheWholeStory("the stand-in")
		if !strings.Contains(r.story(), "There is no supervisord on the PATH. So a small stand-in") {
			t.Errorf("it does not say why it takes the stand-in:\n%s", r.out.String())
		}
	})
	t.Run("under supervisord", func(t *testing.T) {
		t.Parallel()
		dir := realSupervisordDir(t)
		r := newDemoRun(t, binary, dir)
		if status := r.run("", nil); status != exitOK || r.err.Len() > 0 {
			t.Errorf("status %d, %s", status, r.err.String())
		}
		r.toldTheWholeStory(filepath.Join(dir, "supervisord"))
	})
	t.Run("with a supervisord that cannot be started", func(t *testing.T) {
		t.Parallel()
		r := newDemoRun(t, binary, script(t, "#!/bin/sh\necho it has no legs\nexit 3\n"))
		if status := r.run("", nil); status != exitOK || r.err.Len() > 0 {
			t.Errorf("status %d, %s", status, r.err.String())
		}
		why := `/supervisord cannot be used here: supervisord has ended (exit status 3), and its last words were "it has no legs". So a small stand-in`
		if !strings.Contains(r.story(), why) {
			t.Errorf("it does not say why it takes the stand-in:\n%s", r.out.String())
		}
		r.toldTheWholeStory("the stand-in")
	})
	t.Run("interrupted", func(t *testing.T) { demoInterrupted(t, binary) })
}

func demoInterrupted(t *testing.T, binary string) {
	signals := func(r *demoRun, all ...syscall.Signal) func(io.Closer) {
		return func(io.Closer) {
			for _, s := range all {
				_ = r.cmd.Process.Signal(s)
			}
		}
	}
	for name, test := range map[string]struct {
		at   string
		how  func(*demoRun) func(stdout io.Closer)
		want string
	}{
		"by Ctrl-C": {"is made to hang", func(r *demoRun) func(io.Closer) { return signals(r, syscall.SIGINT) }, "interrupt signal received"},
		"by Ctrl-C, impatiently": {"is made to hang",
			func(r *demoRun) func(io.Closer) { return signals(r, syscall.SIGINT, syscall.SIGINT, syscall.SIGINT) }, "interrupt signal received"},
		"by Ctrl-C at the start":     {"This takes about", func(r *demoRun) func(io.Closer) { return signals(r, syscall.SIGINT) }, "interrupt signal received"},
		"by Ctrl-C in the restart":   {string(msgStop), func(r *demoRun) func(io.Closer) { return signals(r, syscall.SIGINT) }, "interrupt signal received"},
		"by SIGTERM":                 {"is made to hang", func(r *demoRun) func(io.Closer) { return signals(r, syscall.SIGTERM) }, "terminated signal received"},
		"by the end of the terminal": {"is made to hang", func(r *demoRun) func(io.Closer) { return signals(r, syscall.SIGHUP) }, "hangup signal received"},
		"by a reader that has gone":  {"Both services", func(*demoRun) func(io.Closer) { return func(out io.Closer) { out.Close() } }, "broken pipe signal received"},
	} {
		for under, path := range map[string]func(*testing.T) string{"the stand-in": (*testing.T).TempDir, "supervisord": realSupervisordDir} {
			t.Run(name+" under "+under, func(t *testing.T) {
				t.Parallel()
				r := newDemoRun(t, binary, path(t))
				r.hangsUp()
				status := r.run(test.at, test.how(r))
				want := "supervisor-healthcheck demo: it was interrupted: " + test.want + "\n"
				if d := diff(want, r.err.String()); d != "" || status != exitTrouble {
					t.Errorf("status %d, %s\n%s", status, d, r.out.String())
				}
			})
		}
	}
}

// hangsUp has the demo end with its terminal, also where the tests themselves were started by nohup: what is ignored is handed on to
// children, and the demo leaves that as it is.
func (r *demoRun) hangsUp() {
	r.t.Helper()
	if !signal.Ignored(syscall.SIGHUP) {
		return
	}
	env, err := exec.LookPath("env")
	if err != nil || exec.Command(env, "--default-signal=HUP", "true").Run() != nil {
		r.t.Skip("SIGHUP is ignored, and there is no env --default-signal")
	}
	r.cmd.Path, r.cmd.Args = env, append([]string{env, "--default-signal=HUP"}, r.cmd.Args...)
}

func TestADemoUnderNohupOutlivesItsTerminal(t *testing.T) {
	if testing.Short() {
		t.Skip("the demo takes its time")
	}
	t.Parallel()
	r := newDemoRun(t, demoBinary(t), t.TempDir())
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Skip(err)
	}
	r.cmd.Path, r.cmd.Args = shell, append([]string{shell, "-c", `trap "" HUP; exec "$@"`, shell}, r.cmd.Args...)
	status := r.run("is made to hang", func(io.Closer) { _ = r.cmd.Process.Signal(syscall.SIGHUP) })
	if status != exitOK || r.err.Len() > 0 {
		t.Errorf("status %d, %s", status, r.err.String())
	}
	r.toldTheWholeStory("the stand-in")
}

func TestADemoThatIsKilledLeavesNoProcess(t *testing.T) {
	if testing.Short() || runtime.GOOS != "linux" {
		t.Skip("supervisord is ended by the kernel, on Linux alone")
	}
	t.Parallel()
	binary := demoBinary(t)
	for under, path := range map[string]func(*testing.T) string{"the stand-in": (*testing.T).TempDir, "supervisord": realSupervisordDir} {
		t.Run("under "+under, func(t *testing.T) {
			t.Parallel()
			r := newDemoRun(t, binary, path(t))
			stdout, err := r.cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := r.cmd.Start(); err != nil {
				t.Fatal(err)
			}
			for lines := bufio.NewScanner(stdout); lines.Scan() && !strings.Contains(lines.Text(), "is made to hang"); {
			}
			if len(r.living()) < 4 {
				t.Errorf("only these run: %q", r.living())
			}
			_ = r.cmd.Process.Kill()
			_ = r.cmd.Wait()
			if !poll(20*time.Second, 50*time.Millisecond, func() bool { return len(r.living()) == 0 }) {
				t.Errorf("these processes were left behind: %q", r.living())
			}
		})
	}
}

// demoBinary is the built binary: that of the other tests if they have built one.
func demoBinary(t *testing.T) string {
	t.Helper()
	if dir := os.Getenv(binVariable); dir != "" {
		return filepath.Join(dir, self)
	}
	dir, err := build()
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, self)
}

// realSupervisordDir is the folder of the supervisord on the PATH.
func realSupervisordDir(t *testing.T) string {
	t.Helper()
	path, err := findSupervisord()
	if err != nil && os.Getenv("SUPERVISOR_HEALTHCHECK_E2E") == "required" {
		t.Fatal(err)
	} else if err != nil {
		t.Skip("no supervisord on the PATH")
	}
	return filepath.Dir(path)
}

// script is a folder with a supervisord that is this script.
func script(t *testing.T, text string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "supervisord"), []byte(text), 0o700); err != nil {
		t.Fatal(err)
	}
	return dir
}

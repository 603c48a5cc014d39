//go:build linux

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// tty is a terminal of the test with a program on it.
type tty struct {
	master, slave *os.File
	before        unix.Termios
	command       *exec.Cmd
	ended         chan struct{}

	mu     sync.Mutex
	raw    string // what the program has written
	screen [24]string
}

// runsOnTerminal runs a command of ours on a terminal of 80 columns.
func (s *sandbox) runsOnTerminal(args ...string) *tty {
	s.t.Helper()
	return s.onTerminal(exec.Command(filepath.Join(s.bin, "supervisor-healthcheck"), args...))
}

// onTerminal runs any command on one.
func (s *sandbox) onTerminal(command *exec.Cmd) *tty {
	s.t.Helper()
	y := &tty{command: command, ended: make(chan struct{})}
	y.open(s.t)
	command.Env = append(os.Environ(), "TERM=xterm", "NO_COLOR=1", "SUPERVISOR_HEALTHCHECK_STATE_DIR="+s.path("state"))
	command.Stdin, command.Stdout, command.Stderr = y.slave, y.slave, y.slave
	command.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := command.Start(); err != nil {
		s.t.Fatal(err)
	}
	go func() { defer close(y.ended); _ = command.Wait() }()
	var reading sync.WaitGroup
	reading.Go(y.read)
	s.t.Cleanup(func() {
		_ = command.Process.Kill() // it may have ended
		<-y.ended
		y.slave.Close()
		reading.Wait()
		y.master.Close()
	})
	return y
}

func (y *tty) open(t *testing.T) {
	t.Helper()
	var err error
	if y.master, err = os.OpenFile("/dev/ptmx", os.O_RDWR, 0); err != nil {
		t.Skip(err)
	}
	raw, err := y.master.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	number := 0
	failure := raw.Control(func(fd uintptr) {
		number, err = unix.IoctlGetInt(int(fd), unix.TIOCGPTN)
		if err == nil {
			err = unix.IoctlSetPointerInt(int(fd), unix.TIOCSPTLCK, 0)
		}
		if err == nil {
			err = unix.IoctlSetWinsize(int(fd), unix.TIOCSWINSZ, &unix.Winsize{Col: 80, Row: 24})
		}
	})
	if failure != nil || err != nil {
		t.Skip(failure, err)
	}
	if y.slave, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0); err != nil {
		t.Skip(err)
	}
	y.before = y.mode(t)
}

func (y *tty) mode(t *testing.T) unix.Termios {
	t.Helper()
	mode, err := unix.IoctlGetTermios(int(y.slave.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	return *mode
}

// drawnLine is a line of the screen, or its clearing.
var drawnLine = regexp.MustCompile(`\x1b\[2J|\x1b\[(\d+);1H([^\x1b]*)\x1b\[K`)

func (y *tty) read() {
	buffer, rest := make([]byte, 4096), ""
	for {
		n, err := y.master.Read(buffer)
		if err != nil {
			return
		}
		y.mu.Lock()
		y.raw += string(buffer[:n])
		rest += string(buffer[:n])
		all := drawnLine.FindAllStringSubmatchIndex(rest, -1)
		end := 0
		for _, at := range all {
			if end = at[1]; at[2] < 0 {
				clear(y.screen[:])
				continue
			}
			if line, _ := strconv.Atoi(rest[at[2]:at[3]]); line >= 1 && line <= len(y.screen) {
				y.screen[line-1] = rest[at[4]:at[5]]
			}
		}
		rest = rest[end:]
		y.mu.Unlock()
	}
}

func (y *tty) shown() string {
	y.mu.Lock()
	defer y.mu.Unlock()
	return strings.Join(y.screen[:], "\n")
}

func (y *tty) written() string {
	y.mu.Lock()
	defer y.mu.Unlock()
	return y.raw
}

// shows waits until all of the texts are on the screen.
func (s *stage) shows(y *tty, texts ...string) {
	s.t.Helper()
	s.eventually(func() bool {
		shown := strings.Join(strings.Fields(y.shown()), " ") // a sentence may take several lines
		for _, text := range texts {
			if !strings.Contains(shown, text) {
				return false
			}
		}
		return true
	}, "%q is shown", texts)
}

func (y *tty) press(t *testing.T, keys string) {
	t.Helper()
	if _, err := y.master.WriteString(keys); err != nil {
		t.Fatal(err)
	}
}

// restored waits for the end of the program, and holds that the terminal is as it was.
func (s *stage) restored(y *tty, status int) {
	s.t.Helper()
	<-y.ended
	if got := y.command.ProcessState.ExitCode(); got != status {
		s.t.Errorf("it ended with %d, want %d", got, status)
	}
	if after := y.mode(s.t); after != y.before {
		s.t.Errorf("the terminal was %+v and is %+v", y.before, after)
	}
	s.eventually(func() bool { return strings.HasSuffix(strings.TrimSpace(y.written()), "\x1b[?1049l") }, "the other screen is left")
}

func TestTopShowsABreakAndPausesByKey(t *testing.T) {
	t.Parallel()
	s := newStage(t, play{flags: "--failures 2"})
	s.round(s.job, s.other)
	before := s.pid(s.job)
	y := s.runsOnTerminal("top")
	s.shows(y, "2 healthy", s.job, s.other, "status 200")
	y.press(t, "/"+strings.TrimPrefix(s.job, "crew:")+"\r")
	s.shows(y, "1 healthy", "only")
	y.press(t, "p\x151h\r") // its time is written anew
	s.shows(y, s.job+": paused for 1h")
	s.gate.answer(503)
	s.ticksUntil(func() bool {
		shown := y.shown()
		return strings.Contains(shown, "1 unhealthy") && strings.Contains(shown, "paused by hand, ")
	})
	for range 3 {
		s.round(s.job)
	}
	if s.pid(s.job) != before {
		t.Error("it was restarted though it is paused")
	}
	y.press(t, "\r")
	s.shows(y, "RUNNING pid "+strconv.Itoa(before), "paused until", "-> paused by hand, ", "Recent checks", "status 503", "Recent events", "unhealthy reason=")
	y.press(t, "r")
	s.shows(y, s.job+": not paused")
	s.ticksUntil(func() bool { pid := s.pid(s.job); return pid != 0 && pid != before })
	s.shows(y, "restarting: stop")
	y.press(t, "q")
	s.restored(y, 0)
}

func TestTopFindsAListenerAgain(t *testing.T) {
	t.Parallel()
	s := newStage(t, play{})
	s.round(s.job, s.other)
	y := s.runsOnTerminal("top", "--readonly")
	s.shows(y, s.job, "read-only")
	y.press(t, "p")
	s.shows(y, "nothing is paused: this is --readonly")
	pid := s.pid("check:check")
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	s.shows(y, "what is shown is", "it did not answer within 3s", s.job)
	if err := syscall.Kill(pid, syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	s.eventually(func() bool { return !strings.Contains(y.shown(), "what is shown is ") }, "the listener is found again")
	if err := y.command.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	s.restored(y, 0)
}

// Who stops it has a terminal as it was, and finds the screen when it goes on.
func TestTopIsStoppedAndGoesOn(t *testing.T) {
	t.Parallel()
	s := newStage(t, play{})
	s.round(s.job, s.other)
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip(err)
	}
	y := s.onTerminal(exec.Command(bash, "--norc", "--noprofile", "-c",
		"set -m; "+filepath.Join(s.bin, "supervisor-healthcheck")+" top; echo it was stopped; read -r line; fg; echo it has ended"))
	s.shows(y, s.job)
	y.press(t, "\x1a")
	s.eventually(func() bool {
		return strings.Contains(y.written(), "\x1b[?1049l") && strings.Contains(y.written(), "it was stopped")
	}, "the shell has the terminal")
	if mode := y.mode(t); mode.Lflag&unix.ICANON == 0 || mode.Lflag&unix.ECHO == 0 {
		t.Errorf("the shell has a raw terminal: %+v", mode)
	}
	seen := strings.Count(y.written(), "\x1b[?1049h")
	y.press(t, "go on\n")
	s.eventually(func() bool { return strings.Count(y.written(), "\x1b[?1049h") > seen }, "the screen is taken again")
	s.shows(y, s.job)
	y.press(t, "q")
	s.eventually(func() bool { return strings.Contains(y.written(), "it has ended") }, "it ends")
	<-y.ended
}

func TestTopWithoutATerminalNamesStatus(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, "")
	out, status := s.asks("top")
	if status != 2 || strings.Count(out, "\n") != 1 || !strings.Contains(out, "it needs a terminal on stdin and stdout; where there is none, write supervisor-healthcheck status") {
		t.Errorf("%d: %s", status, out)
	}
}

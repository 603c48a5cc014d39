package terminal_test

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"supervisor-healthcheck/adapters/terminal"
)

// pty is a terminal of the test: what is written to one end comes out of the other.
type pty struct {
	*os.File // the end of who looks and presses keys
	program  *os.File

	mu  sync.Mutex
	out strings.Builder
}

func newPTY(t *testing.T) *pty {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skip(err)
	}
	number := 0
	control(t, master, func(fd int) error {
		if number, err = unix.IoctlGetInt(fd, unix.TIOCGPTN); err != nil {
			return err
		}
		return unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0)
	})
	program, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip(err)
	}
	p := &pty{File: master, program: program}
	var reading sync.WaitGroup
	reading.Go(func() {
		buffer := make([]byte, 4096)
		for {
			n, err := master.Read(buffer)
			if err != nil {
				return
			}
			p.mu.Lock()
			p.out.Write(buffer[:n])
			p.mu.Unlock()
		}
	})
	t.Cleanup(func() { program.Close(); reading.Wait(); master.Close() })
	return p
}

// control does something to a file that can be closed while it is read: Fd would end that.
func control(t *testing.T, file *os.File, do func(fd int) error) {
	t.Helper()
	raw, err := file.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	if failure := raw.Control(func(fd uintptr) { err = do(int(fd)) }); failure != nil || err != nil {
		t.Fatal(failure, err)
	}
}

// written is what came out since it was last asked for.
func (p *pty) written() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	defer p.out.Reset()
	return p.out.String()
}

func (p *pty) shows(t *testing.T, text string) {
	t.Helper()
	all := ""
	eventually(t, func() bool { all += p.written(); return strings.Contains(all, text) }, text)
}

func eventually(t *testing.T, is func() bool, what string) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it never came to it: ", what)
		}
	}
}

func (p *pty) mode(t *testing.T) unix.Termios {
	t.Helper()
	mode, err := unix.IoctlGetTermios(int(p.program.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	return *mode
}

func TestATerminalIsTakenAndGivenBack(t *testing.T) {
	p := newPTY(t)
	control(t, p.File, func(fd int) error { return unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Col: 100, Row: 30}) })
	before := p.mode(t)
	full, err := terminal.Take(p.program, p.program)
	if err != nil {
		t.Fatal(err)
	}
	if now := p.mode(t); now.Lflag&(unix.ICANON|unix.ECHO|unix.ISIG) != 0 {
		t.Errorf("it is not raw: %+v", now)
	}
	if width, height := full.Size(); width != 100 || height != 30 {
		t.Errorf("%d x %d", width, height)
	}
	p.shows(t, "\x1b[?1049h")
	fmt.Fprint(p, "q\x1b[A\x1b")
	for _, want := range []terminal.Key{"q", terminal.KeyUp, terminal.KeyEscape} {
		if got := <-full.Keys(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	full.Close()
	p.shows(t, "\x1b[?1049l")
	if after := p.mode(t); after != before {
		t.Errorf("it was %+v and is %+v", before, after)
	}
	if _, open := <-full.Keys(); open {
		t.Error("a key comes though it was given back")
	}
}

func TestOnlyWhatIsNewIsDrawn(t *testing.T) {
	p := newPTY(t)
	full, err := terminal.Take(p.program, p.program)
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	draw := func(lines ...string) {
		t.Helper()
		if err := full.Draw(lines); err != nil {
			t.Fatal(err)
		}
	}
	const begin, end = "\x1b[?2026h", "\x1b[?2026l"
	draw("one", "two", "three")
	p.shows(t, begin+"\x1b[2J\x1b[1;1Hone\x1b[K\x1b[2;1Htwo\x1b[K\x1b[3;1Hthree\x1b[K"+end)
	draw("one", "two", "three") // nothing is written
	draw("one", "TWO")
	p.shows(t, begin+"\x1b[2;1HTWO\x1b[K\x1b[3;1H\x1b[K"+end)
	if rest := p.written(); rest != "" {
		t.Errorf("%q", rest)
	}
	full.Forget()
	draw("one")
	p.shows(t, begin+"\x1b[2J\x1b[1;1Hone\x1b[K"+end)
}

func TestAnotherSizeIsSaid(t *testing.T) {
	p := newPTY(t)
	full, err := terminal.Take(p.program, p.program)
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	if err := syscall.Kill(os.Getpid(), syscall.SIGWINCH); err != nil {
		t.Fatal(err)
	}
	<-full.Changed()
}

func TestWhatIsNoTerminalIsNotTaken(t *testing.T) {
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	defer write.Close()
	if _, err := terminal.Take(read, write); err != terminal.ErrNoTerminal {
		t.Error(err)
	}
	p := newPTY(t)
	if _, err := terminal.Take(p.program, write); err != terminal.ErrNoTerminal {
		t.Error(err)
	}
}

func TestKeysEndWhenTheTerminalIsGone(t *testing.T) {
	p := newPTY(t)
	full, err := terminal.Take(p.program, p.program)
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	p.File.Close()
	if _, open := <-full.Keys(); open {
		t.Error("a key comes from nowhere")
	}
}

func TestColumns(t *testing.T) {
	for text, want := range map[string]struct {
		width int
		cut   string
	}{"": {0, ""}, "abcdef": {6, "abc…"}, "abcd": {4, "abcd"}, "größe": {5, "grö…"}, "日本語": {6, "日…"}, "e\u0301e\u0301e\u0301": {3, "e\u0301e\u0301e\u0301"}} {
		if got := terminal.Columns(text); got != want.width {
			t.Errorf("%q: %d", text, got)
		}
		if got := terminal.Cut(text, 4); got != want.cut {
			t.Errorf("%q: %q", text, got)
		}
		if got := terminal.Columns(terminal.Fill(text, 4)); got != 4 {
			t.Errorf("%q fills %d", text, got)
		}
	}
	if got := terminal.Cut("abc", 0); got != "" {
		t.Errorf("%q", got)
	}
}

// panicking has this test program take its terminal and panic in a goroutine.
const panicking = "TERMINAL_TEST_PANICS"

func TestAPanicGivesTheTerminalBack(t *testing.T) {
	if os.Getenv(panicking) != "" {
		full, err := terminal.Take(os.Stdin, os.Stdout)
		if err != nil {
			t.Fatal(err)
		}
		full.Guard(func() { panic("it was not foreseen") })
		select {}
	}
	p := newPTY(t)
	before := p.mode(t)
	command := exec.Command(os.Args[0], "-test.run=^TestAPanicGivesTheTerminalBack$")
	command.Env = append(os.Environ(), panicking+"=1")
	command.Stdin, command.Stdout, command.Stderr = p.program, p.program, p.program
	if err := command.Run(); command.ProcessState.ExitCode() != 2 {
		t.Errorf("it ended with %v", err)
	}
	all := ""
	eventually(t, func() bool { all += p.written(); return strings.Contains(all, "it was not foreseen") }, "the panic is told")
	if taken, given := strings.Index(all, "\x1b[?1049h"), strings.Index(all, "\x1b[?1049l"); taken < 0 || given < taken || given > strings.Index(all, "it was not foreseen") {
		t.Errorf("%q", all)
	}
	if after := p.mode(t); after != before {
		t.Errorf("it was %+v and is %+v", before, after)
	}
}

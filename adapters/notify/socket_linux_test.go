package notify

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/sys/unix"

	"supervisor-healthcheck/domain"
)

// TestMain also is the child that says something.
func TestMain(m *testing.M) {
	if words := os.Getenv("NOTIFY_TEST_SAYS"); words != "" {
		if os.Getenv("NOTIFY_TEST_DEEP") != "" {
			child := exec.Command(os.Args[0])
			child.Env = append(os.Environ(), "NOTIFY_TEST_DEEP=")
			child.Stdin, child.Stdout = os.Stdin, os.Stdout
			_ = child.Run()
			os.Exit(0)
		}
		conn, err := net.Dial("unixgram", os.Getenv("NOTIFY_SOCKET"))
		if err == nil {
			_, err = conn.Write([]byte(words))
		}
		fmt.Println(err)
		var b [1]byte
		_, _ = os.Stdin.Read(b[:])
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

// opened is a socket in a short folder of its own.
func opened(t *testing.T) *Socket {
	t.Helper()
	dir, err := os.MkdirTemp("", "shcn")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	s := New(filepath.Join(dir, "state", "s"))
	if err := s.Listen(true); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// say sends a message of this process, with descriptors.
func say(t *testing.T, s *Socket, text string, rights ...int) {
	t.Helper()
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd) //nolint:errcheck // it was for this message
	var beside []byte
	if len(rights) > 0 {
		beside = unix.UnixRights(rights...)
	}
	if err := unix.Sendmsg(fd, []byte(text), beside, &unix.SockaddrUnix{Name: s.path}, 0); err != nil {
		t.Fatal(err)
	}
}

// eventually waits until the beats of a process are as they should be.
func eventually(t *testing.T, s *Socket, pid int, what string, good func(domain.Beats) bool) domain.Beats {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); ; {
		beats, err := s.Beats(t.Context(), domain.Process{PID: pid})
		if err == nil && good(beats) {
			return beats
		}
		if time.Now().After(end) {
			t.Fatalf("never: %s: %+v %v", what, beats, err)
		}
		time.Sleep(time.Millisecond)
	}
}

func TestWhatAProcessSaysOfItself(t *testing.T) {
	s, me := opened(t), os.Getpid()
	if beats, err := s.Beats(t.Context(), domain.Process{PID: me}); err != nil || beats != (domain.Beats{}) {
		t.Fatalf("%+v %v", beats, err)
	}
	before := time.Now()
	say(t, s, "STATUS=loading")
	beats := eventually(t, s, me, "it has a status", func(b domain.Beats) bool { return b.Status == "loading" })
	if beats.Ready || !beats.Last.IsZero() || !beats.Anybody {
		t.Errorf("a status is no heartbeat: %+v", beats)
	}
	say(t, s, "WATCHDOG=1")
	beats = eventually(t, s, me, "it beats", func(b domain.Beats) bool { return !b.Last.IsZero() })
	if beats.Ready || beats.Last.Before(before) || beats.Last.After(time.Now()) || beats.Status != "loading" {
		t.Errorf("%+v", beats)
	}
	say(t, s, "READY=1\nSTATUS=serving")
	eventually(t, s, me, "it is ready", func(b domain.Beats) bool {
		return b.Ready && b.Last.After(beats.Last) && b.Status == "serving" && !b.Stopping
	})
	say(t, s, "STOPPING=1")
	eventually(t, s, me, "it stops", func(b domain.Beats) bool { return b.Stopping })
	if other, err := s.Beats(t.Context(), domain.Process{PID: 1}); err != nil || other.Ready || !other.Anybody {
		t.Errorf("nobody else has said that: %+v %v", other, err)
	}
}

// The shell of a program, or its parent, is what supervisord knows.
func TestWhatADescendantSaysItsAncestorsHaveSaid(t *testing.T) {
	s := opened(t)
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), "NOTIFY_SOCKET="+s.path, "NOTIFY_TEST_SAYS=READY=1", "NOTIFY_TEST_DEEP=1")
	stdin, err := child.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { stdin.Close(); _ = child.Wait() }()
	eventually(t, s, child.Process.Pid, "its child is ready", func(b domain.Beats) bool { return b.Ready })
	s.mu.Lock()
	defer s.mu.Unlock()
	for l, beats := range s.lives {
		if l.pid == child.Process.Pid {
			delete(s.lives, l)
			s.lives[life{l.pid, l.start + 1}] = beats
		}
	}
	if start, _, _ := look(child.Process.Pid); s.lives[life{child.Process.Pid, start}].Ready {
		t.Error("that was another life with the same pid")
	}
}

// Descriptors that come along are closed: systemd-notify waits for that, and ours must not run out.
func TestDescriptorsAreClosed(t *testing.T) {
	s := opened(t)
	for range 3 {
		mine, theirs, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		many := make([]int, 253)
		for i := range many {
			many[i] = int(theirs.Fd())
		}
		say(t, s, "BARRIER=1", many...)
		theirs.Close()
		mine.SetReadDeadline(time.Now().Add(20 * time.Second))
		if _, err := mine.Read(make([]byte, 1)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("somebody still has it: %v", err)
		}
		mine.Close()
	}
}

func TestHostileSendersAreBounded(t *testing.T) {
	s, me := opened(t), os.Getpid()
	say(t, s, "READY=1\nSTATUS="+strings.Repeat("x", longestMessage)) // it is cut, so nothing of it counts
	say(t, s, "\x00\xff garbage")
	say(t, s, "")
	say(t, s, "STATUS=the last")
	if beats := eventually(t, s, me, "it is heard", func(b domain.Beats) bool { return b.Status == "the last" }); beats.Ready {
		t.Errorf("%+v", beats)
	}
	now := time.Now().Add(time.Hour)
	for range 10 * mostASecond {
		s.take(me, "STATUS=flood", now)
	}
	if n := s.senders[me]; n != 10*mostASecond {
		t.Errorf("%d were counted", n)
	}
	s.take(me, "STATUS=too much", now)
	if b := eventually(t, s, me, "the flood", func(b domain.Beats) bool { return b.Status != "the last" }); b.Status != "flood" {
		t.Error(b.Status)
	}
	s.take(me, "STATUS=a second later", now.Add(time.Second))
	eventually(t, s, me, "it is heard again", func(b domain.Beats) bool { return b.Status == "a second later" })
	for pid := range 3 * mostLives { // of those that are no more, nothing need be known
		s.learn(life{pid: 1 << 30, start: uint64(pid)}, notice{ready: true}, now)
	}
	if len(s.lives) > mostLives {
		t.Errorf("%d lives are remembered", len(s.lives))
	}
	if beats, _ := s.Beats(t.Context(), domain.Process{PID: me}); beats.Status != "a second later" {
		t.Errorf("who lives is forgotten for those who do not: %+v", beats)
	}
}

func TestWhereTheSocketIs(t *testing.T) {
	s := opened(t)
	other := New(s.path)
	if err := other.Listen(true); !errors.Is(err, errInUse) {
		t.Errorf("two listeners: %v", err)
	}
	if _, err := other.Beats(t.Context(), domain.Process{PID: os.Getpid()}); !errors.Is(err, errInUse) {
		t.Errorf("two listeners: %v", err)
	}
	if info, err := os.Stat(s.path); err != nil || info.Mode().Perm() != 0o666 {
		t.Errorf("%v %v", info, err)
	}
	s.Close()
	if _, err := s.Beats(t.Context(), domain.Process{PID: os.Getpid()}); !errors.Is(err, domain.ErrDeaf) {
		t.Error(err)
	}
	if _, err := other.Beats(t.Context(), domain.Process{PID: os.Getpid()}); err != nil {
		t.Errorf("the next life has it as soon as it asks: %v", err)
	}
	defer other.Close()
	say(t, other, "READY=1")
	eventually(t, other, os.Getpid(), "it hears", func(b domain.Beats) bool { return b.Ready })
}

func TestWhatIsInTheWayOfTheSocket(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		file:                              "notify socket " + file + ": there is something else that is no socket; remove it, or give another notify_socket",
		filepath.Join(file, "x"):          "not a directory",
		filepath.Join(dir, "a", "b", "c"): "no such file or directory",
	} {
		if err := New(path).Listen(true); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", path, err)
		}
	}
	if _, err := New(file).Beats(t.Context(), domain.Process{PID: 1}); !errors.Is(err, domain.ErrDeaf) {
		t.Errorf("one that was not opened: %v", err)
	}
	s := opened(t)
	if _, err := s.Beats(t.Context(), domain.Process{PID: 1 << 30}); !errors.Is(err, domain.ErrGone) {
		t.Errorf("a process that is not there: %v", err)
	}
	if err := syscall.Unlink(s.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
}

func FuzzStat(f *testing.F) {
	text, _ := os.ReadFile("/proc/self/stat")
	f.Add(string(text))
	f.Add("7 (a) b) S 1 2")
	f.Fuzz(func(t *testing.T, text string) {
		start, parent, err := parseStat(text)
		if err == nil && !strings.Contains(text, fmt.Sprint(start)) && !strings.Contains(text, "0") {
			t.Errorf("%d %d", start, parent)
		}
	})
}

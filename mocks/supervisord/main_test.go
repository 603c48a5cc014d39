package supervisord_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/mocks/supervisord"
)

// role makes the test binary a program under supervision instead of a test.
const role = "SUPERVISORD_TEST_ROLE"

func TestMain(m *testing.M) {
	if os.Getenv(role) == "recorder" {
		os.Exit(recordEvents(os.Args[1]))
	}
	goleak.VerifyTestMain(m)
}

// recordEvents is a listener that accepts every event and appends it to a file as one quoted line.
func recordEvents(path string) int {
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return 1
	}
	in := bufio.NewReader(os.Stdin)
	for {
		fmt.Print("READY\n")
		header, err := in.ReadString('\n')
		if err != nil {
			return 1
		}
		_, length, _ := strings.Cut(header, " len:")
		runes, _ := strconv.Atoi(strings.TrimSpace(length))
		var payload strings.Builder
		for range runes {
			r, _, err := in.ReadRune()
			if err != nil {
				return 1
			}
			payload.WriteRune(r)
		}
		fmt.Fprintf(file, "%q\n", header+payload.String())
		fmt.Print("RESULT 2\nOK")
	}
}

func self(t *testing.T) string {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// recorder is the recording listener, and the file where its events come.
func recorder(t *testing.T, events ...string) (*supervisord.Listener, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "events")
	return &supervisord.Listener{Name: "rec", Command: []string{self(t), path}, Env: []string{role + "=recorder"}, Events: events}, path
}

// puppet is a listener that writes what the test writes into a pipe and reads nothing.
func puppet(t *testing.T, events ...string) (*supervisord.Listener, io.Writer) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "strings")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	strings, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { strings.Close() })
	return &supervisord.Listener{Name: "pup", Command: []string{"cat", path}, Events: events}, strings
}

func await(t *testing.T, s *supervisord.Server, what string, condition func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := s.Await(ctx, condition); err != nil {
		t.Fatalf("%s: %v; listener %+v, processes %+v", what, err, s.ListenerState(), s.Processes())
	}
}

func awaitState(t *testing.T, s *supervisord.Server, name string, state domain.State) domain.Process {
	t.Helper()
	var p domain.Process
	await(t, s, name+" "+state.String(), func() bool {
		p, _ = s.Process(name)
		return p.State == state
	})
	return p
}

func awaitReadiness(t *testing.T, s *supervisord.Server, state supervisord.Readiness) {
	t.Helper()
	await(t, s, "listener "+string(state), func() bool { return s.ListenerState().State == state })
}

func write(t *testing.T, w io.Writer, text string) {
	t.Helper()
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
}

func sleeper(name string) supervisord.Program {
	return supervisord.Program{Name: name, Command: []string{"sleep", "1000"}, AutoStart: true, StopWait: time.Second}
}

func shell(name, script string) supervisord.Program {
	return supervisord.Program{Name: name, Command: []string{"sh", "-c", script}, AutoStart: true, AutoRestart: supervisord.RestartNever}
}

// readPID reads a number from a file that is being written.
func readPID(t *testing.T, path string) int {
	t.Helper()
	line, written := "", false
	eventually(t, path+" is written", func() bool {
		content, _ := os.ReadFile(path)
		line, written = strings.CutSuffix(string(content), "\n")
		return written
	})
	pid, err := strconv.Atoi(line)
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

// eventually asks until it is so. It is for what happens outside of the stand-in, which itself can Await.
func eventually(t *testing.T, what string, so func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !so(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("never: " + what)
		}
	}
}

// alive counts the processes that are there and no zombies.
func alive(pids ...int) int {
	n := 0
	for _, pid := range pids {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err == nil && !strings.Contains(string(stat), ") Z ") {
			n++
		}
	}
	return n
}

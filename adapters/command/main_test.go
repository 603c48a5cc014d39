//go:build unix

package command_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"supervisor-healthcheck/adapters/command"
	"supervisor-healthcheck/domain"
)

// part is the variable that makes the test binary one of the commands below.
const part = "COMMAND_TEST_PART"

func TestMain(m *testing.M) {
	if name := os.Getenv(part); name != "" {
		os.Exit(play(name, os.Args[1:]))
	}
	os.Exit(m.Run())
}

// play is what the commands of the tests do.
func play(name string, args []string) int {
	switch name {
	case "says":
		fmt.Println(strings.Join(args[1:], " "))
		fmt.Fprintln(os.Stderr, "aside")
		status, _ := strconv.Atoi(args[0])
		return status
	case "looks":
		fromStdin, _ := io.ReadAll(os.Stdin)
		fmt.Printf("%q %q %q", fromStdin, os.Getenv(args[0]), working())
	case "crashes":
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	case "sleeps":
		select {}
	case "polite":
		term := make(chan os.Signal, 1)
		signal.Notify(term, syscall.SIGTERM)
		fmt.Println("ready")
		<-term
		fmt.Println("bye")
		return 3
	case "stubborn":
		signal.Ignore(syscall.SIGTERM)
		fmt.Println("ready")
		select {}
	case "silent":
		os.Stdout.Close()
		os.Stderr.Close()
		select {}
	case "floods":
		for line := strings.Repeat("y", 4095) + "\n"; ; {
			if _, err := os.Stdout.WriteString(line); err != nil {
				return 1
			}
		}
	case "parent": // of one that keeps its output open, in its group or in one of its own
		child := self("sleeps")
		child.Stdout, child.Stderr = os.Stdout, os.Stderr
		child.SysProcAttr = &syscall.SysProcAttr{Setsid: args[0] == "apart"}
		if err := child.Start(); err != nil {
			return 1
		}
		fmt.Println(child.Process.Pid)
		if args[1] == "waits" {
			_ = child.Wait()
		}
	case "listener": // one that runs a command and is killed
		runner := command.New(0, slog.New(slog.DiscardHandler))
		_, err := runner.Run(context.Background(), domain.Command{Args: append([]string{os.Args[0]}, args...), Env: []string{part + "=tells"}, Timeout: time.Hour})
		fmt.Fprintln(os.Stderr, err)
	case "worker":
		return work(args)
	case "tells":
		_ = os.WriteFile(args[0], []byte(strconv.Itoa(os.Getpid())), 0o600)
		select {}
	}
	return 0
}

func working() string {
	dir, _ := os.Getwd()
	return dir
}

// self is this binary in one of its parts.
func self(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), part+"="+name)
	return cmd
}

// of is the command that has one of the parts.
func of(name string, args ...string) domain.Command {
	return domain.Command{Args: append([]string{os.Args[0]}, args...), Env: []string{part + "=" + name}, Timeout: time.Minute}
}

// newRunner is one that is closed at the end of the test.
func newRunner(t testing.TB, most int) *command.Runner {
	t.Helper()
	r := command.New(most, slog.New(slog.DiscardHandler))
	t.Cleanup(r.Close)
	return r
}

func run(t *testing.T, r *command.Runner, c domain.Command) domain.Outcome {
	t.Helper()
	outcome, err := r.Run(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return outcome
}

// pid reads the number that a command has written in its first line.
func pid(t *testing.T, output string) int {
	t.Helper()
	first, _ := bufio.NewReader(strings.NewReader(output)).ReadString('\n')
	n, err := strconv.Atoi(strings.TrimSpace(first))
	if err != nil {
		t.Fatalf("no pid in %q", output)
	}
	return n
}

// waitGone waits until a process has ended.
func waitGone(t *testing.T, pid int) {
	t.Helper()
	waitFor(t, fmt.Sprintf("the end of process %d", pid), func() bool { return !alive(pid) })
}

// alive is false for a zombie: that its parent does not reap it is not our fault.
func alive(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return false
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err != nil || !strings.Contains(string(stat), ") Z ")
}

func waitFor(t *testing.T, what string, condition func() bool) {
	t.Helper()
	late := time.After(30 * time.Second)
	for !condition() {
		select {
		case <-time.After(5 * time.Millisecond):
		case <-late:
			t.Fatalf("half a minute has passed without %s", what)
		}
	}
}

//go:build unix

package stdin_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/sys/unix"

	"supervisor-healthcheck/adapters/stdin"
	"supervisor-healthcheck/domain"
)

// The variable that makes this test program play a listener instead, since descriptors 0 and 1 are the process's own.
const roleVariable = "STDIN_TEST_ROLE"

func TestMain(m *testing.M) {
	role, played := map[string]func() error{
		"print":    printAround,
		"close":    closeWhileReading,
		"fallback": openAnythingElse,
	}[os.Getenv(roleVariable)]
	if !played {
		goleak.VerifyTestMain(m)
		return
	}
	if err := role(); err != nil {
		fmt.Fprintln(os.Stderr, "role:", err)
		os.Exit(1)
	}
}

// play runs this program in a role; it kills it after a minute.
func play(t *testing.T, role string, in io.Reader) (stdout, stderr string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0])
	cmd.Env = append(os.Environ(), roleVariable+"="+role)
	var out, log bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = in, &out, &log
	if err := cmd.Run(); err != nil {
		t.Errorf("%s: %v\n%s", role, err, &log)
	}
	return out.String(), log.String()
}

func printAround() error {
	out, err := stdin.TakeStdout()
	if err != nil {
		return err
	}
	fmt.Println("a stray print")
	child := exec.Command("sh", "-c", "echo a stray child; echo leak >&"+fmt.Sprint(out.Fd()))
	child.Stdout = os.Stdout
	_ = child.Run()
	if _, err := unix.Write(1, []byte("a stray write\n")); err != nil {
		return err
	}
	_, err = io.WriteString(out, "READY\n")
	return err
}

func TestTakeStdoutKeepsTheProtocolClean(t *testing.T) {
	stdout, stderr := play(t, "print", nil)
	if stdout != "READY\n" {
		t.Errorf("stdout is %q", stdout)
	}
	if want := "a stray print\na stray child\na stray write\n"; stderr != want {
		t.Errorf("stderr is %q, want %q", stderr, want)
	}
}

func closeWhileReading() error {
	s := stdin.New(stdin.Open(), io.Discard, slog.New(slog.DiscardHandler))
	if _, err := s.Next(context.Background()); err != nil {
		return err
	}
	if err := s.Close(); err != nil {
		return err
	}
	if _, err := s.Next(context.Background()); !errors.Is(err, domain.ErrEventsEnded) {
		return fmt.Errorf("next after close: %w", err)
	}
	return goleak.Find()
}

func TestCloseEndsAReadOfARealPipe(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _, _ = w.Close(), r.Close() }()
	if _, err := io.WriteString(w, event(0, "TICK_5", tickPayload)); err != nil {
		t.Fatal(err)
	}
	play(t, "close", r)
}

func openAnythingElse() error {
	if stdin.Open() != os.Stdin {
		return errors.New("a file or a device was not opened as os.Stdin")
	}
	return nil
}

func TestOpenFallsBackToOsStdin(t *testing.T) {
	file, err := os.Create(t.TempDir() + "/events")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	for name, in := range map[string]io.Reader{"a device": nil, "a file": file} {
		t.Run(name, func(t *testing.T) { play(t, "fallback", in) })
	}
}

package journal_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"supervisor-healthcheck/adapters/journal"
	"supervisor-healthcheck/domain"
)

// many is how many processes two listeners contend for.
const many = 40

// TestMain is a listener instead of the tests in a process that a test has started.
func TestMain(m *testing.M) {
	if role := os.Getenv("LISTENER_ROLE"); role != "" {
		err := listen(role)
		fmt.Println("done", err)
		_, _ = io.Copy(io.Discard, os.Stdin) // lives until the test closes it
		return
	}
	os.Exit(m.Run())
}

func listen(role string) error {
	j := journal.OpenPatient(journal.Config{Dir: os.Getenv("LISTENER_DIR"), ServerURL: server, Owner: alice}, 30*time.Second)
	ctx := context.Background()
	switch role {
	case "claims":
		for i := range many {
			if err := j.Write(ctx, stopSent(numbered(i))); err == nil {
				fmt.Println("mine", numbered(i))
			} else if !errors.Is(err, domain.ErrClaimed) {
				return err
			}
		}
	case "keeps an intent":
		return j.Write(ctx, stopSent(web))
	case "has no time for the lock":
		j.SetPatience(time.Millisecond)
		j.SetBeside(30 * time.Second)
		if err := j.Write(ctx, stopSent(web)); !errors.Is(err, context.DeadlineExceeded) {
			return fmt.Errorf("the lock was had: %w", err)
		}
	case "adopts":
		found, err := j.Unfinished(ctx)
		for _, r := range found {
			fmt.Println("mine", r.Instance.ID)
		}
		return err
	case "has a disk that fills up":
		signal.Ignore(syscall.SIGXFSZ)
		return fillsUp(j, limited)
	case "gets room again":
		signal.Ignore(syscall.SIGXFSZ)
		next := journal.Open(journal.Config{Dir: os.Getenv("LISTENER_DIR"), ServerURL: server, Owner: alice})
		return getsRoom(j, next, limited)
	case "has a small disk":
		signal.Ignore(syscall.SIGXFSZ)
		if err := j.Write(ctx, stopSent(web)); err != nil {
			return err
		}
		if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: 2000, Max: 2000}); err != nil {
			return err
		}
		large := stopSent(worker)
		large.Reason = strings.Repeat("x", 4000)
		return j.Write(ctx, large)
	}
	return nil
}

// limited bounds the size of files, so that none can be written, or that it can.
func limited(full bool) error {
	limit := unix.Rlimit{Cur: 1 << 20, Max: 1 << 30}
	if full {
		limit.Cur = 100
	}
	return unix.Setrlimit(unix.RLIMIT_FSIZE, &limit)
}

// errFull is what the kernel says when a file is to become larger than it may.
const errFull = unix.EFBIG

// listener is another OS process that has the journal open.
type listener struct {
	cmd   *exec.Cmd
	stdin io.Closer
	out   *bufio.Scanner
}

func start(t *testing.T, role, dir string) *listener {
	t.Helper()
	return startAs(t, os.Args[0], role, dir)
}

func startAs(t *testing.T, program, role, dir string) *listener {
	t.Helper()
	cmd := exec.Command(program)
	cmd.Env = append(os.Environ(), "LISTENER_ROLE="+role, "LISTENER_DIR="+dir)
	stdin, err := cmd.StdinPipe()
	must(t, err)
	stdout, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	l := &listener{cmd: cmd, stdin: stdin, out: bufio.NewScanner(stdout)}
	t.Cleanup(func() {
		_ = stdin.Close()
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return l
}

// result returns which processes the listener has got, and what it says at the end.
func (l *listener) result() (mine []string, end string) {
	for l.out.Scan() {
		if name, ok := strings.CutPrefix(l.out.Text(), "mine "); ok {
			mine = append(mine, name)
		} else if end, ok := strings.CutPrefix(l.out.Text(), "done "); ok {
			return mine, end
		}
	}
	return mine, "it died"
}

//go:build unix

package command_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/domain"
)

func TestACommandIsRunToItsEnd(t *testing.T) {
	t.Parallel()
	r := newRunner(t, 0)
	for sentence, c := range map[string]struct {
		command domain.Command
		want    domain.Outcome
	}{
		"well":        {of("says", "0", "all", "is well"), domain.Outcome{Output: "all is well\n", Errors: "aside\n"}},
		"ill":         {of("says", "2", "it", "is not"), domain.Outcome{Status: 2, Output: "it is not\n", Errors: "aside\n"}},
		"by a signal": {of("crashes"), domain.Outcome{Status: -1, Signal: "SIGKILL"}},
	} {
		t.Run(sentence, func(t *testing.T) {
			t.Parallel()
			got := run(t, r, c.command)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestACommandSeesItsSurroundings(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("SUPERVISOR_PASSWORD", "s3cret")
	r := newRunner(t, 0)
	c := of("looks", "GIVEN")
	c.Directory, c.Env = dir, append(c.Env, "GIVEN=first", "GIVEN=a b")
	if got, want := run(t, r, c).Output, fmt.Sprintf("%q %q %q", "", "a b", dir); got != want {
		t.Errorf("got %s, want %s: its stdin is empty", got, want)
	}
	if got := run(t, r, of("looks", "SUPERVISOR_PASSWORD")).Output; !strings.Contains(got, "s3cret") {
		t.Errorf("a command with our own rights sees %s", got)
	}
	c = of("looks", "SUPERVISOR_PASSWORD")
	c.User = fmt.Sprint(os.Geteuid())
	if got := run(t, r, c).Output; strings.Contains(got, "s3cret") {
		t.Errorf("a command of a user sees the password of supervisord: %s", got)
	}
}

func TestACommandHasTheRightsOfItsUser(t *testing.T) {
	t.Parallel()
	id, err := exec.LookPath("id")
	if err != nil || os.Geteuid() != 0 {
		t.Skip("only root may become somebody else")
	}
	outcome := run(t, newRunner(t, 0), domain.Command{Args: []string{id, "-nu"}, User: "nobody", Timeout: time.Minute})
	if want := (domain.Outcome{Output: "nobody\n"}); outcome != want {
		t.Errorf("got %+v", outcome)
	}
}

func TestTheGroupOfACommandIsEndedWhenItsTimeIsOver(t *testing.T) {
	t.Parallel()
	r := newRunner(t, 0)
	for sentence, c := range map[string]struct {
		command domain.Command
		want    domain.Outcome
	}{
		"one that listens":      {of("polite"), domain.Outcome{Status: 3, TimedOut: true, Output: "ready\nbye\n"}},
		"one that does not":     {of("stubborn"), domain.Outcome{Status: -1, Signal: "SIGKILL", TimedOut: true, Output: "ready\n"}},
		"one that is silent":    {of("silent"), domain.Outcome{Status: -1, Signal: "SIGTERM", TimedOut: true}},
		"one with a descendant": {of("parent", "beside", "waits"), domain.Outcome{Status: -1, Signal: "SIGTERM", TimedOut: true}},
	} {
		t.Run(sentence, func(t *testing.T) {
			t.Parallel()
			c.command.Timeout = time.Second // of which it needs a part to get ready
			got := run(t, r, c.command)
			if strings.HasPrefix(sentence, "one with") {
				waitGone(t, pid(t, got.Output))
				got.Output = ""
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestADescendantThatKeepsTheOutputOpenHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	for _, where := range []string{"beside", "apart"} {
		t.Run(where, func(t *testing.T) {
			t.Parallel()
			began := time.Now()
			got := run(t, newRunner(t, 0), of("parent", where, "goes"))
			if got.Status != 0 || time.Since(began) > 30*time.Second {
				t.Errorf("it took %s and ended with %+v", time.Since(began), got)
			}
			descendant := pid(t, got.Output)
			if where == "apart" { // one that has left the group was meant to stay
				if !alive(descendant) {
					t.Error("a process of another group was ended")
				}
				_ = syscall.Kill(descendant, syscall.SIGKILL)
			}
			waitGone(t, descendant)
		})
	}
}

func TestACommandThatWritesWithoutAnEndIsEnded(t *testing.T) {
	t.Parallel()
	got := run(t, newRunner(t, 0), of("floods"))
	if !got.Flooded || got.TimedOut || len(got.Output) != 4096 {
		t.Errorf("flooded %t, timed out %t, %d bytes kept", got.Flooded, got.TimedOut, len(got.Output))
	}
}

func TestTheEndOfTheRoundEndsACommandAtOnce(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "pid")
	ctx, cancel := context.WithCancelCause(t.Context())
	over := errors.New("the round is over")
	ended := make(chan error)
	r := newRunner(t, 1)
	go func() {
		_, err := r.Run(ctx, of("tells", file))
		ended <- err
	}()
	written := func() bool { text, _ := os.ReadFile(file); return len(text) > 0 }
	waitFor(t, "the command", written)
	cancel(over)
	if err := <-ended; !errors.Is(err, over) {
		t.Errorf("it ended with %v", err)
	}
	text, _ := os.ReadFile(file)
	waitGone(t, pid(t, string(text)))
	if _, err := r.Run(ctx, of("says", "0")); !errors.Is(err, over) {
		t.Errorf("another begins: %v", err)
	}
	if got := run(t, r, of("says", "0", "next")); got.Output != "next\n" {
		t.Errorf("its place is not free again: %+v", got)
	}
}

func TestCloseEndsAllCommands(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r := newRunner(t, 3)
	var all sync.WaitGroup
	for i := range 3 {
		file := filepath.Join(dir, fmt.Sprint(i))
		all.Go(func() {
			if outcome, err := r.Run(context.Background(), of("tells", file)); err == nil || outcome != (domain.Outcome{}) {
				t.Errorf("it ended with %+v, %v", outcome, err)
			}
		})
		waitFor(t, "the command", func() bool { text, _ := os.ReadFile(file); return len(text) > 0 })
	}
	r.Close()
	r.Close()
	for i := range 3 {
		text, _ := os.ReadFile(filepath.Join(dir, fmt.Sprint(i)))
		if n := pid(t, string(text)); alive(n) {
			t.Errorf("process %d lives", n)
		}
	}
	all.Wait()
	if _, err := r.Run(t.Context(), of("says", "0")); err == nil {
		t.Error("another begins")
	}
}

func TestNoMoreCommandsRunThanMay(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r := newRunner(t, 2)
	var all sync.WaitGroup
	for range 6 {
		all.Go(func() {
			c := domain.Command{Args: []string{"/bin/sh", "-c", `mkdir "$0/$$" && set -- "$0"/* && echo $# && rmdir "$0/$$"`, dir}, Timeout: time.Minute}
			if got := run(t, r, c); got.Status == 0 && got.Output != "1\n" && got.Output != "2\n" {
				t.Errorf("%s ran at a time", strings.TrimSpace(got.Output))
			}
		})
	}
	all.Wait()
}

func TestWhyACommandCannotBeStarted(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	put := func(name, text string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	text, empty, orphan := put("text", "echo", 0o600), put("empty", "echo\n", 0o700), put("orphan", "#!/nowhere/python\n", 0o700)
	r := newRunner(t, 0)
	for sentence, c := range map[string]struct {
		command domain.Command
		want    string
	}{
		"no such program":     {domain.Command{Args: []string{"no-such-check"}}, `there is no program "no-such-check" in the PATH of the listener: install it, or write its whole path`},
		"no such file":        {domain.Command{Args: []string{dir + "/none"}}, "there is no file " + dir + "/none: write the whole path of the program"},
		"no such interpreter": {domain.Command{Args: []string{orphan}}, orphan + " is there, and the program that its first line names is not: correct that line"},
		"not executable":      {domain.Command{Args: []string{text}}, text + " may not be executed: chmod +x makes a file a program, and its user must be allowed to reach it"},
		"no first line":       {domain.Command{Args: []string{empty}}, empty + " is no program: a script begins with a line such as #!/bin/sh"},
		"no such directory":   {domain.Command{Args: []string{"/bin/sh"}, Directory: dir + "/none"}, "the command cannot run in " + dir + "/none: no such file or directory"},
		"no such user":        {domain.Command{Args: []string{"/bin/sh"}, User: "no-such-user"}, `there is no user "no-such-user" on this machine: make the user, or name another one`},
	} {
		t.Run(sentence, func(t *testing.T) {
			c.command.Timeout = time.Minute
			if outcome, err := r.Run(t.Context(), c.command); err == nil || err.Error() != c.want || outcome != (domain.Outcome{}) {
				t.Errorf("got  %v, %+v\nwant %s", err, outcome, c.want)
			}
		})
	}
}

func TestNoDescriptorAndNoGoroutineIsLeftBehind(t *testing.T) {
	descriptors := func() int { all, _ := os.ReadDir("/proc/self/fd"); return len(all) }
	r := newRunner(t, 4)
	run(t, r, of("says", "0"))
	before := descriptors()
	for range 20 {
		run(t, r, of("says", "0", "well"))
		_, _ = r.Run(t.Context(), domain.Command{Args: []string{"no-such-check"}, Timeout: time.Minute})
	}
	if after := descriptors(); after > before+4 { // another test may hold some
		t.Errorf("%d descriptors have become %d", before, after)
	}
}

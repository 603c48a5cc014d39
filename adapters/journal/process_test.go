package journal_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/domain"
)

func all() map[string]int {
	want := map[string]int{}
	for i := range many {
		want[numbered(i).String()] = 1
	}
	return want
}

func count(t *testing.T, listeners ...*listener) map[string]int {
	t.Helper()
	got := map[string]int{}
	for _, l := range listeners {
		mine, end := l.result()
		if end != "<nil>" {
			t.Error(end)
		}
		for _, name := range mine {
			got[name]++
		}
	}
	return got
}

func TestEveryProcessIsClaimedByOneListener(t *testing.T) {
	dir := t.TempDir()
	a, b := start(t, "claims", dir), start(t, "claims", dir)
	if diff := cmp.Diff(all(), count(t, a, b)); diff != "" {
		t.Error(diff)
	}
	if found := unfinished(t, open(t, dir, bob)); len(found) > 0 {
		t.Error("restarts of living listeners were given away:", found)
	}
	if err := open(t, dir, bob).Write(t.Context(), stopSent(numbered(0))); !errors.Is(err, domain.ErrClaimed) {
		t.Errorf("got %v", err)
	}
}

func TestEveryRestartOfTheDeadIsAdoptedByOneListener(t *testing.T) {
	dir := t.TempDir()
	dead := start(t, "claims", dir)
	count(t, dead)
	must(t, dead.cmd.Process.Kill())
	_ = dead.cmd.Wait()
	if diff := cmp.Diff(all(), count(t, start(t, "adopts", dir), start(t, "adopts", dir), start(t, "adopts", dir))); diff != "" {
		t.Error(diff)
	}
}

func TestRestartsAreAdoptedInOneProcessToo(t *testing.T) {
	dir := t.TempDir()
	dead := start(t, "claims", dir)
	count(t, dead)
	must(t, dead.cmd.Process.Kill())
	_ = dead.cmd.Wait()

	var adopted sync.Map
	var wait sync.WaitGroup
	for _, owner := range []domain.ID{alice, bob, web} {
		wait.Go(func() {
			found, err := open(t, dir, owner).Unfinished(t.Context())
			if err != nil {
				t.Error(err)
			}
			for _, r := range found {
				if _, twice := adopted.LoadOrStore(r.Instance.ID, owner); twice {
					t.Error("adopted twice:", r.Instance.ID)
				}
			}
		})
	}
	wait.Wait()
	for i := range many {
		if _, ok := adopted.Load(numbered(i)); !ok {
			t.Error("not adopted:", numbered(i))
		}
	}
}

func needsBirths(t *testing.T) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("the birth of a process is known under Linux only")
	}
}

func TestListenerThatWasKilledAndNotYetReapedIsDead(t *testing.T) {
	needsBirths(t)
	dir := t.TempDir()
	dead := start(t, "claims", dir)
	count(t, dead)
	j := open(t, dir, bob)
	if err := j.Write(t.Context(), stopSent(numbered(1))); !errors.Is(err, domain.ErrClaimed) {
		t.Fatalf("got %v", err)
	}
	must(t, dead.cmd.Process.Kill())
	until(t, "known to be dead", func() bool { return errors.Is(j.Write(t.Context(), stopSent(numbered(1))), domain.ErrOwed) })
	if found := unfinished(t, j); len(found) != many {
		t.Errorf("adopted %d, want all", len(found))
	}
}

func TestListenerMayHaveAnyName(t *testing.T) {
	program := filepath.Join(t.TempDir(), "x) Z 1 (y")
	binary, err := filepath.Abs(os.Args[0])
	must(t, err)
	must(t, os.Symlink(binary, program))
	dir := t.TempDir()
	if diff := cmp.Diff(all(), count(t, startAs(t, program, "claims", dir))); diff != "" {
		t.Error(diff)
	}
	if found := unfinished(t, open(t, dir, bob)); len(found) > 0 {
		t.Error("a living listener was taken for dead")
	}
}

func TestPidOfAnotherProcessIsNoOwner(t *testing.T) {
	needsBirths(t)
	dir := t.TempDir()
	j := open(t, dir, alice)
	must(t, j.Write(t.Context(), stopSent(web)))
	for _, pid := range []int{os.Getppid(), 0, -1} { // the first one lives, but was not started when we were
		other := strings.Replace(text(t, j.Path()), fmt.Sprintf(`"pid":%d,`, os.Getpid()), fmt.Sprintf(`"pid":%d,`, pid), 1)
		must(t, os.WriteFile(j.Path(), []byte(other), 0o600))
		if found := unfinished(t, open(t, dir, bob)); len(found) != 1 {
			t.Errorf("pid %d is taken for the owner", pid)
		}
		must(t, os.Remove(j.Path()))
		must(t, j.Write(t.Context(), stopSent(web)))
	}
}

func TestFullDiskLeavesWhatIsThere(t *testing.T) {
	dir := t.TempDir()
	l := start(t, "has a small disk", dir)
	if _, end := l.result(); !strings.Contains(end, "file too large") || !strings.Contains(end, dir) {
		t.Error(end)
	}
	must(t, l.cmd.Process.Kill())
	_ = l.cmd.Wait()
	for _, name := range names(t, dir) {
		if strings.HasSuffix(name, ".tmp") {
			t.Error("a temporary file was left")
		}
	}
	if diff := cmp.Diff([]domain.Restart{stopSent(web)}, unfinished(t, open(t, dir, bob)), alike()); diff != "" {
		t.Error(diff)
	}
}

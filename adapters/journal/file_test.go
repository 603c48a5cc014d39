package journal_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"supervisor-healthcheck/adapters/journal"
	"supervisor-healthcheck/domain"
)

// lockOf holds the lock of a journal as another listener would.
func lockOf(t *testing.T, j *journal.Journal) (unlock func()) {
	t.Helper()
	f, err := os.OpenFile(j.Path()+".lock", os.O_RDWR|os.O_CREATE, 0o600)
	must(t, err)
	must(t, unix.Flock(int(f.Fd()), unix.LOCK_EX))
	return func() { _ = f.Close() }
}

func until(t *testing.T, what string, reached func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !reached(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("never", what)
		}
	}
}

func TestWaitForTheLockIsBounded(t *testing.T) {
	j := journal.OpenPatient(journal.Config{Dir: t.TempDir(), ServerURL: server, Owner: alice}, 30*time.Millisecond)
	unlock := lockOf(t, j)
	err := j.Write(t.Context(), stopSent(web))
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), j.Path()) || !strings.Contains(err.Error(), "lock") {
		t.Errorf("got %v", err)
	}
	if j.Pending() > 0 {
		t.Error("it was not withdrawn")
	}
	unlock()
	j.SetPatience(30 * time.Second)
	must(t, j.Write(t.Context(), stopSent(web)))
}

func TestWaitForTheLockEndsWithTheContext(t *testing.T) {
	j := open(t, t.TempDir(), alice)
	unlock := lockOf(t, j)
	ctx, cancel := context.WithCancel(t.Context())
	failed := make(chan error)
	go func() { failed <- j.Remove(ctx, web) }()
	until(t, "pending", func() bool { return j.Pending() == 1 })
	cancel()
	if err := <-failed; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	unlock()
	must(t, j.Remove(t.Context(), web)) // behind the one that was given up, which is still written
}

func TestLockFileThatWasDeletedLocksNothing(t *testing.T) {
	j := open(t, t.TempDir(), alice)
	defer lockOf(t, j)()
	must(t, os.Remove(j.Path()+".lock"))
	must(t, j.Write(t.Context(), stopSent(web)))
}

func TestLockIsWorthNothingOnceItsFileIsGone(t *testing.T) {
	name := filepath.Join(t.TempDir(), "lock")
	opened, err := os.Create(name)
	must(t, err)
	defer opened.Close()
	if !journal.StillThere(opened, name) {
		t.Error("it is there")
	}
	must(t, os.Rename(name, name+".old"))
	if journal.StillThere(opened, name) {
		t.Error("it is gone")
	}
	must(t, os.WriteFile(name, nil, 0o600))
	if journal.StillThere(opened, name) {
		t.Error("it is another one")
	}
}

func TestWhatIsWantedAtOnceIsWrittenTogether(t *testing.T) {
	const many = 100
	var commits atomic.Int32
	j := journal.OpenPatient(journal.Config{Dir: t.TempDir(), ServerURL: server, Owner: alice,
		Now: func() time.Time { commits.Add(1); return time.Now() }}, 30*time.Second)
	other := open(t, j.Dir, bob)
	must(t, other.Write(t.Context(), stopSent(numbered(0))))

	unlock := lockOf(t, j)
	failed := make(chan error)
	for i := range many {
		go func() { failed <- j.Write(t.Context(), stopSent(numbered(i))) }()
	}
	until(t, "all pending", func() bool { return j.Pending() == many })
	unlock()
	claims := 0
	for range many {
		if err := <-failed; errors.Is(err, domain.ErrClaimed) {
			claims++
		} else if err != nil {
			t.Error(err)
		}
	}
	if commits.Load() != 1 || claims != 1 {
		t.Errorf("%d commits and %d claims, want one of each", commits.Load(), claims)
	}
	if found := unfinished(t, open(t, j.Dir, alice)); len(found) != many-1 {
		t.Errorf("found %d restarts, want %d", len(found), many-1)
	}
}

func numbered(i int) domain.ID { return domain.ID{Group: "many", Name: "many_" + strconv.Itoa(i)} }

// BenchmarkHundredStops is what a hundred restarts that begin at once wait for the disk.
func BenchmarkHundredStops(b *testing.B) {
	j := journal.OpenPatient(journal.Config{Dir: b.TempDir(), ServerURL: server, Owner: alice}, time.Minute)
	for b.Loop() {
		failed := make(chan error)
		for i := range 100 {
			go func() { failed <- j.Write(b.Context(), stopSent(numbered(i))) }()
		}
		for range 100 {
			if err := <-failed; err != nil {
				b.Fatal(err)
			}
		}
	}
}

// BenchmarkRestart is all that one restart wants of the file, without the disk.
func BenchmarkRestart(b *testing.B) {
	dir := b.TempDir()
	j := journal.Open(journal.Config{Dir: dir, ServerURL: server, Owner: alice})
	acts := make([]domain.Act, 8)
	for i := range acts {
		acts[i] = domain.Act{At: time.Now().Add(time.Duration(i-len(acts)) * time.Minute), PID: 4711}
	}
	kept := domain.History{Acts: acts}
	r := stopSent(web)
	b.ReportAllocs()
	for b.Loop() {
		_, e1 := j.Unfinished(b.Context())
		_, e2 := j.Others(b.Context())
		kept.Acts[7].At = time.Now()
		e3 := j.Keep(b.Context(), map[domain.ID]domain.History{web: kept})
		for r.Phase = domain.StopAccepted; r.Phase <= domain.StartAccepted; r.Phase++ {
			if err := j.Write(b.Context(), r); err != nil {
				b.Fatal(err)
			}
		}
		if err := errors.Join(e1, e2, e3, j.Remove(b.Context(), web)); err != nil {
			b.Fatal(err)
		}
	}
}

func TestLeftoversOfACrashAreRemovedAndNeverRead(t *testing.T) {
	j := open(t, t.TempDir(), alice)
	must(t, j.Write(t.Context(), stopSent(web)))
	whole := text(t, j.Path())
	must(t, j.Write(t.Context(), stopSent(worker)))
	must(t, os.Rename(j.Path(), j.Path()+".tmp")) // the crash came before the rename
	must(t, os.WriteFile(j.Path(), []byte(whole), 0o600))

	if diff := cmp.Diff([]domain.Restart{stopSent(web)}, unfinished(t, open(t, j.Dir, alice)), alike()); diff != "" {
		t.Error(diff)
	}
	name := filepath.Base(j.Path())
	if diff := cmp.Diff([]string{name, name + ".lock"}, names(t, j.Dir)); diff != "" {
		t.Error(diff)
	}
}

func TestFileThatCannotBeUnderstoodIsMovedAside(t *testing.T) {
	sample := open(t, t.TempDir(), alice)
	must(t, sample.Write(t.Context(), stopSent(web)))
	good := text(t, sample.Path())
	for name, content := range map[string]string{
		"nothing":                "",
		"no JSON":                "\x00\xff",
		"half of one":            good[:len(good)/2],
		"two of them":            good + good,
		"another version":        strings.Replace(good, `"version":2`, `"version":3`, 1),
		"no version":             "{}",
		"another supervisord":    strings.Replace(good, "supervisor.sock", "other.sock", 1),
		"an unknown phase":       strings.Replace(good, "stop sent", "stop felt", 1),
		"an unreadable duration": strings.Replace(good, `"begun_ago":"`, `"begun_ago":"x`, 1),
		"a list":                 "[]",
		"a wrong type":           strings.Replace(good, `"pid":4711`, `"pid":"4711"`, 1),
	} {
		t.Run(name, func(t *testing.T) {
			j := open(t, t.TempDir(), alice)
			must(t, os.WriteFile(j.Path(), []byte(content), 0o600))
			must(t, os.WriteFile(j.Path()+".bad", []byte("an older one"), 0o600))
			must(t, j.Write(t.Context(), stopSent(worker)))

			_, err := j.Unfinished(t.Context())
			if err == nil || !strings.Contains(err.Error(), j.Path()+".bad") {
				t.Errorf("got %v, want the name of the file that was moved", err)
			}
			if _, err := j.Unfinished(t.Context()); err != nil {
				t.Error("said twice:", err)
			}
			if diff := cmp.Diff(content, text(t, j.Path()+".bad")); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff([]domain.Restart{stopSent(worker)}, unfinished(t, open(t, j.Dir, alice)), alike()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestABadFileIsToldOnceAndHoldsNoHistories(t *testing.T) {
	j := open(t, t.TempDir(), alice)
	must(t, os.WriteFile(j.Path(), []byte("{"), 0o600))
	if found := histories(t, j); len(found) > 0 {
		t.Error(found)
	}
	if _, err := j.Unfinished(t.Context()); err == nil {
		t.Error("it was not told")
	}
	if found := unfinished(t, j); len(found) > 0 {
		t.Error(found)
	}
}

func TestObstaclesAreNamed(t *testing.T) {
	for name, test := range map[string]struct {
		obstacle func(dir, path string) error
		want     string
	}{
		"a file in place of the directory": {
			func(dir, _ string) error { return errors.Join(os.Remove(dir), os.WriteFile(dir, nil, 0o600)) }, "not a directory"},
		"a directory in place of the bad one": {
			func(_, path string) error {
				return errors.Join(os.Mkdir(path+".bad", 0o700), os.WriteFile(path, nil, 0o600))
			}, ".bad"},
	} {
		t.Run(name, func(t *testing.T) {
			j := open(t, filepath.Join(t.TempDir(), "dir"), alice)
			must(t, os.Mkdir(j.Dir, 0o700))
			must(t, test.obstacle(j.Dir, j.Path()))
			err := j.Write(t.Context(), stopSent(web))
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.HasPrefix(err.Error(), "journal directory "+j.Dir+": ") {
				t.Errorf("got %v", err)
			}
			if err := j.Write(t.Context(), stopSent(web)); err == nil {
				t.Error("the second write did not fail")
			}
		})
	}
}

package journal_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/adapters/journal"
	"supervisor-healthcheck/domain"
)

// asides are the files in which something is put aside.
func asides(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.aside", "*"))
	must(t, err)
	return files
}

// hurried has no time for a lock that another has.
func hurried(dir string, owner domain.ID) *journal.Journal {
	j := journal.OpenPatient(journal.Config{Dir: dir, ServerURL: server, Owner: owner}, 20*time.Millisecond)
	j.SetBeside(30 * time.Second)
	j.SetRetry(time.Hour)
	return j
}

func late(t *testing.T, err error) {
	t.Helper()
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("got %v, want that it was not written in time", err)
	}
}

// The stop is sent although the intent is not in the journal, so whoever comes after a kill has to find it all the same.
func TestAnIntentIsNotLostWhileAnotherHoldsTheLock(t *testing.T) {
	needsBirths(t)
	dir := t.TempDir()
	j := open(t, dir, bob)
	must(t, j.Keep(t.Context(), one(worker, domain.History{GivenUp: []string{"w"}})))
	unlock := lockOf(t, j)
	dead := start(t, "has no time for the lock", dir)
	if _, end := dead.result(); end != "<nil>" {
		t.Fatal(end)
	}
	must(t, dead.cmd.Process.Kill())
	_ = dead.cmd.Wait()
	next := hurried(dir, alice) // which has the same to do, and cannot adopt anything yet
	late(t, next.Write(t.Context(), stopSent(web)))
	late(t, next.Write(t.Context(), stopSent(worker)))
	_ = next.Remove(t.Context(), web)
	_ = next.Remove(t.Context(), worker)
	unlock()
	if diff := cmp.Diff([]domain.Restart{stopSent(web)}, unfinished(t, j), alike()); diff != "" {
		t.Error(diff)
	}
	if left := asides(t, dir); len(left) > 0 {
		t.Errorf("%s is left", left)
	}
	if len(histories(t, j)) != 1 {
		t.Error("what was in the journal is gone")
	}
	if diff := cmp.Diff([]domain.Restart{stopSent(web)}, unfinished(t, open(t, dir, bob)), alike()); diff != "" {
		t.Error("it did not get into the journal", diff)
	}
}

func TestEveryIntentIsPutAsideWhileNothingCanBeWritten(t *testing.T) {
	dir := t.TempDir()
	j := hurried(dir, alice)
	unlock := lockOf(t, j)
	late(t, j.Write(t.Context(), stopSent(web)))
	began := time.Now()
	for range 20 {
		late(t, j.Write(t.Context(), stopSent(web))) // the same process again and again
	}
	late(t, j.Write(t.Context(), stopSent(worker)))
	if took := time.Since(began); took > brief {
		t.Errorf("it took %v", took)
	}
	planned := stopSent(domain.ID{Group: "g", Name: "n"})
	planned.Phase = domain.Planned
	if err := j.Write(t.Context(), planned); err == nil {
		t.Error("no error")
	}
	if files := asides(t, dir); len(files) != 2 {
		t.Errorf("%d files for 2 intents", len(files))
	}
	unlock()
	if found := unfinished(t, open(t, dir, alice)); len(found) != 2 {
		t.Errorf("found %v", found)
	}
	if files := asides(t, dir); len(files) > 0 {
		t.Errorf("%v are left", files)
	}
}

func TestWhatHasEndedIsNotLeftAside(t *testing.T) {
	dir := t.TempDir()
	j := hurried(dir, alice)
	unlock := lockOf(t, j)
	late(t, j.Write(t.Context(), stopSent(web)))
	if err := j.Remove(t.Context(), web); err == nil {
		t.Error("no error")
	}
	if files := asides(t, dir); len(files) > 0 {
		t.Errorf("%v are left", files)
	}
	unlock()
	if found := unfinished(t, open(t, dir, alice)); len(found) > 0 {
		t.Errorf("found %v", found)
	}
}

func TestWhatWasTakenIntoTheJournalMeanwhileIsRemovedFromThere(t *testing.T) {
	dir := t.TempDir()
	j := hurried(dir, alice)
	unlock := lockOf(t, j)
	late(t, j.Write(t.Context(), stopSent(web)))
	unlock()
	must(t, open(t, dir, bob).Keep(t.Context(), one(worker, domain.History{GivenUp: []string{"w"}})))
	if found := unfinished(t, open(t, dir, alice)); len(found) != 1 {
		t.Errorf("found %v", found)
	}
	j.SetPatience(30 * time.Second) // and no pause
	must(t, j.Remove(t.Context(), web))
	if found := unfinished(t, open(t, dir, alice)); len(found) > 0 {
		t.Errorf("found %v", found)
	}
}

func TestAPhaseThatWasWrittenLaterIsNotUndone(t *testing.T) {
	dir := t.TempDir()
	j := hurried(dir, alice)
	unlock := lockOf(t, j)
	late(t, j.Write(t.Context(), stopSent(web)))
	kept := map[string]string{}
	for _, file := range asides(t, dir) {
		kept[file] = text(t, file)
	}
	unlock()
	j.SetPatience(30 * time.Second)
	further := stopSent(web)
	further.Phase = domain.StartSent
	must(t, j.Write(t.Context(), further))
	for file, content := range kept { // a listener was killed after it had written the journal, and before it removed the file
		must(t, os.WriteFile(file, []byte(content), 0o600))
	}
	if diff := cmp.Diff([]domain.Restart{further}, unfinished(t, open(t, dir, alice)), alike()); diff != "" {
		t.Error(diff)
	}
}

// Who has the lock does not matter to whose restart it is.
func TestClaimsHoldWithoutTheLock(t *testing.T) {
	dir := t.TempDir()
	must(t, open(t, dir, bob).Write(t.Context(), stopSent(worker)))
	j := hurried(dir, alice)
	unlock := lockOf(t, j)
	if err := j.Write(t.Context(), stopSent(worker)); !errors.Is(err, domain.ErrClaimed) {
		t.Errorf("in the journal: got %v", err)
	}
	late(t, j.Write(t.Context(), stopSent(web)))
	if err := hurried(dir, bob).Write(t.Context(), stopSent(web)); !errors.Is(err, domain.ErrClaimed) {
		t.Errorf("put aside: got %v", err)
	}
	others, err := open(t, dir, bob).Others(t.Context())
	if by := others.Restarts[web]; by != alice.String() || err != nil {
		t.Errorf("got %q, %v", by, err)
	}
	unlock()
	if err := open(t, dir, bob).Write(t.Context(), stopSent(web)); !errors.Is(err, domain.ErrClaimed) {
		t.Errorf("taken into the journal: got %v", err)
	}
}

func TestOnlyWhatWasPutAsideForThisSupervisordIsTaken(t *testing.T) {
	dir := t.TempDir()
	j := hurried(dir, alice)
	unlock := lockOf(t, j)
	late(t, j.Write(t.Context(), stopSent(web)))
	content := text(t, asides(t, dir)[0])
	unlock()
	another := filepath.Join(dir, journal.FileName("unix:///run/another.sock")+".aside")
	must(t, os.Mkdir(another, 0o700))
	left := []string{another + "/1-2"}
	for _, name := range []string{"1-2.tmp", "1-2.old", "12", "-2", "1-", "1-2x", "x1-2"} {
		left = append(left, j.Path()+".aside/"+name)
	}
	for _, name := range left {
		must(t, os.WriteFile(name, []byte(content), 0o600))
	}
	must(t, os.WriteFile(j.Path()+".aside/3-4", []byte("{"), 0o600))
	must(t, os.Mkdir(j.Path()+".aside/5-6", 0o700))
	if found := unfinished(t, open(t, dir, alice)); len(found) != 1 {
		t.Errorf("found %v", found)
	}
	if files := asides(t, dir); len(files) != len(left)+2 {
		t.Errorf("%v are left", files)
	}
}

// The stop of a dead listener may be carried out after its death, so that of the next one is refused, and its restart is over. Then the
// debt must be there yet.
func TestADebtIsNotDisplacedByWhatIsPutAside(t *testing.T) {
	needsBirths(t)
	for name, lateToo := range map[string]bool{"a debt in the journal": false, "a debt that was put aside": true} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			j := open(t, dir, bob)
			must(t, j.Keep(t.Context(), one(worker, domain.History{GivenUp: []string{"w"}})))
			role := "keeps an intent"
			unlock := func() {}
			if lateToo {
				unlock = lockOf(t, j)
				role = "has no time for the lock"
			}
			dead := start(t, role, dir)
			if _, end := dead.result(); end != "<nil>" {
				t.Fatal(end)
			}
			must(t, dead.cmd.Process.Kill())
			_ = dead.cmd.Wait()
			if !lateToo {
				unlock = lockOf(t, j)
			}
			next := hurried(dir, alice)
			late(t, next.Write(t.Context(), stopSent(web)))
			unlock()
			must(t, j.Keep(t.Context(), one(worker, domain.History{GivenUp: []string{"v"}}))) // which takes in what was put aside
			next.SetPatience(30 * time.Second)
			next.SetRetry(time.Millisecond)
			until(t, "its restart is over", func() bool { return next.Remove(t.Context(), web) == nil })
			if diff := cmp.Diff([]domain.Restart{stopSent(web)}, unfinished(t, j), alike()); diff != "" {
				t.Error(diff)
			}
			if left := asides(t, dir); len(left) > 0 {
				t.Errorf("%s is left", left)
			}
		})
	}
}

package journal_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"supervisor-healthcheck/adapters/journal"
	"supervisor-healthcheck/domain"
)

func others(t *testing.T, j *journal.Journal) domain.Others {
	t.Helper()
	found, err := j.Others(t.Context())
	must(t, err)
	return found
}

func TestOthersAreToldWhatWasDone(t *testing.T) {
	dir, ago := t.TempDir(), func(d time.Duration) time.Time { return time.Now().Add(-d) }
	a, b := open(t, dir, alice), open(t, dir, bob)
	must(t, a.Keep(t.Context(), one(web, domain.History{
		Rearmed: ago(time.Hour),
		Acts: []domain.Act{
			{At: ago(3 * time.Minute), PID: 7, Calm: time.Minute, Planned: true},
			{At: ago(2 * time.Minute), PID: 8, By: "carol"}, // carol keeps it herself
			{At: ago(2 * time.Minute), PID: 8, Dry: true},   // nothing was done
			{At: ago(time.Minute), PID: 9, Death: true},
		},
		GivenUp: []string{"http"}, Boots: []time.Duration{time.Second}, Healed: []time.Duration{time.Second},
	})))
	accepted := stopSent(worker)
	accepted.Phase, accepted.Planned = domain.StopAccepted, true
	must(t, a.Write(t.Context(), accepted))
	planned := stopSent(numbered(1))
	must(t, a.Write(t.Context(), planned))

	want := domain.Others{
		Histories: map[domain.ID]domain.History{
			web: {Rearmed: ago(time.Hour), Acts: []domain.Act{
				{At: ago(3 * time.Minute), PID: 7, Planned: true, By: "alice"}, {At: ago(time.Minute), PID: 9, Death: true, By: "alice"},
			}},
			worker: {Acts: []domain.Act{{At: accepted.Begun, PID: 4711, Planned: true, By: "alice"}}},
		},
		Restarts: map[domain.ID]string{worker: "alice", numbered(1): "alice"},
	}
	if diff := cmp.Diff(want, others(t, b), alike()); diff != "" {
		t.Errorf("bob: -want +got:\n%s", diff)
	}
	if diff := cmp.Diff(domain.Others{}, others(t, a), alike()); diff != "" {
		t.Errorf("alice: -want +got:\n%s", diff)
	}
	got := histories(t, a)[web]
	if len(got.Acts) != 3 || got.Acts[1].Dry != true || !got.Rearmed.Before(ago(59*time.Minute)) {
		t.Errorf("alice herself has kept %+v", got)
	}
}

func TestOthersOfNoJournalAreNone(t *testing.T) {
	above := t.TempDir() + "/file"
	must(t, os.WriteFile(above, nil, 0o600))
	if diff := cmp.Diff(domain.Others{}, others(t, open(t, above+"/dir", alice)), alike()); diff != "" {
		t.Error(diff)
	}
}

// What a listener has left behind is adopted, whoever meets it; nobody overwrites or removes it.
func TestADebtOfTheDeadIsNeitherOverwrittenNorRemoved(t *testing.T) {
	needsBirths(t)
	dir := t.TempDir()
	dead := start(t, "claims", dir)
	count(t, dead)
	must(t, dead.cmd.Process.Kill())
	_ = dead.cmd.Wait()
	j := open(t, dir, bob)
	must(t, j.Remove(t.Context(), numbered(0)))
	if err := j.Write(t.Context(), stopSent(numbered(0))); !errors.Is(err, domain.ErrOwed) {
		t.Errorf("got %v", err)
	}
	found := unfinished(t, j)
	if len(found) != many || found[0].Instance.ID != numbered(0) {
		t.Fatalf("adopted %d of %d, first %v", len(found), many, found)
	}
	if err := j.Write(t.Context(), stopSent(numbered(0))); !errors.Is(err, domain.ErrOwed) {
		t.Errorf("adopted, and then: %v", err)
	}
	must(t, j.Write(t.Context(), found[0])) // which is bob's now
	must(t, j.Remove(t.Context(), numbered(0)))
	must(t, j.Write(t.Context(), stopSent(numbered(0))))
	must(t, j.Remove(t.Context(), numbered(0)))
	if found := unfinished(t, open(t, dir, bob)); len(found) != many-1 {
		t.Errorf("%d are left", len(found))
	}
}

// Whoever has begun a restart though the journal could not be written meets the debt of the dead when that is over.
func TestADebtOfTheDeadOutlivesARestartThatIsNotKept(t *testing.T) {
	needsBirths(t)
	dir := t.TempDir()
	j := open(t, dir, bob)
	must(t, j.Remove(t.Context(), numbered(0)))
	unlock := lockOf(t, j)
	j.SetPatience(50 * time.Millisecond)
	if err := j.Write(t.Context(), stopSent(numbered(0))); err == nil {
		t.Fatal("it was written")
	}
	for _, file := range asides(t, dir) {
		must(t, os.Remove(file)) // as if the disk had been full too
	}
	unlock()
	j.SetPatience(30 * time.Second)
	until(t, "it works again", func() bool { _, err := j.Unfinished(t.Context()); return err == nil })
	dead := start(t, "claims", dir)
	count(t, dead)
	must(t, dead.cmd.Process.Kill())
	_ = dead.cmd.Wait()
	if found := unfinished(t, j); len(found) != many-1 {
		t.Errorf("adopted %d of %d", len(found), many)
	}
	must(t, j.Remove(t.Context(), numbered(0)))
	if found := unfinished(t, j); len(found) != 1 || found[0].Instance.ID != numbered(0) {
		t.Errorf("found %v", found)
	}
}

// A listener that is suspended may go on at any time, or never.
func TestADebtOfASuspendedListenerIsAdoptedAfterAWhile(t *testing.T) {
	needsBirths(t)
	dir := t.TempDir()
	frozen := start(t, "claims", dir)
	count(t, frozen)
	must(t, frozen.cmd.Process.Signal(unix.SIGSTOP))
	late := time.Duration(0)
	boot, since := journal.KernelBoot()
	j := journal.Open(journal.Config{Dir: dir, ServerURL: server, Owner: bob, Boot: func() (string, time.Duration) { return boot, since + late }})
	if found := unfinished(t, j); len(found) > 0 {
		t.Errorf("adopted %d at once", len(found))
	}
	late = time.Minute
	until(t, "adopted", func() bool { return len(unfinished(t, j)) == many })
	must(t, frozen.cmd.Process.Signal(unix.SIGCONT))
}

// pid 1 is that of supervisord in every container.
func TestADebtUnderAnotherSupervisordWithTheSamePidIsToldApart(t *testing.T) {
	needsBirths(t)
	dir := t.TempDir()
	r := stopSent(web)
	r.Supervisor = os.Getpid()
	must(t, open(t, dir, alice).Write(t.Context(), r))
	if diff := cmp.Diff([]domain.Restart{r}, unfinished(t, open(t, dir, alice)), alike()); diff != "" {
		t.Error(diff)
	}
	path := open(t, dir, alice).Path()
	earlier := strings.Replace(text(t, path), `"supervisor_started":`, `"supervisor_started":1`, 1)
	must(t, os.WriteFile(path, []byte(earlier), 0o600))
	r.Supervisor = 0
	if diff := cmp.Diff([]domain.Restart{r}, unfinished(t, open(t, dir, alice)), alike()); diff != "" {
		t.Error(diff)
	}
}

// On a full disk a restart that is over stays in the file. It is removed as soon as there is room.
func TestARemovalThatFailedIsDoneLater(t *testing.T) {
	if _, end := start(t, "gets room again", t.TempDir()).result(); end != "<nil>" {
		t.Error(end)
	}
}

// getsRoom is a listener whose disk fills up and has room again.
func getsRoom(j, next *journal.Journal, limit func(full bool) error) error {
	ctx := context.Background()
	if err := errors.Join(j.Write(ctx, stopSent(web)), j.Write(ctx, stopSent(worker)),
		j.Keep(ctx, map[domain.ID]domain.History{web: {GivenUp: make([]string, 1000)}}), limit(true)); err != nil {
		return err
	}
	if err := j.Remove(ctx, web); err == nil {
		return errors.New("it was removed")
	}
	if found, err := j.Unfinished(ctx); err != nil || len(found) > 0 {
		return fmt.Errorf("what is over was found: %v, %w", found, err)
	}
	if err := errors.Join(limit(false), j.Keep(ctx, map[domain.ID]domain.History{web: {}})); err != nil {
		return err
	}
	if found, err := next.Unfinished(ctx); err != nil || len(found) != 1 || found[0].Instance.ID != worker {
		return fmt.Errorf("the next life finds %v, %w", found, err)
	}
	return nil
}

// What this life has begun is no debt, not even while it is being removed: the end of a restart that was dropped because a human
// has stopped the process would undo that.
func TestWhatIsBeingRemovedIsNotFound(t *testing.T) {
	j := open(t, t.TempDir(), bob)
	for i := range 200 {
		must(t, j.Write(t.Context(), stopSent(web)))
		var found []domain.Restart
		var others sync.WaitGroup
		others.Go(func() { _ = j.Keep(t.Context(), one(worker, domain.History{GivenUp: []string{fmt.Sprint(i)}})) }) // which takes a moment
		others.Go(func() { found, _ = j.Unfinished(t.Context()) })
		runtime.Gosched()
		must(t, j.Remove(t.Context(), web))
		if others.Wait(); len(found) > 0 {
			t.Fatalf("found %v", found)
		}
	}
}

// A restart that was left behind, and after which the process runs, is over for who has taken it up: another one takes its place.
func TestARestartComesAfterOneThatWasTakenUp(t *testing.T) {
	needsBirths(t)
	dir := t.TempDir()
	dead := start(t, "claims", dir)
	count(t, dead)
	must(t, dead.cmd.Process.Kill())
	_ = dead.cmd.Wait()
	j := open(t, dir, bob)
	found := unfinished(t, j)
	next := stopSent(found[0].Instance.ID)
	if err := j.Write(t.Context(), next); !errors.Is(err, domain.ErrOwed) {
		t.Fatalf("got %v", err)
	}
	next.After = found[0].Begun
	must(t, j.Write(t.Context(), next))
	must(t, j.Remove(t.Context(), next.Instance.ID))
	if found := unfinished(t, open(t, dir, bob)); len(found) != many-1 {
		t.Errorf("%d are left", len(found))
	}
}

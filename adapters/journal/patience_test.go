package journal_test

import (
	"context"
	"errors"
	"os"
	"testing"
	"time"

	"supervisor-healthcheck/adapters/journal"
	"supervisor-healthcheck/domain"
)

// brief is less than any call waits here that has to wait, and more than one takes that has not.
const brief = 15 * time.Second

func TestOneCallWaitsForALockThatIsNotGivenBack(t *testing.T) {
	j := journal.OpenPatient(journal.Config{Dir: t.TempDir(), ServerURL: server, Owner: alice}, 30*time.Millisecond)
	j.SetRetry(time.Hour)
	unlock := lockOf(t, j)
	first := j.Write(t.Context(), stopSent(web))
	if !errors.Is(first, context.DeadlineExceeded) {
		t.Fatalf("got %v", first)
	}
	j.SetPatience(time.Minute)
	j.SetRetry(time.Hour)
	began := time.Now()
	for what, call := range map[string]func() error{
		"write":  func() error { return j.Write(t.Context(), stopSent(web)) },
		"remove": func() error { return j.Remove(t.Context(), web) },
		"keep":   func() error { return j.Keep(t.Context(), one(web, domain.History{GivenUp: []string{"w"}})) },
		"unfinished": func() error {
			_, err := j.Unfinished(t.Context())
			return err
		},
	} {
		if err := call(); err == nil || err.Error() != first.Error() {
			t.Errorf("%s: got %v, want what was said before", what, err)
		}
	}
	if found := histories(t, j); len(found) > 0 {
		t.Error(found)
	}
	if took := time.Since(began); took > brief {
		t.Errorf("five calls took %v", took)
	}

	j.SetPatience(30 * time.Millisecond) // and no pause between trials
	if err := j.Write(t.Context(), stopSent(web)); err == nil || err.Error() != first.Error() {
		t.Errorf("got %v", err)
	}
	unlock()
	j.SetPatience(time.Minute)
	must(t, j.Write(t.Context(), stopSent(web)))
	j.SetRetry(time.Hour)
	must(t, j.Remove(t.Context(), web))
}

func TestWhoWaitsForALockThatIsNotGivenBackWaitsNoLongerThanOthers(t *testing.T) {
	j := journal.OpenPatient(journal.Config{Dir: t.TempDir(), ServerURL: server, Owner: alice}, time.Minute)
	defer lockOf(t, j)()
	failed := make(chan error)
	go func() { failed <- j.Write(t.Context(), stopSent(web)) }()
	until(t, "pending", func() bool { return j.Pending() == 1 })
	j.SetPatience(time.Millisecond)
	began := time.Now()
	if err := j.Remove(t.Context(), worker); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	if err := <-failed; !errors.Is(err, context.DeadlineExceeded) || time.Since(began) > brief {
		t.Errorf("got %v after %v", err, time.Since(began))
	}
}

func TestThatACallerHasNoTimeKeepsNobodyElseFromTheJournal(t *testing.T) {
	j := open(t, t.TempDir(), alice)
	j.SetRetry(time.Hour)
	unlock := lockOf(t, j)
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if err := j.Write(ctx, stopSent(web)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	unlock()
	must(t, j.Write(t.Context(), stopSent(web)))
}

func TestUsualPatienceLeavesTimeToEnd(t *testing.T) {
	j := journal.Open(journal.Config{Dir: t.TempDir(), ServerURL: server, Owner: alice})
	defer lockOf(t, j)()
	began := time.Now()
	failed := make(chan error)
	for _, call := range []func() error{
		func() error { return j.Remove(context.WithoutCancel(t.Context()), web) },
		func() error { return j.Keep(t.Context(), one(web, domain.History{GivenUp: []string{"w"}})) },
	} {
		go func() { failed <- call() }()
	}
	for range 2 {
		if err := <-failed; !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
	}
	for range 100 {
		if j.Write(t.Context(), stopSent(web)) == nil {
			t.Fatal("no error")
		}
	}
	if took := time.Since(began); took > brief {
		t.Errorf("it took %v", took)
	}
}

func TestRemovalFromAFullDiskIsAnErrorAndNoProof(t *testing.T) {
	dir := t.TempDir()
	l := start(t, "has a disk that fills up", dir)
	if _, end := l.result(); end != "<nil>" {
		t.Error(end)
	}
	if left := names(t, dir); len(left) != 1 { // the lock
		t.Error(left)
	}
}

// fillsUp is a listener whose disk fills up.
func fillsUp(j *journal.Journal, limit func(full bool) error) error {
	ctx := context.Background()
	long := domain.History{GivenUp: make([]string, 1000)}
	full := func(what string, err error) error {
		if err == nil || !errors.Is(err, errFull) {
			return errors.Join(errors.New(what+" did not tell that the disk is full"), err)
		}
		return nil
	}
	if err := errors.Join(j.Write(ctx, stopSent(web)), j.Write(ctx, stopSent(worker)), j.Keep(ctx, map[domain.ID]domain.History{web: long}), limit(true)); err != nil {
		return err
	}
	err := errors.Join(
		full("a removal", j.Remove(ctx, web)),
		full("another one", j.Remove(ctx, web)),
		full("histories that are kept already", j.Keep(ctx, map[domain.ID]domain.History{web: long})),
		full("an intent", j.Write(ctx, stopSent(web))))
	if err != nil {
		return err
	}
	if err := errors.Join(os.Remove(j.Path()), j.Remove(ctx, web)); err != nil { // there is nothing left to be written
		return err
	}
	if err := full("forgetting what is not there", j.Keep(ctx, map[domain.ID]domain.History{web: {}})); err != nil {
		return err
	}
	return errors.Join(limit(false), j.Keep(ctx, map[domain.ID]domain.History{web: {}}))
}

func TestADiskThatIsSlowGetsMoreTimeForAnIntentThanForTheRest(t *testing.T) {
	slow, busy := make(chan struct{}), make(chan struct{}, 10)
	config := journal.Config{Dir: t.TempDir(), ServerURL: server, Owner: alice,
		Now: func() time.Time { busy <- struct{}{}; <-slow; return time.Now() }} // is asked while a file is written
	j := journal.OpenPatient(config, 30*time.Millisecond)
	j.SetDisk(time.Minute)
	j.SetRetry(time.Hour)

	intents := make(chan error)
	go func() { intents <- j.Write(t.Context(), stopSent(web)) }()
	<-busy
	go func() { intents <- j.Write(t.Context(), stopSent(worker)) }()
	until(t, "pending", func() bool { return j.Pending() == 1 })
	if err := j.Remove(t.Context(), web); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	if err := j.Keep(t.Context(), one(web, domain.History{GivenUp: []string{"w"}})); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	close(slow)
	for range 2 {
		if err := <-intents; err != nil {
			t.Error("an intent was not written:", err)
		}
	}
	must(t, j.Remove(t.Context(), web)) // the trouble is over
}

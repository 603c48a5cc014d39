package journal_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"supervisor-healthcheck/adapters/journal"
	"supervisor-healthcheck/domain"
)

// A stranger, or a listener that was suspended at a bad moment, may have the lock for ever.
func TestALockThatNobodyGivesBackIsReplacedAndSaid(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		j := journal.Open(journal.Config{Dir: dir, ServerURL: server, Owner: alice})
		defer lockOf(t, j)()
		for began := time.Now(); ; time.Sleep(time.Second) {
			err := j.Write(t.Context(), stopSent(web))
			took := time.Since(began)
			if err == nil && took > 8*time.Second {
				break
			}
			if !errors.Is(err, context.DeadlineExceeded) || took > 20*time.Second {
				t.Fatalf("after %v: %v", took, err)
			}
		}
		if _, err := os.Stat(j.Path() + ".lock.bad"); err != nil {
			t.Error(err)
		}
		_, err := j.Unfinished(t.Context())
		if err == nil || !strings.Contains(err.Error(), j.Path()+".lock") || !strings.Contains(err.Error(), "nobody has given it back for 10s") {
			t.Errorf("got %v", err)
		}
		if _, err := j.Unfinished(t.Context()); err != nil {
			t.Errorf("it was said again: %v", err)
		}
		must(t, open(t, dir, bob).Write(t.Context(), stopSent(numbered(1)))) // others use the new one
		synctest.Wait()
	})
}

// Where many want it, one may wait long, and yet everybody gives it back.
func TestALockThatOthersTakeInTurnIsNotReplaced(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		j := journal.Open(journal.Config{Dir: dir, ServerURL: server, Owner: alice})
		unlock := lockOf(t, j)
		for range 100 {
			must(t, os.Chtimes(j.Path()+".lock", time.Now(), time.Now()))
			if err := j.Write(t.Context(), stopSent(web)); !errors.Is(err, context.DeadlineExceeded) {
				t.Fatalf("got %v", err)
			}
			time.Sleep(time.Second)
		}
		unlock()
		time.Sleep(time.Minute)
		must(t, j.Write(t.Context(), stopSent(web)))
		if _, err := os.Stat(j.Path() + ".lock.bad"); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("it was moved: %v", err)
		}
		synctest.Wait()
	})
}

// A listener that was suspended while it had the lock goes on when others have written long since.
func TestWhoHasLostTheLockReplacesNothing(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		suspended, goesOn := make(chan bool), make(chan bool)
		once := sync.OnceFunc(func() {
			close(suspended)
			<-goesOn
		})
		a := journal.Open(journal.Config{Dir: dir, ServerURL: server, Owner: alice, Now: func() time.Time { once(); return time.Now() }})
		b := journal.Open(journal.Config{Dir: dir, ServerURL: server, Owner: bob})
		var failed error
		lockLost := make(chan bool)
		a.SetPatience(time.Hour)
		go func() {
			failed = a.Write(t.Context(), stopSent(web))
			close(lockLost)
		}()
		<-suspended
		for tries := 0; b.Write(t.Context(), stopSent(numbered(1))) != nil; time.Sleep(time.Second) {
			if tries++; tries > 100 {
				t.Fatal("the lock was not replaced")
			}
		}
		close(goesOn)
		if <-lockLost; !errors.Is(failed, context.DeadlineExceeded) || !strings.Contains(failed.Error(), "taken over its lock") {
			t.Errorf("got %v", failed)
		}
		if files := asides(t, dir); len(files) != 1 {
			t.Errorf("put aside: %v", files)
		}
		if _, err := b.Unfinished(t.Context()); err == nil {
			t.Error("it was not said that the lock was replaced")
		}
		must(t, b.Write(t.Context(), stopSent(numbered(2)))) // takes in what was put aside
		for _, id := range []domain.ID{web, numbered(1), numbered(2)} {
			third := open(t, dir, domain.ID{Group: "third", Name: "third"})
			if err := third.Write(t.Context(), stopSent(id)); !errors.Is(err, domain.ErrClaimed) {
				t.Errorf("%s: got %v", id, err)
			}
		}
		synctest.Wait()
	})
}

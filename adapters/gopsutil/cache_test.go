package gopsutil

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// counting is a look that takes a second and finds its own number.
func counting() *socketCache {
	looks := 0
	return newSocketCache(func(ctx context.Context) ([]socket, error) {
		looks++
		found := []socket{{port: 80, pid: looks}}
		select {
		case <-time.After(time.Second):
			return found, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	})
}

func wantLook(t *testing.T, c *socketCache, want int) {
	t.Helper()
	if found, err := c.sockets(t.Context()); err != nil || len(found) != 1 || found[0].pid != want {
		t.Errorf("got %v, %v, want what look %d found", found, err, want)
	}
}

func TestALookIsSharedForAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := counting()
		began := time.Now()
		var group sync.WaitGroup
		for range 100 {
			group.Go(func() { wantLook(t, c, 1) })
		}
		group.Wait()
		if took := time.Since(began); took != time.Second {
			t.Errorf("a hundred callers took %s, want 1s", took)
		}
		time.Sleep(58 * time.Second)
		wantLook(t, c, 1)
		time.Sleep(time.Second)
		wantLook(t, c, 2)
	})
}

func TestCallersWhoGiveUpDoNotSpoilTheLookForOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := counting()
		looking, stopLooking := context.WithCancel(t.Context())
		waiting, stopWaiting := context.WithCancel(t.Context())
		errs := make(chan error)
		go func() { _, err := c.sockets(looking); errs <- err }()
		synctest.Wait()
		go func() { _, err := c.sockets(waiting); errs <- err }()
		var group sync.WaitGroup
		group.Go(func() { wantLook(t, c, 2) })
		synctest.Wait()
		began := time.Now()
		for _, stop := range []func(){stopWaiting, stopLooking} {
			stop()
			if err := <-errs; !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
		}
		if spent := time.Since(began); spent != 0 {
			t.Errorf("giving up took %v", spent)
		}
		group.Wait()
	})
}

func TestALookThatFailedIsNotShared(t *testing.T) {
	odd := errors.New("odd")
	err := odd
	c := newSocketCache(func(context.Context) ([]socket, error) { return []socket{{80, 1}}, err })
	if found, err := c.sockets(t.Context()); found != nil || err != odd {
		t.Errorf("got %v, %v", found, err)
	}
	err = nil
	wantLook(t, c, 1)
}

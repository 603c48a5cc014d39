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
func counting() *cache[int] {
	looks := 0
	return newCache(func(ctx context.Context) (int, error) {
		looks++
		found := looks
		select {
		case <-time.After(time.Second):
			return found, nil
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}, func(took time.Duration) time.Duration { return 60 * took })
}

func never(int) bool { return false }

func wantLook(t *testing.T, c *cache[int], want int, enough ...func(int) bool) {
	t.Helper()
	if found, err := c.get(t.Context(), append(enough, never)[0]); err != nil || found != want {
		t.Errorf("got %v, %v, want what look %d found", found, err, want)
	}
}

func TestALookIsSharedWhileItRestsOrIsEnough(t *testing.T) {
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
		wantLook(t, c, 1, func(found int) bool { return found == 1 })
		wantLook(t, c, 2)
	})
}

func TestCallersWhoGiveUpDoNotSpoilTheLookForOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := counting()
		looking, stopLooking := context.WithCancel(t.Context())
		waiting, stopWaiting := context.WithCancel(t.Context())
		errs := make(chan error)
		go func() { _, err := c.get(looking, never); errs <- err }()
		synctest.Wait()
		go func() { _, err := c.get(waiting, never); errs <- err }()
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
	c := newCache(func(context.Context) (int, error) { return 1, err }, func(time.Duration) time.Duration { return time.Hour })
	if found, err := c.get(t.Context(), never); found != 0 || err != odd {
		t.Errorf("got %v, %v", found, err)
	}
	err = nil
	wantLook(t, c, 1)
}

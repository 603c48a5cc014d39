package gopsutil

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// counting is a look that takes a second and finds its own number.
func counting() *shared[int] {
	looks := 0
	return newShared(func(ctx context.Context) ([]int, error) {
		looks++
		found := []int{looks}
		select {
		case <-time.After(time.Second):
			return found, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	})
}

func TestCallersAtATimeShareALookThatBeganAfterTheyCalled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := counting()
		got := make(chan []int, 11)
		ask := func() {
			seen, err := s.fresh(t.Context())
			if err != nil {
				t.Error(err)
			}
			got <- seen
		}
		go ask()
		synctest.Wait() // it is looking
		for range 10 {
			go ask()
		}
		var all []int
		for range 11 {
			all = append(all, <-got...)
		}
		if diff := cmp.Diff([]int{1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2}, all); diff != "" {
			t.Error(diff)
		}
		time.Sleep(time.Second)
		if seen, err := s.fresh(t.Context()); err != nil || seen[0] != 3 {
			t.Errorf("later: got %v, %v", seen, err)
		}
		if seen, err := s.since(t.Context(), time.Time{}); err != nil || seen[0] != 3 {
			t.Errorf("whenever it was taken: got %v, %v", seen, err)
		}
	})
}

func TestCallersWhoGiveUpDoNotSpoilTheLookForOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := counting()
		looking, stopLooking := context.WithCancel(t.Context())
		waiting, stopWaiting := context.WithCancel(t.Context())
		errs := make(chan error)
		seen := make(chan []int)
		go func() { _, err := s.fresh(looking); errs <- err }()
		synctest.Wait()
		go func() { _, err := s.fresh(waiting); errs <- err }()
		go func() {
			found, err := s.fresh(t.Context())
			if err != nil {
				t.Error(err)
			}
			seen <- found
		}()
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
		if diff := cmp.Diff([]int{2}, <-seen); diff != "" {
			t.Error(diff)
		}
	})
}

func TestLooksDoNotFollowEachOtherClosely(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := counting()
		s.rest = 10 * time.Second
		began := time.Now()
		var ends []time.Duration
		ask := func(ctx context.Context) error {
			_, err := s.fresh(ctx)
			ends = append(ends, time.Since(began))
			return err
		}
		hurried, stop := context.WithTimeout(t.Context(), 5*time.Second)
		defer stop()
		for _, ctx := range []context.Context{t.Context(), hurried, t.Context()} {
			if err := ask(ctx); !errors.Is(err, ctx.Err()) {
				t.Error(err)
			}
		}
		time.Sleep(time.Minute)
		if err := ask(t.Context()); err != nil {
			t.Error(err)
		}
		want := []time.Duration{time.Second, 5 * time.Second, 12 * time.Second, 73 * time.Second}
		if diff := cmp.Diff(want, ends); diff != "" {
			t.Error(diff)
		}
	})
}

func TestALookThatFailedIsNotShared(t *testing.T) {
	odd := errors.New("odd")
	err := odd
	s := newShared(func(context.Context) ([]int, error) { return []int{1}, err })
	if seen, err := s.fresh(t.Context()); seen != nil || err != odd {
		t.Errorf("got %v, %v", seen, err)
	}
	err = nil
	if seen, err := s.fresh(t.Context()); len(seen) != 1 || err != nil {
		t.Errorf("got %v, %v", seen, err)
	}
}

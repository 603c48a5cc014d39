package gopsutil

import (
	"context"
	"errors"
	"math"
	"os"
	"sync"
	"testing"
	"time"

	"supervisor-healthcheck/domain"
)

// portable is a Stats that only the library serves.
func portable() *Stats {
	return &Stats{ways: []way{library{proc: "/proc"}}, lookups: noLookup}
}

func noLookup(int) *lookup { return nil }

// ask makes all three measurements.
func ask(ctx context.Context, s *Stats, pid int) map[string]error {
	_, memory := s.Memory(ctx, pid)
	_, tree := s.TreeMemory(ctx, pid)
	_, cpu := s.CPUTime(ctx, pid)
	return map[string]error{"memory": memory, "tree memory": tree, "cpu time": cpu}
}

func TestNothingIsMeasuredOf(t *testing.T) {
	gone, _, end := start(t, player(""), 1)
	end()
	_, said, _ := start(t, player("zombie"), 2)
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	beyond := math.MaxInt32
	beyond++
	tests := map[string]struct {
		ctx  context.Context
		pid  int
		want error
	}{
		"a process that has ended":        {t.Context(), gone, domain.ErrGone},
		"no process":                      {t.Context(), 0, domain.ErrGone},
		"a process group":                 {t.Context(), -1, domain.ErrGone},
		"a number that can be no process": {t.Context(), beyond, domain.ErrGone},
		"a process after cancellation":    {cancelled, os.Getpid(), context.Canceled},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			for way, s := range map[string]*Stats{"new": New(), "portable": portable()} {
				for what, err := range ask(test.ctx, s, test.pid) {
					if !errors.Is(err, test.want) {
						t.Errorf("%s, %s: got %v, want %v", way, what, err, test.want)
					}
				}
			}
		})
	}
	t.Run("a zombie", func(t *testing.T) {
		for way, s := range map[string]*Stats{"new": New(), "portable": portable()} {
			eventually(t, way+": one of the two is a zombie and gone, the other alive", func() bool {
				first, second := ask(t.Context(), s, said[0]), ask(t.Context(), s, said[1])
				return allGone(first) && allNil(second) || allGone(second) && allNil(first)
			})
		}
	})
	t.Run("a zombie in a tree", func(t *testing.T) {
		parent, _, _ := start(t, player("zombie"), 2)
		for way, s := range map[string]*Stats{"new": New(), "portable": portable()} {
			eventually(t, way+": the tree has one member", func() bool {
				usage, err := s.TreeMemory(t.Context(), parent)
				return err == nil && usage.Processes == 1
			})
		}
	})
}

func allGone(errs map[string]error) bool {
	for _, err := range errs {
		if !errors.Is(err, domain.ErrGone) {
			return false
		}
	}
	return true
}

func allNil(errs map[string]error) bool {
	return errs["memory"] == nil && errs["tree memory"] == nil && errs["cpu time"] == nil
}

func TestOwnProcess(t *testing.T) {
	t.Setenv("HOST_PROC", t.TempDir())
	for way, s := range map[string]*Stats{"new": New(), "portable": portable()} {
		usage, err := s.Memory(t.Context(), os.Getpid())
		if err != nil || usage.Processes != 1 || usage.RSS < 1<<20 || usage.RSS > 1<<36 {
			t.Errorf("%s: memory is %+v, %v", way, usage, err)
		}
		for began := time.Now(); time.Since(began) < 50*time.Millisecond; {
		}
		spent, err := s.CPUTime(t.Context(), os.Getpid())
		if err != nil || spent <= 0 || spent > time.Hour {
			t.Errorf("%s: cpu time is %v, %v", way, spent, err)
		}
	}
}

func TestTreeMemory(t *testing.T) {
	root, said, end := start(t, player("3,1"), 7)
	for name, s := range map[string]*Stats{"new": New(), "portable": portable()} {
		t.Run(name, func(t *testing.T) {
			eventually(t, "the tree is the sum of its seven members", func() bool {
				want := domain.Usage{}
				for _, pid := range said {
					own, err := s.Memory(t.Context(), pid)
					if err != nil {
						t.Fatal(err)
					}
					want.RSS += own.RSS
					want.Processes++
				}
				got, err := s.TreeMemory(s.Round(t.Context(), []int{root}), root)
				return err == nil && want.Processes == 7 && got == want
			})
		})
	}
	t.Run("members that end during the round are left out", func(t *testing.T) {
		s := &Stats{ways: New().ways, lookups: noLookup}
		round := s.Round(t.Context(), []int{os.Getpid()})
		if usage, err := s.TreeMemory(round, os.Getpid()); err != nil || usage.Processes < 8 {
			t.Fatalf("got %+v, %v, want this process and seven more", usage, err)
		}
		end()
		eventually(t, "this process is alone", func() bool { // the last of the others may not be reaped yet
			usage, err := s.TreeMemory(round, os.Getpid())
			return err == nil && usage.Processes == 1
		})
	})
}

func TestProcessThatAppearsDuringTheRoundIsMeasured(t *testing.T) {
	for name, s := range map[string]*Stats{"new": New(), "portable": portable()} {
		round := s.Round(t.Context(), nil)
		if _, err := s.TreeMemory(round, os.Getpid()); err != nil {
			t.Fatal(err)
		}
		late, _, _ := start(t, player(""), 1)
		usage, err := s.TreeMemory(round, late)
		if err != nil || usage.Processes != 1 || usage.RSS == 0 {
			t.Errorf("%s: got %+v, %v", name, usage, err)
		}
	}
}

func TestConcurrentUse(t *testing.T) {
	root, _, _ := start(t, player("2,1"), 5)
	s := New()
	round := s.Round(t.Context(), []int{root})
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			usage, err := s.TreeMemory(round, root)
			if err != nil || usage.Processes != 5 {
				t.Errorf("got %+v, %v, want five processes", usage, err)
			}
		})
	}
	group.Wait()
}

package gopsutil

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/domain"
)

// numbersOf are all numbers about some processes.
type numbersOf struct {
	Memory map[int]domain.Usage
	Tree   map[int]domain.Usage
	CPU    map[int]time.Duration
}

func look(t *testing.T, s *Stats, pids []int) numbersOf {
	t.Helper()
	all := numbersOf{map[int]domain.Usage{}, map[int]domain.Usage{}, map[int]time.Duration{}}
	ctx := s.Round(t.Context(), pids)
	for _, pid := range pids {
		var errs [3]error
		all.Memory[pid], errs[0] = s.Memory(ctx, pid)
		all.Tree[pid], errs[1] = s.TreeMemory(ctx, pid)
		all.CPU[pid], errs[2] = s.CPUTime(ctx, pid)
		if errs != [3]error{} {
			t.Fatal(errs)
		}
	}
	return all
}

// onlyFast is the fast path without the library to help it out.
func onlyFast() []way { return newStats().ways[:1] }

func TestFastPathAgreesWithTheLibrary(t *testing.T) {
	_, pids, _ := start(t, player("2,2,1"), 11)
	odd := filepath.Join(t.TempDir(), "a) (b) R 1 (c")
	executable, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(executable, odd); err != nil {
		t.Fatal(err)
	}
	cmd := player("1")
	cmd.Path = odd
	_, strange, _ := start(t, cmd, 2)
	pids = append(pids, strange...)

	fast := map[string]*Stats{
		"by the whole table": {ways: onlyFast(), lookups: noLookup},
		"as it comes":        {ways: onlyFast(), lookups: newStats().lookups},
	}
	if tellsChildren() {
		fast["by lookups alone"] = &Stats{ways: []way{untabled{onlyFast()[0]}}, lookups: onlyLookup}
	}
	for name, s := range fast {
		t.Run(name, func(t *testing.T) {
			var diff string
			eventually(t, "two idle moments have the same numbers", func() bool {
				diff = cmp.Diff(look(t, portable(), pids), look(t, s, pids))
				return diff == ""
			})
			all := look(t, s, pids)
			members, spent := 0, time.Duration(0)
			for _, pid := range pids {
				members = max(members, all.Tree[pid].Processes)
				spent += all.CPU[pid]
			}
			if members != 11 || spent == 0 {
				t.Errorf("the greatest tree has %d members and all have spent %v: nothing was compared", members, spent)
			}
		})
	}
}

// onlyLookup allows any number of threads.
func onlyLookup(int) *lookup {
	l := &lookup{children: children}
	l.left.Store(math.MaxInt32)
	return l
}

// untabled fails where the table is needed.
type untabled struct{ way }

func (untabled) table(context.Context) (table, error) { return nil, errFormat }

func TestNoFileStaysOpen(t *testing.T) {
	ended, _, end := start(t, player(""), 1)
	end()
	root, _, _ := start(t, player("2,1"), 5)
	for name, s := range map[string]*Stats{"new": New(), "portable": portable()} {
		ask(t.Context(), s, root)
		before := openFiles(t)
		for range 100 {
			ask(t.Context(), s, root)
			ask(t.Context(), s, ended)
		}
		for range 1000 {
			s.Memory(t.Context(), root)
			s.CPUTime(t.Context(), ended)
		}
		if after := openFiles(t); after > before {
			t.Errorf("%s: %d files are open, before there were %d", name, after, before)
		}
	}
}

func openFiles(t *testing.T) int {
	t.Helper()
	names, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(names)
}

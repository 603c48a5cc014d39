package gopsutil

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
)

type roundKey struct{}

// round is one look at the process table, taken when it is first needed.
type round struct {
	full   func() (table, error) // the whole table, read once
	lookup func() *lookup        // nil where the whole table is cheaper or the only way
}

// lookup finds children by asking their parent. It ends, and the whole table is used, when left is used up.
type lookup struct {
	children func(pid int, found []int, most int64) (more []int, threads int, err error)
	left     atomic.Int64 // threads that may still be asked before the whole table would have been cheaper
}

// lookups makes the lookup for a round of so many roots; nil where the whole table is cheaper or the only way.
type lookups func(roots int) *lookup

// Round returns a context under which all TreeMemory calls share one look at the process table. The look is not bound
// to ctx, so that one call that gives up does not spoil it for the others.
func (s *Stats) Round(ctx context.Context, pids []int) context.Context {
	if s.begin != nil {
		s.begin()
	}
	return context.WithValue(ctx, roundKey{}, s.newRound(len(pids)))
}

func (s *Stats) round(ctx context.Context) *round {
	if r, ok := ctx.Value(roundKey{}).(*round); ok {
		return r
	}
	return s.newRound(1)
}

func (s *Stats) newRound(roots int) *round {
	return &round{
		full:   sync.OnceValues(s.table),
		lookup: sync.OnceValue(func() *lookup { return s.lookups(roots) }),
	}
}

func (s *Stats) table() (found table, err error) {
	for _, w := range s.ways {
		if found, err = w.table(context.Background()); err == nil {
			return found, nil
		}
	}
	return nil, err
}

// tree returns the root and its descendants. What is seen twice counts once: pids are reused while the table is read,
// so that it can hold a loop.
func (r *round) tree(root int) ([]int, error) {
	members, seen := []int{root}, map[int]bool{root: true}
	for i := 0; i < len(members); i++ {
		first := len(members)
		var err error
		if members, err = r.children(members[i], members); err != nil {
			return nil, err
		}
		fresh := slices.DeleteFunc(members[first:], func(pid int) bool {
			again := seen[pid]
			seen[pid] = true
			return again
		})
		members = members[:first+len(fresh)]
	}
	return members, nil
}

func (r *round) children(pid int, found []int) ([]int, error) {
	if l := r.lookup(); l != nil {
		more, threads, err := l.children(pid, found, l.left.Load())
		l.left.Add(-int64(threads))
		if err == nil {
			return more, nil
		}
	}
	all, err := r.full()
	if err != nil {
		return nil, err
	}
	return all.children(pid, found), nil
}

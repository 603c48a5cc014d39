package gopsutil

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/domain"
)

// fake is a way whose answers are made up.
type fake struct {
	way     // of what it does not make up there is none
	entries []entry
	tables  *atomic.Int32
	err     error
}

func (f fake) memory(context.Context, int) (uint64, error) { return 100, f.err }
func (f fake) owner(context.Context, int) (int, error)     { return 7, f.err }
func (f fake) times(context.Context, int) (times, error)   { return times{own: time.Second}, f.err }
func (f fake) table(context.Context) (table, error) {
	f.tables.Add(1)
	return newTable(append([]entry(nil), f.entries...)), f.err
}

func TestTree(t *testing.T) {
	tests := map[string]struct {
		entries []entry
		want    []int
	}{
		"no children":               {nil, []int{5}},
		"children of others":        {[]entry{{4, 6}, {6, 7}}, []int{5}},
		"children and theirs":       {[]entry{{7, 9}, {5, 6}, {5, 7}, {6, 8}}, []int{5, 6, 7, 8, 9}},
		"a loop":                    {[]entry{{5, 6}, {6, 7}, {7, 5}}, []int{5, 6, 7}},
		"a process that is its own": {[]entry{{5, 5}}, []int{5}},
		"a process listed twice":    {[]entry{{5, 6}, {5, 6}, {5, 7}, {7, 6}}, []int{5, 6, 7}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := &Stats{ways: []way{fake{entries: test.entries, tables: new(atomic.Int32)}}, lookups: noLookup}
			got, err := s.newRound(1).tree(5)
			if diff := cmp.Diff(test.want, got); diff != "" || err != nil {
				t.Error(diff, err)
			}
		})
	}
}

func TestTableIsRead(t *testing.T) {
	tests := map[string]struct {
		use  func(s *Stats, ctx context.Context)
		want int32
	}{
		"never when nothing needs it": {func(s *Stats, ctx context.Context) {
			ctx = s.Round(ctx, []int{1, 2})
			s.Memory(ctx, os.Getpid())
			s.CPUTime(ctx, os.Getpid())
		}, 0},
		"once in a round": {func(s *Stats, ctx context.Context) {
			ctx = s.Round(ctx, []int{1, 2})
			var group sync.WaitGroup
			for range 10 {
				group.Go(func() { s.TreeMemory(ctx, os.Getpid()) })
			}
			group.Wait()
		}, 1},
		"anew in the next round": {func(s *Stats, ctx context.Context) {
			for range 3 {
				s.TreeMemory(s.Round(ctx, nil), os.Getpid())
			}
		}, 3},
		"each time without a round": {func(s *Stats, ctx context.Context) {
			s.TreeMemory(ctx, os.Getpid())
			s.TreeMemory(ctx, os.Getpid())
		}, 2},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			tables := new(atomic.Int32)
			test.use(&Stats{ways: []way{fake{tables: tables}}, lookups: noLookup}, t.Context())
			if got := tables.Load(); got != test.want {
				t.Errorf("read %d times, want %d", got, test.want)
			}
		})
	}
}

func TestLookup(t *testing.T) {
	tests := map[string]struct {
		allowed   int64
		err       error
		want      []int
		wantTable int32
		wantLeft  int64
	}{
		"asks each process":                        {10, nil, []int{5, 6}, 0, 6},
		"gives way to the table when it fails":     {10, errors.New("odd"), []int{5, 7}, 1, 6},
		"goes on where the table knows no process": {2, nil, []int{5, 6}, 1, 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			tables := new(atomic.Int32)
			l := &lookup{children: func(pid int, found []int, most int64) ([]int, int, error) {
				if most < 2 {
					return nil, 0, errors.New("too many")
				}
				if pid == 5 && test.err == nil {
					found = append(found, 6)
				}
				return found, 2, test.err
			}}
			l.left.Store(test.allowed)
			s := &Stats{
				ways:    []way{fake{entries: []entry{{5, 7}}, tables: tables}},
				lookups: func(int) *lookup { return l },
			}
			got, err := s.newRound(1).tree(5)
			if diff := cmp.Diff(test.want, got); diff != "" || err != nil {
				t.Error(diff, err)
			}
			if tables.Load() != test.wantTable || l.left.Load() != test.wantLeft {
				t.Errorf("%d tables and %d left, want %d and %d", tables.Load(), l.left.Load(), test.wantTable, test.wantLeft)
			}
		})
	}
}

func TestNextWayIsTakenWhenOneFails(t *testing.T) {
	broken := fake{tables: new(atomic.Int32), err: errors.New("odd")}
	whole := fake{entries: []entry{{os.Getpid(), 1 << 30}}, tables: new(atomic.Int32)}
	s := &Stats{ways: []way{broken, whole}, lookups: noLookup}
	memory, err1 := s.Memory(t.Context(), os.Getpid())
	tree, err2 := s.TreeMemory(t.Context(), os.Getpid())
	spent, err3 := s.CPUTime(t.Context(), os.Getpid())
	got := []any{memory, tree, spent}
	want := []any{domain.Usage{RSS: 100, Processes: 1}, domain.Usage{RSS: 200, Processes: 2}, time.Second}
	if diff := cmp.Diff(want, got); diff != "" || errors.Join(err1, err2, err3) != nil {
		t.Error(diff, err1, err2, err3)
	}
}

func TestFailureOfTheLastWayIsTold(t *testing.T) {
	s := &Stats{ways: []way{fake{tables: new(atomic.Int32), err: errors.New("odd")}}, lookups: noLookup}
	for what, err := range ask(t.Context(), s, os.Getpid()) {
		if err == nil || errors.Is(err, domain.ErrGone) || !strings.HasSuffix(err.Error(), strconv.Itoa(os.Getpid())+": odd") {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestPanicOfTheLibraryIsAnError(t *testing.T) {
	proc := t.TempDir()
	own := filepath.Join(proc, strconv.Itoa(os.Getpid()))
	for _, file := range []string{"stat", "statm"} {
		if err := os.MkdirAll(own, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(own, file), []byte("1 "), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	s := &Stats{ways: []way{library{proc: proc}}, lookups: noLookup}
	for what, err := range ask(t.Context(), s, os.Getpid()) {
		if err == nil || errors.Is(err, domain.ErrGone) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := s.table(); err == nil || !strings.Contains(err.Error(), "panicked") {
		t.Errorf("table: %v", err)
	}
}

package gopsutil

import (
	"context"
	"errors"
	"os"
	"slices"
	"sync/atomic"
	"testing"

	"golang.org/x/sys/unix"
)

func TestParseSocket(t *testing.T) {
	tests := map[string]struct {
		link  string
		inode uint64
		is    bool
	}{
		"a socket":               {"socket:[1600]", 1600, true},
		"the greatest inode":     {"socket:[18446744073709551615]", 1<<64 - 1, true},
		"a pipe":                 {"pipe:[1600]", 0, false},
		"a file":                 {"/tmp/socket:[1600]", 0, false},
		"a link that was cut":    {"socket:[1600", 0, false},
		"no inode":               {"socket:[]", 0, false},
		"an inode that is none":  {"socket:[x]", 0, false},
		"an inode beyond 64 bit": {"socket:[18446744073709551616]", 0, false},
		"nothing":                {"", 0, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if inode, is := parseSocket([]byte(test.link)); inode != test.inode || is != test.is {
				t.Errorf("got %d, %v", inode, is)
			}
		})
	}
}

func TestSocketsThatAProcessHasOpen(t *testing.T) {
	port := listen(t, "tcp4", "127.0.0.1:0")
	own, err := newProcSockets().on(t.Context(), port)
	if err != nil || len(own) != 1 {
		t.Fatal(own, err)
	}
	ended, _, end := start(t, player(""), 1)
	end()
	stranger, _, _ := start(t, player(""), 1)
	for pid, want := range map[int]bool{os.Getpid(): true, stranger: false, ended: false, -1: false} {
		if held, err := holds(t.Context(), pid, own); held != want || err != nil {
			t.Errorf("process %d: %v, %v", pid, held, err)
		}
	}
}

func TestOnlyWhatIsGoneOrHiddenIsLeftOut(t *testing.T) {
	for err, want := range map[error]bool{
		unix.ENOENT: true, unix.ESRCH: true, unix.EACCES: true, unix.EPERM: true,
		unix.EMFILE: false, unix.ENFILE: false, unix.ENOMEM: false, errFormat: false, context.Canceled: false, nil: false,
	} {
		if got := unseeable(err); got != want {
			t.Errorf("%v: %v", err, got)
		}
	}
}

func TestOpenFilesAreReadInBatchesWithoutAllocation(t *testing.T) {
	var want []uint64
	for range 300 {
		want = append(want, inodeOf(t, pair(t)))
	}
	var buf [1024]byte // less than the names of 300 descriptors take
	found := make([]uint64, 0, 1000)
	allocations := testing.AllocsPerRun(10, func() {
		found = found[:0]
		if err := visitSockets(t.Context(), os.Getpid(), buf[:], func(inode uint64) error {
			found = append(found, inode)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	})
	for _, inode := range want {
		if !slices.Contains(found, inode) {
			t.Errorf("the socket with inode %d was not found", inode)
		}
	}
	if allocations > 5 {
		t.Errorf("%v allocations for %d sockets", allocations, len(found))
	}
}

// pair opens a pair of sockets and returns the first.
func pair(t *testing.T) int {
	t.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(fds[0]); unix.Close(fds[1]) })
	return fds[0]
}

func inodeOf(t *testing.T, fd int) uint64 {
	t.Helper()
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		t.Fatal(err)
	}
	return st.Ino
}

func rewind(t *testing.T, fd int) {
	t.Helper()
	if _, err := unix.Seek(fd, 0, 0); err != nil {
		t.Fatal(err)
	}
}

// ending is a context that is cancelled when it has been checked so often.
type ending struct {
	context.Context
	left *atomic.Int64
}

func endsAfter(ctx context.Context, checks int64) ending {
	e := ending{ctx, new(atomic.Int64)}
	e.left.Store(checks)
	return e
}

func (e ending) Err() error {
	if e.left.Add(-1) < 0 {
		return context.Canceled
	}
	return e.Context.Err()
}

func TestALookEndsWithTheContext(t *testing.T) {
	listen(t, "tcp4", "127.0.0.1:0")
	checks := int64(1)
	for ; ; checks *= 2 {
		ctx := endsAfter(t.Context(), checks)
		found, err := newProcSockets().look(ctx)
		if err == nil {
			break
		}
		if over := -ctx.left.Load(); found != nil || !errors.Is(err, context.Canceled) || over > 3 {
			t.Errorf("after %d checks: %v, %v, and %d more checks", checks, found, err, over)
		}
	}
	if checks < 16 {
		t.Errorf("the look was over after %d checks", checks)
	}
}

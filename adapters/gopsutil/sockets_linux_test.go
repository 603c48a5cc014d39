package gopsutil

import (
	"context"
	"net"
	"os"
	"slices"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"supervisor-healthcheck/domain"
)

func TestHoldersOfASharedPort(t *testing.T) {
	me := os.Getpid()
	stranger, _, _ := start(t, player(""), 1)
	for _, address := range []string{"127.0.0.1:0", "0.0.0.0:0", "[::1]:0", "[::]:0"} {
		first := reusable(t, address)
		if first == nil {
			continue
		}
		second := reusable(t, first.Addr().String())
		sharing := heir(t, second)
		second.Close()
		inherited := reusable(t, address)
		worker := heir(t, inherited)
		left := reusable(t, address)
		orphan := heir(t, left)
		left.Close()
		tests := map[string]struct {
			listener *net.TCPListener
			pid      int
			want     []int // of whom at least one is told, and nobody else
		}{
			"SO_REUSEPORT, the parent":                  {first, me, nil},
			"SO_REUSEPORT, one of the two":              {first, sharing, nil},
			"SO_REUSEPORT, a third":                     {first, stranger, []int{me, sharing}},
			"SO_REUSEPORT, nobody in particular":        {first, 0, []int{me, sharing}},
			"an inherited socket, the parent":           {inherited, me, nil},
			"an inherited socket, the child":            {inherited, worker, nil},
			"an inherited socket, another":              {inherited, stranger, []int{me, worker}},
			"a socket left to the child, the parent":    {left, me, nil},
			"a socket left to the child, another child": {left, worker, []int{orphan}},
		}
		for name, test := range tests {
			for way, s := range byWay() {
				t.Run(address+" "+name+way, func(t *testing.T) {
					got, err := s.Holders(t.Context(), portOfTCP(test.listener), test.pid)
					other := func(holder domain.Listener) bool { return !slices.Contains(test.want, holder.PID) }
					if (len(got) > 0) != (len(test.want) > 0) || slices.ContainsFunc(got, other) || err != nil {
						t.Errorf("got %+v, %v, want some of %v", got, err, test.want)
					}
					for _, holder := range got {
						if !holder.BelongsTo(me) || holder.BelongsTo(stranger) != (holder.PID == stranger) {
							t.Errorf("%+v descends from %d, and not from %d", holder, me, stranger)
						}
					}
				})
			}
		}
	}
}

func portOfTCP(listener *net.TCPListener) int { return listener.Addr().(*net.TCPAddr).Port }

// reusable listens with SO_REUSEPORT; nil where there is no IPv6.
func reusable(t testing.TB, address string) *net.TCPListener {
	t.Helper()
	config := net.ListenConfig{Control: func(_, _ string, raw syscall.RawConn) (err error) {
		if failed := raw.Control(func(fd uintptr) { err = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_REUSEPORT, 1) }); failed != nil {
			return failed
		}
		return err
	}}
	listener, err := config.Listen(t.Context(), "tcp", address)
	if err != nil && address[0] == '[' {
		t.Log("no IPv6 here:", err)
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	return listener.(*net.TCPListener)
}

// heir starts a child that inherits the socket, and returns its pid.
func heir(t *testing.T, listener *net.TCPListener) int {
	t.Helper()
	file, err := listener.File()
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	cmd := player("")
	cmd.ExtraFiles = []*os.File{file}
	pid, _, _ := start(t, cmd, 1)
	return pid
}

func TestTheDescendantsAreThoseOfNow(t *testing.T) {
	stats := &Stats{ways: New().ways, lookups: noLookup}
	old := stats.Round(t.Context(), nil)
	if _, err := stats.TreeMemory(old, os.Getpid()); err != nil {
		t.Fatal(err)
	}
	listener := reusable(t, "127.0.0.1:0")
	heir(t, listener) // after the table of the round was read
	listener.Close()
	got, err := NewSockets(stats).Holders(old, portOfTCP(listener), os.Getpid())
	if got != nil || err != nil {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestAHolderThatHasEndedIsNotTold(t *testing.T) {
	listener := reusable(t, "127.0.0.1:0")
	port := portOfTCP(listener)
	ended, _, end := start(t, player("listen"), 2)
	l := library{proc: "/proc"}
	s := byLibrary(func(ctx context.Context) ([]socket, error) {
		found, err := l.listening(ctx, 0)
		return append(found, socket{port, ended}), err
	})
	end()
	got, err := s.Holders(t.Context(), port, 0)
	if diff := cmp.Diff([]int{os.Getpid()}, pidsOf(got)); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

func TestADescendantThatWasBornMeanwhileIsNoForeignHolder(t *testing.T) {
	childless := &Stats{ways: []way{fake{tables: new(atomic.Int32)}}, lookups: noLookup}
	listener := reusable(t, "127.0.0.1:0")
	heir(t, listener)
	listener.Close()
	got, err := NewSockets(childless).Holders(t.Context(), portOfTCP(listener), os.Getpid())
	if got != nil || err != nil {
		t.Errorf("got %+v, %v", got, err)
	}
}

func pidsOf(found []domain.Listener) (pids []int) {
	for _, l := range found {
		pids = append(pids, l.PID)
	}
	return pids
}

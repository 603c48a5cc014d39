package gopsutil

import (
	"context"
	"errors"
	"iter"
	"net"
	"os"
	"slices"
	"sync"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"supervisor-healthcheck/domain"
)

// seeing is a Sockets that has only these sights.
func seeing(stats *Stats, sights ...sight) *Sockets {
	s := NewSockets(stats)
	s.sights = sights
	return s
}

func TestEveryHolderOfASharedPortIsSeen(t *testing.T) {
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
			want     []int
		}{
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
			t.Run(address+" "+name, func(t *testing.T) {
				slices.Sort(test.want)
				s := seeing(New(), newProcSockets())
				got, err := s.Squatters(t.Context(), test.listener.Addr().(*net.TCPAddr).Port, test.pid)
				if diff := cmp.Diff(test.want, pidsOf(got)); diff != "" || err != nil {
					t.Error(diff, err)
				}
			})
		}
	}
}

func pidsOf(found []domain.Listener) (pids []int) {
	for _, l := range found {
		pids = append(pids, l.PID)
	}
	return pids
}

// reusable listens with SO_REUSEPORT; nil where there is no IPv6.
func reusable(t *testing.T, address string) *net.TCPListener {
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

func TestTheFamilyIsThatOfNow(t *testing.T) {
	stats := &Stats{ways: New().ways, descents: noDescent}
	old := stats.Round(t.Context(), nil)
	if _, err := stats.TreeMemory(old, os.Getpid()); err != nil {
		t.Fatal(err)
	}
	listener := reusable(t, "127.0.0.1:0")
	heir(t, listener) // after the table of the round was read
	listener.Close()
	got, err := NewSockets(stats).Squatters(old, listener.Addr().(*net.TCPAddr).Port, os.Getpid())
	if got != nil || err != nil {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestProcessesThatVanishDoNotDisturb(t *testing.T) {
	port := listen(t, "tcp4", "127.0.0.1:0")
	ended, _, end := start(t, player(""), 1)
	end()
	sight := newProcSockets()
	sight.holdings.rest = 0
	s := seeing(New(), sight)
	over := make(chan struct{})
	var group sync.WaitGroup
	group.Go(func() {
		for {
			select {
			case <-over:
				return
			default:
			}
			if err := player("dead").Run(); err != nil {
				t.Error(err)
				return
			}
		}
	})
	for range 50 {
		got, err := s.Squatters(t.Context(), port, ended)
		if !slices.Contains(pidsOf(got), os.Getpid()) || err != nil { // a child has our files until it begins its program
			t.Error(got, err)
			break
		}
	}
	close(over)
	group.Wait()
}

// made is a sight whose answer is made up.
type made struct {
	pids []int
	err  error
	end  context.CancelFunc // called meanwhile, if it is not nil
}

func (m made) squatters(context.Context, int, iter.Seq2[int, error]) ([]int, error) {
	if m.end != nil {
		m.end()
	}
	return m.pids, m.err
}

func TestTheNextSightIsTakenWhenOneFails(t *testing.T) {
	port := listen(t, "tcp4", "127.0.0.1:0")
	odd := errors.New("odd")
	tests := map[string]struct {
		sights []sight
		want   []int
		err    error
	}{
		"the first answers":    {[]sight{made{pids: []int{5}}, made{pids: []int{6}}}, []int{5}, nil},
		"the first sees none":  {[]sight{made{}, made{pids: []int{6}}}, nil, nil},
		"the first fails":      {[]sight{made{err: odd}, newLibrarySockets()}, []int{os.Getpid()}, nil},
		"both fail":            {[]sight{made{err: errFormat}, made{err: odd}}, nil, odd},
		"an answer and a fail": {[]sight{made{pids: []int{5}, err: odd}}, nil, odd},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := seeing(New(), test.sights...).Squatters(t.Context(), port, 0)
			if diff := cmp.Diff(test.want, pidsOf(got)); diff != "" || !errors.Is(err, test.err) {
				t.Error(diff, err)
			}
		})
	}
}

func TestNoAnswerIsGivenAfterCancellation(t *testing.T) {
	port := listen(t, "tcp4", "127.0.0.1:0")
	for name, first := range map[string]made{"none": {}, "some": {pids: []int{5}}, "an error": {err: errFormat}} {
		ctx, cancel := context.WithCancel(t.Context())
		first.end = cancel
		got, err := seeing(New(), first, made{pids: []int{6}}).Squatters(ctx, port, 0)
		if got != nil || !errors.Is(err, context.Canceled) {
			t.Errorf("%s: got %+v, %v", name, got, err)
		}
	}
}

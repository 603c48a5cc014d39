package gopsutil

import (
	"os"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFastSightAgreesWithTheLibrary(t *testing.T) {
	first, said, _ := start(t, player("listen"), 2)
	port := said[0] + said[1] - first
	second, _, _ := start(t, player("listen"), 2)
	four, both := listen(t, "tcp4", "127.0.0.1:0"), listen(t, "tcp", ":0")
	fast, slow := seeing(New(), newProcSockets()), seeing(portable(), newLibrarySockets())
	answered := 0
	for _, port := range []int{port, four, both, closed(t), connected(t)} {
		for _, pid := range []int{0, os.Getpid(), first, second, 1 << 30} {
			want, err := slow.Squatters(t.Context(), port, pid)
			got, failed := fast.Squatters(t.Context(), port, pid)
			if diff := cmp.Diff(want, got); diff != "" || err != nil || failed != nil {
				t.Errorf("port %d, process %d: %s %v %v", port, pid, diff, err, failed)
			}
			answered += len(got)
		}
	}
	if answered != 11 {
		t.Errorf("%d squatters were told, want 11", answered)
	}
}

// TestFastSightSeesWhatTheLibrarySees compares all sockets of the machine. Where several processes share one, the library
// tells but one of them.
func TestFastSightSeesWhatTheLibrarySees(t *testing.T) {
	listen(t, "tcp4", "127.0.0.1:0")
	start(t, player("listen"), 2)
	eventually(t, "nothing begins or ends to listen between the looks", func() bool {
		told, err := newLibrarySockets().library.listening(t.Context(), 0)
		seen, failed := newProcSockets().all(t)
		if err != nil || failed != nil {
			t.Fatal(err, failed)
		}
		missed := slices.ContainsFunc(told, func(s socket) bool { return !slices.Contains(seen, s) })
		invented := slices.ContainsFunc(seen, func(s socket) bool {
			return !slices.ContainsFunc(told, func(other socket) bool { return other.port == s.port })
		})
		return len(told) >= 2 && !missed && !invented
	})
}

// all are all listening sockets with all their holders.
func (s procSockets) all(t *testing.T) (found []socket, err error) {
	holdings, err := s.look(t.Context())
	for _, h := range holdings {
		for _, l := range s.listeners.seen {
			if l.inode == h.inode {
				found = append(found, socket{int(l.port), h.pid})
			}
		}
	}
	return found, err
}

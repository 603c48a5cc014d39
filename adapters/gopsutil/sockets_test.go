package gopsutil

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/domain"
)

func TestHolders(t *testing.T) {
	if _, err := exec.LookPath("lsof"); runtime.GOOS != "linux" && err != nil {
		t.Skip(err)
	}
	l := library{proc: "/proc"}
	own := l.name(t.Context(), os.Getpid())
	above := l.ancestors(t.Context(), os.Getpid())
	me := []domain.Listener{{PID: os.Getpid(), Name: own, Ancestors: above}}
	child, said, _ := start(t, player("listen"), 2)
	port := said[0] + said[1] - child
	heldByChild := []domain.Listener{{PID: child, Name: own, Ancestors: append([]int{os.Getpid()}, above...)}}
	other, _, _ := start(t, player("listen"), 2)
	tests := map[string]struct {
		port int
		pid  int
		want []domain.Listener
	}{
		"the process itself":                  {listen(t, "tcp4", "127.0.0.1:0"), os.Getpid(), nil},
		"its own child":                       {port, os.Getpid(), nil},
		"this process by IPv4":                {listen(t, "tcp4", "127.0.0.1:0"), child, me},
		"this process by both":                {listen(t, "tcp", "localhost:0"), child, me},
		"this process on all addresses":       {listen(t, "tcp", ":0"), child, me},
		"a child":                             {port, other, heldByChild},
		"a process that has no pid":           {port, 0, heldByChild},
		"nobody":                              {closed(t), child, nil},
		"a port that is no port":              {-1, child, nil},
		"one that is connected, not listened": {connected(t), child, nil},
	}
	for name, test := range tests {
		for way, s := range byWay() {
			t.Run(name+way, func(t *testing.T) {
				got, err := s.Holders(t.Context(), test.port, test.pid)
				if diff := cmp.Diff(test.want, got); diff != "" || err != nil {
					t.Error(diff, err)
				}
			})
		}
	}
	if own == "" || len(above) == 0 || above[0] != os.Getppid() || above[len(above)-1] != 1 {
		t.Errorf("this process is called %q and descends from %v", own, above)
	}
}

// byWay are new Sockets: one that has them all, and one for each way.
func byWay() map[string]*Sockets {
	all := map[string]*Sockets{"": NewSockets(New())}
	for i, w := range NewSockets(New()).ways {
		s := NewSockets(New())
		s.ways = []socketWay{w}
		all[fmt.Sprintf(", way %d", i)] = s
	}
	return all
}

// byLibrary has the library alone, and takes its look at all processes so.
func byLibrary(take func(context.Context) ([]socket, error)) *Sockets {
	s := NewSockets(New())
	way := newLibrarySockets(s.library)
	way.all.take = take
	s.ways = []socketWay{way}
	return s
}

func TestHoldersByIPv6(t *testing.T) {
	listener, err := net.Listen("tcp6", "[::1]:0")
	if err != nil {
		t.Skip("no IPv6 here:", err)
	}
	defer listener.Close()
	other, _, _ := start(t, player("listen"), 2)
	for way, s := range byWay() {
		got, err := s.Holders(t.Context(), listener.Addr().(*net.TCPAddr).Port, other)
		if err != nil || len(got) != 1 || got[0].PID != os.Getpid() {
			t.Errorf("got %+v, %v%s", got, err, way)
		}
	}
}

func TestNoHolderIsToldAfterCancellation(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got, err := NewSockets(New()).Holders(ctx, 1, 1); got != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("at once: got %+v, %v", got, err)
	}
	port := listen(t, "tcp4", "127.0.0.1:0")
	ctx, cancel = context.WithCancel(t.Context())
	s := byLibrary(func(context.Context) ([]socket, error) {
		cancel()
		return []socket{{port, os.Getpid()}}, nil
	})
	if got, err := s.Holders(ctx, port, 0); got != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("meanwhile: got %+v, %v", got, err)
	}
}

func TestWhyAllSocketsCannotBeSeenIsTold(t *testing.T) {
	odd := errors.New("odd")
	s := byLibrary(func(context.Context) ([]socket, error) { return nil, odd })
	port := listen(t, "tcp4", "127.0.0.1:0")
	if got, err := s.Holders(t.Context(), port, 0); got != nil || !errors.Is(err, odd) {
		t.Errorf("got %+v, %v", got, err)
	}
}

// shut is a way that the system does not let us go.
type shut struct{}

func (shut) on(context.Context, int) (listeners, error) { return nil, os.ErrPermission }

func TestWhereOneWayIsShutTheNextIsGone(t *testing.T) {
	s := NewSockets(New())
	port, other := listen(t, "tcp4", "127.0.0.1:0"), closed(t)
	s.ways = []socketWay{shut{}, newLibrarySockets(s.library)}
	if got, err := s.Holders(t.Context(), port, 0); len(got) != 1 || got[0].PID != os.Getpid() || err != nil {
		t.Errorf("got %+v, %v", got, err)
	}
	if got, err := s.Holders(t.Context(), other, 0); got != nil || err != nil {
		t.Errorf("got %+v, %v", got, err)
	}
	s.ways = s.ways[:1]
	if got, err := s.Holders(t.Context(), port, 0); got != nil || !errors.Is(err, os.ErrPermission) {
		t.Errorf("got %+v, %v", got, err)
	}
}

func listen(t testing.TB, network, address string) int {
	t.Helper()
	listener, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	return listener.Addr().(*net.TCPAddr).Port
}

func closed(t *testing.T) int {
	t.Helper()
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port
}

// connected is the local port of a connection.
func connected(t *testing.T) int {
	t.Helper()
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	conn, err := net.Dial("tcp4", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn.LocalAddr().(*net.TCPAddr).Port
}

package gopsutil

import (
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/domain"
)

func TestSquatters(t *testing.T) {
	if _, err := exec.LookPath("lsof"); runtime.GOOS != "linux" && err != nil {
		t.Skip(err)
	}
	own := library{proc: "/proc"}.name(t.Context(), os.Getpid())
	child, said, _ := start(t, player("listen"), 2)
	port := said[0] + said[1] - child
	other, _, _ := start(t, player("listen"), 2)
	tests := map[string]struct {
		port int
		pid  int
		want []domain.Listener
	}{
		"the process itself":                  {listen(t, "tcp4", "127.0.0.1:0"), os.Getpid(), nil},
		"its own child":                       {port, os.Getpid(), nil},
		"this process by IPv4":                {listen(t, "tcp4", "127.0.0.1:0"), child, []domain.Listener{{PID: os.Getpid(), Name: own}}},
		"this process by both":                {listen(t, "tcp", "localhost:0"), child, []domain.Listener{{PID: os.Getpid(), Name: own}}},
		"a child":                             {port, other, []domain.Listener{{PID: child, Name: own}}},
		"a process that has no pid":           {port, 0, []domain.Listener{{PID: child, Name: own}}},
		"nobody":                              {closed(t), child, nil},
		"a port that is no port":              {-1, child, nil},
		"one that is connected, not listened": {connected(t), child, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := NewSockets(New()).Squatters(t.Context(), test.port, test.pid)
			if diff := cmp.Diff(test.want, got); diff != "" || err != nil {
				t.Error(diff, err)
			}
		})
	}
	if own == "" {
		t.Error("this process has no name")
	}
}

func TestSquattersByIPv6(t *testing.T) {
	listener, err := net.Listen("tcp6", "[::1]:0")
	if err != nil {
		t.Skip("no IPv6 here:", err)
	}
	defer listener.Close()
	other, _, _ := start(t, player("listen"), 2)
	got, err := NewSockets(New()).Squatters(t.Context(), listener.Addr().(*net.TCPAddr).Port, other)
	if err != nil || len(got) != 1 || got[0].PID != os.Getpid() {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestSquattersAfterCancellation(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got, err := NewSockets(New()).Squatters(ctx, 1, 1); got != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("got %+v, %v", got, err)
	}
}

func listen(t *testing.T, network, address string) int {
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

package gopsutil

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/domain"
)

func TestListening(t *testing.T) {
	parent, said, _ := start(t, player("listen"), 2)
	port := said[0] + said[1] - parent // it says its pid and its port
	tcp := func(port int) domain.Endpoint {
		return domain.Endpoint{Network: "tcp", Address: "127.0.0.1:" + strconv.Itoa(port)}
	}
	idle, _, _ := start(t, player(""), 1)
	listener := reusable(t, "127.0.0.1:0")
	left := listener.Addr().(*net.TCPAddr).Port
	inheriting := heir(t, listener)
	listener.Close()
	for name, test := range map[string]struct {
		pid  int
		want []domain.Endpoint
	}{
		"one that listens":            {parent, []domain.Endpoint{tcp(port)}},
		"one that listens nowhere":    {idle, nil},
		"one that inherited its port": {inheriting, []domain.Endpoint{tcp(left)}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := NewSockets(New()).Listening(t.Context(), test.pid)
			if diff := cmp.Diff(test.want, got); diff != "" || err != nil {
				t.Error(diff, err)
			}
		})
	}
	got, err := NewSockets(New()).Listening(t.Context(), os.Getpid())
	for _, want := range []domain.Endpoint{tcp(port), tcp(left)} {
		if !slices.Contains(got, want) || err != nil {
			t.Errorf("%v of a descendant is not in %v, %v", want, got, err)
		}
	}
}

func TestListeningOnUnixSockets(t *testing.T) {
	dir, err := os.MkdirTemp("", "sockets") // a short path
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	t.Chdir(dir)
	open := func(network, path string) *net.UnixListener {
		l, err := net.ListenUnix(network, &net.UnixAddr{Name: path, Net: network})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
		return l
	}
	open("unix", filepath.Join(dir, "a b.sock"))
	open("unix", "beside.sock")
	open("unix", "@healthcheck-test-"+filepath.Base(dir)) // it has no file
	gone := open("unix", filepath.Join(dir, "gone.sock"))
	if err := os.Remove(gone.Addr().String()); err != nil {
		t.Fatal(err)
	}
	datagrams, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: filepath.Join(dir, "log.sock"), Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer datagrams.Close()
	client, err := net.DialUnix("unix", &net.UnixAddr{Name: filepath.Join(dir, "client.sock"), Net: "unix"}, &net.UnixAddr{Name: filepath.Join(dir, "a b.sock"), Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()

	got, err := NewSockets(New()).Listening(t.Context(), os.Getpid())
	got = slices.DeleteFunc(got, func(e domain.Endpoint) bool { return filepath.Dir(e.Address) != dir })
	want := []domain.Endpoint{{Network: "unix", Address: filepath.Join(dir, "a b.sock")}, {Network: "unix", Address: filepath.Join(dir, "beside.sock")}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

func TestListeningByIPv6AndOnAllAddresses(t *testing.T) {
	all := listen(t, "tcp4", "0.0.0.0:0")
	want := []domain.Endpoint{{Network: "tcp", Address: "0.0.0.0:" + strconv.Itoa(all)}}
	if l, err := net.Listen("tcp6", "[::1]:0"); err == nil {
		defer l.Close()
		want = append(want, domain.Endpoint{Network: "tcp", Address: l.Addr().String()})
	}
	got, err := NewSockets(New()).Listening(t.Context(), os.Getpid())
	for _, e := range want {
		if !slices.Contains(got, e) || err != nil {
			t.Errorf("%v is not in %v, %v", e, got, err)
		}
	}
	if !slices.IsSortedFunc(got, inOrder) {
		t.Errorf("%v is in no order", got)
	}
}

func TestNobodyListensWhoIsGone(t *testing.T) {
	ended, _, end := start(t, player(""), 1)
	end()
	for _, pid := range []int{ended, 0, -1} {
		if got, err := NewSockets(New()).Listening(t.Context(), pid); got != nil || !errors.Is(err, domain.ErrGone) {
			t.Errorf("%d: %v, %v", pid, got, err)
		}
	}
}

func TestADescendantThatHasEndedIsLeftOut(t *testing.T) {
	ended, _, end := start(t, player(""), 1)
	end()
	stats := &Stats{ways: []way{fake{entries: []entry{{parent: os.Getpid(), pid: ended}}, tables: new(atomic.Int32)}}, lookups: noLookup}
	want := domain.Endpoint{Network: "tcp", Address: "127.0.0.1:" + strconv.Itoa(listen(t, "tcp4", "127.0.0.1:0"))}
	if got, err := NewSockets(stats).Listening(t.Context(), os.Getpid()); !slices.Contains(got, want) || err != nil {
		t.Errorf("%v, %v", got, err)
	}
}

func TestLinesOfTheTableOfUnixSockets(t *testing.T) {
	for line, want := range map[string][2]string{
		"ffff0: 00000002 00000000 00010000 0001 01 123 /run/a b.sock\n": {"123", "/run/a b.sock"},
		"ffff0: 00000002 00000000 00010000 0001 01   123 rel.sock\n":    {"123", "rel.sock"},
		"ffff0: 00000003 00000000 00000000 0001 03 123 /run/a.sock\n":   {}, // accepted
		"ffff0: 00000002 00000000 00010000 0001 01 123 @abstract\n":     {},
		"ffff0: 00000002 00000000 00010000 0001 01 123\n":               {}, // it has no name
		"Num       RefCount Protocol Flags    Type St Inode Path\n":     {},
		"ffff0:\n": {},
		"":         {},
	} {
		inode, path, ok := unixListener(line)
		if !ok {
			inode, path = "", ""
		}
		if got := [2]string{inode, path}; got != want {
			t.Errorf("%q: %q, want %q", line, got, want)
		}
	}
}

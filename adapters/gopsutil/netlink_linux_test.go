package gopsutil

import (
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	stdnet "net"
	"net/netip"
	"os"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/shirou/gopsutil/v3/net"
	"golang.org/x/sys/unix"
)

// telling skips the test where the kernel does not tell listening sockets.
func telling(t testing.TB) {
	t.Helper()
	if _, err := listeningSockets(0); err != nil {
		t.Skip("the kernel does not tell its sockets:", err)
	}
}

func TestTheKernelTellsTheSocketsThatTheLibraryReads(t *testing.T) {
	telling(t)
	var mine []int
	for _, address := range []string{"127.0.0.1:0", "0.0.0.0:0", "127.0.0.2:0", "[::1]:0", "[::]:0"} {
		if listener := reusable(t, address); listener != nil {
			mine = append(mine, portOfTCP(listener))
		}
	}
	connected(t)
	l := library{proc: "/proc"}
	read := func(port int) (all []netip.AddrPort) {
		connections, err := net.ConnectionsWithContext(l.under(t.Context()), "tcp")
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range connections {
			if c.Status == "LISTEN" && (port == 0 || int(c.Laddr.Port) == port) {
				all = append(all, netip.AddrPortFrom(netip.MustParseAddr(c.Laddr.IP), uint16(c.Laddr.Port)))
			}
		}
		return ordered(all)
	}
	told := func(port int) (all []netip.AddrPort) {
		found, err := listeningSockets(uint16(port))
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range found {
			all = append(all, s.address)
		}
		return ordered(all)
	}
	for _, port := range append(mine, 0) {
		var diff string
		eventually(t, "two idle moments have the same sockets", func() bool {
			diff = gocmp.Diff(read(port), told(port), gocmp.Comparer(func(a, b netip.AddrPort) bool { return a == b }))
			return diff == ""
		})
		if n := len(told(port)); port != 0 && n != 1 || n < len(mine) && port == 0 {
			t.Errorf("port %d: %d sockets", port, n)
		}
	}
}

func ordered(all []netip.AddrPort) []netip.AddrPort {
	slices.SortFunc(all, func(a, b netip.AddrPort) int {
		return cmp.Or(a.Addr().Compare(b.Addr()), cmp.Compare(a.Port(), b.Port()))
	})
	return slices.Compact(all)
}

func TestWhoHoldsASocketThatNoLoopbackAddressReachesIsNotAsked(t *testing.T) {
	telling(t)
	listener := reusable(t, "127.0.0.2:0")
	for way, s := range byWay() {
		if got, err := s.Holders(t.Context(), portOfTCP(listener), 0); got != nil || err != nil {
			t.Errorf("got %+v, %v%s", got, err, way)
		}
	}
}

// looking counts the looks at all processes, each of which rests as long as given.
func looking(rest time.Duration) (s *Sockets, looks *int) {
	looks = new(int)
	k := newKernelSockets()
	take := k.all.take
	k.all.take = func(ctx context.Context) (map[uint32][]openFile, error) { *looks++; return take(ctx) }
	k.all.rest = func(time.Duration) time.Duration { return rest }
	s = NewSockets(New())
	s.ways = []socketWay{k}
	return s, looks
}

func TestAllProcessesAreLookedAtOnlyForWhomIsNotKnown(t *testing.T) {
	telling(t)
	me := []int{os.Getpid()}
	for rest, wantLooks := range map[time.Duration][]int{0: {0, 0, 1, 1, 2}, time.Hour: {0, 0, 1, 1, 1}} {
		t.Run(rest.String(), func(t *testing.T) {
			s, looks := looking(rest)
			child, said, _ := start(t, player("listen"), 2)
			first := listen(t, "tcp4", "127.0.0.1:0")
			ask := func(port, pid int) []int {
				got, err := s.Holders(t.Context(), port, pid)
				if err != nil {
					t.Error(err)
				}
				return pidsOf(got)
			}
			later := 0
			steps := []struct {
				what string
				ask  func() []int
				want []int
			}{
				{"nobody", func() []int { return ask(closed(t), child) }, nil},
				{"a descendant", func() []int { return ask(said[0]+said[1]-child, os.Getpid()) }, nil},
				{"a foreign one", func() []int { return ask(first, child) }, me},
				{"the same again", func() []int { return ask(first, child) }, me},
				{"one that has come since", func() []int { later = listen(t, "tcp4", "127.0.0.1:0"); return ask(later, child) }, me},
			}
			for i, step := range steps {
				want := step.want
				if i == 4 && rest > 0 {
					want = nil // it is told later
				}
				if got := step.ask(); !slices.Equal(got, want) || *looks != wantLooks[i] {
					t.Errorf("%s: got %v after %d looks, want %v after %d", step.what, got, *looks, want, wantLooks[i])
				}
			}
		})
	}
}

func TestAnOrphanThatHoldsThePortIsTold(t *testing.T) {
	telling(t)
	s, looks := looking(0)
	listener := reusable(t, "127.0.0.1:0")
	stranger, _, _ := start(t, player(""), 1)
	port := portOfTCP(listener)
	if got, err := s.Holders(t.Context(), port, stranger); !slices.Equal(pidsOf(got), []int{os.Getpid()}) || err != nil {
		t.Errorf("got %+v, %v", got, err)
	}
	orphan := heir(t, listener) // after the look
	listener.Close()
	if got, err := s.Holders(t.Context(), port, stranger); !slices.Equal(pidsOf(got), []int{orphan}) || err != nil || *looks != 2 {
		t.Errorf("got %+v, %v, want %d after 2 looks, not %d", got, err, orphan, *looks)
	}
}

// answerOf is what the kernel writes of one socket, and the end of its answer.
func answerOf(family byte, port uint16, address [16]byte, inode uint32, code int32) []byte {
	message := make([]byte, messageSize, messageSize+headerSize+4)
	binary.NativeEndian.PutUint32(message, messageSize)
	binary.NativeEndian.PutUint16(message[4:], unix.SOCK_DIAG_BY_FAMILY)
	message[familyAt], message[familyAt+1] = family, tcpListen
	binary.BigEndian.PutUint16(message[portAt:], port)
	copy(message[addressAt:], address[:])
	binary.NativeEndian.PutUint32(message[inodeAt:], inode)
	end := make([]byte, headerSize+4)
	binary.NativeEndian.PutUint32(end, headerSize+4)
	binary.NativeEndian.PutUint16(end[4:], unix.NLMSG_DONE)
	binary.NativeEndian.PutUint32(end[headerSize:], uint32(code))
	return append(message, end...)
}

func TestAnswersOfTheKernel(t *testing.T) {
	v4, v6 := [16]byte{127, 0, 0, 1}, [16]byte{15: 1}
	whole := answerOf(unix.AF_INET, 8080, v4, 4711, 0)
	sockets := func(address string) []kernelSocket { return []kernelSocket{{netip.MustParseAddrPort(address), 4711}} }
	tests := map[string]struct {
		answer []byte
		want   []kernelSocket
		done   bool
		err    error
	}{
		"IPv4":                        {whole, sockets("127.0.0.1:8080"), true, nil},
		"IPv6":                        {answerOf(unix.AF_INET6, 8080, v6, 4711, 0), sockets("[::1]:8080"), true, nil},
		"nothing yet":                 {whole[:messageSize], sockets("127.0.0.1:8080"), false, nil},
		"nothing":                     {nil, nil, false, nil},
		"it does not know the family": {whole[messageSize:], nil, true, nil},
		"refused":                     {answerOf(unix.AF_INET, 1, v4, 1, -int32(unix.EACCES))[messageSize:], nil, true, unix.EACCES},
		"a family that nobody knows":  {answerOf(77, 1, v4, 1, 0), nil, false, errFormat},
		"cut off":                     {whole[:messageSize-1], nil, false, errFormat},
		"cut off in a header":         {whole[:headerSize-1], nil, false, errFormat},
		"an end that says nothing":    {whole[messageSize : messageSize+headerSize], nil, false, errFormat},
		"a message of no size":        {make([]byte, headerSize), nil, false, errFormat},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, done, err := readSockets(test.answer, nil)
			if !slices.Equal(got, test.want) || done != test.done || err != test.err {
				t.Errorf("got %v, %v, %v", got, done, err)
			}
		})
	}
}

// FuzzSocketAnswer has anything read behind a socket that is as the kernel tells it.
func FuzzSocketAnswer(f *testing.F) {
	f.Add(uint16(8080), uint32(4711), []byte(nil))
	f.Add(uint16(1), uint32(0), answerOf(unix.AF_INET6, 1, [16]byte{}, 1, -13))
	f.Add(uint16(65535), uint32(1<<32-1), []byte{16, 0, 0, 0, 20, 0, 0, 0})
	f.Fuzz(func(t *testing.T, port uint16, inode uint32, rest []byte) {
		if len(rest) > 512 {
			return
		}
		first := answerOf(unix.AF_INET, port, [16]byte{127, 0, 0, 1}, inode, 0)[:messageSize]
		found, _, err := readSockets(append(first, rest...), nil)
		want := kernelSocket{netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), port), inode}
		if len(found) == 0 || found[0] != want || len(found) > 1+len(rest)/messageSize {
			t.Errorf("%q gave %v, %v", rest, found, err)
		}
	})
}

// BenchmarkHolders asks who holds a port beside so many connections, as after every restart. The answer is a stranger, or a
// descendant of the process.
func BenchmarkHolders(b *testing.B) {
	telling(b)
	for _, connections := range []int{0, 1000} {
		crowd(b, connections)
		child, said, _ := start(b, player("listen"), 2)
		asked := map[string]struct{ port, pid int }{
			"a stranger":   {listen(b, "tcp4", "127.0.0.1:0"), child},
			"a descendant": {said[0] + said[1] - child, os.Getpid()},
		}
		for name, test := range asked {
			for way, s := range byWay() {
				b.Run(fmt.Sprintf("%s, %d connections%s", name, connections, way), func(b *testing.B) {
					b.ReportAllocs()
					began := cpuMilliseconds()
					for b.Loop() {
						if _, err := s.Holders(b.Context(), test.port, test.pid); err != nil {
							b.Fatal(err)
						}
					}
					b.ReportMetric((cpuMilliseconds()-began)/float64(b.N), "cpu-ms/op")
				})
			}
		}
	}
}

// BenchmarkLookAtAllProcesses is the dearest part of it, which rests a hundred times as long.
func BenchmarkLookAtAllProcesses(b *testing.B) {
	telling(b)
	for b.Loop() {
		if _, err := holdersOfAll(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

// crowd makes connections that the kernel remembers for a minute (TIME_WAIT).
func crowd(b *testing.B, connections int) {
	b.Helper()
	listener := reusable(b, "127.0.0.1:0")
	for range connections {
		conn, err := stdnet.Dial("tcp4", listener.Addr().String())
		if err != nil {
			b.Fatal(err)
		}
		other, err := listener.Accept()
		if err != nil {
			b.Fatal(err)
		}
		conn.Close()
		other.Close()
	}
}

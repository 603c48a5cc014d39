package gopsutil

import (
	"io"
	"net"
	"os"
	"sync"
	"testing"
)

// BenchmarkSquatters asks for the holder of a port among some hundreds of processes.
func BenchmarkSquatters(b *testing.B) {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	var group sync.WaitGroup
	group.Go(func() { accept(listener) })
	b.Cleanup(func() { listener.Close(); group.Wait() })
	forest(b, 200)
	stranger, _, _ := start(b, player("listen"), 2)
	port := listener.Addr().(*net.TCPAddr).Port
	for _, way := range []struct {
		name  string
		sight sight
	}{{"fast", newProcSockets()}, {"library", newLibrarySockets()}} {
		s := seeing(New(), way.sight)
		for _, test := range []struct {
			name           string
			pid, squatters int
			callers        int
		}{{"the process itself", os.Getpid(), 0, 1}, {"a squatter", stranger, 1, 1}, {"a squatter, 100 callers", stranger, 1, 100}} {
			b.Run(test.name+"/"+way.name, func(b *testing.B) {
				b.ReportAllocs()
				began := cpuMilliseconds()
				for b.Loop() {
					squattersOf(b, s, test.callers, port, test.pid, test.squatters)
				}
				b.ReportMetric((cpuMilliseconds()-began)/float64(b.N), "cpu-ms/op")
			})
		}
	}
}

// accept keeps the queue of the listener empty. It resets connections when the other side has closed them, because the kernel would
// list them for another minute.
func accept(listener net.Listener) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		io.Copy(io.Discard, conn)
		conn.(*net.TCPConn).SetLinger(0)
		conn.Close()
	}
}

func squattersOf(b *testing.B, s *Sockets, callers, port, pid, want int) {
	var group sync.WaitGroup
	for range callers {
		group.Go(func() {
			if got, err := s.Squatters(b.Context(), port, pid); err != nil || len(got) != want {
				b.Error(got, err)
			}
		})
	}
	group.Wait()
	if b.Failed() {
		b.FailNow()
	}
}

package network_test

import (
	"bufio"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if os.Getenv(benchServer) != "" {
		serveForBenchmarks()
		return
	}
	goleak.VerifyTestMain(m)
}

// serve answers every connection to a loopback address until the test ends.
func serve(t testing.TB, answer func(conn net.Conn)) string {
	t.Helper()
	return serveOn(t, listen(t, "tcp", "127.0.0.1:0"), answer)
}

func listen(t testing.TB, network, address string) net.Listener {
	t.Helper()
	listener, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	return listener
}

func serveOn(t testing.TB, listener net.Listener, answer func(conn net.Conn)) string {
	t.Helper()
	var all sync.WaitGroup
	var mutex sync.Mutex
	var conns []net.Conn
	all.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			mutex.Lock()
			conns = append(conns, conn)
			mutex.Unlock()
			all.Go(func() {
				defer conn.Close()
				answer(conn)
			})
		}
	})
	t.Cleanup(func() {
		listener.Close()
		mutex.Lock()
		for _, conn := range conns {
			conn.Close()
		}
		mutex.Unlock()
		all.Wait()
	})
	return listener.Addr().String()
}

// say reads a request up to its empty line, answers with text and closes once the other side has.
func say(text string) func(net.Conn) {
	return func(conn net.Conn) {
		skipHead(conn)
		io.WriteString(conn, text)
	}
}

func skipHead(conn net.Conn) *bufio.Reader {
	reader := bufio.NewReader(conn)
	for {
		line, err := reader.ReadString('\n')
		if err != nil || line == "\r\n" {
			return reader
		}
	}
}

// silent reads for ever and says nothing.
func silent(conn net.Conn) { io.Copy(io.Discard, conn) }

// socket is a unix socket with blanks in its path.
func socket(t testing.TB) net.Listener {
	t.Helper()
	dir, err := os.MkdirTemp("", "a b") // t.TempDir may be too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return listen(t, "unix", filepath.Join(dir, "my socket"))
}

// refusing is an address at which nobody listens.
func refusing(t testing.TB) string {
	t.Helper()
	listener := listen(t, "tcp", "127.0.0.1:0")
	listener.Close()
	return listener.Addr().String()
}

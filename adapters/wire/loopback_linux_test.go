package wire

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"time"
)

// talk connects to a server that does so with the connection, which it closes then.
func talk(t *testing.T, ctx context.Context, does func(net.Conn)) *loopback {
	t.Helper()
	l, ours, err := toLoopback(ctx, AnswerOnce(t, does))
	if err != nil || !ours {
		t.Fatal(ours, err)
	}
	t.Cleanup(func() { l.Close() })
	return l.(*loopback)
}

// ready returns when there is something to be read.
func ready(t *testing.T, l *loopback) {
	t.Helper()
	var one [1]byte
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); {
		if _, _, err := syscall.Recvfrom(l.fd, one[:], syscall.MSG_PEEK); err != syscall.EAGAIN {
			return
		}
	}
	t.Fatal("nothing came")
}

func TestThePollerIsLeftAloneUntilSomethingMustBeWaitedFor(t *testing.T) {
	release := make(chan struct{})
	l := talk(t, t.Context(), func(conn net.Conn) {
		io.Copy(conn, io.LimitReader(conn, 5))
		for range release {
			io.WriteString(conn, "later")
		}
	})
	read := func() string {
		t.Helper()
		p := make([]byte, 5)
		n, err := l.Read(p)
		if err != nil {
			t.Error(err)
		}
		return string(p[:n])
	}
	if n, err := l.Write([]byte("hello")); n != 5 || err != nil {
		t.Error(n, err)
	}
	ready(t, l)
	if got := read(); got != "hello" || l.file != nil {
		t.Errorf("got %q, the poller has it: %t", got, l.file != nil)
	}
	for limit := time.Millisecond; l.file == nil; limit *= 2 { // one that is too short on a busy machine is doubled
		if limit > 10*time.Second {
			t.Fatal("the poller never has it")
		}
		time.AfterFunc(limit, func() { release <- struct{}{} })
		if got := read(); got != "later" {
			t.Errorf("got %q", got)
		}
	}
	close(release)
	if n, err := l.Read(make([]byte, 5)); n != 0 || err != io.EOF {
		t.Errorf("read %d, %v at the end", n, err)
	}
}

func TestADeadlineEndsReadingAndNothingElse(t *testing.T) {
	for name, does := range map[string]func(net.Conn){
		"where nothing comes":   func(conn net.Conn) { io.Copy(io.Discard, conn) },
		"where there is plenty": func(conn net.Conn) { io.WriteString(conn, "plenty"); io.Copy(io.Discard, conn) },
	} {
		for _, waited := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				l := talk(t, t.Context(), does)
				if waited {
					l.SetReadDeadline(time.Now().Add(time.Millisecond))
					for err := error(nil); err == nil; _, err = l.Read(make([]byte, 3)) {
					}
				}
				l.SetReadDeadline(time.Unix(1, 0))
				if n, err := l.Read(make([]byte, 1)); n != 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
					t.Errorf("read %d, %v", n, err)
				}
				if n, err := l.Write([]byte("x")); n != 1 || err != nil {
					t.Errorf("wrote %d, %v", n, err)
				}
			})
		}
	}
}

// TestAContextEndsWhatIsThere: a server that never stops writing would otherwise keep whoever reads from ever looking up.
func TestAContextEndsWhatIsThere(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	l := talk(t, ctx, func(conn net.Conn) { io.WriteString(conn, "plenty"); io.Copy(io.Discard, conn) })
	ready(t, l)
	cancel()
	if n, err := l.Read(make([]byte, 1)); n != 0 || err != context.Canceled {
		t.Errorf("read %d, %v", n, err)
	}
	if n, err := l.Write([]byte("x")); n != 0 || err != context.Canceled {
		t.Errorf("wrote %d, %v", n, err)
	}
}

func TestAConnectionWithItselfIsRefused(t *testing.T) {
	for name, tt := range map[string]struct {
		family int
		own    syscall.Sockaddr
	}{
		"IPv4": {syscall.AF_INET, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}},
		"IPv6": {syscall.AF_INET6, &syscall.SockaddrInet6{Addr: [16]byte{15: 1}}},
	} {
		t.Run(name, func(t *testing.T) {
			fd, err := syscall.Socket(tt.family, syscall.SOCK_STREAM|syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC, 0)
			if err != nil {
				t.Skip(err)
			}
			l := &loopback{fd: fd, ctx: t.Context()}
			defer l.Close()
			if err := syscall.Bind(fd, tt.own); err != nil {
				t.Skip(err)
			}
			if l.peer, err = syscall.Getsockname(fd); err != nil {
				t.Fatal(err)
			}
			if err := l.connect(); err != nil {
				t.Skip("this system makes no such connection:", err)
			}
			if err := l.notItself(); err != syscall.ECONNREFUSED {
				t.Errorf("got error %v", err)
			}
		})
	}
}

func TestOnlyNumbersOfThisMachineTakeTheShortWay(t *testing.T) {
	for address, want := range map[string]bool{
		"127.0.0.1:80": true, "127.9.9.9:80": true, "[::1]:80": true, "[::ffff:127.0.0.1]:80": true,
		"localhost:80": false, "192.0.2.1:80": false, "0.0.0.0:80": false, "[::]:80": false, "[fe80::1%lo]:80": false,
		"127.0.0.1": false, "127.0.0.1:99999": false, "127.0.0.1:http": false, "": false,
	} {
		if _, peer := ownAddress(address); (peer != nil) != want {
			t.Errorf("%q: %t, want %t", address, peer != nil, want)
		}
	}
}

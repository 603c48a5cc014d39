package app_test

import (
	"bufio"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"supervisor-healthcheck/adapters/web"
)

// audience are streams of the events of a listener: some are read, and some are not.
type audience struct {
	stuck []net.Conn
	told  []atomic.Int64 // events that each reader was told
}

// gather opens so many streams; every other one is never read.
func (s *stage) gather(socket string, n int) *audience {
	s.t.Helper()
	a := &audience{told: make([]atomic.Int64, n/2)}
	for i := range n {
		conn, err := net.Dial("unix", socket)
		if err == nil {
			s.t.Cleanup(func() { conn.Close() })
			_, err = io.WriteString(conn, "GET /v1/events/stream HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
		}
		if err != nil {
			s.t.Fatal(err)
		}
		if i%2 == 1 {
			a.stuck = append(a.stuck, conn)
			continue
		}
		lines := bufio.NewScanner(conn)
		if !lines.Scan() || !strings.Contains(lines.Text(), " 200 ") {
			s.t.Fatalf("the stream %d: %q", i, lines.Text())
		}
		go func() {
			for lines.Scan() {
				if strings.HasPrefix(lines.Text(), "data: ") {
					a.told[i/2].Add(1)
				}
			}
		}()
	}
	return a
}

// all reports whether every reader was told so much.
func (a *audience) all(events int64) bool {
	for i := range a.told {
		if a.told[i].Load() < events {
			return false
		}
	}
	return true
}

// slowest sends ticks with something before each, and returns the longest time that one of them waited for its answer.
func (s *stage) slowest(ticks int, before func()) (longest time.Duration) {
	s.t.Helper()
	for range ticks {
		before()
		s.ticks(1)
		all := s.Deliveries()
		last := all[len(all)-1]
		longest = max(longest, last.Answered.Sub(last.At))
	}
	return longest
}

// A hundred follow what happens, and half of them do not read: they are left, the others miss nothing, and the listener answers as ever.
func TestStuckReadersHoldNothingUp(t *testing.T) {
	t.Parallel()
	s := set(t, ticksByHand)
	var sockets []string
	s.until("the listener is seen", func() bool {
		sockets = web.Sockets(filepath.Join(s.dir, "state"), "supervisord-")
		return len(sockets) == 1
	})
	s.tickUntil("web is judged", func() bool {
		_, err := web.Pause(t.Context(), sockets[0], web.Order{Names: []string{"web"}, Seconds: 60})
		return err == nil
	})
	alone := s.slowest(20, func() {})
	a := s.gather(sockets[0], 100)
	reason, happened := strings.Repeat("x", 200), int64(0)
	crowded := s.slowest(20, func() {
		for range 50 {
			if _, err := web.Pause(t.Context(), sockets[0], web.Order{Names: []string{"web"}, Seconds: 60, Reason: reason}); err != nil {
				t.Fatal(err)
			}
			happened++
		}
		s.until("those who read are told", func() bool { return a.all(happened) })
		if _, err := web.Ask(t.Context(), sockets[0]); err != nil {
			t.Error(err)
		}
	})
	if crowded > alone+3*time.Second {
		t.Errorf("a tick was answered after %s, and with nobody there after %s", crowded, alone)
	}
	s.lostNothing()
	for _, conn := range a.stuck {
		_ = conn.SetReadDeadline(time.Now().Add(patient))
		text, err := io.ReadAll(conn)
		if told := int64(strings.Count(string(text), "data: ")); err != nil || told >= happened {
			t.Errorf("who did not read was told %d of %d events: %v", told, happened, err)
		}
	}
	t.Logf("the slowest answer of 20: %s, and %s with nobody there; %s", crowded, alone, s.memory())
}

// memory is what the kernel says of the listener's, where it tells.
func (s *stage) memory() string {
	status, _ := os.ReadFile("/proc/" + strconv.Itoa(s.ListenerState().PID) + "/status")
	_, anonymous, _ := strings.Cut(string(status), "RssAnon:")
	anonymous, _, _ = strings.Cut(anonymous, "\n")
	return "RssAnon " + strings.TrimSpace(anonymous)
}

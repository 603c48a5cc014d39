// Package notify listens to what processes say of themselves by sd_notify, the protocol of systemd: datagrams to a unix socket,
// whose path stands in their environment as NOTIFY_SOCKET. The kernel tells who has sent each of them.
package notify

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/ports"
)

var _ ports.Heartbeats = (*Socket)(nil)

// Bounds of what others can make us do and remember.
const (
	longestMessage = 4096 // bytes; as in systemd
	mostLives      = 4096 // of which something is remembered
	mostASecond    = 50   // messages of one sender that are looked at
	deepest        = 32   // ancestors of a sender that are looked at
)

// life tells processes apart that had the same pid one after the other.
type life struct {
	pid   int
	start uint64 // since the boot, in the kernel's ticks
}

// Socket is the listener's end of sd_notify. Nothing is opened before Listen or, after that, the first Beats.
type Socket struct {
	path string

	mu      sync.Mutex
	open    bool   // Listen was called, and Close was not
	stop    func() // closes the socket; nil as long as there is none
	ended   <-chan struct{}
	lives   map[life]domain.Beats
	senders map[int]int // how many messages of each were looked at in this second,
	second  time.Time   // which has begun then
}

// New returns a Socket at this path.
func New(path string) *Socket {
	return &Socket{path: path, lives: map[life]domain.Beats{}, senders: map[int]int{}}
}

// Listen allows the socket to be opened, which happens at once if somebody is expected to send something. Its error says why that is
// not possible yet; it is tried again with each Beats.
func (s *Socket) Listen(expected bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open = true
	if !expected {
		return nil
	}
	return s.begin()
}

// Close ends it. The file is left to the next life of the listener, which may have it already.
func (s *Socket) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open = false
	if s.stop != nil {
		s.stop()
		s.stop = nil
	}
	return nil
}

// begin opens the socket if it is not open. The lock must be held.
func (s *Socket) begin() error {
	if s.stop != nil {
		select {
		case <-s.ended:
		default:
			return nil
		}
	}
	stop, ended, err := receive(s.path, s.take)
	if err != nil {
		s.stop = nil
		return fmt.Errorf("notify socket %s: %w", s.path, err)
	}
	s.stop, s.ended = stop, ended
	return nil
}

// Beats implements ports.Heartbeats. What a descendant of a process says, the process has said.
func (s *Socket) Beats(_ context.Context, p domain.Process) (domain.Beats, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.open {
		return domain.Beats{}, domain.ErrDeaf
	}
	if err := s.begin(); err != nil {
		return domain.Beats{}, err
	}
	start, _, err := look(p.PID)
	if err != nil {
		return domain.Beats{}, err
	}
	beats := s.lives[life{p.PID, start}]
	beats.Anybody = len(s.lives) > 0
	return beats, nil
}

// take takes a message that this process has sent.
func (s *Socket) take(pid int, text string, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now.Sub(s.second) >= time.Second {
		clear(s.senders)
		s.second = now
	}
	if s.senders[pid]++; s.senders[pid] > mostASecond {
		return // nothing is lost but a status: beats are alike
	}
	n := parse(text)
	if n == (notice{}) {
		return
	}
	for range deepest {
		start, parent, err := look(pid)
		if err != nil || pid <= 1 {
			return // it was gone before it could be looked at
		}
		s.learn(life{pid, start}, n, now)
		pid = parent
	}
}

// learn remembers what a life has said.
func (s *Socket) learn(l life, n notice, now time.Time) {
	beats, known := s.lives[l]
	if !known && len(s.lives) >= mostLives && !s.forget() {
		return // whoever was there first stays
	}
	if n.ready || n.beat {
		beats.Last = now
	}
	beats.Ready = beats.Ready || n.ready
	beats.Stopping = beats.Stopping || n.stopping
	if n.told {
		beats.Status = n.status
	}
	s.lives[l] = beats
}

// forget drops lives that have ended, and reports whether there were some.
func (s *Socket) forget() bool {
	before := len(s.lives)
	for l := range s.lives {
		if start, _, err := look(l.pid); err != nil || start != l.start {
			delete(s.lives, l)
		}
	}
	return len(s.lives) < before
}

// errInUse means that another process receives at the path.
var errInUse = errors.New("another listener has it; give each a notify_socket of its own")

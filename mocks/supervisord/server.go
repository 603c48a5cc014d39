package supervisord

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// Server is a running stand-in. Its methods may be called by several goroutines at once.
type Server struct {
	config  Config
	methods map[string]method
	dir     string // to be removed at the end; empty if it is not ours
	url     string
	network string
	address string
	life    context.Context
	end     context.CancelFunc
	tasks   sync.WaitGroup // every goroutine of the server
	done    chan struct{}

	mu       sync.Mutex // everything below; processes, groups and pools too
	changed  chan struct{}
	dirty    bool // something has changed that may make something else change
	mood     mood
	frozen   bool
	late     map[time.Duration]bool // ticks that came due while frozen
	groups   []*group
	stopping []*group // groups that a shutdown has still to stop, the last first
	serial   int
	exits    []end
	children map[*child]bool
	orphans  map[int]bool // process groups that have outlived their leader
	timer    *time.Timer
	listener net.Listener
	conns    map[*connection]bool

	rules      []*Rule
	released   int // how often Release was called
	calls      []Call
	deliveries map[string][]Delivery // by listener
}

// end is the end of a child that has still to be dealt with.
type end struct {
	process *process
	child   *child
}

// mood is what supervisord is about.
type mood int

const (
	running mood = iota
	restarting
	shutdown
	ended   // an orderly shutdown is complete
	crashed // died without a word to anybody
	closed
)

// Start runs a server. Its programs and its listener are started before Start returns. Close must be called.
func Start(config Config) (*Server, error) {
	config, err := config.checked()
	if err != nil {
		return nil, fmt.Errorf("start a supervisord: %w", err)
	}
	s := &Server{config: config, changed: make(chan struct{}), done: make(chan struct{}), late: map[time.Duration]bool{},
		children: map[*child]bool{}, orphans: map[int]bool{}, conns: map[*connection]bool{}, deliveries: map[string][]Delivery{}}
	s.methods = s.api()
	s.life, s.end = context.WithCancel(context.Background())
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.open(); err != nil {
		s.end()
		return nil, errors.Join(fmt.Errorf("start a supervisord: %w", err), s.clean())
	}
	s.timer = time.AfterFunc(time.Hour, s.wake)
	s.boot()
	s.settle()
	s.tickOften()
	return s, nil
}

// boot begins a life of supervisord: all groups of the configuration, none of them started.
func (s *Server) boot() {
	s.mood, s.groups, s.stopping = running, nil, nil
	for _, name := range s.configured() {
		s.use(name)
	}
	s.raise("SUPERVISOR_STATE_CHANGE_RUNNING", "")
}

// Done is closed when the server has ended without Close: after Shutdown, or by a crash.
func (s *Server) Done() <-chan struct{} { return s.done }

// Close ends the server and everything that it has started: SIGTERM to the process groups of its children, and SIGKILL
// a second later. It returns when nothing is left. Only the first call does anything.
func (s *Server) Close() error {
	s.mu.Lock()
	if s.mood == closed {
		s.mu.Unlock()
		return nil
	}
	s.mood, s.frozen = closed, false
	s.shut()
	s.timer.Stop()
	s.settle()
	s.killAll()
	s.mu.Unlock()
	s.end()
	s.tasks.Wait()
	return s.clean()
}

func (s *Server) killAll() {
	for c := range s.children {
		signalGroup(c.pid, syscall.SIGTERM)
	}
	grace, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = s.until(grace, func() bool { return len(s.children) == 0 }) // in vain is the case that follows
	for c := range s.children {
		signalGroup(c.pid, syscall.SIGKILL)
	}
	for pid := range s.orphans {
		signalGroup(pid, syscall.SIGKILL)
	}
	_ = s.until(context.Background(), func() bool { return len(s.children) == 0 })
}

func (s *Server) clean() error {
	if s.dir == "" {
		return nil
	}
	return os.RemoveAll(s.dir)
}

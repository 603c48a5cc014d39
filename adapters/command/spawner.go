//go:build unix

package command

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"time"

	"supervisor-healthcheck/domain"
)

// errOver is what is said of commands at the end of the listener.
var errOver = errors.New("the listener is ending")

// spawner starts commands. On Linux the kernel ends a command when the thread that has started it ends, however that comes about
// (see prctl(2), PR_SET_PDEATHSIG), so one thread starts all of them, and lives as long as we do: Go may end others at any time.
type spawner struct {
	jobs    chan func()
	closing chan struct{}

	mu      sync.Mutex
	begun   bool
	closed  bool
	running map[*process]struct{}
}

func newSpawner() *spawner {
	return &spawner{jobs: make(chan func()), closing: make(chan struct{}), running: map[*process]struct{}{}}
}

// started is what has become of an attempt to start a command.
type started struct {
	p   *process
	err error
}

// start starts a command, with a pipe for its stdin if it is to be talked to.
func (s *spawner) start(ctx context.Context, c domain.Command, talks bool) (*process, error) {
	s.begin()
	result := make(chan started, 1)
	job := func() {
		p, err := launch(c, talks)
		if err == nil {
			s.keep(p)
		}
		result <- started{p, err}
	}
	select {
	case s.jobs <- job:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	case <-s.closing:
		return nil, errOver
	}
	select {
	case made := <-result:
		return made.p, made.err
	case <-ctx.Done(): // its file system hangs
		go func() {
			if late := <-result; late.err == nil {
				late.p.kill()
				late.p.discard()
			}
		}()
		return nil, context.Cause(ctx)
	}
}

// begin has the thread run that starts commands, from the first of them on.
func (s *spawner) begin() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.begun || s.closed {
		return
	}
	s.begun = true
	go func() {
		runtime.LockOSThread() // and never unlocked, so that no other goroutine can end the thread
		for {
			select {
			case job := <-s.jobs:
				job()
			case <-s.closing:
				return
			}
		}
	}()
}

// keep remembers a command that runs until it was reaped. One that was started too late is killed.
func (s *spawner) keep(p *process) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.running[p] = struct{}{}
	if s.closed {
		p.kill()
	}
	go func() {
		p.reap()
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.running, p)
	}()
}

// talking is how many commands run that are talked to.
func (s *spawner) talking() (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for p := range s.running {
		if p.stdin != nil {
			n++
		}
	}
	return n
}

func (s *spawner) over() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closed
}

// close kills all that runs, and waits a moment until it was reaped.
func (s *spawner) close() {
	s.mu.Lock()
	if !s.closed {
		s.closed = true
		close(s.closing)
	}
	var all []*process
	for p := range s.running {
		p.kill()
		all = append(all, p)
	}
	s.mu.Unlock()
	late := time.After(moment)
	for _, p := range all {
		select {
		case <-p.ended:
		case <-late:
			return
		}
	}
}

// launch starts the command.
func launch(c domain.Command, talks bool) (*process, error) {
	who, err := rightsOf(c.User)
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(c.Args[0], c.Args[1:]...)
	cmd.Dir, cmd.Env, cmd.SysProcAttr = c.Directory, environment(c, who), attributes()
	cmd.SysProcAttr.Credential = who.credential
	p := &process{cmd: cmd, ended: make(chan struct{})}
	var theirs []*os.File
	pipe := func() (r, w *os.File) {
		if err == nil {
			r, w, err = os.Pipe()
		}
		return r, w
	}
	var in, out, errs *os.File
	p.stdout, out = pipe()
	p.stderr, errs = pipe()
	theirs = append(theirs, out, errs)
	cmd.Stdout, cmd.Stderr = out, errs
	if talks {
		in, p.stdin = pipe()
		theirs = append(theirs, in)
		cmd.Stdin = in
	}
	if err == nil {
		err = explained(c, cmd.Start())
	}
	for _, f := range theirs {
		_ = f.Close() // also of a pipe that was not made
	}
	if err != nil {
		p.discard()
		return nil, err
	}
	return p, nil
}

// discard closes our ends of the pipes of a command that nobody listens to.
func (p *process) discard() {
	for _, f := range []*os.File{p.stdin, p.stdout, p.stderr} {
		_ = f.Close()
	}
}

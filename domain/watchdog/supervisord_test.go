package watchdog_test

import (
	"context"
	"slices"
	"sync"
	"time"

	"supervisor-healthcheck/domain"
)

// supervisord is one of memory: it keeps the contract of the ports ProcessTable, ProcessControl and
// SupervisorIdentity, moves its programs through their states by the clock, and tells of it by events.
type supervisord struct {
	mu       sync.Mutex
	pid      int
	programs map[domain.ID]*program
	order    []domain.ID
	lastPID  int
	calls    []string // such as "stop web:a", in their order
	fault    func(call string) error
	lost     func(call string) error // the error that is answered although the call was carried out
	slow     func(call string)       // called without the lock, between what is done and the answer
	events   chan domain.Event
	tells    bool // PROCESS_STATE is subscribed
	dropped  int  // so many events are lost from now on
	twice    bool // every event is delivered twice

	serial, poolSerial int64
}

// program is one process and how it behaves.
type program struct {
	domain.Process
	startTakes time.Duration // how long it is STARTING
	stopTakes  time.Duration
	cannot     error // what a start is answered
	settings   domain.Settings
	turn       int // counts its changes of state, so that a change that was put off can be void
}

func newSupervisord() *supervisord {
	return &supervisord{
		pid: 1, lastPID: 100, programs: map[domain.ID]*program{}, events: make(chan domain.Event, 100_000),
	}
}

// add adds a program that has been RUNNING for an hour.
func (s *supervisord) add(id domain.ID, change ...func(*program)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lastPID++
	p := &program{startTakes: time.Second, stopTakes: 100 * time.Millisecond, settings: domain.Settings{StopWait: 10 * time.Second, StartWait: time.Second, ExitCodes: []int{0}, Priority: 999}}
	p.Process = domain.Process{ID: id, State: domain.Running, PID: s.lastPID, Started: second(time.Now().Add(-time.Hour))}
	for _, f := range change {
		f(p)
	}
	s.programs[id] = p
	s.order = append(s.order, id)
}

func second(t time.Time) time.Time { return t.Truncate(time.Second) }

// remove removes a program together with its group.
func (s *supervisord) remove(id domain.ID) {
	s.vanish(id)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.send(domain.Event{Name: "PROCESS_GROUP_REMOVED", Group: &domain.GroupChange{Group: id.Group}})
}

// vanish removes a program without a sign of it.
func (s *supervisord) vanish(id domain.ID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.programs, id)
	s.order = slices.DeleteFunc(s.order, func(other domain.ID) bool { return other == id })
}

// change changes a program without a sign of it.
func (s *supervisord) change(id domain.ID, f func(*program)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f(s.programs[id])
}

// at returns the program as supervisord tells of it.
func (s *supervisord) at(id domain.ID) domain.Process {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.programs[id].told()
}

func (p *program) told() domain.Process {
	told := p.Process
	if told.PID != 0 {
		told.Uptime = time.Since(told.Started)
	}
	return told
}

// send puts an event on its way. The caller holds mu.
func (s *supervisord) send(e domain.Event) {
	copies := 1
	if s.twice {
		copies = 2
	}
	for e.Serial = s.serial; copies > 0; copies-- {
		e.PoolSerial = s.poolSerial
		s.poolSerial++
		if s.dropped > 0 {
			s.dropped--
			continue
		}
		s.events <- e
	}
	s.serial++
}

// turnTo moves a program into a state. The caller holds mu.
func (s *supervisord) turnTo(p *program, to domain.State, expected bool) {
	c := domain.StateChange{ID: p.ID, From: p.State, To: to, PID: p.PID, Expected: expected}
	p.State = to
	p.turn++
	if s.tells {
		s.send(domain.Event{Name: "PROCESS_STATE_" + to.String(), Change: &c})
	}
}

// later changes a program after a while, unless it has changed before.
func (s *supervisord) later(p *program, after time.Duration, f func()) {
	turn := p.turn
	time.AfterFunc(after, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if p.turn == turn {
			f()
		}
	})
}

// do carries a call out, with the faults that are wanted.
func (s *supervisord) do(ctx context.Context, call string, f func() error) error {
	s.mu.Lock()
	s.calls = append(s.calls, call)
	fault, lost, slow := s.fault, s.lost, s.slow
	s.mu.Unlock()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if fault != nil {
		if err := fault(call); err != nil {
			return err
		}
	}
	s.mu.Lock()
	err := f()
	s.mu.Unlock()
	if slow != nil {
		slow(call)
	}
	if lost != nil && lost(call) != nil {
		return lost(call)
	}
	return err
}

// failing, losing and slowly set the faults from now on; nil ends them.
func (s *supervisord) failing(fault func(call string) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = fault
}

func (s *supervisord) losing(lost func(call string) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lost = lost
}

func (s *supervisord) slowly(slow func(call string)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.slow = slow
}

// took returns the calls since it was last asked.
func (s *supervisord) took() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	calls := s.calls
	s.calls = nil
	return calls
}

func (s *supervisord) Processes(ctx context.Context) (all []domain.Process, err error) {
	err = s.do(ctx, "list", func() error {
		for _, id := range s.order {
			all = append(all, s.programs[id].told())
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}

func (s *supervisord) Process(ctx context.Context, id domain.ID) (found domain.Process, err error) {
	err = s.do(ctx, "look "+id.String(), func() error {
		p, known := s.programs[id]
		if !known {
			return domain.ErrNoSuchProcess
		}
		found = p.told()
		return nil
	})
	return found, err
}

func (s *supervisord) Settings(ctx context.Context) (map[domain.ID]domain.Settings, error) {
	all := map[domain.ID]domain.Settings{}
	err := s.do(ctx, "settings", func() error {
		for id, p := range s.programs {
			all[id] = p.settings
		}
		return nil
	})
	return all, err
}

func (s *supervisord) Identity(ctx context.Context) (who domain.Supervisor, err error) {
	err = s.do(ctx, "identity", func() error {
		who = domain.Supervisor{PID: s.pid}
		return nil
	})
	return who, err
}

func (s *supervisord) Stop(ctx context.Context, id domain.ID) error {
	return s.do(ctx, "stop "+id.String(), func() error {
		p, known := s.programs[id]
		if !known {
			return domain.ErrNoSuchProcess
		}
		return s.stop(p)
	})
}

func (s *supervisord) stop(p *program) error {
	if p.State != domain.Running && p.State != domain.Starting && p.State != domain.Backoff {
		return domain.ErrNotRunning
	}
	s.turnTo(p, domain.Stopping, false)
	s.later(p, p.stopTakes, func() {
		s.turnTo(p, domain.Stopped, false)
		p.PID, p.Ended = 0, second(time.Now())
	})
	return nil
}

func (s *supervisord) Start(ctx context.Context, id domain.ID) error {
	return s.do(ctx, "start "+id.String(), func() error {
		p, known := s.programs[id]
		if !known {
			return domain.ErrNoSuchProcess
		}
		return s.start(p)
	})
}

func (s *supervisord) start(p *program) error {
	switch {
	case p.State == domain.Running || p.State == domain.Starting || p.State == domain.Backoff:
		return domain.ErrAlreadyStarted
	case p.cannot != nil:
		return p.cannot
	case p.State == domain.Stopping:
		return nil
	}
	s.lastPID++
	s.turnTo(p, domain.Starting, false)
	p.PID, p.Started, p.ExitStatus = s.lastPID, second(time.Now()), 0
	s.later(p, p.startTakes, func() { s.turnTo(p, domain.Running, false) })
	return nil
}

func (s *supervisord) Signal(ctx context.Context, id domain.ID, signal string) error {
	return s.do(ctx, "signal "+id.String()+" "+signal, func() error { return nil })
}

// stopByHand and startByHand are what a human does with supervisorctl.
func (s *supervisord) stopByHand(id domain.ID) {
	s.change(id, func(p *program) { _ = s.stop(p) })
}

func (s *supervisord) startByHand(id domain.ID) {
	s.change(id, func(p *program) { _ = s.start(p) })
}

// die ends a program by itself; supervisord starts it again at once if it is to.
func (s *supervisord) die(id domain.ID, status int, again bool) {
	s.change(id, func(p *program) {
		s.turnTo(p, domain.Exited, slices.Contains(p.settings.ExitCodes, status))
		p.PID, p.Ended, p.ExitStatus = 0, second(time.Now()), status
		if again {
			_ = s.start(p)
		}
	})
}

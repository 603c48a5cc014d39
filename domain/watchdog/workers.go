package watchdog

import (
	"runtime"
	"sync/atomic"

	"supervisor-healthcheck/domain/engine"
)

// spareWorkers is how many wait for something to do. A worker is a goroutine whose stack has grown already.
const spareWorkers = 16

// workers do what is done beside a loop. One of them does one thing after the other for as long as nothing holds it up: most
// of what is to be done is over sooner than another goroutine is woken for it. Before it begins with anything, it sees to it
// that somebody else looks after the rest.
type workers struct {
	gone    chan struct{}       // closed when nobody takes messages any more
	queue   chan func() message // what nobody has begun yet
	wake    chan struct{}       // to those that wait
	idle    chan struct{}       // full while as many wait as are worth keeping
	looks   *atomic.Bool        // somebody will look into the queue
	working *atomic.Int32       // how many do something
}

func newWorkers() workers {
	return workers{gone: make(chan struct{}), queue: make(chan func() message, mostProbes), wake: make(chan struct{}),
		idle: make(chan struct{}, spareWorkers), looks: new(atomic.Bool), working: new(atomic.Int32)}
}

// run has f done beside the loop, which waits for its answer. It may send messages before.
func (l *loop) run(f func() message) {
	l.pending++
	l.work(f)
}

// answered is the last message of what run has done; nil says nothing else.
func answered(in engine.Input) message { return message{input: in, last: true} }

// work has f done by a worker. The end of the loop does not wait for f: a check may hang whatever becomes of its context.
func (l *loop) work(f func() message) {
	select {
	case l.queue <- f:
		l.rouse()
	default:
		l.others.Go(func() { l.send(f()) })
	}
}

// rouse has somebody look into the queue.
func (l *loop) rouse() {
	if !l.looks.CompareAndSwap(false, true) {
		return
	}
	select {
	case l.wake <- struct{}{}:
	default:
		l.others.Go(l.worker)
	}
}

// worker does what there is to do until enough others wait, or the loop ends.
func (l *loop) worker() {
	l.look()
	for f := l.next(); f != nil; f = l.next() {
		l.working.Add(1)
		l.send(f())
		l.working.Add(-1)
	}
}

// look is what who was roused does first. Where many are busy it lets them go first: who has got its answer meanwhile goes on
// with the queue, and needs nobody new.
func (l *loop) look() {
	if l.working.Load() >= spareWorkers {
		runtime.Gosched()
	}
	l.looks.Store(false)
}

// next is what a worker does next; nil if there is no need of it any more.
func (l *loop) next() func() message {
	for {
		if f := l.begin(); f != nil {
			return f
		}
		select {
		case l.idle <- struct{}{}:
		default:
			return nil
		}
		select {
		case <-l.wake:
			<-l.idle
			l.look()
		case <-l.gone:
			return nil
		}
	}
}

// begin takes something out of the queue, and has somebody else look after the rest.
func (l *loop) begin() func() message {
	select {
	case f := <-l.queue:
		if len(l.queue) > 0 {
			l.rouse()
		}
		return f
	default:
		return nil
	}
}

func (l *loop) send(m message) {
	select {
	case l.inbox <- m:
	case <-l.gone:
	}
}

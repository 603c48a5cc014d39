package watchdog

import "supervisor-healthcheck/domain/engine"

// workers do what is done beside a loop.
type workers struct {
	gone  chan struct{}       // closed when nobody takes messages any more
	hands chan func() message // to the workers that wait for something to do
	idle  chan struct{}       // full while as many wait as are worth keeping
}

func newWorkers() workers {
	return workers{gone: make(chan struct{}), hands: make(chan func() message), idle: make(chan struct{}, together)}
}

// run has f done beside the loop, which waits for its answer. It may send messages before.
func (l *loop) run(f func() message) {
	l.pending++
	l.work(f)
}

// answered is the last message of what run has done; nil says nothing else.
func answered(in engine.Input) message { return message{input: in, last: true} }

// work has f done by a worker that waits, or by a new one. A worker is a goroutine whose stack has grown already, which is a
// tenth of what a probe costs. The end of the loop does not wait for f: a check may hang whatever becomes of its context.
func (l *loop) work(f func() message) {
	select {
	case l.hands <- f:
	default:
		l.others.Add(1)
		go l.worker(f)
	}
}

// worker does what there is to do until enough others wait, or the loop ends.
func (l *loop) worker(f func() message) {
	defer l.others.Done()
	for {
		l.send(f())
		select {
		case l.idle <- struct{}{}:
		default:
			return
		}
		select {
		case f = <-l.hands:
			<-l.idle
		case <-l.gone:
			return
		}
	}
}

func (l *loop) send(m message) {
	select {
	case l.inbox <- m:
	case <-l.gone:
	}
}

package watchdog

import (
	"context"
	"sync"
	"time"
)

// A round begins with fewWorkers. When two looks after each other find that they take longer than patience for an exam,
// and that exams are waiting, as many again are hired: they wait for services. After one look it may be the machine that
// was busy for a moment.
const (
	fewWorkers = 8
	patience   = 4 * lookAgain
	lookAgain  = 4 * time.Millisecond
)

// examineAll judges the exams with as many goroutines as it needs: a few while the checks only read numbers, more
// when they wait for services. It begins none before the pace allows it.
func (w *Watchdog) examineAll(probing, restarting context.Context, exams []exam, period time.Duration) {
	lanes, pace := w.newPace(w.lanes(exams), w.interval(period))
	c := &crew{lanes: lanes, todo: make(chan []exam, len(lanes)), most: min(len(lanes), w.config.Probes)}
	c.work = func() { w.work(probing, restarting, c.todo) }
	defer c.workers.Wait()
	began := w.world.Clock.Now()
	for {
		c.give(pace.ready(w.world.Clock.Now().Sub(began)))
		if c.suffices() {
			return
		}
		if w.world.Clock.Sleep(probing, lookAgain) != nil {
			c.give(len(lanes)) // nothing will be judged, but every exam must end
			return
		}
	}
}

// crew are the workers of a round.
type crew struct {
	lanes       [][]exam
	given       int         // how many of them are in todo or were taken from it
	todo        chan []exam // has room for all; closed after the last, so that nobody waits for more
	work        func()      // takes from todo until it is closed and empty
	workers     sync.WaitGroup
	hired, most int
	waiting     int // lanes that nobody had taken at the last look
	slow        int // looks after each other that found the crew too small
}

// give looks how the crew comes along, and gives it what is ready.
func (c *crew) give(ready int) {
	taken := c.waiting - len(c.todo)
	for c.given < ready {
		c.todo <- c.lanes[c.given]
		if c.given++; c.given == len(c.lanes) {
			close(c.todo)
		}
	}
	c.waiting = len(c.todo)
	if c.slow++; c.waiting == 0 || time.Duration(taken)*patience >= time.Duration(c.hired)*lookAgain {
		c.slow = 0
	}
	if c.hired == 0 || c.slow == 2 {
		c.slow = 0
		c.hire(min(max(c.hired, fewWorkers), c.most-c.hired))
	}
}

func (c *crew) hire(n int) {
	for range n {
		c.workers.Go(c.work)
	}
	c.hired += n
}

// suffices reports whether the crew has all, and nobody will be hired any more.
func (c *crew) suffices() bool {
	return c.given == len(c.lanes) && (c.waiting == 0 || c.hired == c.most)
}

// work judges what there is to do, one after the other.
func (w *Watchdog) work(probing, restarting context.Context, todo <-chan []exam) {
	select {
	case w.probes <- struct{}{}:
		defer func() { <-w.probes }()
	case <-probing.Done():
	}
	for lane := range todo {
		for _, x := range lane {
			w.examine(probing, restarting, x)
		}
	}
}

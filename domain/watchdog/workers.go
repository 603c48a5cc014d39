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
	todo := make(chan []exam, len(lanes))
	var workers sync.WaitGroup
	defer workers.Wait()
	defer close(todo)
	most := min(len(lanes), w.config.Probes)
	began := w.world.Clock.Now()
	for hired, sent, waiting, slow := 0, 0, 0, 0; ; {
		taken := waiting - len(todo)
		for ready := pace.ready(w.world.Clock.Now().Sub(began)); sent < ready; sent++ {
			todo <- lanes[sent]
		}
		waiting = len(todo)
		if slow++; waiting == 0 || time.Duration(taken)*patience >= time.Duration(hired)*lookAgain {
			slow = 0
		}
		if hired == 0 || slow == 2 {
			slow = 0
			for range min(max(hired, fewWorkers), most-hired) {
				workers.Go(func() { w.work(probing, restarting, todo) })
				hired++
			}
		}
		if sent == len(lanes) && (waiting == 0 || hired == most) {
			return
		}
		if w.world.Clock.Sleep(probing, lookAgain) != nil {
			for ; sent < len(lanes); sent++ { // nothing will be judged, but every exam must end
				todo <- lanes[sent]
			}
			return
		}
	}
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

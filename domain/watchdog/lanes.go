package watchdog

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"supervisor-healthcheck/domain"
)

// A round begins with fewWorkers. Whenever they take up less than one exam each in workerPatience, they wait for
// services, and as many again are added.
const (
	fewWorkers     = 8
	workerPatience = 4 * time.Millisecond
)

// examineAll judges the exams with as many goroutines as it needs: a few while the checks only read numbers, soon
// many when they wait for services.
func (w *Watchdog) examineAll(probing, restarting context.Context, exams []exam) {
	lanes := w.lanes(exams)
	var workers sync.WaitGroup
	var next atomic.Int64
	work := func() {
		select {
		case w.probes <- struct{}{}:
			defer func() { <-w.probes }()
		case <-probing.Done(): // nothing will be judged, but every exam must end
		}
		for i := int(next.Add(1)) - 1; i < len(lanes); i = int(next.Add(1)) - 1 {
			for _, x := range lanes[i] {
				w.examine(probing, restarting, x)
			}
		}
	}
	defer workers.Wait()
	most := min(len(lanes), w.config.Probes)
	for started, done := 0, 0; done < len(lanes); {
		for range min(max(started, fewWorkers), most-started) {
			workers.Go(work)
			started++
		}
		for stuck := false; !stuck && done < len(lanes); {
			if started == most || w.world.Clock.Sleep(probing, workerPatience) != nil {
				return
			}
			now := int(next.Load())
			stuck, done = now-done < started, now
		}
	}
}

// lanes splits the exams into those that may run side by side. Processes that share a TCP port are one service to
// the checks, which is not to be probed by all of them at once: they share a few lanes.
func (w *Watchdog) lanes(exams []exam) [][]exam {
	ports := make([]int, len(exams))
	users := map[int]int{}
	for i, x := range exams {
		ports[i] = w.port(x)
		users[ports[i]]++
	}
	lanes := make([][]exam, 0, len(exams))
	shared := map[int][]int{} // by port, the lanes that its exams share
	for i, x := range exams {
		port := ports[i]
		if own := shared[port]; len(own) == sameService {
			lane := own[users[port]%sameService]
			users[port]--
			lanes[lane] = append(lanes[lane], x)
			continue
		}
		if port != 0 && users[port] > sameService {
			shared[port] = append(shared[port], len(lanes))
		}
		lanes = append(lanes, exams[i:i+1:i+1])
	}
	return lanes
}

// sameService is how many checks of one TCP port run at a time.
const sameService = 4

// port returns the TCP port that the checks of the exam probe, 0 if they probe none.
func (w *Watchdog) port(x exam) int {
	for _, check := range w.watchOf(x).Checks {
		if listening, ok := check.(domain.Listening); ok {
			if port, known := listening.Port(x.process); known {
				return port
			}
		}
	}
	return 0
}

package watchdog

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"supervisor-healthcheck/domain"
)

// Round judges everything that is due once, and returns when all verdicts are in. Restarts go on beside it, until
// ctx is done or they have ended. It is for callers with a scheduler of their own; Listen calls it at every tick.
func (w *Watchdog) Round(ctx context.Context) {
	if w.looking.CompareAndSwap(false, true) {
		w.round(ctx, context.WithoutCancel(ctx))
	}
}

// Resume takes up, beside everything else, the budgets and the half-done restarts that earlier lives have left behind. It
// is for callers of Round; Listen does it by itself.
func (w *Watchdog) Resume(ctx context.Context) {
	w.spawn(func() { w.resume(ctx, context.WithoutCancel(ctx)) })
}

// round is begun with looking set, and ends that as soon as it knows what there is.
func (w *Watchdog) round(probing, restarting context.Context) {
	processes, err := w.table.look(probing)
	w.supervisorTrouble(probing, err)
	if err != nil {
		w.looking.Store(false)
		return
	}
	w.lived(w.table.births())
	w.tellStopped(probing)
	w.learnExitCodes(probing, processes)
	exams := w.due(processes)
	w.forget()
	w.looking.Store(false)
	if len(exams) > 0 {
		w.examineAll(w.world.Stats.Round(probing, pids(exams)), restarting, exams)
	}
}

func pids(exams []exam) []int {
	all := make([]int, 0, len(exams))
	for _, x := range exams {
		if x.process.PID > 0 {
			all = append(all, x.process.PID)
		}
	}
	return all
}

// exam is one process that is being judged under one watch.
type exam struct {
	watch   int
	subject *subject
	process domain.Process
	tally   *tally
}

// due picks what is to be judged now, and marks it as being examined.
func (w *Watchdog) due(processes []domain.Process) []exam {
	now := w.world.Clock.Now()
	w.mu.Lock()
	defer w.mu.Unlock()
	exams := make([]exam, 0, len(processes))
	for i := range w.config.Watches {
		tally := &tally{}
		known := 0
		for _, p := range processes {
			if !w.config.Watches[i].Select.Matches(p.ID) || w.config.ours(p.ID) {
				continue
			}
			known++
			if s := w.wants(i, p, now); s != nil {
				exams = append(exams, exam{watch: i, subject: s, process: p, tally: tally})
				tally.judged++
			}
		}
		tally.open = tally.judged
		w.settleProbe(i, processes)
		w.tellMatches(i, known)
	}
	return exams
}

// wants returns the subject if it is to be judged now, else nil.
func (w *Watchdog) wants(watch int, p domain.Process, now time.Time) *subject {
	policy := w.config.Watches[watch].Policy
	if p.State != domain.Running && !w.recovers(policy, p) || w.open[p.ID] {
		return nil
	}
	key := subjectKey{watch, p.ID}
	s := w.subjects[key]
	if s == nil {
		s = &subject{}
		w.subjects[key] = s
	}
	switch {
	case s.busy:
		w.tellSlow(watch, s, p, now)
		return nil
	case policy.Interval > 0 && !s.record.Judged.IsZero() && now.Sub(s.record.Judged) < policy.Interval-time.Second:
		return nil // ticks come up to a second early or late
	}
	s.busy, s.since, s.slow = true, now, false
	return s
}

// recovers reports whether a process that does not run is to be started by us.
func (w *Watchdog) recovers(policy domain.Policy, p domain.Process) bool {
	switch p.State {
	case domain.Fatal:
		return policy.Recovers(domain.Fatal) || policy.Recovers(domain.Backoff)
	case domain.Exited:
		return policy.Recovers(domain.Exited) && !w.expected(p)
	}
	return false
}

// learnExitCodes asks for the settings if a policy needs them to tell whether a process ended unexpectedly.
func (w *Watchdog) learnExitCodes(ctx context.Context, processes []domain.Process) {
	for _, watch := range w.config.Watches {
		if !watch.Policy.Recovers(domain.Exited) {
			continue
		}
		for _, p := range processes {
			if p.State == domain.Exited && watch.Select.Matches(p.ID) && w.learn(ctx, p.ID) {
				return // what can be known of any of them is known now
			}
		}
	}
}

// expected reports whether the process ended as its configuration says it may. Without the configuration only
// status 0 is expected.
func (w *Watchdog) expected(p domain.Process) bool {
	settings, known := w.settings[p.ID]
	if !known {
		return p.ExitStatus == 0
	}
	for _, code := range settings.ExitCodes {
		if code == p.ExitStatus {
			return true
		}
	}
	return false
}

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

// forget drops what is remembered of processes that supervisord does not know any more.
func (w *Watchdog) forget() {
	alive, ok := w.table.turnover()
	if !ok {
		return
	}
	w.mu.Lock()
	for key, s := range w.subjects {
		if _, known := alive[key.id]; !known && !s.busy {
			delete(w.subjects, key)
		}
	}
	for id := range w.budgets {
		if _, known := alive[id]; !known && !w.open[id] {
			delete(w.budgets, id)
		}
	}
	prune(w.starts, alive)
	prune(w.stops, alive)
	prune(w.ends, alive)
	w.mu.Unlock()
	living := func(i domain.Instance) bool { return alive[i.ID].Same(i) }
	for _, watch := range w.config.Watches {
		for _, check := range watch.Checks {
			if f, ok := check.(domain.Forgetter); ok {
				f.Forget(living)
			}
		}
	}
}

func prune[T any](remembered map[domain.ID]T, alive map[domain.ID]domain.Instance) {
	for id := range remembered {
		if _, known := alive[id]; !known {
			delete(remembered, id)
		}
	}
}

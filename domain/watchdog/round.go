package watchdog

import (
	"context"
	"slices"
	"time"

	"supervisor-healthcheck/domain"
)

// Round judges everything that is due once, and returns when all verdicts are in. Restarts go on beside it, until
// ctx is done or they have ended. It is for callers with a scheduler of their own; Listen calls it at every tick.
func (w *Watchdog) Round(ctx context.Context) {
	if w.looking.CompareAndSwap(false, true) {
		w.round(ctx, context.WithoutCancel(ctx), 0)
	}
}

// Resume takes up, beside everything else, the budgets and the half-done restarts that earlier lives have left behind. It
// is for callers of Round; Listen does it by itself.
func (w *Watchdog) Resume(ctx context.Context) {
	w.spawn(func() { w.resume(ctx, context.WithoutCancel(ctx)) })
}

// round is begun with looking set, and ends that as soon as it knows what there is. The next one is expected after period,
// if that is known.
func (w *Watchdog) round(probing, restarting context.Context, period time.Duration) {
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
		w.examineAll(w.world.Stats.Round(probing, pids(exams)), restarting, exams, period)
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
	return slices.Contains(settings.ExitCodes, p.ExitStatus)
}

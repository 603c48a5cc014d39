package watchdog

import (
	"context"
	"slices"
	"time"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/engine"
)

// probe gives the jobs of a round to those who run the checks: what asks nobody but the kernel is done at once, one after
// the other; all else is spread by the prober.
func (l *loop) probe(jobs []engine.Job, now time.Time) {
	l.probes += len(jobs)
	local, others := l.split(jobs)
	ctx := l.world.Stats.Round(l.probing, pids(jobs))
	if len(others) > 0 {
		l.round = ctx
		l.prober.add(others, l.interval(), now)
	}
	if len(local) > 0 {
		watches := l.config.Watches // that the loop replaces as a whole
		l.work(func() message {
			last := len(local) - 1
			for i := range local[:last] {
				l.send(l.judge(ctx, watches, &local[i])())
			}
			return l.judge(ctx, watches, &local[last])()
		})
	}
}

// split tells the jobs that ask nobody but the kernel from the others.
func (l *loop) split(jobs []engine.Job) (local, others []engine.Job) {
	asks := func(j engine.Job) bool { return !l.prober.local[j.Watch] }
	keeps := func(j engine.Job) bool { return l.prober.local[j.Watch] }
	switch {
	case !slices.ContainsFunc(jobs, asks):
		return jobs, nil
	case !slices.ContainsFunc(jobs, keeps):
		return nil, jobs
	}
	for _, j := range jobs {
		if asks(j) {
			others = append(others, j)
		} else {
			local = append(local, j)
		}
	}
	return local, others
}

func pids(jobs []engine.Job) []int {
	all := make([]int, 0, len(jobs))
	for _, j := range jobs {
		all = append(all, j.Process.PID)
	}
	return all
}

// launch begins the probes whose time has come.
func (l *loop) launch(now time.Time) {
	ctx, watches := l.round, l.config.Watches
	for _, j := range l.prober.ready(now) {
		l.work(l.judge(ctx, watches, j))
	}
}

// judge returns what runs the checks of one job, unless it is too late for that.
func (l *loop) judge(ctx context.Context, watches []domain.Watch, j *engine.Job) func() message {
	return func() message {
		if ctx.Err() != nil {
			void := j.Answer(domain.Verdict{}, 0)
			void.Void = true
			return message{input: void}
		}
		began := l.world.Clock.Now()
		verdict := domain.Judge(ctx, watches[j.Watch].Checks, j.Process)
		answer := j.Answer(verdict, max(0, l.world.Clock.Now().Sub(began)))
		answer.Void = ctx.Err() != nil
		return message{input: answer}
	}
}

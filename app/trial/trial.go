// Package trial runs checks by hand: it asks supervisord for the processes, has each judged as it is, and says what a
// listener would do about it. It changes nothing.
package trial

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/ports"
)

// World is what a trial sees.
type World struct {
	Table ports.ProcessTable
	Stats ports.ProcessStats
	Clock ports.Clock
}

// Question says what is judged.
type Question struct {
	Names []string    // of watches, groups or processes, as in supervisorctl; empty: all
	Known []domain.ID // the processes that are configured; they stand in for supervisord's where it cannot be asked
	PID   int         // this is the process, and supervisord is not asked; 0: it is
}

// Trial judges processes in rounds, and remembers from one round to the next how often each has failed.
type Trial struct {
	World
	watches  []domain.Watch
	question Question
	streaks  map[subject]*streak
}

// subject is one life of a process under one watch, by its place.
type subject struct {
	watch int
	life  domain.Instance
}

// New begins a trial of these watches.
func New(w World, watches []domain.Watch, q Question) *Trial {
	return &Trial{World: w, watches: watches, question: q, streaks: map[subject]*streak{}}
}

// atOnce bounds the checks under way, so that a trial is no load for a service or for this machine.
const atOnce = 32

// pause is between the two samples of a check that measures between one run and the next.
const pause = time.Second

// Round judges all processes once. Its error is a *NoSuchName or a *PIDError, or that of ctx.
func (t *Trial) Round(ctx context.Context) (Result, error) {
	r := round{Trial: t, ctx: ctx}
	processes, err := t.processes(&r)
	if err != nil {
		return Result{}, err
	}
	r.exits = t.exitCodes(ctx, processes)
	for i := range t.watches {
		r.watch(i, processes)
	}
	r.run()
	r.conclude()
	t.forget(r.judged)
	return Result{Rows: r.rows, Away: r.away}, ctx.Err()
}

// processes are those that supervisord has, or what stands in for them.
func (t *Trial) processes(r *round) ([]domain.Process, error) {
	var all []domain.Process
	if t.question.PID > 0 {
		all = t.configured()
	} else if all, r.away = t.Table.Processes(r.ctx); r.away != nil {
		all = t.configured()
	}
	err := cmp.Or(r.ctx.Err(), t.unknown(all))
	if err == nil && t.question.PID > 0 {
		return t.only(r.ctx, all)
	}
	return all, err
}

// exitCodes are the settings of the processes, where it matters whether the end of one was expected.
func (t *Trial) exitCodes(ctx context.Context, processes []domain.Process) map[domain.ID]domain.Settings {
	recovers := slices.ContainsFunc(t.watches, func(w domain.Watch) bool { return w.Policy.Recovers(domain.Exited) })
	exited := slices.ContainsFunc(processes, func(p domain.Process) bool { return p.State == domain.Exited })
	if !recovers || !exited {
		return nil
	}
	settings, err := t.Table.Settings(ctx)
	if err != nil {
		return nil // then no end counts as unexpected
	}
	return settings
}

// forget drops what is remembered of all that were not judged in the last round.
func (t *Trial) forget(judged []judged) {
	kept, alive := map[subject]*streak{}, map[domain.Instance]bool{}
	for _, j := range judged {
		kept[j.subject], alive[j.subject.life] = t.streaks[j.subject], true
	}
	t.streaks = kept
	for _, watch := range t.watches {
		for _, check := range watch.Checks {
			if f, ok := check.(domain.Forgetter); ok {
				f.Forget(func(life domain.Instance) bool { return alive[life] })
			}
		}
	}
}

// round is one round under way.
type round struct {
	*Trial
	ctx    context.Context
	away   error // why supervisord cannot be asked
	exits  map[domain.ID]domain.Settings
	rows   []Row
	jobs   []job
	judged []judged
}

// job is a check that is to be run, for one of the rows.
type job struct {
	watch   int // its place
	row     int
	check   domain.Check
	process domain.Process
	again   bool // it was run in an earlier round for the same life
}

// judged are the rows of one process under one watch.
type judged struct {
	subject
	uptime      time.Duration
	first, last int // rows
	done        string
}

// run runs all checks side by side, as many as may be.
func (r *round) run() {
	var pids []int
	for _, j := range r.jobs {
		pids = append(pids, j.process.PID)
	}
	room, shared := make(chan struct{}, atOnce), r.Stats.Round(r.ctx, pids)
	var all sync.WaitGroup
	for _, j := range r.jobs {
		room <- struct{}{}
		all.Go(func() {
			defer func() { <-room }()
			r.judge(shared, j)
		})
	}
	all.Wait()
}

// judge runs one check. One that remembers what it has measured and asks the kernel alone, such as that of the CPU, is run
// twice for the first time, because it measures between one run and the next.
func (r *round) judge(shared context.Context, j job) {
	began := r.Clock.Now()
	v := domain.Judge(shared, []domain.Check{j.check}, j.process)
	if !j.again && remembers(j.check) && v.Health != domain.Unhealthy && r.Clock.Sleep(r.ctx, pause) == nil {
		v = domain.Judge(r.Stats.Round(r.ctx, []int{j.process.PID}), []domain.Check{j.check}, j.process)
	}
	row := &r.rows[j.row]
	row.Check, row.Judged, row.Health, row.Reason, row.Took = v.Check, true, v.Health, v.Reason, r.Clock.Now().Sub(began)
	for _, w := range v.Warnings {
		row.Warning = strings.TrimPrefix(row.Warning+"; "+w.Text, "; ")
	}
	if v.Planned {
		row.Follows = planned(r.watches[j.watch].Policy)
	}
}

func remembers(check domain.Check) bool {
	_, forgets := check.(domain.Forgetter)
	local, ok := check.(domain.Local)
	return forgets && ok && local.Local()
}

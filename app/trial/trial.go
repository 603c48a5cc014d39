// Package trial runs checks once, by hand: it asks supervisord for the processes, has each judged as it is, and says what a
// listener would do about it. It changes nothing.
package trial

import (
	"context"
	"fmt"
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

// Result is what was found, in the order of the watches, the processes and the checks.
type Result struct {
	Rows []Row
}

// Row is what one check says of one process.
type Row struct {
	Section string
	Process string
	Check   string // "-": none was run
	Judged  bool   // false: the listener would not judge the process as it is now
	Health  domain.Health
	Reason  string
	Warning string // what somebody should know although nothing follows from it
	Took    time.Duration
	Follows string // what a listener would do after this verdict; empty: nothing
}

// NoSuchName says that a name is that of nothing which is looked after.
type NoSuchName struct {
	Name  string
	Meant string   // may be empty
	Known []string // sections and processes
}

// Error is a sentence with the cure.
func (e *NoSuchName) Error() string {
	switch {
	case e.Meant != "":
		return fmt.Sprintf("%q is looked after by no section: did you mean %s?", e.Name, e.Meant)
	case len(e.Known) == 0:
		return fmt.Sprintf("%q is looked after by no section, and nothing else is", e.Name)
	}
	return fmt.Sprintf("%q is looked after by no section: write one of %s", e.Name, strings.Join(e.Known[:min(8, len(e.Known))], ", "))
}

// atOnce bounds the checks under way, so that a trial is no load for a service or for this machine.
const atOnce = 32

// pause is between the two samples of a check that measures between one run and the next.
const pause = time.Second

// Run runs the checks of these watches on the processes that have one of these names, or on all without names. A name is that of
// a watch, a group or a process, as in supervisorctl. The error is a *NoSuchName, or says why supervisord cannot be asked.
func Run(ctx context.Context, w World, watches []domain.Watch, names []string) (Result, error) {
	processes, err := w.Table.Processes(ctx)
	if err != nil {
		return Result{}, err
	}
	t := trial{World: w, ctx: ctx, exits: exitCodes(ctx, w.Table, watches, processes)}
	if err := t.unknown(watches, processes, names); err != nil {
		return Result{}, err
	}
	for _, watch := range watches {
		t.watch(watch, processes, names)
	}
	t.run()
	return Result{Rows: t.rows}, ctx.Err()
}

type trial struct {
	World
	ctx   context.Context
	exits map[domain.ID]domain.Settings
	rows  []Row
	jobs  []job
}

// job is a check that is to be run, for one of the rows.
type job struct {
	row     int
	watch   domain.Watch
	check   domain.Check
	process domain.Process
}

// exitCodes are the settings of the processes, where it matters whether the end of one was expected.
func exitCodes(ctx context.Context, table ports.ProcessTable, watches []domain.Watch, processes []domain.Process) map[domain.ID]domain.Settings {
	recovers := slices.ContainsFunc(watches, func(w domain.Watch) bool { return w.Policy.Recovers(domain.Exited) })
	exited := slices.ContainsFunc(processes, func(p domain.Process) bool { return p.State == domain.Exited })
	if !recovers || !exited {
		return nil
	}
	settings, err := table.Settings(ctx)
	if err != nil {
		return nil // then no end counts as unexpected
	}
	return settings
}

// unknown looks for a name that nothing has.
func (t *trial) unknown(watches []domain.Watch, processes []domain.Process, names []string) error {
	var known []string
	for _, watch := range watches {
		known = append(known, watch.Name)
		for _, p := range processes {
			if watch.Select.Matches(p.ID) && !slices.Contains(known, p.ID.String()) {
				known = append(known, p.ID.String())
			}
		}
	}
	for _, name := range names {
		means := func(watch domain.Watch) bool {
			return name == watch.Name || slices.ContainsFunc(processes, func(p domain.Process) bool { return watch.Select.Matches(p.ID) && called(p.ID, name) })
		}
		if !slices.ContainsFunc(watches, means) {
			return &NoSuchName{Name: name, Meant: domain.Nearest(name, known), Known: known}
		}
	}
	return nil
}

// called reports whether a process is meant by a name.
func called(id domain.ID, name string) bool {
	group, process, colon := strings.Cut(name, ":")
	switch {
	case name == "all" || name == "*":
		return true
	case colon && process == "*":
		return id.Group == group
	case colon:
		return id == domain.ID{Group: group, Name: process}
	}
	return id.Group == name || id.Name == name
}

// watch makes the rows of a watch.
func (t *trial) watch(watch domain.Watch, processes []domain.Process, names []string) {
	whole := len(names) == 0 || slices.Contains(names, watch.Name)
	found := false
	for _, p := range processes {
		if !watch.Select.Matches(p.ID) {
			continue
		}
		found = true
		if whole || slices.ContainsFunc(names, func(name string) bool { return called(p.ID, name) }) {
			t.process(watch, p)
		}
	}
	if !found && whole {
		t.rows = append(t.rows, Row{Section: watch.Name, Process: watch.Select.String(), Check: "-", Judged: true,
			Reason: "supervisord has no such process; \"supervisorctl update\" adds those that were written lately"})
	}
}

// process makes the rows of one process.
func (t *trial) process(watch domain.Watch, p domain.Process) {
	row := Row{Section: watch.Name, Process: p.ID.String(), Check: "-"}
	if p.State != domain.Running {
		t.rows = append(t.rows, t.down(row, watch, p))
		return
	}
	for _, check := range watch.Checks {
		t.jobs = append(t.jobs, job{row: len(t.rows), watch: watch, check: check, process: p})
		t.rows = append(t.rows, row)
	}
}

// down is what is said of a process that does not run.
func (t *trial) down(row Row, watch domain.Watch, p domain.Process) Row {
	settings, asked := t.exits[p.ID]
	wrong := p.State == domain.Fatal || p.State == domain.Backoff || p.State == domain.Exited && asked && !slices.Contains(settings.ExitCodes, p.ExitStatus)
	if !wrong {
		row.Reason = fmt.Sprintf("it is %s, and only what is RUNNING is judged", p.State)
		return row
	}
	v := domain.Down(p)
	row.Judged, row.Health, row.Reason = true, v.Health, strings.TrimSuffix(v.Reason, ": ")
	if watch.Policy.Recovers(p.State) {
		row.Follows = unless(Follows(watch.Policy, 0, "started"), watch)
	} else {
		row.Follows = "nothing, for recover does not have " + strings.ToLower(p.State.String())
	}
	return row
}

// run runs all checks side by side, as many as may be.
func (t *trial) run() {
	var pids []int
	for _, j := range t.jobs {
		pids = append(pids, j.process.PID)
	}
	room, round := make(chan struct{}, atOnce), t.Stats.Round(t.ctx, pids)
	var all sync.WaitGroup
	for _, j := range t.jobs {
		room <- struct{}{}
		all.Go(func() {
			defer func() { <-room }()
			t.judge(round, j)
		})
	}
	all.Wait()
}

// judge runs one check. One that remembers what it has measured and asks the kernel alone, such as that of the CPU, is run
// twice, because it measures between one run and the next.
func (t *trial) judge(round context.Context, j job) {
	began := t.Clock.Now()
	v := domain.Judge(round, []domain.Check{j.check}, j.process)
	if remembers(j.check) && v.Health != domain.Unhealthy && t.Clock.Sleep(t.ctx, pause) == nil {
		v = domain.Judge(t.Stats.Round(t.ctx, []int{j.process.PID}), []domain.Check{j.check}, j.process)
	}
	row := &t.rows[j.row]
	row.Check, row.Judged, row.Health, row.Reason, row.Took = v.Check, true, v.Health, v.Reason, t.Clock.Now().Sub(began)
	for _, w := range v.Warnings {
		row.Warning = strings.TrimPrefix(row.Warning+"; "+w.Text, "; ")
	}
	switch v.Health {
	case domain.Unhealthy:
		row.Follows = unless(Follows(j.watch.Policy, j.process.Uptime, "restarted"), j.watch)
	case domain.Unknown:
		row.Follows = "nothing, for it was not judged"
	}
}

func remembers(check domain.Check) bool {
	_, forgets := check.(domain.Forgetter)
	local, ok := check.(domain.Local)
	return forgets && ok && local.Local()
}

// Follows says what a listener does after a first unhealthy verdict about a process that runs for so long; 0: it does not run.
func Follows(policy domain.Policy, uptime time.Duration, done string) string {
	what := "would be " + done
	switch action := policy.Action; {
	case policy.Observe:
		return "nothing, for mode is observe"
	case action.Kind == domain.OnlySay:
		return "nothing, for action is none"
	case action.Kind == domain.SendSignal && done == "restarted":
		what = "would get SIG" + action.Signal
	}
	switch more := policy.Failures - 1; {
	case more == 1:
		what += " after 1 more failure"
	case more > 1:
		what += fmt.Sprintf(" after %d more failures", more)
	default:
		what += " at once"
	}
	if all := grace(policy); uptime > 0 && uptime < all {
		what += fmt.Sprintf(", not in its first %s unless it was healthy before", domain.ShortDuration(all))
	}
	return what
}

// unless adds what would hold that back.
func unless(follows string, watch domain.Watch) string {
	if len(watch.Depends) == 0 || strings.HasPrefix(follows, "nothing") {
		return follows
	}
	var names []string
	for _, d := range watch.Depends {
		names = append(names, d.Name)
	}
	return follows + ", unless " + strings.Join(names, " or ") + " is down"
}

// grace is the one of a program of which nothing is learnt yet.
func grace(policy domain.Policy) time.Duration {
	const unknownBoot = 2 * time.Minute
	return max(policy.StartGrace, min(policy.Warmup, unknownBoot))
}

// Health is that of all: one that is unhealthy outweighs one that could not be judged.
func (r Result) Health() domain.Health {
	health := domain.Healthy
	for _, row := range r.Rows {
		switch {
		case !row.Judged:
		case row.Health == domain.Unhealthy:
			return domain.Unhealthy
		case row.Health == domain.Unknown:
			health = domain.Unknown
		}
	}
	return health
}

package trial

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"supervisor-healthcheck/domain"
)

// Result is what was found, in the order of the watches, the processes and the checks.
type Result struct {
	Rows []Row
	Away error // why supervisord cannot be asked; nil: it was, or need not be
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

	lacking bool // it was not run for want of a pid or a name
}

// Health is that of all: one that is unhealthy outweighs one that could not be judged. Without supervisord nobody knows whether
// the processes run.
func (r Result) Health() domain.Health {
	health := domain.Healthy
	if r.Away != nil {
		health = domain.Unknown
	}
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

// watch makes the rows of a watch.
func (r *round) watch(place int, processes []domain.Process) {
	watch := r.watches[place]
	whole := len(r.question.Names) == 0 || slices.Contains(r.question.Names, watch.Name)
	found := false
	for _, p := range processes {
		if !watch.Select.Matches(p.ID) {
			continue
		}
		found = true
		if r.wants(watch, p.ID) {
			r.process(place, p)
		}
	}
	if !found && whole && r.question.PID == 0 {
		row := Row{Section: watch.Name, Process: watch.Select.String(), Check: "-", Judged: true,
			Reason: "supervisord has no such process; \"supervisorctl update\" adds those that were written lately"}
		if r.away != nil {
			row.Reason = "which processes these are is known to supervisord alone"
		}
		r.rows = append(r.rows, row)
	}
}

// process makes the rows of one process.
func (r *round) process(place int, p domain.Process) {
	watch := r.watches[place]
	row := Row{Section: watch.Name, Process: shown(p.ID), Check: "-"}
	j := judged{subject: subject{place, p.Instance()}, uptime: p.Uptime, first: len(r.rows), done: "restarted"}
	_, again := r.streaks[j.subject]
	switch {
	case r.away != nil:
		for _, check := range watch.Checks {
			r.unattended(row, check, p)
		}
	case p.State != domain.Running:
		r.rows = append(r.rows, r.down(row, watch.Policy, p))
		j.done = "started"
	default:
		for _, check := range watch.Checks {
			r.jobs = append(r.jobs, job{row: len(r.rows), watch: place, check: check, process: p, again: again})
			r.rows = append(r.rows, row)
		}
	}
	j.last = len(r.rows)
	r.judged = append(r.judged, j)
}

// down is what is said of a process that does not run.
func (r *round) down(row Row, policy domain.Policy, p domain.Process) Row {
	settings, asked := r.exits[p.ID]
	wrong := p.State == domain.Fatal || p.State == domain.Backoff || p.State == domain.Exited && asked && !slices.Contains(settings.ExitCodes, p.ExitStatus)
	if !wrong {
		row.Reason = fmt.Sprintf("it is %s, and only what is RUNNING is judged", p.State)
		return row
	}
	v := domain.Down(p)
	row.Judged, row.Health, row.Reason = true, v.Health, strings.TrimSuffix(v.Reason, ": ")
	if !policy.Recovers(p.State) {
		row.Follows = "nothing, for recover does not have " + strings.ToLower(p.State.String())
	}
	return row
}

// Package web lets others see what a listener knows: over HTTP, on a unix socket of its own. It never holds the listener up: what it
// shows is a snapshot that is at most half a second old, however many ask for it.
package web

import (
	"fmt"
	"strings"
	"time"

	"supervisor-healthcheck/adapters/words"
	"supervisor-healthcheck/domain"
)

// Version is that of the documents: it changes when a field goes or means something else, not when one is added.
const Version = 1

// Status is the document of /v1/status. Times are RFC 3339, durations are seconds.
type Status struct {
	Version   int       `json:"version"`
	At        time.Time `json:"at"`
	Listener  Listener  `json:"listener"`
	Watches   []Watch   `json:"watches"`
	Processes []Process `json:"processes"` // in supervisord's order; those that a watch looks after
}

// Listener is who tells.
type Listener struct {
	Name        string    `json:"name"` // as supervisorctl has it; empty: it was run by hand
	Program     string    `json:"program"`
	PID         int       `json:"pid"`
	Started     time.Time `json:"started"`
	Supervisord string    `json:"supervisord"`
	Config      string    `json:"config,omitempty"`
	LastTick    time.Time `json:"last_tick,omitzero"`
	Period      float64   `json:"period_seconds,omitempty"`
	Trouble     string    `json:"trouble,omitempty"` // why what it says may be old
}

// Watch is one [healthcheck:NAME], or the check of a single listener.
type Watch struct {
	Name      string    `json:"name"`
	Processes int       `json:"processes"`
	Failing   int       `json:"failing"`
	Round     time.Time `json:"last_round,omitzero"`
}

// Process is how a process is.
type Process struct {
	Name      string           `json:"name"` // as supervisorctl has it
	State     string           `json:"state"`
	PID       int              `json:"pid,omitempty"`
	Uptime    float64          `json:"uptime_seconds,omitempty"`
	Condition domain.Condition `json:"condition"`
	Reason    string           `json:"reason,omitempty"` // of the worst verdict
	Follows   string           `json:"follows,omitempty"`
	Since     time.Time        `json:"since,omitzero"`   // it is well, or is not
	Paused    *Paused          `json:"paused,omitempty"` // somebody wants nothing to be done about it
	Restarts  Restarts         `json:"restarts"`
	Verdicts  []Verdict        `json:"verdicts"` // one for each watch that looks after it
}

// Paused is for how long, and why.
type Paused struct {
	Until  time.Time `json:"until"`
	Reason string    `json:"reason,omitempty"`
}

// Restarts are those that we have done, as far as they are remembered.
type Restarts struct {
	Count int       `json:"count"` // of the last hour
	Used  int       `json:"used,omitempty"`
	Limit int       `json:"limit,omitempty"`
	Per   float64   `json:"per_seconds,omitempty"`
	Last  time.Time `json:"last,omitzero"`
}

// Verdict is what one watch says.
type Verdict struct {
	Watch    string    `json:"watch"`
	Check    string    `json:"check,omitempty"`
	Health   string    `json:"health"`
	Reason   string    `json:"reason,omitempty"`
	Follows  string    `json:"follows,omitempty"`
	Decision string    `json:"decision"` // a word for programs: keep, hold, do, give up
	Cause    string    `json:"cause"`    // likewise
	Warnings []string  `json:"warnings,omitempty"`
	Measures []Measure `json:"measures,omitempty"`
	Failing  int       `json:"failing"` // unhealthy rounds in a row
	At       time.Time `json:"at,omitzero"`
	Took     float64   `json:"took_seconds,omitempty"`
}

// Measure is a number that a check has measured.
type Measure struct {
	Check    string          `json:"check"` // its name
	Of       domain.Measured `json:"of"`    // says the unit too
	Value    float64         `json:"value"`
	Limit    float64         `json:"limit,omitempty"`            // the most that is healthy
	Forecast float64         `json:"forecast_seconds,omitempty"` // until the limit will be reached
}

// status is the document of a snapshot.
func (l Listener) status(s domain.Snapshot) Status {
	l.LastTick, l.Period = s.LastTick, s.Period.Seconds()
	l.Trouble = l.trouble(s)
	status := Status{Version: Version, At: s.At, Listener: l, Watches: make([]Watch, 0, len(s.Watches)), Processes: make([]Process, 0, len(s.Processes))}
	for _, w := range s.Watches {
		status.Watches = append(status.Watches, Watch{Name: w.Name, Processes: w.Processes, Failing: w.Failing, Round: w.Round})
	}
	for _, p := range s.Processes {
		status.Processes = append(status.Processes, process(p, s.At))
	}
	return status
}

// The longest time without a tick that is not strange: supervisord may be busy for a while, and only TICK_3600 may be wanted.
const (
	firstTick   = 90 * time.Second
	tickMargin  = 30 * time.Second
	lostPeriods = 3
)

// trouble is what makes a listener itself unwell.
func (l Listener) trouble(s domain.Snapshot) string {
	last, longest := s.LastTick, lostPeriods*s.Period+tickMargin
	if last.IsZero() || s.Period == 0 {
		last, longest = later(last, l.Started), max(firstTick, longest)
	}
	switch age := s.At.Sub(last); {
	case s.Silent != nil:
		return "supervisord cannot be asked: " + s.Silent.Error()
	case age > longest:
		return fmt.Sprintf("no tick for %s", words.Whole(age))
	}
	return ""
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func process(p domain.ProcessStatus, now time.Time) Process {
	telling, _ := p.Telling()
	out := Process{Name: p.Process.ID.String(), State: p.Process.State.String(), PID: p.Process.PID, Uptime: p.Process.Uptime.Seconds(),
		Condition: p.Condition(), Reason: telling.Verdict.Reason, Follows: words.Now(p, telling, now), Since: later(p.Trouble, p.Well),
		Restarts: restarts(p, now), Verdicts: make([]Verdict, 0, len(p.Verdicts))}
	switch {
	case p.Process.State == domain.Running:
	case p.Process.State == domain.Fatal || p.Process.State == domain.Exited && !p.Expected:
		out.Reason = strings.TrimSuffix(domain.Down(p.Process).Reason, ": ")
	default:
		out.Reason = ""
	}
	if s := p.History.Suspension; s.Left(now) > 0 {
		out.Paused = &Paused{Until: s.Until, Reason: s.Reason}
	}
	for _, v := range p.Verdicts {
		out.Verdicts = append(out.Verdicts, verdict(p, v, now))
	}
	return out
}

func restarts(p domain.ProcessStatus, now time.Time) Restarts {
	var r Restarts
	for _, a := range p.History.Acts {
		if a.Death || a.Dry {
			continue
		}
		if r.Last = a.At; now.Sub(a.At) < time.Hour {
			r.Count++
		}
	}
	for _, v := range p.Verdicts {
		if v.Limit.Count > 0 && (r.Limit == 0 || v.Used*r.Limit > r.Used*v.Limit.Count) {
			r.Used, r.Limit, r.Per = v.Used, v.Limit.Count, v.Limit.Per.Seconds()
		}
	}
	return r
}

func verdict(p domain.ProcessStatus, v domain.VerdictStatus, now time.Time) Verdict {
	out := Verdict{Watch: v.Watch, Check: v.Verdict.Check, Health: v.Verdict.Health.String(), Reason: v.Verdict.Reason, Follows: words.Now(p, v, now),
		Decision: v.Decision.Kind.String(), Cause: v.Decision.Cause.String(), Failing: v.Failing, At: v.At, Took: v.Took.Seconds()}
	for _, w := range v.Verdict.Warnings {
		out.Warnings = append(out.Warnings, w.Check+": "+w.Text)
	}
	for _, m := range v.Verdict.Measures {
		out.Measures = append(out.Measures, Measure(m))
	}
	return out
}

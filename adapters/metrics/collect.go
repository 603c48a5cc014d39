package metrics

import (
	"maps"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/ports"
)

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(prefix+name, help, labels, nil)
}

// Of the listener.
var (
	lastTick  = describe("last_tick_timestamp_seconds", "When the last tick of supervisord came.")
	lastRound = describe("last_round_timestamp_seconds", "When the last round of checks began.")
	reachable = describe("supervisord_reachable", "Whether supervisord's API can be used.")
)

// Of a process.
var (
	process    = []string{"group", "name"}
	running    = describe("process_running", "Whether supervisord says RUNNING.", process...)
	uptime     = describe("process_uptime_seconds", "For how long the process has been running.", process...)
	restarting = describe("restarting", "Whether a restart of ours is under way.", process...)
	suspended  = describe("paused_until_timestamp_seconds", "Until when somebody wants nothing to be done about it; absent if nobody does.", process...)
	restarts   = describe("restarts_total", "Restarts of ours that came to their end.", process...)
	downtime   = describe("restart_seconds_total", "For how long the process was down in these.", process...)
	failed     = describe("failed_starts_total", "Starts of ours after which it did not run.", process...)
	signals    = describe("signals_total", "Signals of ours, where the action is one.", process...)
	held       = describe("held_total", "Checks after which nothing was done about what is unhealthy, by the cause.", "group", "name", "reason")
)

// Of a process under one check.
var (
	check     = []string{"group", "name", "check"}
	unhealthy = describe("unhealthy", "Whether the last verdict is unhealthy.", check...)
	unknown   = describe("unknown", "Whether it could not be judged last.", check...)
	inARow    = describe("failures_in_a_row", "Unhealthy checks in a row that count.", check...)
	givenUp   = describe("given_up", "Whether nothing is done about it any more.", check...)
	warnings  = describe("warnings", "How many things the checks warn of.", check...)
	took      = describe("last_probe_duration_seconds", "How long the checks took last.", check...)
)

// Describe implements prometheus.Collector: which metrics there are depends on what is known.
func (m *Metrics) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector.
func (m *Metrics) Collect(out chan<- prometheus.Metric) {
	viewer, done := m.known()
	if viewer == nil {
		return
	}
	s := viewer.Snapshot()
	c := collector{out, s.At}
	c.time(lastTick, s.LastTick)
	var round time.Time
	for _, w := range s.Watches {
		if w.Round.After(round) {
			round = w.Round
		}
	}
	c.time(lastRound, round)
	c.gauge(reachable, one(s.Silent == nil))
	for _, p := range s.Processes {
		c.process(p)
		c.counts(p.Process.ID, done[p.Process.ID])
	}
	m.forget(s)
}

// known is a copy of what was counted.
func (m *Metrics) known() (ports.Viewer, map[domain.ID]counts) {
	m.mu.Lock()
	defer m.mu.Unlock()
	done := make(map[domain.ID]counts, len(m.done))
	for id, c := range m.done {
		one := *c
		one.held = maps.Clone(c.held)
		done[id] = one
	}
	return m.viewer, done
}

// forget drops what was counted of processes that are no more.
func (m *Metrics) forget(s domain.Snapshot) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.done) <= len(s.Processes) {
		return
	}
	there := make(map[domain.ID]bool, len(s.Processes))
	for _, p := range s.Processes {
		there[p.Process.ID] = true
	}
	maps.DeleteFunc(m.done, func(id domain.ID, _ *counts) bool { return !there[id] })
}

type collector struct {
	out chan<- prometheus.Metric
	now time.Time
}

func (c collector) send(d *prometheus.Desc, kind prometheus.ValueType, value float64, labels []string) {
	c.out <- prometheus.MustNewConstMetric(d, kind, value, labels...)
}

func (c collector) gauge(d *prometheus.Desc, value float64, labels ...string) {
	c.send(d, prometheus.GaugeValue, value, labels)
}

func (c collector) total(d *prometheus.Desc, value float64, labels ...string) {
	c.send(d, prometheus.CounterValue, value, labels)
}

// time leaves out a time that has not been yet: its metric would say 1970.
func (c collector) time(d *prometheus.Desc, t time.Time, labels ...string) {
	if !t.IsZero() {
		c.gauge(d, float64(t.UnixMilli())/1000, labels...)
	}
}

func (c collector) process(p domain.ProcessStatus) {
	group, name := p.Process.Group, p.Process.Name
	c.gauge(running, one(p.Process.State == domain.Running), group, name)
	c.gauge(uptime, p.Process.Uptime.Seconds(), group, name)
	c.gauge(restarting, one(p.Restart != nil), group, name)
	if s := p.History.Suspension; s.Left(c.now) > 0 {
		c.time(suspended, s.Until, group, name)
	}
	for _, v := range p.Verdicts {
		c.gauge(givenUp, one(v.Decision.Kind == domain.GiveUp), group, name, v.Watch)
		if v.At.IsZero() {
			continue
		}
		c.gauge(unhealthy, one(v.Verdict.Health == domain.Unhealthy), group, name, v.Watch)
		c.gauge(unknown, one(v.Verdict.Health == domain.Unknown), group, name, v.Watch)
		c.gauge(inARow, float64(v.Failing), group, name, v.Watch)
		c.gauge(warnings, float64(len(v.Verdict.Warnings)), group, name, v.Watch)
		c.gauge(took, v.Took.Seconds(), group, name, v.Watch)
	}
}

func (c collector) counts(id domain.ID, n counts) {
	c.total(restarts, n.restarts, id.Group, id.Name)
	c.total(downtime, n.down.Seconds(), id.Group, id.Name)
	c.total(failed, n.failed, id.Group, id.Name)
	c.total(signals, n.signals, id.Group, id.Name)
	for cause, count := range n.held {
		c.total(held, count, id.Group, id.Name, cause.String())
	}
}

func one(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

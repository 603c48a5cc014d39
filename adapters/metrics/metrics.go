// Package metrics tells Prometheus what a listener knows and has done. Its labels are the group and the name of a process, and for the
// check the section, or the name that a single listener was given: all of them stay the same for as long as the configuration does. No
// pid, reason or URL is ever a label.
package metrics

import (
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/ports"
)

var _ ports.Reporter = (*Metrics)(nil)

const prefix = "supervisor_healthcheck_"

// Metrics counts what happens, as a ports.Reporter, and shows it beside what is known now. It may be used by several goroutines at once.
type Metrics struct {
	registry *prometheus.Registry
	probes   *prometheus.HistogramVec // by group and check

	mu     sync.Mutex
	viewer ports.Viewer // nil: nothing is known yet
	done   map[domain.ID]*counts
}

// counts are what has happened to a process since the listener began.
type counts struct {
	restarts, failed, signals float64
	down                      time.Duration
	held                      map[domain.Cause]float64
}

// New returns metrics of a program of this version.
func New(version string) *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry(), done: map[domain.ID]*counts{}}
	m.probes = prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: prefix + "probe_duration_seconds", Help: "How long the checks of a process took, together.",
		Buckets: []float64{0.001, 0.005, 0.025, 0.1, 0.5, 1, 2.5, 5, 10, 30},
	}, []string{"group", "check"})
	build := prometheus.NewGauge(prometheus.GaugeOpts{Name: prefix + "build_info", Help: "The version of the program; always 1.",
		ConstLabels: prometheus.Labels{"version": version}})
	build.Set(1)
	m.registry.MustRegister(m.probes, build, m)
	return m
}

// Show has what the viewer knows shown from now on.
func (m *Metrics) Show(v ports.Viewer) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.viewer = v
}

// Report implements ports.Reporter.
func (m *Metrics) Report(r domain.Report) {
	switch r.Kind {
	case domain.ReportProbed:
		m.probes.WithLabelValues(r.Process.Group, r.Watch).Observe(r.Took.Seconds())
		if r.Decision.Kind == domain.Hold || r.Decision.Kind == domain.GiveUp {
			m.count(r.Process, func(c *counts) { c.held[r.Decision.Cause]++ })
		}
	case domain.ReportRestarted:
		m.count(r.Process, func(c *counts) {
			c.restarts++
			c.down += r.Took
		})
	case domain.ReportNotStarted:
		m.count(r.Process, func(c *counts) { c.failed++ })
	case domain.ReportSignalled:
		if r.Err == nil {
			m.count(r.Process, func(c *counts) { c.signals++ })
		}
	}
}

func (m *Metrics) count(id domain.ID, add func(*counts)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	c := m.done[id]
	if c == nil {
		c = &counts{held: map[domain.Cause]float64{}}
		m.done[id] = c
	}
	add(c)
}

// Handler serves them in the text format, and in that of OpenMetrics to those who ask for it.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{EnableOpenMetrics: true, DisableCompression: true})
}

// WriteFile writes them into a file for the textfile collector of node_exporter: beside it, and then in its place.
func (m *Metrics) WriteFile(path string) error { return prometheus.WriteToTextfile(path, m.registry) }

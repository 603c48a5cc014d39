// Package metrics tells Prometheus what a listener knows and has done. Its labels are the group and the name of a process, and for the
// check the section, or the name that a single listener was given: all of them stay the same for as long as the configuration does. No
// pid, reason or URL is ever a label.
package metrics

import (
	"cmp"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/ports"
)

var _ ports.Reporter = (*Metrics)(nil)

const prefix = "supervisor_healthcheck_"

// Metrics counts what happens, as a ports.Reporter, and shows it beside what is known now. It may be used by several goroutines at once.
type Metrics struct {
	registry func() *prometheus.Registry // of what is the same for all processes; made when somebody asks
	probes   *prometheus.HistogramVec    // by group and check

	mu     sync.Mutex
	viewer ports.Viewer // nil: nothing is known yet
	done   map[domain.ID]*counts
}

// counts are what has happened to a process since the listener began.
type counts struct {
	restarts, failed, signals float64
	down                      time.Duration
	held                      [domain.Causes]float64 // by the cause
	last                      time.Time              // when something was counted
}

// New returns metrics of a program of this version.
func New(version string) *Metrics {
	m := &Metrics{done: map[domain.ID]*counts{}}
	m.probes = prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: prefix + "probe_duration_seconds", Help: "How long the checks of a process took, together.",
		Buckets: []float64{0.001, 0.005, 0.025, 0.1, 0.5, 1, 2.5, 5, 10, 30},
	}, []string{"group", "check"})
	m.registry = sync.OnceValue(func() *prometheus.Registry {
		build := prometheus.NewGauge(prometheus.GaugeOpts{Name: prefix + "build_info", Help: "The version of the program; always 1.",
			ConstLabels: prometheus.Labels{"version": version}})
		build.Set(1)
		registry := prometheus.NewRegistry()
		registry.MustRegister(m.probes, build)
		return registry
	})
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
		if undone(r.Decision) {
			m.count(r, func(c *counts) { c.held[r.Decision.Cause]++ })
		}
	case domain.ReportRestarted:
		m.count(r, func(c *counts) {
			c.restarts++
			c.down += r.Took
		})
	case domain.ReportNotStarted:
		m.count(r, func(c *counts) { c.failed++ })
	case domain.ReportSignalled:
		if r.Err == nil {
			m.count(r, func(c *counts) { c.signals++ })
		}
	}
}

// undone reports whether nothing is done about what is unhealthy.
func undone(d domain.Decision) bool {
	return d.Kind == domain.Hold || d.Kind == domain.GiveUp || d.Cause == domain.CauseObserve || d.Cause == domain.CauseNoAction
}

func (m *Metrics) count(r domain.Report, add func(*counts)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	c := m.done[r.Process]
	if c == nil {
		c = new(counts)
		m.done[r.Process] = c
	}
	add(c)
	c.last = r.At
}

// known takes a snapshot, and makes subjects of its processes. What was counted of processes that are no more is forgotten.
func (m *Metrics) known(s *sheet) (domain.Snapshot, bool) {
	m.mu.Lock()
	viewer := m.viewer
	m.mu.Unlock()
	if viewer == nil {
		return domain.Snapshot{}, false
	}
	snapshot := viewer.Snapshot()
	m.mu.Lock()
	defer m.mu.Unlock()
	s.subjects = s.subjects[:0]
	there := 0
	for i := range snapshot.Processes {
		p := subject{ProcessStatus: &snapshot.Processes[i], now: snapshot.At}
		if c := m.done[p.Process.ID]; c != nil {
			p.counts = *c
			there++
		}
		s.subjects = append(s.subjects, p)
	}
	if there < len(m.done) {
		m.forget(snapshot)
	}
	return snapshot, true
}

// forget keeps what was counted since the snapshot, which may be older than the process.
func (m *Metrics) forget(s domain.Snapshot) {
	there := make(map[domain.ID]bool, len(s.Processes))
	for _, p := range s.Processes {
		there[p.Process.ID] = true
	}
	maps.DeleteFunc(m.done, func(id domain.ID, c *counts) bool { return !there[id] && c.last.Before(s.At) })
}

// Handler serves them in the text format, and in that of OpenMetrics to those who ask for it.
func (m *Metrics) Handler() http.Handler {
	formats := expfmt.DefaultOpenMetricsAcceptedFormats()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s := sheets.Get().(*sheet)
		defer sheets.Put(s)
		format := expfmt.NegotiateAccept(r.Header, formats...)
		if err := m.write(s, format); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", string(format))
		w.Header().Set("Content-Length", strconv.Itoa(s.text.Len()))
		_, _ = w.Write(s.text.Bytes()) // who has gone away reads nothing
	})
}

// WriteFile writes them into a file for the textfile collector of node_exporter: beside it, and then in its place.
func (m *Metrics) WriteFile(path string) error {
	s := sheets.Get().(*sheet)
	defer sheets.Put(s)
	if err := m.write(s, expfmt.NewFormat(expfmt.TypeTextPlain)); err != nil {
		return err
	}
	beside, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path))
	if err != nil {
		return err
	}
	defer os.Remove(beside.Name()) // fails where all went well
	_, err = beside.Write(s.text.Bytes())
	if err := cmp.Or(err, beside.Chmod(0o644), beside.Close()); err != nil {
		return err
	}
	return os.Rename(beside.Name(), path)
}

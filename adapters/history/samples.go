package history

import (
	"slices"
	"time"

	"supervisor-healthcheck/domain"
)

// Sample is how a process was in a span of time, under all watches.
type Sample struct {
	At        time.Time        `json:"at"` // the end of the span
	Condition domain.Condition `json:"condition"`
	Took      float64          `json:"took_seconds"`      // how long its checks took at most; 0: it was not judged
	Watches   []Watched        `json:"watches,omitempty"` // where several look after it
	Measures  []Measured       `json:"measures"`
}

// Watched is how it was under one of them.
type Watched struct {
	Watch     string           `json:"watch"`
	Condition domain.Condition `json:"condition"`
	Took      float64          `json:"took_seconds"`
}

// Measured is what a check has measured; see domain.Measure.
type Measured struct {
	Watch    string          `json:"watch"`
	Check    string          `json:"check"`
	Of       domain.Measured `json:"of"`
	Value    float64         `json:"value"`
	Limit    float64         `json:"limit,omitempty"`
	Forecast float64         `json:"forecast_seconds,omitempty"`
}

// add folds a row into the sample.
func (s *Sample) add(r Row) {
	i := slices.IndexFunc(s.Watches, func(w Watched) bool { return w.Watch == r.Watch })
	if i < 0 {
		i = len(s.Watches)
		s.Watches = append(s.Watches, Watched{Watch: r.Watch, Condition: domain.ConditionHealthy})
	}
	w := &s.Watches[i]
	w.Condition, w.Took = worst(w.Condition, r.Condition), max(w.Took, r.Took)
	for _, m := range r.Measures {
		s.measure(Measured{Watch: r.Watch, Check: m.Check, Of: m.Of, Value: m.Value, Limit: m.Limit, Forecast: m.Forecast})
	}
	s.whole()
}

func (s *Sample) measure(m Measured) {
	i := slices.IndexFunc(s.Measures, func(o Measured) bool { return o.Watch == m.Watch && o.Check == m.Check && o.Of == m.Of })
	if i < 0 {
		s.Measures = append(s.Measures, m)
		return
	}
	m.Value = worse(m.Of, s.Measures[i].Value, m.Value)
	s.Measures[i] = m
}

// join folds a later sample into this one.
func (s *Sample) join(later Sample) {
	s.At = later.At
	for _, w := range later.Watches {
		s.add(Row{Watch: w.Watch, Condition: w.Condition, Took: w.Took})
	}
	for _, m := range later.Measures {
		s.measure(m)
	}
}

// whole has the sample tell the worst of its watches.
func (s *Sample) whole() {
	s.Condition, s.Took = domain.ConditionHealthy, 0
	for _, w := range s.Watches {
		s.Condition, s.Took = worst(s.Condition, w.Condition), max(s.Took, w.Took)
	}
}

func worst(a, b domain.Condition) domain.Condition { return domain.Worst()[min(code(a), code(b))] }

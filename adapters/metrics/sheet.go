package metrics

import (
	"bytes"
	"errors"
	"io"
	"sync"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"supervisor-healthcheck/domain"
)

// sheet is what one scrape needs: it makes one family after the other of the same parts, so that a scrape of a thousand processes
// leaves next to nothing behind. It is kept for the next one.
type sheet struct {
	text     bytes.Buffer
	encoder  expfmt.Encoder
	err      error
	family   dto.MetricFamily
	samples  []*sample // as many as the largest family had; the first len(family.Metric) are in use
	subjects []subject
	labels   labels
}

// sample is a series with its value, whether that is a gauge or a counter.
type sample struct {
	metric  dto.Metric
	gauge   dto.Gauge
	counter dto.Counter
	value   float64
}

var sheets = sync.Pool{New: func() any { return new(sheet) }}

// write makes the whole document. What is written stays valid until the sheet is used again.
func (m *Metrics) write(s *sheet, format expfmt.Format) error {
	s.text.Reset()
	s.encoder, s.err = expfmt.NewEncoder(&s.text, format.WithEscapingScheme(model.NoEscaping)), nil // no name of ours needs it
	others, err := m.registry().Gather()
	for _, family := range others {
		err = errors.Join(err, s.encoder.Encode(family))
	}
	if snapshot, known := m.known(s); known {
		s.known(snapshot)
	}
	if closer, must := s.encoder.(io.Closer); must {
		err = errors.Join(err, closer.Close())
	}
	clear(s.subjects)
	return errors.Join(err, s.err)
}

// known writes what is known of a snapshot, whose processes are the subjects.
func (s *sheet) known(snapshot domain.Snapshot) {
	for _, f := range ofListener {
		begin(s, f)
		add(s, f, snapshot, nil)
		s.end()
	}
	s.labels.of(s.subjects)
	for _, f := range ofProcess {
		begin(s, f)
		for i := range s.subjects {
			add(s, f, &s.subjects[i], s.labels.processes.all[i])
		}
		s.end()
	}
	begin(s, ofCause)
	for i := range s.subjects {
		for cause, n := range s.subjects[i].held {
			if n > 0 {
				add(s, ofCause, n, s.labels.cause(s.labels.processes.all[i], domain.Cause(cause)))
			}
		}
	}
	s.end()
	for _, f := range ofVerdict {
		begin(s, f)
		next := 0
		for i := range s.subjects {
			for j := range s.subjects[i].Verdicts {
				add(s, f, &s.subjects[i].Verdicts[j], s.labels.verdicts.all[next])
				next++
			}
		}
		s.end()
	}
	s.measured()
}

func (s *sheet) measured() {
	for _, f := range ofMeasured {
		begin(s, f.family)
		for i := range s.labels.measured {
			if m := &s.labels.measured[i]; m.Of == f.of {
				add(s, f.family, m, s.labels.measures.all[i])
			}
		}
		s.end()
	}
}

func begin[T any](s *sheet, f family[T]) {
	name, kind := prefix+f.name, f.kind()
	s.family.Name, s.family.Help, s.family.Type, s.family.Metric = &name, &f.help, &kind, s.family.Metric[:0]
}

func add[T any](s *sheet, f family[T], of T, labels []*dto.LabelPair) {
	value, is := f.value(of)
	if !is {
		return
	}
	n := len(s.family.Metric)
	if n == len(s.samples) {
		s.samples = append(s.samples, newSample())
	}
	one := s.samples[n]
	one.value, one.metric.Label, one.metric.Gauge, one.metric.Counter = value, labels, nil, nil
	if *s.family.Type == dto.MetricType_COUNTER {
		one.metric.Counter = &one.counter
	} else {
		one.metric.Gauge = &one.gauge
	}
	s.family.Metric = append(s.family.Metric, &one.metric)
}

func newSample() *sample {
	one := new(sample)
	one.gauge.Value, one.counter.Value = &one.value, &one.value
	return one
}

// end writes the family, if there is anything in it.
func (s *sheet) end() {
	if len(s.family.Metric) > 0 && s.err == nil {
		s.err = s.encoder.Encode(&s.family)
	}
}

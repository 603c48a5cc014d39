package metrics

import (
	"slices"

	dto "github.com/prometheus/client_model/go"

	"supervisor-healthcheck/domain"
)

// labels are those of all series of a scrape, in the order of the subjects: of each process, of its verdicts, and of their measures.
// What it is made of is used again and again.
type labels struct {
	processes, verdicts, measures rows
	measured                      []domain.Measure // of measures
	pairs                         []*label
	used                          int
}

// label is a pair with its value.
type label struct {
	pair  dto.LabelPair
	value string
}

// rows are lists of pairs, one for each series.
type rows struct {
	all  [][]*dto.LabelPair
	used int
}

func (r *rows) add(pairs ...*dto.LabelPair) []*dto.LabelPair {
	if r.used == len(r.all) {
		r.all = append(r.all, nil)
	}
	row := append(r.all[r.used][:0], pairs...)
	r.all[r.used] = row
	r.used++
	return row
}

var nameGroup, nameName, nameCheck, nameProbe, nameReason = "group", "name", "check", "probe", "reason"

func (l *labels) pair(name *string, value string) *dto.LabelPair {
	if l.used == len(l.pairs) {
		one := new(label)
		one.pair.Value = &one.value
		l.pairs = append(l.pairs, one)
	}
	one := l.pairs[l.used]
	one.pair.Name, one.value = name, value
	l.used++
	return &one.pair
}

// of makes them. All series of a process share the pairs that are the same.
func (l *labels) of(all []subject) {
	l.used, l.processes.used, l.verdicts.used, l.measures.used, l.measured = 0, 0, 0, 0, l.measured[:0]
	for _, p := range all {
		group, name := l.pair(&nameGroup, p.Process.Group), l.pair(&nameName, p.Process.Name)
		l.processes.add(group, name)
		for i := range p.Verdicts {
			check := l.pair(&nameCheck, p.Verdicts[i].Watch)
			l.verdicts.add(check, group, name)
			measures := p.Verdicts[i].Verdict.Measures
			for j, m := range measures {
				again := func(other domain.Measure) bool { return other.Check == m.Check && other.Of == m.Of }
				if slices.ContainsFunc(measures[:j], again) {
					continue // two checks of the same name: a series must be one
				}
				l.measures.add(check, group, name, l.pair(&nameProbe, m.Check))
				l.measured = append(l.measured, m)
			}
		}
	}
}

// cause are those of a process and a cause.
func (l *labels) cause(process []*dto.LabelPair, c domain.Cause) []*dto.LabelPair {
	return append(slices.Clone(process), l.pair(&nameReason, c.String()))
}

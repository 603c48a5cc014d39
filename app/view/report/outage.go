package report

import (
	"slices"
	"time"

	"supervisor-healthcheck/domain"
)

// Troubles that begin within so long may have one cause. So many processes at least are an outage, if no restart of them was held for that.
const (
	together = 2 * time.Minute
	several  = 3
)

// sharing are the causes of what is held because others are in trouble too.
func sharing() []string {
	return []string{domain.CauseMass.String(), domain.CauseShared.String(), domain.CauseBlocked.String()}
}

// cluster is troubles that began together.
type cluster []*trouble

// clusters puts together what began together under one supervisord.
func (a *all) clusters() (all []cluster) {
	for _, supervisord := range a.supervisords() {
		var troubles cluster
		for _, p := range a.processes {
			for _, t := range p.troubles {
				if t.counts && p.supervisord == supervisord {
					troubles = append(troubles, t)
				}
			}
		}
		slices.SortStableFunc(troubles, func(x, y *trouble) int { return x.begin.Compare(y.begin) })
		for len(troubles) > 0 {
			n := 0
			for n < len(troubles) && troubles[n].begin.Sub(troubles[0].begin) <= together {
				n++
			}
			all, troubles = append(all, troubles[:n]), troubles[n:]
		}
	}
	return all
}

func (a *all) outages() (found []Outage) {
	for _, c := range a.clusters() {
		o := c.outage()
		if len(o.Processes) >= several || len(o.Causes) > 0 {
			found = append(found, o)
		}
	}
	slices.SortStableFunc(found, func(x, y Outage) int { return x.From.Compare(y.From) })
	return found
}

func (c cluster) outage() Outage {
	o := Outage{From: c[0].begin, Processes: []string{}, Causes: []string{}}
	var end time.Time
	for _, t := range c {
		end, o.Open = later(end, t.end), o.Open || t.outcome == open
		if !slices.Contains(o.Processes, t.process.name) {
			o.Processes = append(o.Processes, t.process.name)
		}
		for _, cause := range t.causes {
			if slices.Contains(sharing(), cause) && !slices.Contains(o.Causes, cause) {
				o.Causes = append(o.Causes, cause)
			}
		}
	}
	slices.Sort(o.Processes)
	slices.Sort(o.Causes)
	o.Seconds, o.Restarts = end.Sub(o.From).Seconds(), len(c.acts())
	return o
}

// acts are what was done about the processes while they were in trouble.
func (c cluster) acts() (all []*act) {
	for _, t := range c {
		for _, one := range t.process.acts {
			if !one.at.Before(t.begin) && !one.at.After(t.end) && !slices.Contains(all, one) {
				all = append(all, one)
			}
		}
	}
	return all
}

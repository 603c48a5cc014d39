package engine

import (
	"slices"
	"time"

	"supervisor-healthcheck/domain"
)

// watch is one of the watches, with the processes that it looks after.
type watch struct {
	domain.Watch
	index   int
	members []*process          // in supervisord's order
	round   time.Time           // when its last round began
	judged  time.Time           // when the last verdict came, or there was nobody to judge
	told    int                 // members, as last reported; -1 before that
	idle    []domain.StateCount // the states at the last round, if none of the members could be judged
	outage  outage
	waiting []*record // Unhealthy, and undecided until others are judged
	depends []dependency
	needs   []*watch          // those that it depends on, directly or not
	ports   map[int][]*record // those that share a TCP port with others, by that port
}

// due reports whether a round of the watch is to begin. Ticks come up to a second early or late.
func (w *watch) due(now time.Time) bool {
	return w.round.IsZero() || now.Sub(w.round) >= w.Policy.Interval-time.Second
}

// recordsFor returns a record for each watch that selects the process, nil if none does.
func (e *Engine) recordsFor(p *process) []*record {
	if e.config.ours(p.ID) {
		return nil
	}
	var records []*record
	for _, w := range e.selectors.of(p.ID) {
		records = append(records, &record{watch: w, process: p})
	}
	return records
}

// record is what one watch knows of the process, nil if it does not look after it.
func (p *process) record(w *watch) *record {
	for _, r := range p.records {
		if r.watch == w {
			return r
		}
	}
	return nil
}

func (w *watch) census(states []domain.StateCount) *domain.Census {
	return &domain.Census{Selection: w.Select.String(), Processes: len(w.members), States: states}
}

// states counts the members by state.
func (w *watch) states() []domain.StateCount {
	var counts []domain.StateCount
	for _, p := range w.members {
		i := slices.IndexFunc(counts, func(c domain.StateCount) bool { return c.State == p.State })
		if i < 0 {
			counts = append(counts, domain.StateCount{State: p.State})
			i = len(counts) - 1
		}
		counts[i].Count++
	}
	return counts
}

// idleAfter is for how long none of the processes of a watch may be judged before that is reported, as long as one of them
// is on its way to a state in which it could be.
const idleAfter = time.Minute

// tellMembers reports how many processes a watch looks after, whenever that changes, and in which states they are when for
// a while none of them can be judged.
func (e *Engine) tellMembers(w *watch, now time.Time) {
	if w.told != len(w.members) {
		w.told = len(w.members)
		census := w.census(nil)
		census.Observe = w.Policy.Observe
		if len(w.members) == 0 {
			census.Groups = e.groups()
		}
		e.report(domain.Report{Kind: domain.ReportWatching, Watch: w.Name, Census: census}, now)
	}
	about := subject{kind: domain.ReportIdle, watch: w.Name}
	if len(w.members) == 0 || w.judgeable() {
		w.judged = now
		w.idle = nil
		e.notices.news(about, topic{}, now)
		return
	}
	states := w.states()
	lasting := slices.Equal(states, w.idle) && !slices.ContainsFunc(states, moving)
	w.idle = states
	if w.judged.IsZero() {
		w.judged = now
	}
	if !lasting && now.Sub(w.judged) < idleAfter {
		return
	}
	if worth, again := e.notices.news(about, topic{number: 1}, now); worth {
		e.report(domain.Report{Kind: domain.ReportIdle, Watch: w.Name, Census: w.census(states), Again: again}, now)
	}
}

// judgeable reports whether one of the members can be judged, or is being restarted by us.
func (w *watch) judgeable() bool {
	return slices.ContainsFunc(w.members, func(p *process) bool {
		return p.State == domain.Running || p.restarting || w.Policy.Recovers(p.State)
	})
}

// moving reports whether a process in this state is on its way to another.
func moving(c domain.StateCount) bool {
	return c.State == domain.Starting || c.State == domain.Backoff || c.State == domain.Stopping
}

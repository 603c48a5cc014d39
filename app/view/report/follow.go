package report

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"supervisor-healthcheck/adapters/history"
	"supervisor-healthcheck/domain"
)

// told is one event, and which log tells it.
type told struct {
	history.Event
	log int
}

// all is what the events come to, before it is added up.
type all struct {
	now       time.Time
	logs      []*life
	processes []*process
	known     map[[2]string]*process // by supervisord and name
	modes     map[watch]mode
}

// watch is one of a log.
type watch struct {
	log  int
	name string
}

// mode is whether a watch only observes, and since when.
type mode struct {
	observes bool
	since    time.Time
	gone     bool // the last life of its listener has not told of it
}

// life follows the lives of a listener.
type life struct {
	Listener
	supervisord string
	ended       time.Time // of the last life; zero while it lives
	alive       bool      // it has begun, and nothing tells of its end
}

// follow goes through all events from the oldest to the newest.
func follow(logs []Log, since, now time.Time) *all {
	a := &all{now: now, known: map[[2]string]*process{}, modes: map[watch]mode{}}
	var events []told
	for i, l := range logs {
		a.logs = append(a.logs, &life{Listener: Listener{From: l.from(since, now), To: now, Watch: []string{}}, supervisord: l.Supervisord})
		for _, e := range l.Events {
			if !e.At.After(now) {
				events = append(events, told{e, i})
			}
		}
	}
	slices.SortStableFunc(events, func(x, y told) int { return x.At.Compare(y.At) })
	for _, e := range events {
		if e.At.Before(since) {
			a.know(e)
			continue
		}
		a.take(e)
	}
	for _, l := range a.logs {
		if !l.ended.IsZero() {
			l.To = l.ended
		}
	}
	for _, p := range a.processes {
		p.finish(a)
	}
	slices.SortStableFunc(a.processes, func(x, y *process) int {
		return cmp.Or(cmp.Compare(x.supervisord, y.supervisord), cmp.Compare(x.name, y.name))
	})
	return a
}

// from is since when a log tells: not at all, if nothing is kept.
func (l Log) from(since, now time.Time) time.Time {
	switch {
	case !l.Kept.IsZero():
		return later(since, l.Kept)
	case len(l.Events) > 0:
		return later(since, l.Events[0].At)
	}
	return now
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func (a *all) supervisords() []string {
	var names []string
	for _, l := range a.logs {
		if !slices.Contains(names, l.supervisord) {
			names = append(names, l.supervisord)
		}
	}
	return names
}

// know takes what there is to know of the watches of a log.
func (a *all) know(e told) {
	switch e.Kind {
	case history.Began:
		for w, m := range a.modes {
			if m.gone = true; w.log == e.log {
				a.modes[w] = m
			}
		}
	case domain.ReportWatching.String():
		a.watching(e)
	}
}

func (a *all) take(e told) {
	l := a.logs[e.log]
	l.Events++
	a.know(e)
	switch e.Kind {
	case history.Began:
		a.began(e)
	case history.Ended:
		l.ended, l.alive = e.At, false
	case history.Lost:
		lost, _ := strconv.Atoi(e.Fact("count")) // 0 is as much as anybody knows then
		l.Lost += lost
	}
	if e.Process != "" {
		a.process(l.supervisord, e.Process).take(e)
	}
}

// briefly is how long a listener may be away without anybody minding.
const briefly = 5 * time.Minute

// began notes another life of a listener. What it does not tell again may be over.
func (a *all) began(e told) {
	l := a.logs[e.log]
	l.Lives++
	l.Name = cmp.Or(e.Fact("listener"), l.Name)
	switch {
	case l.alive:
		l.Killed++
	case !l.ended.IsZero():
		l.Away += e.At.Sub(l.ended).Seconds()
	}
	for _, p := range a.processes {
		p.doubt(e.log)
		if p.logs[e.log] && !l.ended.IsZero() && e.At.Sub(l.ended) > briefly {
			p.note(l.ended, unknown)
		}
	}
	l.ended, l.alive = time.Time{}, true
}

func (a *all) watching(e told) {
	l := a.logs[e.log]
	if !slices.Contains(l.Watch, e.Watch) {
		l.Watch = append(l.Watch, e.Watch)
		slices.Sort(l.Watch)
	}
	w, observes := watch{e.log, e.Watch}, e.Fact("mode") == "observe"
	m, known := a.modes[w]
	if m.gone = false; !known || m.observes != observes {
		m = mode{observes: observes, since: e.At}
	}
	a.modes[w] = m
	l.Mode = slices.DeleteFunc(l.Mode, func(name string) bool { return name == e.Watch })
	if observes {
		l.Mode = append(l.Mode, e.Watch)
		slices.Sort(l.Mode)
	}
}

func (a *all) process(supervisord, name string) *process {
	key := [2]string{supervisord, name}
	if a.known[key] == nil {
		a.known[key] = &process{supervisord: supervisord, name: name, open: map[watch]*trouble{}, planned: map[watch]bool{}, logs: map[int]bool{}}
		a.processes = append(a.processes, a.known[key])
	}
	return a.known[key]
}

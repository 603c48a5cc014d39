package journal

import (
	"cmp"
	"maps"
	"slices"

	"supervisor-healthcheck/domain"
)

const (
	// mostHistories bounds the histories of a listener. There are more processes than that under no supervisord that is
	// still of use: what would fill the file are names that come and go.
	mostHistories = 2000
	// mostActs bounds the acts of all histories, of which each may have a thousand: as many processes that die over and over
	// would make a file that takes seconds to write, for which every restart waits, and in the end one that is too large to
	// be read. With this many it has some megabytes and takes a tenth of a second.
	mostActs = 20_000
)

// histories returns what was kept and has not aged away meanwhile.
func (d *document) histories(listener name, m moment) map[domain.ID]domain.History {
	found := map[domain.ID]domain.History{}
	for id, i := range d.places(listener) {
		if e := d.Histories[i].aged(m); !e.empty() {
			found[id] = e.restored(m)
		}
	}
	return found
}

// others returns what other listeners than this one have done, by process, and have under way.
func (d *document) others(me owner, m moment) domain.Others {
	all := domain.Others{Histories: map[domain.ID]domain.History{}, Restarts: map[domain.ID]string{}}
	for _, e := range d.Histories {
		if e.Listener == me.Listener {
			continue
		}
		id, h := domain.ID(e.Process), all.Histories[domain.ID(e.Process)]
		its := e.aged(m).restored(m)
		for _, a := range its.Acts {
			a.By, a.Calm = domain.ID(e.Listener).String(), 0
			if !a.Dry {
				h.Acts = append(h.Acts, a)
			}
		}
		if its.Rearmed.After(h.Rearmed) {
			h.Rearmed = its.Rearmed
		}
		if len(h.Acts) > 0 || !h.Rearmed.IsZero() {
			all.Histories[id] = h
		}
	}
	for _, e := range d.Restarts {
		if e.Owner == me {
			continue
		}
		id, r := domain.ID(e.Process), e.restored(m)
		all.Restarts[id] = domain.ID(e.Owner.Listener).String()
		if !r.StartOnly && r.Phase >= domain.StopAccepted {
			h := all.Histories[id]
			h.Acts = append(h.Acts, domain.Act{At: r.Begun, PID: r.Instance.PID, Planned: r.Planned, By: domain.ID(e.Owner.Listener).String()})
			all.Histories[id] = h
		}
	}
	return all
}

// places is where the histories of a listener stand.
func (d *document) places(listener name) map[domain.ID]int {
	places := map[domain.ID]int{}
	for i, e := range d.Histories {
		if e.Listener == listener {
			places[domain.ID(e.Process)] = i
		}
	}
	return places
}

// keep puts the histories in place of the earlier ones and reports whether that makes a difference.
func (d *document) keep(listener name, histories map[domain.ID]domain.History, m moment) (changed bool) {
	places := d.places(listener)
	for _, id := range slices.SortedFunc(maps.Keys(histories), compareIDs) { // so that a file has one order
		i, known := places[id]
		e := historyOf(listener, id, histories[id], m)
		switch {
		case !known && e.empty(), known && e.says(d.Histories[i], m) && !e.renews(d.Histories[i], m):
			continue
		case known:
			d.Histories[i] = e
		default:
			d.Histories = append(d.Histories, e)
		}
		changed = true
	}
	return changed
}

func compareIDs(a, b domain.ID) int {
	return cmp.Or(cmp.Compare(a.Group, b.Group), cmp.Compare(a.Name, b.Name))
}

// prune drops what has become meaningless, whosever it is, and what is too much, so that the file does not grow.
func (d *document) prune(m moment) {
	for i, e := range d.Histories {
		d.Histories[i] = e.aged(m)
	}
	d.Histories = slices.DeleteFunc(d.Histories, history.empty)
	d.bound(m)
}

// bound drops the histories of a listener that has too many, the oldest first and those last that are given up: what was
// learnt can be learnt again, but who was given up would be restarted again.
func (d *document) bound(m moment) {
	slices.SortStableFunc(d.Histories, func(a, b history) int {
		return cmp.Or(cmp.Compare(min(1, len(b.GivenUp)), min(1, len(a.GivenUp))), cmp.Compare(m.since(a.Kept), m.since(b.Kept)))
	})
	count := map[name]int{}
	d.Histories = slices.DeleteFunc(d.Histories, func(e history) bool {
		count[e.Listener]++
		return count[e.Listener] > mostHistories
	})
	d.boundActs()
}

// boundActs leaves the newest acts of each history where all together are too many.
func (d *document) boundActs() {
	all := 0
	for _, e := range d.Histories {
		all += len(e.Acts)
	}
	if all <= mostActs {
		return
	}
	share := max(1, mostActs/len(d.Histories))
	for i, e := range d.Histories {
		d.Histories[i].Acts = e.Acts[max(0, len(e.Acts)-share):]
	}
}

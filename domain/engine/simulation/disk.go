package simulation

import (
	"maps"
	"slices"
	"strings"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/engine"
)

// disk is what outlives the listener.
type disk struct {
	histories  map[domain.ID]domain.History
	unfinished map[domain.ID]domain.Restart
}

func newDisk() disk {
	return disk{histories: map[domain.ID]domain.History{}, unfinished: map[domain.ID]domain.Restart{}}
}

func (d *disk) save(s engine.Save) {
	for id, h := range s.Histories {
		if h.Empty() {
			delete(d.histories, id)
		} else {
			d.histories[id] = h
		}
	}
}

// load is what a new life of the listener reads.
func (d *disk) load() engine.Loaded {
	loaded := engine.Loaded{Histories: maps.Clone(d.histories)}
	ids := slices.SortedFunc(maps.Keys(d.unfinished), func(a, b domain.ID) int { return strings.Compare(a.String(), b.String()) })
	for _, id := range ids {
		loaded.Unfinished = append(loaded.Unfinished, d.unfinished[id])
	}
	return loaded
}

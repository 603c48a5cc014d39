package engine

import (
	"cmp"
	"slices"

	"supervisor-healthcheck/domain"
)

// selectors find the watches that select a process without asking all of them: there may be a watch for each process.
type selectors struct {
	all    []*watch
	groups map[string][]*watch
	ids    map[domain.ID][]*watch
}

func newSelectors(watches []*watch) selectors {
	s := selectors{groups: map[string][]*watch{}, ids: map[domain.ID][]*watch{}}
	for _, w := range watches {
		all, groups, ids := w.Select.Parts()
		if all {
			s.all = append(s.all, w)
		}
		for _, group := range groups {
			s.groups[group] = append(s.groups[group], w)
		}
		for _, id := range ids {
			s.ids[id] = append(s.ids[id], w)
		}
	}
	return s
}

// of returns the watches that select the process, in their order.
func (s selectors) of(id domain.ID) []*watch {
	var found []*watch
	for _, w := range s.all {
		if w.Select.Matches(id) {
			found = append(found, w)
		}
	}
	found = slices.Concat(found, s.groups[id.Group], s.ids[id])
	if len(found) > 1 {
		slices.SortFunc(found, func(a, b *watch) int { return cmp.Compare(a.index, b.index) })
		found = slices.Compact(found)
	}
	return found
}

package gopsutil

import (
	"cmp"
	"slices"
)

// entry is a process and its parent.
type entry struct {
	parent, pid int
}

// table is the process table, ordered by parent.
type table []entry

func newTable(all []entry) table {
	slices.SortFunc(all, func(a, b entry) int { return cmp.Compare(a.parent, b.parent) })
	return all
}

// children appends the children of the process to found.
func (t table) children(pid int, found []int) []int {
	first, _ := slices.BinarySearchFunc(t, pid, func(e entry, parent int) int { return cmp.Compare(e.parent, parent) })
	for _, e := range t[first:] {
		if e.parent != pid {
			break
		}
		found = append(found, e.pid)
	}
	return found
}

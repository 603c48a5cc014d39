package gopsutil

import (
	"cmp"
	"slices"
)

// kin is a process and its parent.
type kin struct {
	parent, pid int
}

// table is the process table, ordered by parent.
type table []kin

func newTable(all []kin) table {
	slices.SortFunc(all, func(a, b kin) int { return cmp.Compare(a.parent, b.parent) })
	return all
}

// children appends the children of the process to found.
func (t table) children(pid int, found []int) []int {
	first, _ := slices.BinarySearchFunc(t, pid, func(k kin, parent int) int { return cmp.Compare(k.parent, parent) })
	for _, k := range t[first:] {
		if k.parent != pid {
			break
		}
		found = append(found, k.pid)
	}
	return found
}

package domain

import (
	"fmt"
	"slices"
	"strings"
)

// Selection says which processes are looked after. The zero value selects none.
type Selection struct {
	all    bool
	groups []string
	ids    []ID
}

// SelectGroup selects every process of a group, as "group:*" does in supervisorctl.
func SelectGroup(group string) Selection { return Selection{groups: []string{group}} }

// SelectID selects one process.
func SelectID(id ID) Selection { return Selection{ids: []ID{id}} }

// And selects what either selects.
func (s Selection) And(other Selection) Selection {
	sum := Selection{all: s.all || other.all}
	for _, group := range slices.Concat(s.groups, other.groups) {
		if !slices.Contains(sum.groups, group) {
			sum.groups = append(sum.groups, group)
		}
	}
	for _, id := range slices.Concat(s.ids, other.ids) {
		if !slices.Contains(sum.ids, id) {
			sum.ids = append(sum.ids, id)
		}
	}
	return sum
}

// Select reads names as supervisorctl understands them: "group:name", "name" for a process in a group of the same
// name, "group:*", and "all".
func Select(names ...string) (Selection, error) {
	var s Selection
	for _, name := range names {
		group, process, colon := strings.Cut(name, ":")
		switch {
		case name == "all":
			s.all = true
		case group == "" || colon && process == "":
			return Selection{}, fmt.Errorf("%q names no process: write \"group:name\", \"name\", \"group:*\" or \"all\"", name)
		case !colon:
			s.ids = append(s.ids, ID{Group: name, Name: name})
		case process == "*":
			s.groups = append(s.groups, group)
		default:
			s.ids = append(s.ids, ID{Group: group, Name: process})
		}
	}
	return s, nil
}

// Matches reports whether the process is selected.
func (s Selection) Matches(id ID) bool {
	return s.all || s.Names(id)
}

// Names reports whether the process is selected by its name or that of its group, and not just because all are.
func (s Selection) Names(id ID) bool {
	return slices.Contains(s.groups, id.Group) || slices.Contains(s.ids, id)
}

// Empty reports whether nothing can ever match.
func (s Selection) Empty() bool { return !s.all && len(s.groups) == 0 && len(s.ids) == 0 }

// String writes the selection in supervisorctl's words.
func (s Selection) String() string {
	var words []string
	if s.all {
		words = append(words, "all")
	}
	for _, group := range s.groups {
		words = append(words, group+":*")
	}
	for _, id := range s.ids {
		words = append(words, id.String())
	}
	return strings.Join(words, " ")
}

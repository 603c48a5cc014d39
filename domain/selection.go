package domain

import (
	"fmt"
	"slices"
	"strings"
)

// Selection says which processes are looked after. The zero value selects none.
type Selection struct {
	all    bool
	but    []string // groups that all does not mean
	groups []string
	ids    []ID
	words  string // as an operator has written it; empty: String finds words
}

// SelectGroup selects every process of a group, as "group:*" does in supervisorctl.
func SelectGroup(group string) Selection { return Selection{groups: []string{group}} }

// SelectID selects one process.
func SelectID(id ID) Selection { return Selection{ids: []ID{id}} }

// SelectIDs selects these processes.
func SelectIDs(ids ...ID) Selection { return Selection{ids: unique(ids)} }

// And selects what either selects.
func (s Selection) And(other Selection) Selection {
	return Selection{
		all:    s.all || other.all,
		but:    both(s, other),
		groups: unique(slices.Concat(s.groups, other.groups)),
		ids:    unique(slices.Concat(s.ids, other.ids)),
	}
}

// both are the groups that neither means by all.
func both(a, b Selection) []string {
	switch {
	case !a.all:
		return b.but
	case !b.all:
		return a.but
	}
	return slices.DeleteFunc(slices.Clone(a.but), func(group string) bool { return !slices.Contains(b.but, group) })
}

// But leaves groups out, unless they or their processes are named.
func (s Selection) But(groups ...string) Selection {
	if s.all {
		s.but = unique(slices.Concat(s.but, groups))
	}
	return s
}

// unique leaves out what was there before.
func unique[T comparable](all []T) []T {
	seen := make(map[T]bool, len(all))
	var once []T
	for _, one := range all {
		if !seen[one] {
			seen[one] = true
			once = append(once, one)
		}
	}
	return once
}

// Called is the same selection with words of its own, which String returns: a thousand processes are no words.
func (s Selection) Called(words string) Selection {
	s.words = words
	return s
}

// Parts are what it is made of: everything, groups, single processes.
func (s Selection) Parts() (all bool, groups []string, ids []ID) { return s.all, s.groups, s.ids }

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
	return s.all && !slices.Contains(s.but, id.Group) || s.Names(id)
}

// Names reports whether the process is selected by its name or that of its group, and not just because all are.
func (s Selection) Names(id ID) bool {
	return slices.Contains(s.groups, id.Group) || slices.Contains(s.ids, id)
}

// Empty reports whether nothing can ever match.
func (s Selection) Empty() bool { return !s.all && len(s.groups) == 0 && len(s.ids) == 0 }

// String writes the selection in supervisorctl's words, unless it has some of its own.
func (s Selection) String() string {
	if s.words != "" {
		return s.words
	}
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

package domain

import (
	"fmt"
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
	if s.all {
		return true
	}
	for _, group := range s.groups {
		if group == id.Group {
			return true
		}
	}
	for _, one := range s.ids {
		if one == id {
			return true
		}
	}
	return false
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

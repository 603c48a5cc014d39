package main

import (
	"errors"
	"strings"

	"supervisor-healthcheck/domain"
)

// target says which processes are looked after.
type target struct {
	name      string
	groups    []string
	processes []domain.ID
}

// Table is the settings that say so.
func (t *target) Table() []domain.Setting {
	itself := func(text string) (string, string) { return text, "" }
	return []domain.Setting{
		domain.Bind(&t.name, itself, func(name string) string { return name }, domain.Setting{
			Word: "check-name", Value: "NAME",
			Flag: domain.Flag{Long: "check-name", Short: 'n', Need: "give the check a name for the log, such as -n web_check"},
			Doc:  "the name of this check in the log",
		}),
		domain.Bind(&t.groups, t.readGroup, func(all []string) string { return strings.Join(all, ", ") }, domain.Setting{
			Word: "process-group", Value: "GROUP",
			Flag: domain.Flag{Long: "process-group", Short: 'g', Repeats: true},
			Doc:  "look after every process of this group; may be given several times",
		}),
		domain.Bind(&t.processes, t.readProcess, names, domain.Setting{
			Word: "process-name", Value: "PROCESS",
			Flag: domain.Flag{Long: "process-name", Short: 'N', Repeats: true},
			Doc:  "look after this process: group:name, or name where both are equal; may be given several times, and leaves out the others of its group",
		}),
	}
}

// readGroup returns the groups with one more.
func (t *target) readGroup(text string) ([]string, string) {
	switch {
	case strings.Contains(text, ":"):
		return nil, "write the name of a group; a single process is named by -N group:name"
	case text == "":
		return t.groups, ""
	}
	return append(t.groups, text), ""
}

// readProcess returns the processes with one more. Unlike supervisorctl's "all", the process "all" is just a name here.
func (t *target) readProcess(text string) ([]domain.ID, string) {
	group, name, colon := strings.Cut(text, ":")
	switch {
	case text == "":
		return t.processes, ""
	case !colon:
		name = group
	case name == "*":
		return nil, "write group:name; a whole group is named by -g group"
	case group == "" || name == "":
		return nil, "write group:name, or name where both are equal"
	}
	return append(t.processes, domain.ID{Group: group, Name: name}), ""
}

func names(ids []domain.ID) string {
	var all []string
	for _, id := range ids {
		all = append(all, id.String())
	}
	return strings.Join(all, ", ")
}

// selection is all that is named. Who names a group and some of its processes means these: the Python commands know the group only
// as that of the process.
func (t *target) selection() domain.Selection {
	var all domain.Selection
	named := map[string]bool{}
	for _, id := range t.processes {
		named[id.Group] = true
		all = all.And(domain.SelectID(id))
	}
	for _, group := range t.groups {
		if !named[group] {
			all = all.And(domain.SelectGroup(group))
		}
	}
	return all
}

// requireTarget refuses a command line that names no process.
func (r *reader) requireTarget(t target) {
	if all := t.selection(); all.Empty() && !r.said["process-group"] && !r.said["process-name"] {
		r.fail(errors.New("-g/--process-group or -N/--process-name is missing: say which processes are looked after, such as -g web or -N web:web_00"))
	}
}

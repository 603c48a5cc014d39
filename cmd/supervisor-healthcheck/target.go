package main

import (
	"errors"
	"strings"

	"supervisor-healthcheck/domain"
)

// targetFlags say which processes are looked after.
type targetFlags struct {
	Name    string   `short:"n" long:"check-name" value-name:"NAME" unquote:"false" need:"give the check a name for the log, such as -n web_check" description:"the name of this check in the log"`
	Group   []string `short:"g" long:"process-group" value-name:"GROUP" unquote:"false" description:"look after every process of this group; may be given several times"`
	Process []string `short:"N" long:"process-name" value-name:"PROCESS" unquote:"false" description:"look after this process: group:name, or name where both are equal; may be given several times, and leaves out the others of its group"`
}

// selection is all that is named. Who names a group and some of its processes means these: the Python commands know the group only
// as that of the process.
func (f *targetFlags) selection(r *reader) domain.Selection {
	var all domain.Selection
	named := map[string]bool{}
	for _, text := range f.Process {
		if text != "" {
			id := r.process("process-name", text)
			named[id.Group] = true
			all = all.And(domain.SelectID(id))
		}
	}
	for _, group := range f.Group {
		if strings.Contains(group, ":") {
			r.refuse("process-group", group, "write the name of a group; a single process is named by -N group:name")
		}
		if group != "" && !named[group] {
			all = all.And(domain.SelectGroup(group))
		}
	}
	if all.Empty() && !r.said["process-group"] && !r.said["process-name"] {
		r.fail(errors.New("-g/--process-group or -N/--process-name is missing: say which processes are looked after, such as -g web or -N web:web_00"))
	}
	return all
}

// process reads the name of one process. Unlike supervisorctl's "all", the process "all" is just a name here.
func (r *reader) process(long, text string) domain.ID {
	group, name, colon := strings.Cut(text, ":")
	switch {
	case !colon:
		name = group
	case name == "*":
		r.refuse(long, text, "write group:name; a whole group is named by -g group")
	case group == "" || name == "":
		r.refuse(long, text, "write group:name, or name where both are equal")
	}
	return domain.ID{Group: group, Name: name}
}

package main

import (
	"errors"
	"strings"

	"supervisor-healthcheck/domain"
)

// targetFlags say which processes are looked after.
type targetFlags struct {
	Name    string `short:"n" long:"check-name" value-name:"NAME" unquote:"false" need:"give the check a name for the log, such as -n web_check" description:"the name of this check in the log"`
	Group   string `short:"g" long:"process-group" value-name:"GROUP" unquote:"false" description:"look after every process of this group"`
	Process string `short:"N" long:"process-name" value-name:"PROCESS" unquote:"false" description:"look after this one process and ignore -g: group:name, or name where both are equal"`
}

func (f *targetFlags) selection(r *reader) domain.Selection {
	switch {
	case f.Process != "":
		return domain.SelectID(r.process("process-name", f.Process))
	case f.Group == "":
		r.fail(errors.New("-g/--process-group or -N/--process-name is missing: say which processes are looked after, such as -g web or -N web:web_00"))
	case strings.Contains(f.Group, ":"):
		r.refuse("process-group", f.Group, "write the name of a group; a single process is named by -N group:name")
	}
	return domain.SelectGroup(f.Group)
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

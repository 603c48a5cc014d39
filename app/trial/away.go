package trial

import (
	"fmt"
	"slices"
	"strings"

	"supervisor-healthcheck/domain"
)

// configured are the processes that stand in for those of a supervisord that cannot be asked: what is configured, and what the
// watches name besides. Of a group of which no process is known there is one without a name.
func (t *Trial) configured() []domain.Process {
	ids := slices.Clone(t.question.Known)
	for _, watch := range t.watches {
		_, groups, named := watch.Select.Parts()
		for _, id := range named {
			if !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
		for _, group := range groups {
			if !slices.ContainsFunc(ids, func(id domain.ID) bool { return id.Group == group }) {
				ids = append(ids, domain.ID{Group: group})
			}
		}
	}
	var all []domain.Process
	for _, id := range ids {
		all = append(all, domain.Process{ID: id, State: domain.StateUnknown})
	}
	return all
}

// unattended makes the row of a check of which only the address may be known.
func (r *round) unattended(row Row, check domain.Check, p domain.Process) {
	a, addressed := check.(domain.Addressed)
	row.Check, row.Judged, row.lacking = check.Name(), true, true
	switch {
	case addressed && a.Addressed(p):
		r.jobs = append(r.jobs, job{row: len(r.rows), check: check, process: p})
		row.lacking = false
	case addressed:
		row.Reason = "its address depends on the name of the process, which supervisord alone knows"
	default:
		row.Reason = "it needs the pid of the process, which supervisord alone knows"
	}
	r.rows = append(r.rows, row)
}

// Absence says that supervisord cannot be asked, and what could not be judged for that. It is empty where it was asked.
func (r Result) Absence() string {
	if r.Away == nil {
		return ""
	}
	var lacking []string
	for _, row := range r.Rows {
		if row.lacking {
			lacking = append(lacking, row.Check+" of "+row.Process)
		}
	}
	text := fmt.Sprintf("supervisord cannot be asked: %v. Whether the processes run is not known", r.Away)
	switch n := len(lacking); {
	case n > mostNamed:
		text += fmt.Sprintf(", and for want of a pid or a name these checks could not be made: %s, and %d more", strings.Join(lacking[:mostNamed], ", "), n-mostNamed)
	case n > 0:
		text += ", and for want of a pid or a name these checks could not be made: " + strings.Join(lacking, ", ")
	}
	return text + "."
}

// mostNamed is how many things a sentence names.
const mostNamed = 8

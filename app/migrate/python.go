package migrate

import (
	"strings"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/checks"
)

// python notes what changes against the Python package, worst first. Written: no password stands elsewhere.
func (m *Made) python(all []checks.Settings, s domain.Selection, written bool) {
	for _, settings := range all {
		switch c := settings.(type) {
		case checks.HTTP:
			m.pythonHTTP(c, written)
			m.pythonRetries(c.Retries)
		case checks.XMLRPC:
			if m.line.Command == "xmlrpc" {
				m.note("this check never worked: supervisor_xmlrpc_check of the Python package ends at its start; now it begins to check")
			}
			m.pythonRetries(c.Retries)
		case checks.TCP:
			m.pythonRetries(c.Retries)
		case checks.CPU:
			m.note("the Python package measured for 3 s at each tick, and judged a new process by the time of the old one; now it is measured from tick to tick, for each life of a process")
		case checks.File:
			if m.line.Command == "complex" {
				m.note("this check never worked: the complex check of the Python package knows no file and ends; now it begins to check")
			}
			m.note("the file counts only if it is a regular file of root or of the process's own user; the log calls the check heartbeat")
		}
	}
	_, groups, ids := s.Parts()
	switch {
	case len(groups)+len(ids) < 2:
	case len(ids) > 0:
		m.note("the Python package looked after the last -N alone; now every -N counts, and every -g of another group")
	default:
		m.note("the Python package looked after the last -g alone; now every -g counts")
	}
}

func (m *Made) pythonHTTP(c checks.HTTP, written bool) {
	switch {
	case m.line.Command == "complex" && c.Method == "":
		m.note("this check never worked: http in a complex check without method restarted healthy processes at every tick; now it asks with GET")
	case strings.Contains(c.URL, "%"):
		m.note("this check never worked: with a percent sign in its URL it restarted healthy processes at every tick; now it is a character as others")
	}
	if c.Password != "" && written {
		m.note("its password stood in the log; where it stands now others may read it too: http.password_file names a file instead")
	}
}

// pythonRetries notes what a retry is.
func (m *Made) pythonRetries(retries *int) {
	if retries == nil || *retries > 0 {
		m.note("a retry was for a refused connection alone; now it is for every failed attempt, such as a bad status")
	}
}

// Package python holds the Python module on which checks run that were written for the classes of the Python package
// supervisor_checks.
package python

import _ "embed"

// File is the name of the module's file.
const File = "supervisor_checks.py"

// Module is its text, which begins with a line that no other file has.
//
//go:embed supervisor_checks.py
var Module string

// The environment variables between the module and the listener that it becomes.
const (
	Binary = "SUPERVISOR_HEALTHCHECK_BIN"    // where this program is
	Worker = "SUPERVISOR_HEALTHCHECK_WORKER" // tells the script that it is the worker
)

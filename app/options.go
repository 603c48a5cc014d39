package app

import (
	"time"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/checks"
)

// Options say what a listener does and where it finds its supervisord. Zero fields have the defaults that their
// comments name.
type Options struct {
	Watches []Watch // at least one

	ServerURL string    // SUPERVISOR_SERVER_URL: "unix:///path" (not percent-encoded) or "http://host:port"
	Username  string    // SUPERVISOR_USERNAME
	Password  string    // SUPERVISOR_PASSWORD
	Self      domain.ID // SUPERVISOR_GROUP_NAME and SUPERVISOR_PROCESS_NAME: never judged, never restarted

	StateDir  string        // where unfinished restarts are kept; default: see adapters/journal
	StopWait  time.Duration // the listener's own stopwaitsecs; default 10 s
	Restarts  int           // restarts at a time in all; default 16
	LogLevel  string        // debug, info, warn or error; default info
	LogFormat string        // text or json; default text
}

// Watch is what is looked after, how it is judged and how patient we are.
type Watch struct {
	Name   string // the name of the check command, for the log
	Select domain.Selection
	Checks []checks.Settings
	Policy domain.Policy
}

package app

import (
	"cmp"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"supervisor-healthcheck/adapters/journal"
	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/checks"
)

// Options say what a listener does and where it finds its supervisord. Zero fields have the defaults that their
// comments name.
type Options struct {
	Watches []Watch // at least one

	ServerURL string    // "unix:///path" (not percent-encoded) or "http://host:port"; default: SUPERVISOR_SERVER_URL
	Username  string    // default: SUPERVISOR_USERNAME
	Password  string    // default: SUPERVISOR_PASSWORD
	Self      domain.ID // never judged, never restarted; default: SUPERVISOR_GROUP_NAME and SUPERVISOR_PROCESS_NAME

	StateDir    string        // where unfinished restarts are kept; default: see the package adapters/journal
	Notify      string        // the path of the socket for heartbeats by sd_notify; default: notify.sock in the StateDir
	StopWait    time.Duration // the listener's own stopwaitsecs; default 10 s
	Restarts    int           // restarts at a time in all; default 4, or as many as a policy allows within one group
	Commands    int           // of exec checks at a time; default 8
	Socket      string        // where the listener is seen: the path of a unix socket, or "off"; default: one in StateDir
	SocketMode  fs.FileMode   // default 0600
	SocketGroup string        // a name or a number
	Listen      Listen        // where the listener is seen over TCP
	MetricsFile string        // written again and again, for the textfile collector of node_exporter; empty: none
	History     int64         // the most bytes that are kept of what has happened; default 20 MB; less than 0: nothing is kept

	Program   string // the version of this program, for those who look
	LogLevel  string // debug, info, warn or error; default info
	LogFormat string // text or json; default text

	Config   string                   // the file that this was read from, for the log; may be empty
	Warnings []string                 // sentences for the log, once the listener has begun
	Reload   func() (Reloaded, error) // reads the configuration anew, at SIGHUP; nil: that is ignored. Its error has a line for each mistake
	Changed  func() bool              // whether the configuration is another one than was loaded, once for each change; asked after ticks; may be nil
}

// Watch is what is looked after, how it is judged and how patient we are.
type Watch struct {
	Name   string // the name of the check command, for the log
	Select domain.Selection
	Checks []checks.Settings
	Policy domain.Policy

	Depends []checks.Dependency // while one of these is down, what is unhealthy is held; without a cycle
}

// withEnvironment fills in what supervisord hands to its listeners through the environment.
func (o Options) withEnvironment() Options {
	for field, variable := range map[*string]string{
		&o.ServerURL: "SUPERVISOR_SERVER_URL",
		&o.Username:  "SUPERVISOR_USERNAME",
		&o.Password:  "SUPERVISOR_PASSWORD",
	} {
		if *field == "" {
			*field = os.Getenv(variable)
		}
	}
	if o.Self == (domain.ID{}) {
		o.Self = domain.ID{Group: os.Getenv("SUPERVISOR_GROUP_NAME"), Name: os.Getenv("SUPERVISOR_PROCESS_NAME")}
	}
	return o
}

// notifySocket is where heartbeats by sd_notify come.
func (o Options) notifySocket() string {
	return cmp.Or(o.Notify, filepath.Join(cmp.Or(o.StateDir, journal.DefaultDirs(os.Getenv, os.Geteuid())[0]), "notify.sock"))
}

// notified reports whether one of the checks waits for heartbeats by sd_notify.
func notified(watches []Watch) bool {
	return slices.ContainsFunc(watches, func(w Watch) bool { return slices.ContainsFunc(w.Checks, waitsForNotice) })
}

func waitsForNotice(settings checks.Settings) bool {
	switch s := settings.(type) {
	case checks.File:
		return s.By == checks.ByNotify
	case interface{ Parts() []checks.Settings }:
		return slices.ContainsFunc(s.Parts(), waitsForNotice)
	}
	return false
}

// Package checks holds the built-in checks. They see the world through ports alone. Each Run reads in three
// paragraphs: where (port, path, pid), measure (one port call, retried if asked), judge.
//
// The checks say Unhealthy only for what they saw of the process. Whatever keeps them from seeing it is Unknown: a
// port pattern that does not match, a process that vanished, a file that may not be read, no file descriptor left.
package checks

import (
	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/ports"
)

// World is what the built-in checks see the world through. A field may be nil if no check needs it.
type World struct {
	HTTP     ports.HTTPProber
	TCP      ports.TCPProber
	UDP      ports.UDPProber
	FastCGI  ports.FastCGIProber
	DNS      ports.DNSProber
	GRPC     ports.GRPCProber
	XMLRPC   ports.XMLRPCProber
	JSON     ports.JSONReader
	Stats    ports.ProcessStats
	Details  ports.ProcessDetails
	Files    ports.FileStat
	Owner    ports.ProcessOwner
	Events   ports.Heartbeats // by PROCESS_COMMUNICATION events
	Notify   ports.Heartbeats // by sd_notify
	Logs     ports.LogFile
	Tail     ports.LogTail
	Clock    ports.Clock
	Commands ports.CommandRunner
	Workers  ports.Workers

	TempDir string // where heartbeat files are by default; /tmp if empty
}

// Settings describe a check before it is built. What the kinds make is Settings, such as HTTP and Memory, and so is Custom.
type Settings interface {
	// Build makes the check, or returns a *domain.SettingError that names the setting by its word in the JSON of the
	// complex check, such as "max_rss". It uses no field of w, so that World{} does where only the settings are
	// to be examined.
	Build(w World) (domain.Check, error)
}

// Custom is a check that is built already: one of your own.
type Custom struct {
	Check domain.Check
}

// Build returns the check.
func (c Custom) Build(World) (domain.Check, error) {
	if c.Check == nil {
		return nil, wrong("check", "", "a custom check needs a domain.Check")
	}
	return c.Check, nil
}

func wrong(setting, value, why string) error {
	return &domain.SettingError{Setting: setting, Value: value, Why: why}
}

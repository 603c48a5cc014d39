package app

import (
	"log/slog"
	"os"
	"time"

	"supervisor-healthcheck/adapters/journal"
	"supervisor-healthcheck/adapters/web"
	"supervisor-healthcheck/domain"
)

// show lets others see what the listener knows, until what it returns is called. A listener that cannot be seen does its work all the
// same.
func (o Options) show(w web.Listening, logger *slog.Logger) (end func()) {
	if o.Socket == "off" {
		return func() {}
	}
	server, err := o.serve(w)
	if err != nil {
		logger.Warn("the listener cannot be seen by status and others", "error", err)
		return func() {}
	}
	return server.Close
}

func (o Options) serve(w web.Listening) (*web.Server, error) {
	name := ""
	if o.Self != (domain.ID{}) {
		name = o.Self.String()
	}
	socket := o.Socket
	if socket == "" {
		dir, err := journal.Directory(journal.Config{Dir: o.StateDir})
		if err != nil {
			return nil, err
		}
		socket = web.SocketIn(dir, journal.Stem(o.ServerURL), name)
	}
	return web.Open(web.Config{Socket: socket, Mode: o.SocketMode, Group: o.SocketGroup, About: web.Listener{
		Name: name, Program: o.Program, PID: os.Getpid(), Started: time.Now(), Supervisord: domain.WithoutCredentials(o.ServerURL), Config: o.Config,
	}}, w)
}

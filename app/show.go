package app

import (
	"context"
	"log/slog"
	"net/http"
	"os"
	"time"

	"supervisor-healthcheck/adapters/journal"
	"supervisor-healthcheck/adapters/metrics"
	"supervisor-healthcheck/adapters/web"
	"supervisor-healthcheck/domain"
)

// show lets others see what the listener knows, until what it returns is called. A listener that cannot be seen does its work all the
// same.
func (o Options) show(ctx context.Context, w web.Listening, counted *metrics.Metrics, logger *slog.Logger) (end func()) {
	counted.Show(w)
	if o.MetricsFile != "" {
		go o.writeMetrics(ctx, counted, logger)
	}
	if o.Socket == "off" && o.Listen == "" {
		return func() {}
	}
	server, err := o.serve(w, counted)
	if err != nil {
		logger.Warn("the listener cannot be seen by status and others", "error", err)
		return func() {}
	}
	return server.Close
}

func (o Options) serve(w web.Listening, counted *metrics.Metrics) (*web.Server, error) {
	name := ""
	if o.Self != (domain.ID{}) {
		name = o.Self.String()
	}
	socket := o.Socket
	switch socket {
	case "off":
		socket = ""
	case "":
		dir, err := journal.Directory(journal.Config{Dir: o.StateDir})
		if err != nil {
			return nil, err
		}
		socket = web.SocketIn(dir, journal.Stem(o.ServerURL), name)
	}
	return web.Open(web.Config{Socket: socket, Mode: o.SocketMode, Group: o.SocketGroup, Address: o.Listen,
		Pages: map[string]http.Handler{"GET /metrics": counted.Handler()}, About: web.Listener{
			Name: name, Program: o.Program, PID: os.Getpid(), Started: time.Now(), Supervisord: domain.WithoutCredentials(o.ServerURL), Config: o.Config,
		}}, w)
}

// metricsEvery is the time between two metrics files, about as often as Prometheus looks.
const metricsEvery = 15 * time.Second

// writeMetrics writes the metrics file until ctx is done. Its age tells whether the listener is alive.
func (o Options) writeMetrics(ctx context.Context, counted *metrics.Metrics, logger *slog.Logger) {
	every := time.NewTicker(metricsEvery)
	defer every.Stop()
	failing := false
	for {
		err := counted.WriteFile(o.MetricsFile)
		if err != nil && !failing {
			logger.Warn("the metrics file cannot be written", "error", err)
		}
		failing = err != nil
		select {
		case <-ctx.Done():
			return
		case <-every.C:
		}
	}
}

package app

import (
	"cmp"
	"context"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"supervisor-healthcheck/adapters/history"
	"supervisor-healthcheck/adapters/journal"
	"supervisor-healthcheck/adapters/metrics"
	"supervisor-healthcheck/adapters/page"
	"supervisor-healthcheck/adapters/web"
	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/watchdog"
	"supervisor-healthcheck/ports"
)

// views are told what happens, and show it.
type views struct {
	counted *metrics.Metrics
	kept    *history.History

	settings *Settings
}

// shown is a listener that others see.
type shown struct {
	kept   *history.History
	server *web.Server // nil: it cannot be seen, or shall not
	listen Listen
}

// show lets others see what the listener knows, until what it returns is closed. A listener that cannot be seen does its work all the
// same.
func (o Options) show(ctx context.Context, dog *watchdog.Watchdog, v views, logger *slog.Logger) shown {
	w := web.Recent(dog)
	v.counted.Show(w)
	if o.MetricsFile != "" {
		go o.writeMetrics(ctx, v.counted, logger)
	}
	own, unsettled := o.own()
	if unsettled == nil {
		web.Sweep(own, time.Now())
	}
	o.keep(v.kept, dog, own, unsettled, logger)
	s := shown{kept: v.kept, listen: o.Listen}
	if o.Socket == "off" && o.Listen.Address == "" {
		return s
	}
	server, err := o.serve(w, v, own, unsettled)
	if err != nil {
		logger.Warn("the listener cannot be seen by status and others", "error", err)
		return s
	}
	s.server = server
	return s
}

func (s shown) close() {
	s.kept.Close()
	if s.server != nil {
		s.server.Close()
	}
}

// renew reads the files with the credentials anew. After an error those that were read before hold.
func (s shown) renew() error {
	if s.server == nil {
		return nil
	}
	credentials, err := s.listen.credentials()
	if err == nil {
		s.server.Renew(credentials)
	}
	return err
}

// own is the beginning of the names of all files that this listener has for itself in the state directory, which is made if it is not there.
func (o Options) own() (string, error) {
	dir, err := journal.Directory(journal.Config{Dir: o.StateDir})
	if err != nil {
		return "", err
	}
	return web.FileIn(dir, journal.Stem(o.ServerURL), o.called()), nil
}

// historyUsual is the default of Options.History.
const historyUsual = 20 << 20

// keep has what happens, and how the processes are, kept in the state directory, where that is wanted and can be.
func (o Options) keep(kept *history.History, looked ports.Surveyor, own string, unsettled error, logger *slog.Logger) {
	warn := func(err error) {
		logger.Warn("what happens cannot be kept for the page, events and report", "error", err)
	}
	c := history.Config{Bound: cmp.Or(o.History, historyUsual), Looked: looked, Lives: true, Name: o.called(), Warn: warn}
	switch {
	case o.History == historyOff:
	case unsettled != nil:
		warn(unsettled)
	default:
		c.Path = history.PathOf(own)
	}
	kept.Keep(c)
}

// called is the name of the listener as supervisorctl has it, empty if it was run by hand.
func (o Options) called() string {
	if o.Self == (domain.ID{}) {
		return ""
	}
	return o.Self.String()
}

func (o Options) serve(w web.Listening, v views, own string, unsettled error) (*web.Server, error) {
	socket := o.Socket
	switch {
	case socket == "off":
		socket = ""
	case socket == "" && unsettled != nil:
		return nil, unsettled
	case socket == "":
		socket = own + web.SocketSuffix
		if o.StateDir == "" && o.SocketMode&0o077 != 0 { // the directory is ours; what stands in its files stays secret
			_ = os.Chmod(filepath.Dir(own), 0o755) // where it fails, who asks is told what to do
		}
	}
	credentials, err := o.Listen.credentials()
	if err != nil {
		return nil, err
	}
	return web.Open(web.Config{Socket: socket, Mode: o.SocketMode, Group: o.SocketGroup,
		Address: o.Listen.Address, Names: o.Listen.names(), Credentials: credentials, Pages: v.pages(), Streams: v.kept.Streams(),
		About: web.Listener{Name: o.called(), Program: o.Program, PID: os.Getpid(), Started: time.Now(),
			Supervisord: domain.WithoutCredentials(o.ServerURL), Config: o.Config}}, w)
}

// pages are what is served besides the status and the orders.
func (v views) pages() map[string]http.Handler {
	pages := page.Handlers()
	pages["GET /metrics"] = v.counted.Handler()
	pages["GET /v1/settings"] = v.settings
	maps.Copy(pages, v.kept.Pages())
	return pages
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

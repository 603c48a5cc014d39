package app

import (
	"errors"
	"fmt"
	"log/slog"
	"os"

	"go.uber.org/dig"
	"go.uber.org/fx"

	"supervisor-healthcheck/adapters/clock"
	"supervisor-healthcheck/adapters/command"
	"supervisor-healthcheck/adapters/files"
	"supervisor-healthcheck/adapters/gjson"
	"supervisor-healthcheck/adapters/gopsutil"
	"supervisor-healthcheck/adapters/history"
	"supervisor-healthcheck/adapters/journal"
	"supervisor-healthcheck/adapters/log"
	"supervisor-healthcheck/adapters/metrics"
	"supervisor-healthcheck/adapters/network"
	"supervisor-healthcheck/adapters/notify"
	"supervisor-healthcheck/adapters/stdin"
	"supervisor-healthcheck/adapters/xmlrpc"
	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/checks"
	"supervisor-healthcheck/domain/watchdog"
	"supervisor-healthcheck/ports"
)

// Module is the graph from Options, Streams and a logger to a *watchdog.Watchdog and a ports.EventSource. An embedder may
// replace any port in it with fx.Decorate.
func Module() fx.Option {
	return fx.Module("supervisor-healthcheck",
		fx.Provide(
			newSource, newNotify, newSupervisor, newMeasurer, newProber, newJSON, newCommands, newFiles, newClock, newJournal, newMetrics, history.New, newReporter, newWorld, newSight, newWatches, newWatchdog,
		),
	)
}

// build makes the watchdog and its source of events. Its error is one sentence, without fx's words about graphs.
func build(o Options, s Streams, logger *slog.Logger, more ...fx.Option) (w *watchdog.Watchdog, source ports.EventSource, err error) {
	graph := fx.New(fx.NopLogger, Module(), fx.Supply(o, s, logger), fx.Options(more...), fx.Populate(&w, &source))
	if err := graph.Err(); err != nil {
		return nil, nil, dig.RootCause(err)
	}
	return w, source, nil
}

type events struct {
	fx.Out
	Source ports.EventSource
	Beats  ports.Heartbeats `name:"events"`
}

func newSource(s Streams, logger *slog.Logger) events {
	source := stdin.New(s.Events, s.Answers, logger)
	return events{Source: source, Beats: source}
}

type notifications struct {
	fx.Out
	Socket *notify.Socket
	Beats  ports.Heartbeats `name:"notify"`
}

func newNotify(o Options) notifications {
	socket := notify.New(o.notifySocket())
	return notifications{Socket: socket, Beats: socket}
}

type supervisor struct {
	fx.Out
	Table    ports.ProcessTable
	Control  ports.ProcessControl
	Identity ports.SupervisorIdentity
	Logs     ports.ProcessLogs
	Tail     ports.LogTail
}

func newSupervisor(o Options) (supervisor, error) {
	client, err := xmlrpc.New(xmlrpc.Config{URL: o.ServerURL, Username: o.Username, Password: o.Password})
	if err != nil {
		return supervisor{}, err
	}
	return supervisor{Table: client, Control: client, Identity: client, Logs: client, Tail: client}, nil
}

type prober struct {
	fx.Out
	HTTP    ports.HTTPProber
	TCP     ports.TCPProber
	UDP     ports.UDPProber
	FastCGI ports.FastCGIProber
	DNS     ports.DNSProber
	GRPC    ports.GRPCProber
	XMLRPC  ports.XMLRPCProber
}

func newProber() prober {
	p := network.New()
	return prober{HTTP: p, TCP: p, UDP: p, FastCGI: p, DNS: p, GRPC: p, XMLRPC: p}
}

type commands struct {
	fx.Out
	Runner   *command.Runner // to be closed
	Commands ports.CommandRunner
	Workers  ports.Workers
}

func newCommands(o Options, logger *slog.Logger) commands {
	r := command.New(o.Commands, logger)
	return commands{Runner: r, Commands: r, Workers: r}
}

type ledgers struct {
	fx.Out
	Journal ports.Journal
	Ledger  ports.Ledger
}

func newJournal(o Options) ledgers {
	j := journal.Open(journal.Config{Dir: o.StateDir, ServerURL: o.ServerURL, Owner: o.Self})
	return ledgers{Journal: j, Ledger: j}
}

type measurer struct {
	fx.Out
	Stats   ports.ProcessStats
	Details ports.ProcessDetails
	Owner   ports.PortOwner
	Sockets ports.SocketTable
	Users   ports.ProcessOwner
}

func newMeasurer() measurer {
	stats := gopsutil.New()
	sockets := gopsutil.NewSockets(stats)
	return measurer{Stats: stats, Details: stats, Owner: sockets, Sockets: sockets, Users: stats}
}

func newMetrics(o Options) *metrics.Metrics { return metrics.New(o.Program) }

func newReporter(logger *slog.Logger, m *metrics.Metrics, h *history.History) ports.Reporter {
	return reporters{log.New(logger), m, h}
}

// reporters are told one after the other.
type reporters []ports.Reporter

// Report implements ports.Reporter.
func (all reporters) Report(r domain.Report) {
	for _, one := range all {
		one.Report(r)
	}
}

func newJSON() ports.JSONReader { return gjson.Reader{} }

type onDisk struct {
	fx.Out
	Beats ports.FileStat
	Logs  ports.LogFile
}

func newFiles() onDisk {
	f := files.New()
	return onDisk{Beats: f, Logs: f}
}

func newClock() ports.Clock { return clock.New() }

// world gathers what the watchdog sees and does; fx fills it in.
type world struct {
	fx.In
	Table    ports.ProcessTable
	Control  ports.ProcessControl
	Identity ports.SupervisorIdentity
	Logs     ports.ProcessLogs
	Stats    ports.ProcessStats
	Owner    ports.PortOwner
	Journal  ports.Journal
	Ledger   ports.Ledger
	Clock    ports.Clock
	Reporter ports.Reporter
}

func newWorld(w world) watchdog.World {
	return watchdog.World{
		Table: w.Table, Control: w.Control, Identity: w.Identity, Logs: w.Logs, Stats: w.Stats, Owner: w.Owner,
		Journal: w.Journal, Ledger: w.Ledger, Clock: w.Clock, Reporter: w.Reporter,
	}
}

// sight gathers what the checks see, which is not supervisord; fx fills it in.
type sight struct {
	fx.In
	Stats    ports.ProcessStats
	Details  ports.ProcessDetails
	HTTP     ports.HTTPProber
	TCP      ports.TCPProber
	UDP      ports.UDPProber
	FastCGI  ports.FastCGIProber
	DNS      ports.DNSProber
	GRPC     ports.GRPCProber
	XMLRPC   ports.XMLRPCProber
	JSON     ports.JSONReader
	Files    ports.FileStat
	Users    ports.ProcessOwner
	Events   ports.Heartbeats `name:"events"`
	Notify   ports.Heartbeats `name:"notify"`
	LogFiles ports.LogFile
	Tail     ports.LogTail
	Clock    ports.Clock
	Commands ports.CommandRunner
	Workers  ports.Workers
}

func newSight(s sight) checks.World {
	return checks.World{HTTP: s.HTTP, TCP: s.TCP, UDP: s.UDP, FastCGI: s.FastCGI, DNS: s.DNS, GRPC: s.GRPC, XMLRPC: s.XMLRPC,
		JSON: s.JSON, Stats: s.Stats, Details: s.Details, Files: s.Files, Owner: s.Users, Clock: s.Clock,
		Commands: s.Commands, Workers: s.Workers, Events: s.Events, Notify: s.Notify, Logs: s.LogFiles, Tail: s.Tail, TempDir: os.TempDir()}
}

// newWatches builds the checks.
func newWatches(o Options, w checks.World) ([]domain.Watch, error) { return buildWatches(o.Watches, w) }

func buildWatches(all []Watch, w checks.World) ([]domain.Watch, error) {
	watches := make([]domain.Watch, 0, len(all))
	for _, watch := range all {
		built := domain.Watch{Name: watch.Name, Select: watch.Select, Policy: watch.Policy}
		for _, settings := range watch.Checks {
			check, err := settings.Build(w)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", watch.Name, err)
			}
			if check == nil {
				return nil, errors.New(watch.Name + ": a check is nil")
			}
			built.Checks = append(built.Checks, check)
		}
		for _, d := range watch.Depends {
			built.Depends = append(built.Depends, d.Build(w))
		}
		watches = append(watches, built)
	}
	return watches, nil
}

func newWatchdog(o Options, w watchdog.World, watches []domain.Watch) (*watchdog.Watchdog, error) {
	return watchdog.New(w, watchdog.Config{Self: o.Self, Watches: watches, Restarts: o.Restarts, StopWait: o.StopWait, Output: o.LogLevel == "debug"})
}

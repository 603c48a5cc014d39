package app_test

import (
	"context"
	"io"
	"log/slog"
	"strings"
	"testing"

	"github.com/golang/mock/gomock"
	"go.uber.org/fx"

	"supervisor-healthcheck/adapters/clock"
	"supervisor-healthcheck/adapters/files"
	"supervisor-healthcheck/adapters/gopsutil"
	"supervisor-healthcheck/adapters/journal"
	"supervisor-healthcheck/adapters/log"
	"supervisor-healthcheck/adapters/network"
	"supervisor-healthcheck/adapters/xmlrpc"
	"supervisor-healthcheck/app"
	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/checks"
	"supervisor-healthcheck/domain/watchdog"
	"supervisor-healthcheck/mocks"
	"supervisor-healthcheck/mocks/supervisord"
	"supervisor-healthcheck/ports"
)

// supplies are what the graph cannot make by itself.
func supplies(o app.Options, log *transcript) fx.Option {
	return fx.Supply(o, app.Streams{Events: strings.NewReader(""), Answers: io.Discard, Log: log}, slog.New(slog.NewTextHandler(log, nil)))
}

func TestTheGraphIsWhole(t *testing.T) {
	err := fx.ValidateApp(fx.NopLogger, app.Module(), supplies(fine(t), &transcript{}),
		fx.Invoke(func(*watchdog.Watchdog, ports.EventSource) {}))
	if err != nil {
		t.Error(err)
	}
}

func TestTheGraphDoesNotBuildWithoutItsSupplies(t *testing.T) {
	if err := fx.ValidateApp(fx.NopLogger, app.Module(), fx.Invoke(func(*watchdog.Watchdog) {})); err == nil {
		t.Error("it was built of nothing")
	}
}

// theSick is a check that finds everything unwell.
func theSick() checks.Settings {
	return checks.Custom{Check: domain.NewCheck("sick", func(context.Context, domain.Process) domain.Verdict {
		return domain.Unhealthy.Because("always")
	})}
}

func TestAnEmbedderReplacesAPort(t *testing.T) {
	id := domain.ID{Group: "web", Name: "web"}
	table := mocks.NewMockProcessTable(gomock.NewController(t))
	table.EXPECT().Processes(gomock.Any()).Return([]domain.Process{{ID: id, State: domain.Running, PID: 7}}, nil)
	o := fine(t)
	o.Watches[0].Checks = []checks.Settings{theSick()}
	o.Watches[0].Policy.Observe = true
	log := &transcript{}
	var dog *watchdog.Watchdog
	graph := fx.New(fx.NopLogger, app.Module(), supplies(o, log), fx.Populate(&dog),
		fx.Decorate(func(ports.ProcessTable) ports.ProcessTable { return table }))
	if err := graph.Err(); err != nil {
		t.Fatal(err)
	}
	dog.Round(t.Context())
	dog.Wait()
	if log.tells(of("web"), blaming("sick", "always"), onlyObserved()) != 1 {
		t.Errorf("the log is\n%s", log)
	}
}

func TestEveryConstructorWorksWithoutTheGraph(t *testing.T) {
	s := &stage{t: t, dir: t.TempDir()}
	s.Server = supervisord.New(t, supervisord.Config{Programs: []supervisord.Program{s.service("web", 0)}})
	s.until("web has begun", func() bool { return s.process("web").State == domain.Running && len(s.lives("web")) > 0 })
	log := &transcript{}
	dog := byHand(t, s.URL(), slog.New(slog.NewTextHandler(log, nil)))
	dog.Round(t.Context())
	dog.Wait()
	if s.process("web").State != domain.Running || len(s.lives("web")) != 2 || log.tells(msgRestarted) != 1 {
		t.Errorf("%+v, the log is\n%s", s.process("web"), log)
	}
}

// byHand makes a watchdog as the graph does.
func byHand(t *testing.T, url string, logger *slog.Logger) *watchdog.Watchdog {
	t.Helper()
	client, err := xmlrpc.New(xmlrpc.Config{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	self := domain.ID{Group: "health", Name: "health"}
	kept := journal.Open(journal.Config{Dir: t.TempDir(), ServerURL: url, Owner: self})
	stats, prober, now := gopsutil.New(), network.New(), clock.New()
	check, err := theSick().Build(checks.World{HTTP: prober, TCP: prober, XMLRPC: prober, Stats: stats, Files: files.New(), Clock: now})
	if err != nil {
		t.Fatal(err)
	}
	dog, err := watchdog.New(watchdog.World{
		Table: client, Control: client, Identity: client, Stats: stats, Owner: gopsutil.NewSockets(stats),
		Journal: kept, Ledger: kept, Clock: now, Reporter: log.New(logger),
	}, watchdog.Config{Self: self, Watches: []domain.Watch{{
		Name: "by hand", Select: domain.SelectGroup("web"), Checks: []domain.Check{check}, Policy: domain.DropIn(),
	}}})
	if err != nil {
		t.Fatal(err)
	}
	return dog
}

package checks_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/golang/mock/gomock"
	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/checks"
	"supervisor-healthcheck/mocks"
)

// noon is the time of the tests.
func noon() time.Time { return time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC) }

// world is a World of mocks; whatever is not expected of them fails the test.
type world struct {
	checks.World
	http     *mocks.MockHTTPProber
	tcp      *mocks.MockTCPProber
	udp      *mocks.MockUDPProber
	fastcgi  *mocks.MockFastCGIProber
	dns      *mocks.MockDNSProber
	grpc     *mocks.MockGRPCProber
	xmlrpc   *mocks.MockXMLRPCProber
	stats    *mocks.MockProcessStats
	details  *mocks.MockProcessDetails
	files    *mocks.MockFileStat
	owner    *mocks.MockProcessOwner
	clock    *mocks.MockClock
	commands *mocks.MockCommandRunner
	workers  *mocks.MockWorkers
	worker   *mocks.MockWorker
}

func newWorld(t *testing.T) world {
	t.Helper()
	ctrl := gomock.NewController(t)
	w := world{
		http:     mocks.NewMockHTTPProber(ctrl),
		tcp:      mocks.NewMockTCPProber(ctrl),
		udp:      mocks.NewMockUDPProber(ctrl),
		fastcgi:  mocks.NewMockFastCGIProber(ctrl),
		dns:      mocks.NewMockDNSProber(ctrl),
		grpc:     mocks.NewMockGRPCProber(ctrl),
		xmlrpc:   mocks.NewMockXMLRPCProber(ctrl),
		stats:    mocks.NewMockProcessStats(ctrl),
		details:  mocks.NewMockProcessDetails(ctrl),
		files:    mocks.NewMockFileStat(ctrl),
		owner:    mocks.NewMockProcessOwner(ctrl),
		clock:    mocks.NewMockClock(ctrl),
		commands: mocks.NewMockCommandRunner(ctrl),
		workers:  mocks.NewMockWorkers(ctrl),
		worker:   mocks.NewMockWorker(ctrl),
	}
	w.World = checks.World{HTTP: w.http, TCP: w.tcp, UDP: w.udp, FastCGI: w.fastcgi, DNS: w.dns, GRPC: w.grpc, XMLRPC: w.xmlrpc, JSON: dotted{}, Stats: w.stats, Details: w.details, Files: w.files, Owner: w.owner, Clock: w.clock, Commands: w.commands, Workers: w.workers}
	return w
}

func build(t *testing.T, settings checks.Settings, w world) domain.Check {
	t.Helper()
	check, err := settings.Build(w.World)
	if err != nil {
		t.Fatal(err)
	}
	return check
}

func port(t *testing.T, text string) checks.PortSpec {
	t.Helper()
	spec, err := checks.ParsePortSpec(text)
	if err != nil {
		t.Fatal(err)
	}
	return spec
}

// web is a process as supervisord shows it after an hour.
func web() domain.Process {
	return domain.Process{ID: domain.ID{Group: "web", Name: "web_8081"}, State: domain.Running, PID: 4711,
		Started: noon().Add(-time.Hour), Uptime: time.Hour}
}

// wantVerdict compares all but what was measured, which is for wantMeasures.
func wantVerdict(t *testing.T, got, want domain.Verdict) {
	t.Helper()
	got.Measures = nil
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("verdict (-want +got):\n%s", diff)
	}
}

func wantSettingError(t *testing.T, err error, want domain.SettingError) {
	t.Helper()
	got, ok := err.(*domain.SettingError)
	if !ok {
		t.Fatalf("got %v, want a *domain.SettingError", err)
	}
	if diff := cmp.Diff(want, *got); diff != "" {
		t.Errorf("error (-want +got):\n%s", diff)
	}
}

func cancelled() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

// dotted reads paths of names with dots between, which are all that is needed here.
type dotted struct{}

func (dotted) Find(document, path string) (string, bool) {
	raw := json.RawMessage(document)
	for name := range strings.SplitSeq(path, ".") {
		var members map[string]json.RawMessage
		if json.Unmarshal(raw, &members) != nil || members[name] == nil {
			return "", false
		}
		raw = members[name]
	}
	return string(raw), true
}

package metrics_test

import (
	"errors"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/golang/mock/gomock"
	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/adapters/metrics"
	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/mocks"
)

var update = flag.Bool("update", false, "write the files in testdata anew")

func noon() time.Time { return time.Date(2030, 1, 1, 12, 0, 0, 0, time.UTC) }

func id(name string) domain.ID { return domain.ID{Group: "web", Name: name} }

func world() domain.Snapshot {
	ill := domain.Unhealthy.Because("GET http://127.0.0.1/secret: status 503").Warn("leaks")
	ill.Measures = []domain.Measure{
		{Check: "memory", Of: domain.MeasuredMemory, Value: 212 << 20, Limit: 800 << 20, Forecast: 5400},
		{Check: "cpu", Of: domain.MeasuredCPU, Value: 0.031, Limit: 0.9},
		{Check: "fds", Of: domain.MeasuredFiles, Value: 120, Limit: 1024, Forecast: 7200},
		{Check: "threads", Of: domain.MeasuredThreads, Value: 7, Limit: 500},
		{Check: "heartbeat", Of: domain.MeasuredBeat, Value: 3, Limit: 60},
		{Check: "http", Of: domain.MeasuredAnswer, Value: 0.0115},
		{Check: "http", Of: domain.MeasuredAnswer, Value: 99}, // of another check of that name
		{Check: "http/admin", Of: domain.MeasuredAnswer, Value: 0.2, Limit: 2},
		{Check: "http", Of: domain.MeasuredCertificate, Value: -60},
	}
	return domain.Snapshot{
		At: noon(), LastTick: noon().Add(-3 * time.Second), Period: 5 * time.Second, Watches: []domain.WatchStatus{{Name: "site", Round: noon().Add(-2 * time.Second)}},
		Processes: []domain.ProcessStatus{
			{Process: domain.Process{ID: id("a"), State: domain.Running, PID: 4711, Uptime: 90 * time.Second}, Verdicts: []domain.VerdictStatus{
				{Watch: "site", Verdict: ill, At: noon(), Failing: 2, Took: 12 * time.Millisecond}, {Watch: "memory", At: time.Time{}}},
				History: domain.History{Suspension: domain.Suspension{Until: noon().Add(time.Minute)}}},
			{Process: domain.Process{ID: id("b\"\n"), State: domain.Stopped}, Verdicts: []domain.VerdictStatus{{Watch: "site", At: noon(),
				Decision: domain.Decision{Kind: domain.GiveUp}}}, Restart: &domain.Progress{}},
			{Process: domain.Process{ID: id("c"), State: domain.Fatal}},
		},
	}
}

func told(t *testing.T, m *metrics.Metrics) string {
	t.Helper()
	answer := httptest.NewRecorder()
	m.Handler().ServeHTTP(answer, httptest.NewRequest("GET", "/metrics", nil))
	if answer.Code != 200 {
		t.Fatal(answer.Code, answer.Body)
	}
	return answer.Body.String()
}

func busy(t *testing.T, snapshot func() domain.Snapshot) *metrics.Metrics {
	m := metrics.New("1.2.3")
	probed := domain.Report{Kind: domain.ReportProbed, Process: id("a"), Watch: "site", Took: 12 * time.Millisecond}
	m.Report(probed)
	probed.Decision = domain.Decision{Kind: domain.Hold, Cause: domain.CauseGrace}
	m.Report(probed)
	m.Report(probed)
	probed.Decision.Cause = domain.CauseShared
	m.Report(probed)
	probed.Decision = domain.Decision{Kind: domain.Do, Cause: domain.CauseObserve}
	m.Report(probed)
	probed.Decision.Cause = domain.CauseFailing
	m.Report(probed)
	m.Report(domain.Report{Kind: domain.ReportRestarted, Process: id("a"), Took: 1500 * time.Millisecond})
	m.Report(domain.Report{Kind: domain.ReportRestarted, Process: id("gone"), Took: time.Second})
	m.Report(domain.Report{Kind: domain.ReportNotStarted, Process: id("a")})
	m.Report(domain.Report{Kind: domain.ReportSignalled, Process: id("a")})
	m.Report(domain.Report{Kind: domain.ReportSignalled, Process: id("a"), Err: errors.New("no")})
	m.Report(domain.Report{Kind: domain.ReportStopped, Process: id("a")})
	viewer := mocks.NewMockViewer(gomock.NewController(t))
	viewer.EXPECT().Snapshot().DoAndReturn(snapshot).AnyTimes()
	m.Show(viewer)
	return m
}

// All that is told stands in testdata/metrics.txt; -update writes it anew.
func TestTheMetricsAreThese(t *testing.T) {
	got := told(t, busy(t, world))
	path := filepath.Join("testdata", "metrics.txt")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	for _, never := range []string{"4711", "secret", "127.0.0.1", "gone"} {
		if strings.Contains(got, never) {
			t.Errorf("it tells %q", never)
		}
	}
}

// Those who ask at the same time do not see each other's halves, nor does who counts meanwhile wait for them.
func TestManyAskAtTheSameTime(t *testing.T) {
	m := busy(t, world)
	want := told(t, m)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 20 {
				m.Report(domain.Report{Kind: domain.ReportRestarted, Process: id("gone"), Took: time.Second})
				answer := httptest.NewRecorder()
				m.Handler().ServeHTTP(answer, httptest.NewRequest("GET", "/metrics", nil))
				if got := answer.Body.String(); got != want {
					t.Error(cmp.Diff(want, got))
				}
			}
		})
	}
	all.Wait()
}

// What was counted of a process ends with it: another one of its name begins anew.
func TestWhatIsNoMoreIsForgotten(t *testing.T) {
	s := world()
	m := busy(t, func() domain.Snapshot { return s })
	const series = `supervisor_healthcheck_restarts_total{group="web",name="a"} `
	if got := told(t, m); !strings.Contains(got, series+"1\n") {
		t.Error(got)
	}
	s.Processes = s.Processes[1:]
	if got := told(t, m); strings.Contains(got, series) {
		t.Error(got)
	}
	s = world()
	if got := told(t, m); !strings.Contains(got, series+"0\n") {
		t.Error(got)
	}
}

// A scrape may be shown what was known half a second ago, and in the first half second that is nothing.
func TestWhatWasCountedAfterTheSnapshotIsNotForgotten(t *testing.T) {
	before := domain.Snapshot{At: noon()}
	m := metrics.New("1")
	viewer := mocks.NewMockViewer(gomock.NewController(t))
	viewer.EXPECT().Snapshot().Return(before).Times(2)
	m.Show(viewer)
	for range 2 {
		m.Report(domain.Report{Kind: domain.ReportRestarted, Process: id("a"), At: noon().Add(time.Millisecond), Took: time.Second})
		told(t, m)
	}
	viewer.EXPECT().Snapshot().DoAndReturn(world)
	if got, want := told(t, m), `restarts_total{group="web",name="a"} 2`; !strings.Contains(got, want) {
		t.Errorf("it does not tell %s:\n%s", want, got)
	}
}

func TestWhoAsksForOpenMetricsGetsThem(t *testing.T) {
	request := httptest.NewRequest("GET", "/metrics", nil)
	request.Header.Set("Accept", "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5")
	answer := httptest.NewRecorder()
	busy(t, world).Handler().ServeHTTP(answer, request)
	text := answer.Body.String()
	if kind := answer.Header().Get("Content-Type"); !strings.HasPrefix(kind, "application/openmetrics-text; version=1.0.0") ||
		!strings.HasSuffix(text, "\n# EOF\n") || !strings.Contains(text, "# TYPE supervisor_healthcheck_restarts counter\n") {
		t.Errorf("%s: %s", kind, text)
	}
}

func TestBeforeAnythingIsKnownThereAreMetricsAllTheSame(t *testing.T) {
	if got := told(t, metrics.New("1")); !strings.Contains(got, `supervisor_healthcheck_build_info{version="1"} 1`) {
		t.Error(got)
	}
}

// promtool knows the conventions of names, units and help texts.
func TestPromtoolFindsNothingWrong(t *testing.T) {
	promtool(t, told(t, busy(t, world)), "check", "metrics")
}

func TestTheFileIsWrittenInPlaceOfTheOneBefore(t *testing.T) {
	path := filepath.Join(t.TempDir(), "healthcheck.prom")
	m := busy(t, world)
	for range 2 {
		if err := m.WriteFile(path); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(path)
	if err != nil || string(text) != told(t, m) {
		t.Error(err, cmp.Diff(told(t, m), string(text)))
	}
	others, _ := filepath.Glob(path + "*")
	if len(others) != 1 {
		t.Errorf("beside it: %q", others)
	}
	if err := m.WriteFile(filepath.Join(path, "x.prom")); err == nil {
		t.Error("a file is no folder")
	}
}

// BenchmarkScrapeOf1000 is with the checks memory and http of each process.
func BenchmarkScrapeOf1000(b *testing.B) {
	s := world()
	process := s.Processes[0]
	measures := process.Verdicts[0].Verdict.Measures
	process.Verdicts[0].Verdict.Measures = []domain.Measure{measures[0], measures[5]}
	s.Processes = nil
	for i := range 1000 {
		process.Process.ID.Name = fmt.Sprint(i)
		s.Processes = append(s.Processes, process)
	}
	m := metrics.New("1")
	viewer := mocks.NewMockViewer(gomock.NewController(b))
	viewer.EXPECT().Snapshot().Return(s).AnyTimes()
	m.Show(viewer)
	for format, accept := range map[string]string{"text": "", "openmetrics": "application/openmetrics-text; version=1.0.0", "protobuf": "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited"} {
		b.Run(format, func(b *testing.B) {
			request := httptest.NewRequest("GET", "/metrics", nil)
			request.Header.Set("Accept", accept)
			b.ReportAllocs()
			before, answer := processorTime(b), &discarded{header: http.Header{}}
			for b.Loop() {
				answer.size = 0
				m.Handler().ServeHTTP(answer, request)
			}
			b.ReportMetric(float64((processorTime(b)-before).Milliseconds())/float64(b.N), "cpu-ms/op")
			b.ReportMetric(float64(answer.size), "bytes")
		})
	}
}

func processorTime(b *testing.B) time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// discarded is an answer that nobody keeps.
type discarded struct {
	header http.Header
	size   int
}

func (d *discarded) Header() http.Header { return d.header }
func (d *discarded) WriteHeader(int)     {}
func (d *discarded) Write(p []byte) (int, error) {
	d.size += len(p)
	return len(p), nil
}

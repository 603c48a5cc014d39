package metrics_test

import (
	"errors"
	"flag"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
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
	return domain.Snapshot{
		At: noon(), LastTick: noon().Add(-3 * time.Second), Watches: []domain.WatchStatus{{Name: "site", Round: noon().Add(-2 * time.Second)}},
		Processes: []domain.ProcessStatus{
			{Process: domain.Process{ID: id("a"), State: domain.Running, PID: 4711, Uptime: 90 * time.Second}, Verdicts: []domain.VerdictStatus{
				{Watch: "site", Verdict: ill, At: noon(), Failing: 2, Took: 12 * time.Millisecond}, {Watch: "memory", At: time.Time{}}},
				History: domain.History{Suspension: domain.Suspension{Until: noon().Add(time.Minute)}}},
			{Process: domain.Process{ID: id("b\"\n"), State: domain.Stopped}, Verdicts: []domain.VerdictStatus{{Watch: "site", At: noon(),
				Decision: domain.Decision{Kind: domain.GiveUp}}}, Restart: &domain.Progress{}},
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

func TestBeforeAnythingIsKnownThereAreMetricsAllTheSame(t *testing.T) {
	if got := told(t, metrics.New("1")); !strings.Contains(got, `supervisor_healthcheck_build_info{version="1"} 1`) {
		t.Error(got)
	}
}

// promtool knows the conventions of names, units and help texts.
func TestPromtoolFindsNothingWrong(t *testing.T) {
	promtool, err := exec.LookPath("promtool")
	if err != nil && os.Getenv("SUPERVISOR_HEALTHCHECK_E2E") == "required" {
		t.Fatal("no promtool on the PATH")
	} else if err != nil {
		t.Skip("no promtool on the PATH")
	}
	check := exec.Command(promtool, "check", "metrics")
	check.Stdin = strings.NewReader(told(t, busy(t, world)))
	if out, err := check.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("%v: %s", err, out)
	}
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

func BenchmarkScrapeOf1000(b *testing.B) {
	s := world()
	s.Processes = nil
	for i := range 1000 {
		p := world().Processes[0]
		p.Process.ID.Name = fmt.Sprint(i)
		s.Processes = append(s.Processes, p)
	}
	m := metrics.New("1")
	viewer := mocks.NewMockViewer(gomock.NewController(b))
	viewer.EXPECT().Snapshot().Return(s).AnyTimes()
	m.Show(viewer)
	for b.Loop() {
		m.Handler().ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/metrics", nil))
	}
}

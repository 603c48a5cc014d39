package history_test

import (
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"supervisor-healthcheck/adapters/history"
	"supervisor-healthcheck/domain"
)

// verdicts are those of a round of so many processes.
func verdicts(n int) []domain.Report {
	all := make([]domain.Report, n)
	for i := range all {
		all[i] = probed(fmt.Sprintf("p%04d", i), "site", domain.Healthy, time.Duration(i)*time.Microsecond, answered(float64(i)/1e5), memory(float64(i), 800))
	}
	return all
}

// BenchmarkVerdictsOf1000 is what samples cost the loop in a round of 1000 processes.
func BenchmarkVerdictsOf1000(b *testing.B) {
	g, all := history.NewGathering(), verdicts(1000)
	for b.Loop() {
		for _, r := range all {
			g.Verdict(r)
		}
	}
}

// BenchmarkSampleOf1000 is what a sample of 1000 processes costs, and how large it is. The loop waits so long at most.
func BenchmarkSampleOf1000(b *testing.B) {
	g, all, rows := history.NewGathering(), verdicts(1000), 0
	for b.Loop() {
		b.StopTimer()
		for _, r := range all {
			g.Verdict(r)
		}
		b.StartTimer()
		_, rows = g.Block(noon())
	}
	b.ReportMetric(float64(rows)/1000, "bytes/process")
}

// BenchmarkGatheredOf1000 is how much memory 1000 processes take.
func BenchmarkGatheredOf1000(b *testing.B) {
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	all := verdicts(1000)
	for b.Loop() {
		before, g := heap(), history.NewGathering()
		for _, r := range all {
			g.Verdict(r)
		}
		g.Block(noon())
		b.ReportMetric(float64(heap()-before)/1000, "bytes/process")
		runtime.KeepAlive(g)
	}
}

// BenchmarkHistoryOf1000 asks for the strips of 1000 processes, and for the samples of one, of the four days that 20 MB hold.
func BenchmarkHistoryOf1000(b *testing.B) {
	at, all, from := filepath.Join(b.TempDir(), "x-events.jsonl"), verdicts(1000), time.Now().Add(-4*24*time.Hour)
	for place := range 4 {
		g, content := history.NewGathering(), append([]byte("SHsample\x01\x00\x00\x00"), byte(place), 0, 0, 0)
		for range 24 * 12 {
			for _, r := range all {
				g.Verdict(r)
			}
			from = from.Add(5 * time.Minute)
			block, _ := g.Block(from)
			content = append(content, block...)
		}
		if err := os.WriteFile(slot(at, place), content, 0o600); err != nil {
			b.Fatal(err)
		}
	}
	h := history.New()
	h.Keep(history.Config{Path: at, Bound: 20 << 20, Looked: &known{}, Warn: func(err error) { b.Error(err) }})
	defer h.Close()
	pages := h.Pages()
	for name, query := range map[string]string{"strips": "", "one": "?process=web:p0500"} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				answer := httptest.NewRecorder()
				pages["GET /v1/history"].ServeHTTP(answer, httptest.NewRequest("GET", "/v1/history"+query, nil))
				if answer.Body.Len() < 100_000 {
					b.Fatal(answer.Body)
				}
			}
		})
	}
}

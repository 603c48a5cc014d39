package history_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/adapters/history"
	"supervisor-healthcheck/domain"
)

// known is a listener of which all is said beforehand.
type known struct {
	mu  sync.Mutex
	now []domain.ProcessStatus
}

func (k *known) Survey(each func(process domain.ID, watch string, c domain.Condition)) {
	k.mu.Lock()
	now := k.now
	k.mu.Unlock()
	for _, p := range now {
		for _, v := range p.Verdicts {
			each(p.Process.ID, v.Watch, p.Under(v))
		}
	}
}

func (k *known) set(all ...domain.ProcessStatus) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.now = all
}

// status is a process in a state that two watches look after, or one if the other has no name.
func status(name string, state domain.State, watches ...string) domain.ProcessStatus {
	p := domain.ProcessStatus{Process: domain.Process{ID: id(name), State: state}}
	for _, w := range watches {
		p.Verdicts = append(p.Verdicts, domain.VerdictStatus{Watch: w, At: time.Now(), Verdict: domain.Healthy.Because("ok")})
	}
	return p
}

// probed is what a run of the checks of a watch says.
func probed(name, watch string, health domain.Health, took time.Duration, measures ...domain.Measure) domain.Report {
	return domain.Report{Kind: domain.ReportProbed, At: time.Now(), Process: id(name), Watch: watch, Took: took,
		Verdict: domain.Verdict{Health: health, Check: "http", Measures: measures}}
}

func memory(mb, limit float64) domain.Measure {
	return domain.Measure{Check: "memory", Of: domain.MeasuredMemory, Value: mb * 1e6, Limit: limit * 1e6}
}

func answered(seconds float64) domain.Measure {
	return domain.Measure{Check: "http", Of: domain.MeasuredAnswer, Value: seconds, Limit: 5}
}

// sampling is a life of a listener that keeps samples of what is known.
func sampling(t *testing.T, path string, bound int64, k *known) *history.History {
	t.Helper()
	h := history.New()
	h.Keep(history.Config{Path: path, Bound: bound, Looked: k, Warn: func(err error) { t.Error(err) }})
	return h
}

// rows are those that are kept, in short.
func rows(t *testing.T, path string, q history.RowQuery) (all []string) {
	t.Helper()
	err := history.Rows(path, q, func(r history.Row) error {
		text := fmt.Sprintf("%s+%s %s/%s %s %g", r.At.UTC().Format("15:04:05"), r.Span, r.Process, r.Watch, r.Condition, r.Took)
		for _, m := range r.Measures {
			text += fmt.Sprintf(" %s.%s=%g/%g", m.Check, m.Of, m.Value, m.Limit)
			if m.Forecast > 0 {
				text += fmt.Sprintf(" in %g", m.Forecast)
			}
		}
		all = append(all, text)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// slot is the path of a file of samples beside events.
func slot(at string, place int) string {
	return fmt.Sprintf("%ssamples.%d", strings.TrimSuffix(at, "events.jsonl"), place)
}

func TestASampleTellsTheWorstOfItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		at, k := path(t), &known{}
		k.set(status("a", domain.Running, "site", "leaks"), status("off", domain.Stopped, "site"))
		h := sampling(t, at, 1<<20, k)
		time.Sleep(time.Second)
		h.Report(probed("a", "site", domain.Healthy, 10*time.Millisecond, answered(0.01)))
		h.Report(probed("a", "site", domain.Unhealthy, 2*time.Second, answered(1.5))) // a spike
		h.Report(probed("a", "site", domain.Healthy, 10*time.Millisecond, answered(0.02)))
		leak := memory(123.456, 800)
		leak.Forecast = 7200
		h.Report(probed("a", "leaks", domain.Healthy, time.Millisecond, leak))
		time.Sleep(15 * time.Second)
		k.set(status("a", domain.Fatal, "site"))
		time.Sleep(14 * time.Second)
		h.Close()
		want := []string{
			"00:00:15+15s web:a/site unhealthy 2 http.answer=1.5/5",
			"00:00:15+15s web:a/leaks healthy 0.001001 memory.memory=1.235e+08/8e+08 in 7206",
			"00:00:15+15s web:off/site stopped 0",
			"00:00:30+15s web:a/site down 0",
		}
		if diff := cmp.Diff(want, rows(t, at, history.RowQuery{})); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
		if got := rows(t, at, history.RowQuery{Process: "web:off"}); len(got) != 1 {
			t.Error(got)
		}
		since := time.Now().Add(-15 * time.Second)
		if got := rows(t, at, history.RowQuery{Since: since, Bare: true}); len(got) != 1 || got[0] != want[3] {
			t.Error(got)
		}
		if info, err := os.Stat(slot(at, 0)); err != nil || info.Mode() != 0o600 {
			t.Error(info, err)
		}
	})
}

// The whole documents stand in testdata; -update writes them anew.
func TestTheHistoryIsTheseDocuments(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		at, k := path(t), &known{}
		k.set(status("a", domain.Running, "site", "leaks"), status("b", domain.Running, "site"), status("c\"<b>", domain.Exited, "site"))
		h := sampling(t, at, 1<<20, k)
		time.Sleep(time.Second)
		for i := range 4 {
			health := domain.Healthy
			if i == 1 {
				health = domain.Unhealthy
			}
			h.Report(probed("a", "site", health, 12*time.Millisecond, answered(0.012)))
			m := memory(100+float64(i), 800)
			m.Forecast = float64(3600 * (3 - i))
			h.Report(probed("a", "leaks", domain.Healthy, time.Millisecond, m))
			h.Report(probed("b", "site", domain.Healthy, 20*time.Millisecond))
			if i < 3 {
				time.Sleep(15 * time.Second)
			}
		}
		for name, target := range map[string]string{"history.json": "/v1/history", "samples.json": "/v1/history?process=web%3Aa"} {
			golden(t, name, ask(t, h, target, 200))
		}
		if got := ask(t, h, "/v1/history?process=nobody", 200); got != `{"version":1,"samples":[]}`+"\n" {
			t.Error(got)
		}
		if got := ask(t, h, "/v1/history?process=web:b&since=2000-01-01T00:00:45Z", 200); strings.Count(got, `"at"`) != 1 {
			t.Error(got)
		}
		if got := ask(t, h, "/v1/history?process=web:b&since=soon", 400); !strings.Contains(got, "write a time such as") {
			t.Error(got)
		}
		h.Close()
	})
	none := history.New()
	none.Keep(history.Config{Warn: func(err error) { t.Error(err) }})
	defer none.Close()
	if got := ask(t, none, "/v1/history", 200); !strings.Contains(got, `"processes":{}`) {
		t.Error(got)
	}
}

func golden(t *testing.T, name, document string) {
	t.Helper()
	var got bytes.Buffer
	if err := json.Indent(&got, []byte(document), "", "  "); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("%s: -want +got:\n%s", name, diff)
	}
}

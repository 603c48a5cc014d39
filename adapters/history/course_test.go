package history_test

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/adapters/history"
	"supervisor-healthcheck/domain"
)

// samplesOf are those that are served of a process.
func samplesOf(t *testing.T, h *history.History, query string) []history.Sample {
	t.Helper()
	var document struct{ Samples []history.Sample }
	if err := json.Unmarshal([]byte(ask(t, h, "/v1/history?"+query, 200)), &document); err != nil {
		t.Fatal(err)
	}
	return document.Samples
}

// stripsOf are those that are served.
func stripsOf(t *testing.T, h *history.History) map[string]string {
	t.Helper()
	var document struct{ Processes map[string]string }
	if err := json.Unmarshal([]byte(ask(t, h, "/v1/history", 200)), &document); err != nil {
		t.Fatal(err)
	}
	return document.Processes
}

// Of a week no more is told than a screen has points, and what lasted for one probe is among it.
func TestASpikeIsToldHoweverLongAgo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		at, k := path(t), &known{}
		k.set(status("a", domain.Running, "site", "cert"))
		h := sampling(t, at, 20<<20, k)
		defer h.Close()
		time.Sleep(time.Second)
		certificate := domain.Measure{Check: "http", Of: domain.MeasuredCertificate, Value: 90}
		for i := range 7 * 24 * 60 {
			took, health := 0.01, domain.Healthy
			certificate.Value = 90
			if i == 5000 {
				took, health, certificate.Value = 4.2, domain.Unhealthy, -5
			}
			h.Report(probed("a", "site", health, time.Duration(took*1e9), answered(took)))
			h.Report(probed("a", "cert", domain.Healthy, time.Millisecond, certificate))
			time.Sleep(time.Minute)
		}
		all := samplesOf(t, h, "process=web:a")
		if len(all) > 2000 || len(all) < 1000 || !all[0].At.Before(time.Now().Add(-6*24*time.Hour)) {
			t.Fatal(len(all), all[0].At, time.Now())
		}
		spikes := 0
		for i, s := range all {
			if i > 0 && !s.At.After(all[i-1].At) {
				t.Fatal(s.At, all[i-1].At)
			}
			if s.Condition != domain.ConditionUnhealthy {
				continue
			}
			spikes++
			want := []history.Measured{{Watch: "site", Check: "http", Of: "answer", Value: 4.2, Limit: 5}, {Watch: "cert", Check: "http", Of: "certificate", Value: -5}}
			for i := range s.Measures { // as far as numbers are told
				s.Measures[i].Value = math.Round(s.Measures[i].Value*100) / 100
			}
			if diff := cmp.Diff(want, s.Measures); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		}
		if spikes != 1 {
			t.Error(spikes, "spikes")
		}
		if last := samplesOf(t, h, "process=web:a&since="+time.Now().Add(-time.Hour).UTC().Format(time.RFC3339)); len(last) < 230 || len(last) > 242 {
			t.Error(len(last), "samples of an hour")
		}
	})
}

func TestAStripTellsTheWorstOfEachStep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		at, k := path(t), &known{}
		k.set(status("a", domain.Running, "site"), status("b", domain.Running, "site"))
		h := sampling(t, at, 20<<20, k)
		time.Sleep(3*time.Hour + 12*time.Minute + time.Second)
		h.Report(probed("a", "site", domain.Unhealthy, time.Second))
		time.Sleep(time.Minute)
		k.set(status("a", domain.Fatal, "site"))
		time.Sleep(time.Hour)
		k.set(status("a", domain.Running, "site"))
		time.Sleep(time.Hour)
		h.Close()
		time.Sleep(2 * time.Hour) // nobody looks
		h = sampling(t, at, 20<<20, k)
		defer h.Close()
		time.Sleep(25 * time.Minute)
		want := map[string]string{
			"web:a": strings.Repeat(".", 98) + strings.Repeat("h", 19) + strings.Repeat("d", 7) + strings.Repeat("h", 6) + strings.Repeat(".", 11) + "hhh",
			"web:b": strings.Repeat(".", 98) + strings.Repeat("h", 20) + strings.Repeat(".", 26),
		}
		if diff := cmp.Diff(want, stripsOf(t, h)); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
		h.Report(probed("a", "site", domain.Unhealthy, time.Second)) // it is shown before it is written
		if got := stripsOf(t, h)["web:a"]; !strings.HasSuffix(got, "hhu") {
			t.Error(got)
		}
	})
}

// What was written while the clock was wrong is told where it belongs, or not at all if that is in the future.
func TestTheClockIsSet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		at, g := path(t), history.NewGathering()
		content := append([]byte("SHsample\x01"), make([]byte, 7)...)
		for _, minutes := range []time.Duration{-60, 1000_000, -50, -90, -80} {
			g.Verdict(probed("a", "site", domain.Healthy, time.Second))
			block, _ := g.Block(time.Now().Add(minutes * time.Minute))
			content = append(content, bytes.Clone(block)...)
		}
		if err := os.WriteFile(slot(at, 0), content, 0o600); err != nil {
			t.Fatal(err)
		}
		h := sampling(t, at, 1<<20, &known{})
		defer h.Close()
		var ago []int
		for _, s := range samplesOf(t, h, "process=web:a") {
			ago = append(ago, int(time.Since(s.At).Minutes()))
		}
		if diff := cmp.Diff([]int{90, 80, 60, 50}, ago); diff != "" {
			t.Error(diff)
		}
	})
}

func TestAClockThatIsSetBackStopsNoSamples(t *testing.T) {
	at, begun := path(t), noon().AddDate(-10, 0, 0)
	r := history.NewRecorder(history.Config{Path: at, Bound: 1 << 20, Warn: func(err error) { t.Error(err) }}, begun)
	for _, after := range []time.Duration{5, 15, 20, 30, -7200, -7190, -7185, 86400, 86415} {
		r.Verdict(probed("a", "site", domain.Healthy, time.Second))
		r.Tick(begun.Add(after * time.Second))
	}
	want := "15s 15s 15s 15s 15s 15s"
	var spans []string
	for _, row := range rows(t, at, history.RowQuery{}) {
		spans = append(spans, strings.TrimSuffix(row[strings.Index(row, "+")+1:], " web:a/site healthy 1"))
	}
	if got := strings.Join(spans, " "); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// A write that fails loses its sample and is said once; files that others have removed are made again.
func TestWhatBecomesOfTheFilesMeanwhile(t *testing.T) {
	at, begun := path(t), noon().AddDate(-10, 0, 0)
	warned := 0
	r := history.NewRecorder(history.Config{Path: at, Bound: 1 << 20, Warn: func(error) { warned++ }}, begun)
	sample := func(after int) {
		r.Verdict(probed("a", "site", domain.Healthy, time.Second))
		r.Tick(begun.Add(time.Duration(after) * time.Second))
	}
	sample(15)
	if err := r.Break(); err != nil {
		t.Fatal(err)
	}
	sample(30)
	if got := rows(t, at, history.RowQuery{}); len(got) != 1 || warned != 1 {
		t.Errorf("%d warnings: %q", warned, got)
	}
	sample(45)
	if got := rows(t, at, history.RowQuery{}); len(got) != 2 || got[1] != "12:00:45+15s web:a/site healthy 1" || warned != 1 {
		t.Errorf("%d warnings: %q", warned, got)
	}
	if err := os.Remove(slot(at, 0)); err != nil {
		t.Fatal(err)
	}
	sample(60)
	if got := rows(t, at, history.RowQuery{}); len(got) != 1 || got[0] != "12:01:00+15s web:a/site healthy 1" || warned != 1 {
		t.Errorf("%d warnings: %q", warned, got)
	}
}

// Everyone can tell the letters of the page.
func TestTheLettersAreThoseOfThePage(t *testing.T) {
	script, err := os.ReadFile("../page/files/strip.js")
	if err != nil {
		t.Fatal(err)
	}
	if len(history.Letters) != len(domain.Worst()) {
		t.Fatal(history.Letters)
	}
	for i, c := range domain.Worst() {
		if entry := history.Letters[i:i+1] + ": ['" + string(c) + "',"; !strings.Contains(string(script), entry) {
			t.Errorf("the page does not have %s", entry)
		}
	}
}

package app_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"supervisor-healthcheck/adapters/history"
	"supervisor-healthcheck/app"
	"supervisor-healthcheck/domain"
)

// keeping is a life of a listener that keeps samples, in which each of two processes was looked at once.
func keeping(t *testing.T, path string, s *seen, health domain.Health, took time.Duration) *history.History {
	t.Helper()
	begun := time.Now().Unix()
	eventually(func() bool { return time.Now().Unix() > begun }) // samples are told apart by seconds
	h := history.New()
	h.Keep(history.Config{Path: path, Bound: 20 << 20, Looked: s, Warn: func(err error) { t.Error(err) }})
	probed(h, "b", health, took)
	probed(h, "<b>'evil\"&", domain.Healthy, time.Millisecond)
	return h
}

func probed(h *history.History, name string, health domain.Health, took time.Duration) {
	v := domain.Verdict{Health: health, Check: "http"}.
		Measuring(domain.Measure{Check: hostile, Of: domain.MeasuredAnswer, Value: took.Seconds(), Limit: 0.25}).
		Measuring(domain.Measure{Check: "memory", Of: domain.MeasuredMemory, Value: 300 << 20, Limit: 800 << 20, Forecast: 7200})
	h.Report(domain.Report{Kind: domain.ReportProbed, At: time.Now(), Process: domain.ID{Group: "web", Name: name}, Watch: "site", Took: took, Verdict: v})
}

// What a listener has kept over its lives is drawn, and a service that breaks is seen in its strip at once.
func TestABrowserDrawsWhatWasKept(t *testing.T) {
	b, s, path := newBrowser(t), newSeen(), filepath.Join(t.TempDir(), "x-events.jsonl")
	keeping(t, path, s, domain.Healthy, 10*time.Millisecond).Close()
	keeping(t, path, s, domain.Unhealthy, 400*time.Millisecond).Close()
	h := keeping(t, path, s, domain.Healthy, 20*time.Millisecond)
	defer h.Close()
	s.change(func(now *domain.Snapshot) {
		now.Processes[3] = seenProcess("<b>'evil\"&", domain.Healthy.Because(hostile), domain.Decision{})
	})
	pages := h.Pages()
	pages["GET /v1/settings"] = app.NewSettings(nil)
	_, url := serveSeen(t, s, pages)
	b.run(t, chromedp.Navigate(url+"#web:b"))
	b.waitFor(t, `document.querySelectorAll('.plot').length === 2 && document.querySelectorAll('.plot .limit').length === 2`)
	for _, text := range []string{"last 20ms · median 20ms · highest 400ms · limit 250ms · ● 1 unhealthy", "last 300MB · median 300MB · highest 300MB · limit 800MB will be reached in about 2h", hostile} {
		b.waitText(t, text)
	}
	b.waitFor(t, `/^last 24 h: unhealthy/.test(document.querySelector('.long .strip').getAttribute('aria-label'))`)
	b.run(t, chromedp.Click(`//button[text()="1 h"]`))
	b.waitFor(t, `document.querySelector('.range[aria-pressed=true]').textContent === '1 h' && document.querySelectorAll('.plot').length === 2`)

	b.run(t, chromedp.Navigate(url+"#"))
	evil := `[...document.querySelectorAll('#rows tr')].find((r) => r.innerText.includes('evil'))`
	b.waitFor(t, evil+`.querySelector('.strip .is-healthy')`)
	probed(h, "<b>'evil\"&", domain.Unhealthy, time.Second)
	b.run(t, chromedp.Reload())
	b.waitFor(t, evil+` && `+evil+`.querySelector('.strip .is-unhealthy')`)
	if got := value[float64](t, b, "window.hurt || 0"); got != 0 {
		t.Error("a name has been run as a script:", got)
	}
	b.quiet(t)
}

package main

import (
	"encoding/json"
	"strings"
	"testing"

	"supervisor-healthcheck/app/view/report"
)

func TestAReportTellsWhatWasDoneWhileAListenerRunsAndAfterwards(t *testing.T) {
	t.Parallel()
	s := newStage(t, play{flags: "--failures 2"})
	s.round(s.job, s.other)
	before := s.pid(s.job)
	s.fails() // once: it heals by itself
	s.ticksUntil(func() bool { return s.reports(s.job).Total.Troubles.Healed == 1 })
	s.gate.answer(503)
	s.ticksUntil(func() bool { pid := s.pid(s.job); return pid != 0 && pid != before })
	s.gate.answer(200)
	s.ticksUntil(func() bool { return s.reports(s.job).Total.Troubles.Restarted == 1 })
	r := s.reports(s.job)
	if got := r.Total.Restarts; got.Done < 1 || got.Down.Longest <= 0 || got.ByCheck[0].Name != "c" && got.ByCheck[0].Name != "http" {
		t.Errorf("%+v", got)
	}
	if len(r.Listeners) != 1 || r.Listeners[0].Name != "check" || r.Listeners[0].Lives != 1 || len(r.Suggestions) > 0 {
		t.Errorf("%+v", r)
	}
	out, status := s.asks("report")
	for _, want := range []string{"Report on 7d: ", "The listener check tells only of ", s.job, "What was done", "failures", "None: "} {
		if !strings.Contains(out, want) || status != 0 {
			t.Errorf("%d: no %q in %s", status, want, out)
		}
	}
	s.stop()
	after := s.reports(s.job)
	if after.Total.Restarts.Done != r.Total.Restarts.Done || after.Listeners[0].To.After(after.Until) || len(after.Troubles) > 0 {
		t.Errorf("what is left tells otherwise: %+v", after)
	}
	if out, status = s.asks("report", "nobody"); status != 0 || !strings.Contains(out, "no event is about nobody") {
		t.Errorf("%d: %s", status, out)
	}
	for _, wrong := range [][]string{{"report", "--since", "soon"}, {"report", "--format", "xml"}} {
		if out, status := s.asks(wrong...); status != 2 || strings.Count(out, "\n") != 1 {
			t.Errorf("%q: %d: %s", wrong, status, out)
		}
	}
	if out, status = s.asks("report", "--state-dir", s.path("none")); status != 3 || !strings.Contains(out, "no listener of this program has kept") {
		t.Errorf("%d: %s", status, out)
	}
}

// What would have been done is told, and nothing is done.
func TestAReportTellsWhatWouldHaveBeenDone(t *testing.T) {
	t.Parallel()
	s := newStage(t, play{flags: "--mode observe"})
	s.round(s.job, s.other)
	s.fails()
	s.ticksUntil(func() bool { return s.reports(s.job).Total.Observed.Healed == 1 })
	if r := s.reports(); r.Total.Restarts.Done != 0 || len(r.Listeners) != 1 || len(r.Listeners[0].Mode) != 1 {
		t.Errorf("%+v", r)
	}
	if out, _ := s.asks("report"); !strings.Contains(out, "What would have been done\n  mode = observe: c.\n  1 trouble would have been restarted.\n") {
		t.Error(out)
	}
}

// reports is the report on the processes with these names.
func (s *stage) reports(names ...string) (r report.Report) {
	s.t.Helper()
	out, status := s.asks(append([]string{"report", "--format", "json"}, names...)...)
	if err := json.Unmarshal([]byte(out), &r); err != nil || status != 0 {
		s.t.Fatal(err, status, out)
	}
	return r
}

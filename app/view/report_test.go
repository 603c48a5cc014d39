package view_test

import (
	"errors"
	"net"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"supervisor-healthcheck/adapters/history"
	"supervisor-healthcheck/adapters/web"
	"supervisor-healthcheck/app/view"
	"supervisor-healthcheck/app/view/report"
	"supervisor-healthcheck/domain"
)

func reported(t *testing.T, where view.Where, names ...string) report.Report {
	t.Helper()
	r, err := view.Report(t.Context(), where, names, noon(), noon().Add(24*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func doneTo(r report.Report) string {
	var text []string
	for _, p := range r.Processes {
		text = append(text, strings.TrimPrefix(p.Name, "web:"))
	}
	return strings.Join(text, " ")
}

func restarts(h *history.History, process string, after time.Duration) {
	h.Report(domain.Report{Kind: domain.ReportRestarted, At: noon().Add(after), Watch: "site", Process: domain.ID{Group: "web", Name: process}, Took: time.Second, Restart: &domain.Progress{}})
}

// A listener that runs is asked, and what others have left is read.
func TestTheReportIsOnAllThatWasKept(t *testing.T) {
	dir := stateDir(t)
	where := view.Where{StateDir: dir}
	if _, err := view.Report(t.Context(), where, nil, noon(), noon().Add(time.Hour)); err == nil || !strings.Contains(err.Error(), view.ErrNothingKept.Error()) {
		t.Error(err)
	}
	one, _ := live(t, dir, "one")
	two, end := live(t, dir, "two")
	one.Report(domain.Report{Kind: domain.ReportWatching, At: noon().Add(-time.Hour), Watch: "site", Census: &domain.Census{Processes: 2, Observe: true}})
	restarts(one, "early", -time.Minute)
	restarts(one, "a", time.Minute)
	restarts(two, "b", 2*time.Minute)
	eventually(t, func() bool { return doneTo(reported(t, where)) == "a b" }, "both listeners tell")
	r := reported(t, where)
	if r.Total.Restarts.Done != 2 || len(r.Listeners) != 2 || !slices.ContainsFunc(r.Listeners, func(l report.Listener) bool { return slices.Equal(l.Mode, []string{"site"}) && l.From.Equal(noon()) }) {
		t.Errorf("%+v", r)
	}
	end()
	if got := doneTo(reported(t, where)); got != "a b" {
		t.Errorf("what the second has left is not read: %s", got)
	}
	r = reported(t, where, "web:b", "nobody")
	if doneTo(r) != "b" || !slices.Equal(r.Troubles, []string{"no event is about nobody"}) {
		t.Errorf("%+v", r)
	}
}

func TestAListenerThatDoesNotTellIsReportedFromItsFiles(t *testing.T) {
	dir := stateDir(t)
	h, end := live(t, dir, "one")
	restarts(h, "a", time.Minute)
	end()
	socket := web.SocketIn(dir, "supervisord-a", "one")
	hung, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer hung.Close()
	go func() {
		for {
			c, err := hung.Accept()
			if err != nil {
				return
			}
			c.Close() // without an answer
		}
	}()
	r := reported(t, view.Where{Socket: socket})
	if doneTo(r) != "a" || len(r.Troubles) != 1 || !strings.Contains(r.Troubles[0], "a listener does not tell: ") {
		t.Errorf("%+v", r)
	}
}

func TestFilesThatMayNotBeReadAreSaid(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may read all")
	}
	dir := stateDir(t)
	path := history.PathOf(web.FileIn(dir, "supervisord-a", "one"))
	if err := os.WriteFile(path, nil, 0); err != nil {
		t.Fatal(err)
	}
	_, err := view.Report(t.Context(), view.Where{StateDir: dir}, nil, noon(), noon().Add(time.Hour))
	if err == nil || !strings.Contains(err.Error(), "permission denied") || errors.Is(err, view.ErrNobody) {
		t.Error(err)
	}
}

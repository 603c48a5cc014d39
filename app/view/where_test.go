package view_test

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/golang/mock/gomock"

	"supervisor-healthcheck/adapters/history"
	"supervisor-healthcheck/adapters/journal"
	"supervisor-healthcheck/adapters/web"
	"supervisor-healthcheck/app/view"
	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/mocks"
)

// The listener at a socket of its own has its history in the state directory, and it is told once.
func TestAListenerAtAnotherSocketIsReportedOnce(t *testing.T) {
	const url = "unix:///run/of-another-test-of-view.sock"
	dir := stateDir(t)
	door := filepath.Join(dir, "door")
	h := history.New()
	h.Keep(history.Config{Path: history.PathOf(web.FileIn(dir, journal.Stem(url), "one")), Bound: 1 << 20, Warn: func(err error) { t.Error(err) }})
	t.Cleanup(h.Close)
	control := gomock.NewController(t)
	server, err := web.Open(web.Config{Socket: door, Pages: h.Pages()}, listening{mocks.NewMockViewer(control), mocks.NewMockSuspender(control)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	restarts(h, "a", time.Minute)
	where := view.Where{ServerURL: url, Configured: func() (string, string) { return door, dir }}
	eventually(t, func() bool {
		r, err := view.Report(t.Context(), where, nil, noon(), noon().Add(time.Hour))
		return err == nil && r.Total.Restarts.Done > 0
	}, "its restart is told")
	if r := reported(t, where); r.Total.Restarts.Done != 1 {
		t.Errorf("%d restarts", r.Total.Restarts.Done)
	}
	closed := where
	closed.Configured = func() (string, string) { return door, "" } // to whom the directory is closed
	if got := doneTo(reported(t, closed)); got != "a" {
		t.Error(got)
	}
}

// What stands in supervisord's own file is looked at besides the usual places, and not where somebody says where to look.
func TestListenersAreWhereTheFileSays(t *testing.T) {
	const url = "unix:///run/of-a-test-of-view.sock" // whatever runs on this machine is of another one
	dir := stateDir(t)
	door := filepath.Join(dir, "door")
	for _, socket := range []string{web.SocketIn(dir, journal.Stem(url), "one"), door} {
		control := gomock.NewController(t)
		viewer := mocks.NewMockViewer(control)
		viewer.EXPECT().Snapshot().Return(domain.Snapshot{}).AnyTimes()
		server, err := web.Open(web.Config{Socket: socket, About: web.Listener{Name: filepath.Base(socket)}}, listening{viewer, mocks.NewMockSuspender(control)})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(server.Close)
	}
	said := func() (string, string) { return door, dir }
	for name, tt := range map[string]struct {
		where view.Where
		want  int
	}{
		"both":                        {view.Where{ServerURL: url, Configured: said}, 2},
		"the directory":               {view.Where{ServerURL: url, Configured: func() (string, string) { return "", dir }}, 1},
		"the socket":                  {view.Where{ServerURL: url, Configured: func() (string, string) { return door, "" }}, 1},
		"a socket that nobody has":    {view.Where{ServerURL: url, Configured: func() (string, string) { return door + "2", dir }}, 1},
		"of another supervisord":      {view.Where{ServerURL: url + "2", Configured: func() (string, string) { return "", dir }}, 0},
		"the file says nothing":       {view.Where{ServerURL: url, Configured: func() (string, string) { return "", "" }}, 0},
		"there is no file":            {view.Where{ServerURL: url}, 0},
		"somebody names a directory":  {view.Where{ServerURL: url, StateDir: dir, Configured: said}, 1},
		"somebody names an empty one": {view.Where{ServerURL: url, StateDir: stateDir(t), Configured: said}, 0},
		"somebody names the socket":   {view.Where{Socket: door, Configured: said}, 1},
	} {
		got, err := view.Ask(t.Context(), tt.where)
		if len(got.Listeners) != tt.want || errors.Is(err, view.ErrNobody) != (tt.want == 0) {
			t.Errorf("%s: %d %v", name, len(got.Listeners), err)
		}
	}
}

package view_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang/mock/gomock"

	"supervisor-healthcheck/adapters/history"
	"supervisor-healthcheck/adapters/terminal"
	"supervisor-healthcheck/adapters/web"
	"supervisor-healthcheck/app/view"
	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/mocks"
)

type listening struct {
	*mocks.MockViewer
	*mocks.MockSuspender
}

// live is a listener of this name that keeps and serves what happens.
func live(t *testing.T, dir, name string) (h *history.History, end func()) {
	t.Helper()
	h = history.New()
	h.Keep(history.Config{Path: web.FileIn(dir, "supervisord-a", name) + "-events.jsonl", Bound: 1 << 20, Warn: func(err error) { t.Error(err) }})
	control := gomock.NewController(t)
	server, err := web.Open(web.Config{Socket: web.SocketIn(dir, "supervisord-a", name), Pages: h.Pages(), Streams: h.Streams()},
		listening{mocks.NewMockViewer(control), mocks.NewMockSuspender(control)})
	if err != nil {
		t.Fatal(err)
	}
	end = sync.OnceFunc(func() { h.Close(); server.Close() })
	t.Cleanup(end)
	return h, end
}

func happens(h *history.History, process string, after time.Duration) {
	h.Report(domain.Report{Kind: domain.ReportStopped, At: noon().Add(after), Watch: "site", Process: domain.ID{Group: "web", Name: process}})
}

func stateDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "view")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func names(all []view.Event) string {
	var text []string
	for _, e := range all {
		text = append(text, strings.TrimPrefix(e.Process, "web:"))
	}
	return strings.Join(text, " ")
}

func eventually(t *testing.T, is func() bool, what string) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it never came to it: ", what)
		}
	}
}

func TestTheEventsOfAllListenersAreOneList(t *testing.T) {
	dir := stateDir(t)
	where := view.Where{StateDir: dir}
	if _, _, err := view.Events(t.Context(), where, noon()); !errors.Is(err, view.ErrNobody) {
		t.Error(err)
	}
	one, _ := live(t, dir, "one")
	two, _ := live(t, dir, "two")
	happens(one, "early", -time.Hour)
	happens(one, "a", time.Minute)
	happens(two, "b", 2*time.Minute)
	happens(one, "c", 3*time.Minute)
	var got []view.Event
	eventually(t, func() bool {
		all, troubles, err := view.Events(t.Context(), where, noon())
		if err != nil || len(troubles) > 0 {
			t.Fatal(troubles, err)
		}
		got = all
		return len(all) >= 3
	}, "three events are told")
	if text := names(got); text != "a b c" {
		t.Error(text)
	}
	_, troubles, err := view.Events(t.Context(), view.Where{Socket: dir + "/none.sock"}, noon())
	if err != nil || len(troubles) != 1 {
		t.Error(troubles, err)
	}
}

// Each event is told once, whether it happens before the stream begins, while it does, or between two lives of a listener.
func TestWhoFollowsMissesNothing(t *testing.T) {
	dir := stateDir(t)
	ctx, cancel := context.WithCancel(t.Context())
	var mu sync.Mutex
	var all []view.Event
	told := func() string { mu.Lock(); defer mu.Unlock(); return names(all) }
	first, end := live(t, dir, "one")
	happens(first, "a", time.Minute)
	done := make(chan error)
	go func() {
		done <- view.Follow(ctx, view.Where{StateDir: dir}, noon(), func(e view.Event) error {
			mu.Lock()
			defer mu.Unlock()
			all = append(all, e)
			return nil
		})
	}()
	eventually(t, func() bool { return told() == "a" }, "what was kept is told")
	happens(first, "b", 2*time.Minute)
	eventually(t, func() bool { return told() == "a b" }, "what happens is told")
	end()
	second, _ := live(t, dir, "one")
	happens(second, "c", 3*time.Minute)
	other, _ := live(t, dir, "two")
	happens(other, "d", 4*time.Minute)
	eventually(t, func() bool { return len(strings.Fields(told())) == 4 }, "the next life and another listener are followed")
	if got := told(); got != "a b c d" && got != "a b d c" {
		t.Error(got)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	full := errors.New("no space left on device")
	if err := view.Follow(t.Context(), view.Where{StateDir: dir}, noon(), func(view.Event) error { return full }); !errors.Is(err, full) {
		t.Error(err)
	}
}

func TestAnEventIsOneLineWhateverItSays(t *testing.T) {
	e := view.Event{At: noon(), Level: slog.LevelError.String(), Message: "unhealthy", Process: "web:a", Watch: "site", Check: "http",
		Facts: []history.Fact{{"reason", "status 503\n\x1b[2J"}, {"pid", "71"}}}
	want := `2030-01-01 13:00:00 ERROR web:a unhealthy reason="status 503\n\x1b[2J" pid=71 watch=site check=http`
	if got := view.Line(e, terminal.Screen{}, time.FixedZone("", 3600)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := view.Line(e, terminal.Screen{Colours: true}, time.UTC); !strings.Contains(got, "\x1b[31mERROR\x1b[0m") {
		t.Errorf("%q", got)
	}
	e.Message, e.Process, e.Level = "a\x1b]0;x\x07", "web:\x1b[1m", "\x9b"
	if got := view.Line(e, terminal.Screen{}, time.UTC); strings.ContainsAny(got, "\x1b\x07\n") || strings.Contains(got, "\u009b") {
		t.Errorf("%q", got)
	}
}

func TestEventsByName(t *testing.T) {
	e := view.Event{Process: "web:a", Watch: "site"}
	for name, want := range map[string]bool{"": true, "web:a": true, "web": true, "web:*": true, "site": true, "all": true, "web:b": false, "a": false, "other web": true} {
		if got := view.IsAbout(e, strings.Fields(name)); got != want {
			t.Errorf("%q: %t", name, got)
		}
	}
	if view.IsAbout(view.Event{}, []string{"web"}) {
		t.Error("what is about nothing is about web")
	}
}

package app_test

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"

	"go.uber.org/fx"

	"supervisor-healthcheck/app"
	"supervisor-healthcheck/domain/watchdog"
	"supervisor-healthcheck/ports"
)

// watcher is a listener in this process: the whole graph, with a post office that does its work badly between it and
// its supervisord, and a gauge at its questions.
type watcher struct {
	*home
	dog   *watchdog.Watchdog
	mail  *mail
	gauge *gauge
	log   *transcript
	marks int
}

// watch begins to listen.
func watch(h *home, habits habits, watches ...app.Watch) *watcher {
	h.t.Helper()
	w := &watcher{home: h, log: &transcript{}, gauge: &gauge{}}
	var source ports.EventSource
	options := app.Options{Watches: watches, ServerURL: h.url, Self: listenerID(), StateDir: filepath.Join(h.t.TempDir(), "state")}
	graph := fx.New(fx.NopLogger, app.Module(),
		fx.Supply(options, app.Streams{Events: h.events, Answers: h.events}, slog.New(slog.NewTextHandler(w.log, nil))),
		fx.Decorate(func(t ports.ProcessTable) ports.ProcessTable {
			w.gauge.ProcessTable = t
			return w.gauge
		}),
		fx.Decorate(func() (ports.ProcessStats, ports.PortOwner) { return unmeasured{}, unmeasured{} }),
		fx.Populate(&w.dog, &source))
	if err := graph.Err(); err != nil {
		h.t.Fatal(err)
	}
	w.mail = &mail{inner: source, habits: habits, turned: make(chan struct{}, 1)}
	w.listen()
	return w
}

// listen serves the events until the end of the test.
func (w *watcher) listen() {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- w.dog.Listen(ctx, w.mail) }()
	w.t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			w.t.Error(err)
		}
		if w.t.Failed() {
			w.t.Logf("the log of the listener:\n%.20000s", w.log)
		}
	})
}

// round is one round.
func (w *watcher) round() { w.dog.Round(w.t.Context()) }

// until waits for a condition.
func (w *watcher) until(what string, condition func() bool) {
	w.t.Helper()
	if !eventually(condition) {
		w.t.Fatalf("%s: not within %s", what, patient)
	}
}

// untilSaid waits until the log has so many lines with all the signs.
func (w *watcher) untilSaid(times int, signs ...sign) {
	w.t.Helper()
	w.until(fmt.Sprintf("the log says %q", signs), func() bool { return w.log.tells(signs...) >= times })
}

// roundsUntilSaid has one round after the other until the log has so many lines with all the signs. A round passes over a
// process whose restart is not forgotten in the journal yet.
func (w *watcher) roundsUntilSaid(times int, signs ...sign) {
	w.t.Helper()
	w.until(fmt.Sprintf("the log says %q", signs), func() bool {
		w.mark()
		w.round()
		return w.log.tells(signs...) >= times
	})
}

// mark sends an event through supervisord and returns when the watchdog has dealt with it, and so with all before it.
func (w *watcher) mark() {
	w.t.Helper()
	w.marks++
	w.order("sendRemoteCommEvent", "mark", fmt.Sprint(w.marks))
	w.until("mark "+fmt.Sprint(w.marks), func() bool { return w.mail.count().marks >= w.marks })
}

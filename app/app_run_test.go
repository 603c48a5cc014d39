package app_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"testing"
	"time"

	"supervisor-healthcheck/app"
	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/checks"
)

// fine are options without a mistake. Nobody listens at their address.
func fine(t *testing.T) app.Options {
	t.Helper()
	well := domain.NewCheck("well", func(context.Context, domain.Process) domain.Verdict { return domain.Healthy.Because("it is") })
	return app.Options{
		Watches:   []app.Watch{watchBy(checks.Custom{Check: well})},
		ServerURL: "unix:///nowhere/supervisor.sock",
		Self:      domain.ID{Group: "health", Name: "health"},
		StateDir:  t.TempDir(),
	}
}

func watchBy(settings ...checks.Settings) app.Watch {
	return app.Watch{Name: "my_check", Select: domain.SelectGroup("web"), Checks: settings, Policy: domain.DropIn()}
}

// run is one Run over pipes. Only one may begin at a time, see gopsutil.New, so these tests are not parallel.
type run struct {
	t       *testing.T
	events  *io.PipeWriter // where the test is supervisord
	answers *transcript
	log     *transcript
	signals chan os.Signal
	stop    context.CancelFunc
	status  chan int
}

func runs(t *testing.T, o app.Options) *run {
	t.Helper()
	in, events := io.Pipe()
	ctx, stop := context.WithCancel(context.Background())
	r := &run{t: t, events: events, answers: &transcript{}, log: &transcript{}, signals: make(chan os.Signal), stop: stop, status: make(chan int, 1)}
	go func() {
		r.status <- app.Run(ctx, o, app.Streams{Events: in, Answers: r.answers, Log: r.log}, r.signals)
	}()
	t.Cleanup(func() {
		stop()
		events.Close()
	})
	return r
}

// end waits for the exit status.
func (r *run) end() int {
	r.t.Helper()
	select {
	case status := <-r.status:
		return status
	case <-time.After(patient):
		r.t.Fatal("it does not end; the log:\n" + r.log.String())
		return 0
	}
}

func (r *run) until(what string, condition func() bool) {
	r.t.Helper()
	if !eventually(condition) {
		r.t.Fatalf("%s: not within %s; the log:\n%s", what, patient, r.log)
	}
}

func (r *run) untilReady() {
	r.t.Helper()
	r.until("it is ready", func() bool { return r.answers.String() == "READY\n" })
}

// tick sends a fresh tick.
func (r *run) tick() {
	r.t.Helper()
	payload := fmt.Sprintf("when:%d", time.Now().Unix())
	_, err := fmt.Fprintf(r.events, "ver:3.0 server:s serial:1 pool:health poolserial:1 eventname:TICK_5 len:%d\n%s", len(payload), payload)
	if err != nil {
		r.t.Fatal(err)
	}
}

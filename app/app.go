// Package app puts the parts together: Options in, a running event listener out. Main is the whole program for a
// command; Run is the same for callers who own the streams and signals themselves, such as tests.
package app

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime"
	"syscall"
	"time"

	"go.uber.org/fx"

	"supervisor-healthcheck/adapters/command"
	"supervisor-healthcheck/adapters/notify"
	"supervisor-healthcheck/adapters/stderr"
	"supervisor-healthcheck/adapters/stdin"
	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/ports"
)

// The exit statuses. Supervisor's default exitcodes=0 keeps a listener down that ends with 0, so any other end than
// one that was asked for has another status.
const (
	ExitStopped = 0 // SIGTERM or SIGINT of supervisord or by hand, or supervisord is gone
	ExitFailed  = 1 // the protocol broke, supervisord sends no events any more, or the signal was not supervisord's
	ExitUsage   = 2 // a setting is wrong
)

// Streams are where events come from, where the answers go, and where the log goes.
type Streams struct {
	Events  io.Reader
	Answers io.Writer
	Log     io.Writer
}

// logRoom is how much of the log may wait for a stderr that is blocked.
const logRoom = 1 << 20

// Main runs an event listener on stdin, stdout and stderr until a signal or the end of the events, and returns the
// exit status. It takes stdout away from everybody else: what is printed there from now on goes to the log.
func Main(o Options) int {
	answers, err := stdin.TakeStdout()
	if err != nil {
		refuse(os.Stderr, err)
		return ExitFailed
	}
	modest()
	defer time.AfterFunc(startIsOver, forgetStart).Stop()
	// supervisord may be gone; the write then returns an error. What is ignored would be ignored by the commands of checks too.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	return Run(ctx, o, Streams{Events: stdin.Open(), Answers: answers, Log: os.Stderr}, harmless())
}

// harmless receives the signals that end the Python package and must not end us: log rotation sends them.
func harmless() <-chan os.Signal {
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, syscall.SIGHUP, syscall.SIGUSR1, syscall.SIGUSR2)
	return signals
}

// Run runs an event listener until ctx is done or the events end, and returns the exit status, which depends on what
// supervisord then says of Options.Self. SIGHUP has the configuration read anew where there is one; every other signal that comes is
// written to the log and otherwise ignored.
func Run(ctx context.Context, o Options, s Streams, signals <-chan os.Signal) int {
	o = o.withEnvironment()
	handler, err := newHandler(o)
	if err == nil {
		err = o.Listen.Check()
	}
	if err != nil {
		refuse(s.Log, err)
		return ExitUsage
	}
	lines := stderr.New(s.Log, logRoom, stderr.Note(handler))
	defer lines.Close(time.Second) //nolint:errcheck // a blocked stderr must not hold up the end
	logger := slog.New(handler(lines))
	var table ports.ProcessTable
	var socket *notify.Socket
	var commands *command.Runner
	seen := views{settings: NewSettings(o.Watches)}
	a := attendant{options: o, settings: seen.settings, logger: logger}
	w, source, err := build(o, s, logger, fx.Populate(&table, &commands, &socket, &a.world, &a.watches, &seen.counted, &seen.kept))
	if err != nil {
		refuse(lines, err)
		return ExitUsage
	}
	defer commands.Close()
	a.dog = w
	started := []any{"watches", names(o.Watches), "pid", os.Getpid(), "supervisord", domain.WithoutCredentials(o.ServerURL)}
	if o.Config != "" {
		started = append(started, "config", o.Config)
	}
	logger.Info("started", started...)
	a.warn(o.Warnings)
	if err := socket.Listen(notified(o.Watches)); err != nil {
		logger.Warn("heartbeats by sd_notify are not heard yet: it is tried again", "error", err)
	}
	defer socket.Close() //nolint:errcheck // it is the end
	attending, dismiss := context.WithCancel(ctx)
	defer dismiss()
	shown := o.show(attending, w, seen, logger)
	defer shown.close()
	a.renew = shown.renew
	ticks := make(chan struct{}, 1)
	go a.run(attending, signals, ticks)
	uncalled := watchEnd(ctx, table, o.Self)
	go runtime.GC() // half of the heap is what the start has left; its room is enough for the rounds that come
	err = w.Listen(ctx, ticking{source, ticks})
	if closer, ok := source.(io.Closer); ok {
		closer.Close() //nolint:errcheck // it is the end
	}
	return status(logger, err, uncalled())
}

// refuse says why nothing is begun, with the time in front that all lines of a log have.
func refuse(log io.Writer, err error) {
	fmt.Fprintf(log, "time=%s level=ERROR supervisor-healthcheck: %v\n", time.Now().Format("2006-01-02T15:04:05.000Z07:00"), err)
}

func names(watches []Watch) string {
	text := ""
	for i, watch := range watches {
		if i > 0 {
			text += " "
		}
		text += watch.Name
	}
	return text
}

// newHandler returns the maker of the log's handler.
func newHandler(o Options) (func(io.Writer) slog.Handler, error) {
	options := &slog.HandlerOptions{}
	if o.LogLevel != "" {
		var level slog.Level
		if err := level.UnmarshalText([]byte(o.LogLevel)); err != nil {
			return nil, fmt.Errorf("log level %q: write debug, info, warn or error", o.LogLevel)
		}
		options.Level = level
	}
	switch o.LogFormat {
	case "", "text":
		return func(out io.Writer) slog.Handler { return slog.NewTextHandler(out, options) }, nil
	case "json":
		return func(out io.Writer) slog.Handler { return slog.NewJSONHandler(out, options) }, nil
	}
	return nil, fmt.Errorf("log format %q: write text or json", o.LogFormat)
}

package app

import (
	"context"
	"errors"
	"io"
	"log/slog"

	"go.uber.org/dig"
	"go.uber.org/fx"

	"supervisor-healthcheck/adapters/command"
	"supervisor-healthcheck/app/trial"
	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/ports"
)

// Try begins a trial of the checks of the options, by hand, of which each call of round is one round. It changes nothing. Without the
// address of a supervisord the trial is that of one that cannot be asked. End must be called after the last round: it ends the commands of
// checks that still run.
func Try(o Options, q trial.Question) (round func(context.Context) (trial.Result, error), end func(), err error) {
	o = o.withEnvironment()
	var w trial.World
	var watches []domain.Watch
	var commands *command.Runner
	wanted := []any{&watches, &w.Stats, &w.Clock, &commands}
	if o.ServerURL == "" || q.PID > 0 {
		w.Table = nowhere{}
	} else {
		wanted = append(wanted, &w.Table)
	}
	graph := fx.New(fx.NopLogger, Module(), fx.Supply(o, Streams{}, slog.New(slog.NewTextHandler(io.Discard, nil))), fx.Populate(wanted...))
	if err := graph.Err(); err != nil {
		return nil, nil, dig.RootCause(err)
	}
	return trial.New(w, watches, q).Round, commands.Close, nil
}

// nowhere stands for a supervisord of which nobody has said where it is.
type nowhere struct{ ports.ProcessTable }

// Processes says what is missing.
func (nowhere) Processes(context.Context) ([]domain.Process, error) {
	return nil, errors.New("nothing says where it is; name its file with -c FILE, or set SUPERVISOR_SERVER_URL")
}

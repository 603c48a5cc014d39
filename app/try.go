package app

import (
	"context"
	"io"
	"log/slog"

	"go.uber.org/dig"
	"go.uber.org/fx"

	"supervisor-healthcheck/app/trial"
	"supervisor-healthcheck/domain"
)

// Try runs the checks of the options once, by hand, on the processes with these names, or on all without names. It changes
// nothing. Its error is a *trial.NoSuchName, or says why supervisord cannot be asked.
func Try(ctx context.Context, o Options, names []string) (trial.Result, error) {
	var w world
	var watches []domain.Watch
	graph := fx.New(fx.NopLogger, Module(), fx.Supply(o.withEnvironment(), Streams{}, slog.New(slog.NewTextHandler(io.Discard, nil))),
		fx.Populate(&watches), fx.Invoke(func(all world) { w = all }))
	if err := graph.Err(); err != nil {
		return trial.Result{}, dig.RootCause(err)
	}
	return trial.Run(ctx, trial.World{Table: w.Table, Stats: w.Stats, Clock: w.Clock}, watches, names)
}

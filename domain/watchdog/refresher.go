package watchdog

import (
	"context"
	"errors"
	"fmt"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/engine"
)

// refresh asks supervisord what the engine wants to know.
func (l *loop) refresh(ctx context.Context, c engine.Refresh) engine.Input {
	switch {
	case c.All:
		processes, err := l.world.Table.Processes(ctx)
		return engine.Listed{Processes: processes, Err: void(ctx, err)}
	case c.Settings:
		settings, err := l.world.Table.Settings(ctx)
		return engine.Configured{Settings: settings, Err: void(ctx, err)}
	case c.Identity:
		supervisor, err := l.world.Identity.Identity(ctx)
		return engine.Identified{Supervisor: supervisor, Err: void(ctx, err)}
	}
	var seen engine.Seen
	for _, id := range c.IDs {
		p, err := l.world.Table.Process(ctx, id)
		err = void(ctx, err)
		seen.Answers = append(seen.Answers, engine.Answer{ID: id, Process: p, Err: err})
		if err != nil && !errors.Is(err, domain.ErrNoSuchProcess) {
			break
		}
	}
	return seen
}

// void is an error, or engine.ErrVoid if it may come from nothing but the end of ctx.
func void(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil && !errors.Is(err, domain.ErrClaimed) {
		return engine.ErrVoid
	}
	return err
}

// holders asks who holds the port of a process.
func (l *loop) holders(ctx context.Context, c engine.Holders) engine.Input {
	if l.world.Owner == nil {
		return engine.Held{Holders: c}
	}
	found, err := l.world.Owner.Holders(ctx, c.Port, c.Process.PID)
	return engine.Held{Holders: c, Listeners: found, Err: err}
}

// dependency finds out whether one is down.
func (l *loop) dependency(ctx context.Context, c engine.Ask) engine.Input {
	v := domain.Judge(ctx, []domain.Check{c.Dependency.Check}, domain.Process{})
	return engine.Asked{Name: c.Dependency.Name, Verdict: v, Void: ctx.Err() != nil}
}

// complete asks the logs for what a report lacks.
func (l *loop) complete(ctx context.Context, c engine.Complete) engine.Input {
	r := c.Report
	switch {
	case l.world.Logs == nil:
	case r.Kind == domain.ReportOutput:
		r.Output, r.Err = l.world.Logs.Stderr(ctx, r.Process)
	case r.Deaths != nil:
		if exit, err := l.world.Logs.LastExit(ctx, r.Process.Name); err == nil {
			deaths := *r.Deaths
			deaths.Exit, r.Deaths = &exit, &deaths
		}
	}
	return engine.Completed{Report: r}
}

// signal sends a signal to the very life that was judged.
func (l *loop) signal(ctx context.Context, c engine.Signal) engine.Input {
	p, err := l.world.Table.Process(ctx, c.Process.ID)
	if err == nil && !p.Instance().Same(c.Process.Instance()) {
		err = fmt.Errorf("it was restarted meanwhile and has pid %d", p.PID)
	}
	if err == nil {
		err = l.world.Control.Signal(ctx, c.Process.ID, c.Name)
	}
	return engine.Signalled{Signal: c, Err: err}
}

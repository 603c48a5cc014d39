package watchdog

import (
	"context"
	"errors"
	"time"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/engine"
)

// contextOf is the context of a step: what a stop owes goes on when the listener is ending.
func (l *loop) contextOf(s engine.Step) context.Context {
	if s.Owed || s.Act == engine.SendStop {
		return l.restarting
	}
	return l.probing
}

// step takes a step of a restart.
func (l *loop) step(ctx context.Context, s engine.Step) engine.Input {
	done := engine.Stepped{Step: s}
	id := s.Restart.Instance.ID
	if len(s.Histories) > 0 && l.world.Ledger != nil {
		done.Store = l.world.Ledger.Keep(context.WithoutCancel(ctx), s.Histories)
	}
	if s.Keep && l.world.Journal != nil {
		done.Store = void(ctx, l.world.Journal.Write(ctx, s.Restart))
	}
	if s.Intent() && done.Store == nil && l.world.Ledger != nil {
		if others, err := l.world.Ledger.Others(ctx); err == nil {
			done.Others = &others
		}
	}
	switch s.Act {
	case engine.Look:
		done.Process, done.Err = l.world.Table.Process(ctx, id)
	case engine.Survey:
		done.Processes, done.Err = l.world.Table.Processes(ctx)
	case engine.Reread:
		done.Settings, done.Err = l.world.Table.Settings(ctx)
	case engine.SendStop:
		done.Err = l.world.Control.Stop(ctx, id)
	case engine.SendStart:
		done.Err = l.world.Control.Start(ctx, id)
	case engine.Finish:
		if l.world.Journal != nil {
			if err := l.world.Journal.Remove(context.WithoutCancel(ctx), id); done.Store == nil {
				done.Store = err
			}
		}
	}
	return done
}

// saveWithin is how long keeping histories may take.
const saveWithin = 5 * time.Second

// save keeps histories over the lives of the listener.
func (l *loop) save(c engine.Save) engine.Input {
	if l.world.Ledger == nil {
		return engine.Saved{Save: c, Err: engine.ErrVoid}
	}
	ctx, cancel := context.WithTimeout(context.Background(), saveWithin)
	defer cancel()
	return engine.Saved{Save: c, Err: l.world.Ledger.Keep(ctx, c.Histories)}
}

// consult asks what other listeners have done and left behind.
func (l *loop) consult(ctx context.Context, c engine.Consult) engine.Input {
	var in engine.Consulted
	if l.world.Ledger == nil || l.world.Journal == nil {
		return in
	}
	if c.Debts {
		in.Unfinished, in.Err = l.world.Journal.Unfinished(ctx)
	}
	if in.Err == nil {
		in.Others, in.Err = l.world.Ledger.Others(ctx)
	}
	in.Err = void(ctx, in.Err)
	return in
}

// load brings what earlier lives have kept into the engine. A service may be down because of us, so what cannot be read is
// tried again until it can.
func (l *loop) load() {
	if l.world.Ledger == nil || l.world.Journal == nil {
		return
	}
	l.handle(engine.Loading{})
	ctx := l.probing
	l.run(func() message {
		l.read(ctx, func() (engine.Loaded, error) {
			histories, err := l.world.Ledger.Histories(ctx)
			if histories == nil {
				histories = map[domain.ID]domain.History{}
			}
			return engine.Loaded{Histories: histories}, err
		})
		l.read(ctx, func() (engine.Loaded, error) {
			unfinished, err := l.world.Journal.Unfinished(ctx)
			return engine.Loaded{Unfinished: unfinished}, err
		})
		return answered(nil)
	})
}

// longestPause is between two attempts to read what earlier lives have kept.
const longestPause = 5 * time.Second

// read sends what was read, or the error, and reads again after an error, until ctx is done.
func (l *loop) read(ctx context.Context, read func() (engine.Loaded, error)) {
	for pause := time.Second; ; pause = min(2*pause, longestPause) {
		loaded, err := read()
		if ctx.Err() != nil && (err == nil || errors.Is(err, ctx.Err())) {
			return
		}
		if err == nil {
			l.send(message{input: loaded})
			return
		}
		l.send(message{input: engine.Loaded{Err: err}})
		if l.world.Clock.Sleep(ctx, pause) != nil {
			return
		}
	}
}

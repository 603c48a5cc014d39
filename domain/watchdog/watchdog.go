// Package watchdog is the shell around the engine: one loop owns it, hands it what happens, and has its commands carried
// out by others. It sees the world through ports only.
//
// One tick takes three ways, each of which begins and ends in the loop (loop.go): the event goes into the engine, which
// answers with probes; the prober (prober.go) runs the checks, and their verdicts go into the engine, which answers with
// the steps of restarts; the restarter (restarter.go) takes a step, and what came of it goes into the engine. The
// refresher (refresher.go) asks supervisord what there is. The loop waits for none of them.
package watchdog

import (
	"context"
	"errors"
	"sync"
	"time"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/engine"
	"supervisor-healthcheck/ports"
)

// World is what the watchdog sees and changes the world through. Owner, Logs, Journal, Ledger and Reporter may be nil: then
// nobody is asked or told.
type World struct {
	Table    ports.ProcessTable
	Control  ports.ProcessControl
	Identity ports.SupervisorIdentity
	Stats    ports.ProcessStats
	Owner    ports.PortOwner
	Logs     ports.ProcessLogs
	Journal  ports.Journal
	Ledger   ports.Ledger
	Clock    ports.Clock
	Reporter ports.Reporter
}

// Config says what is looked after. Zero numbers have the defaults that are named.
type Config struct {
	Self     domain.ID // the listener; it and its pool are never judged
	Watches  []domain.Watch
	Restarts int           // restarts at a time in all: 4, or as many as a policy allows within one group
	StopWait time.Duration // how long supervisord waits for the listener to end: what supervisord says, or 10 s
	Output   bool          // report what a process has written to stderr before it is stopped; one more question to supervisord
}

// Watchdog looks after processes. Make it with New. Its methods may be called by several goroutines at once.
type Watchdog struct {
	world  World
	config Config
	engine *engine.Engine // belongs to who runs the loop
	prober *prober        // likewise

	running chan struct{} // full while somebody runs the loop
	asks    chan ask      // for that one
	others  sync.WaitGroup
}

// ask is what callers of Round, Resume, Snapshot and Survey want from the loop.
type ask struct {
	ctx      context.Context
	input    engine.Input // nil for a snapshot
	resume   bool
	findings chan<- []domain.Finding
	snapshot chan<- domain.Snapshot
	survey   func(domain.ID, string, domain.Condition)
	suspend  *suspending
	config   *Config // other watches,
	from     []int
	done     chan<- struct{}
}

// New makes a watchdog that does nothing until Listen or Round is called.
func New(world World, config Config) (*Watchdog, error) {
	if err := config.complete(); err != nil {
		return nil, err
	}
	return &Watchdog{
		world:   world,
		config:  config,
		engine:  engine.New(engine.Config{Self: config.Self, Watches: config.Watches, Restarts: config.Restarts, Output: config.Output}),
		prober:  newProber(config.Watches),
		running: make(chan struct{}, 1),
		asks:    make(chan ask),
	}, nil
}

// complete fills in the defaults, or says what is missing.
func (c *Config) complete() error {
	if len(c.Watches) == 0 {
		return errors.New("nothing to watch")
	}
	if err := domain.CheckDependencies(c.Watches); err != nil {
		return err
	}
	most := 4
	for _, watch := range c.Watches {
		if err := complete(watch); err != nil {
			return err
		}
		most = max(most, watch.Policy.MaxParallel)
	}
	if c.Restarts == 0 {
		c.Restarts = most
	}
	return nil
}

func complete(watch domain.Watch) error {
	switch {
	case watch.Select.Empty():
		return errors.New(watch.Name + ": selects no process")
	case watch.Policy.Failures < 1 || watch.Policy.Successes < 1 || watch.Policy.MaxParallel < 1:
		return errors.New(watch.Name + ": the policy is not complete: begin with domain.DropIn or domain.Recommended")
	case len(watch.Checks) == 0:
		return errors.New(watch.Name + ": has no check")
	}
	return nil
}

// Round judges everything that is due once, and returns what was found when all verdicts are in. Restarts go on beside it,
// also when ctx is done, until they have ended. It is for callers with a scheduler of their own; Listen does the same at
// every tick.
func (w *Watchdog) Round(ctx context.Context) []domain.Finding {
	findings := make(chan []domain.Finding, 1)
	w.ask(ask{ctx: ctx, input: engine.Ticked{}, findings: findings})
	return <-findings
}

// Resume takes up, beside everything else, the histories and the half-done restarts that earlier lives have left behind.
// It is for callers of Round; Listen does it by itself.
func (w *Watchdog) Resume(ctx context.Context) {
	w.ask(ask{ctx: ctx, resume: true})
}

// Reconfigure has other watches looked after from now on, and so many restarts at a time in all, 0 as in Config. For each
// watch from says its place among those before if it is the same as that one, so that its streaks and verdicts stay, and
// -1 otherwise. What was done to a process stays known in any case, and restarts that are under way go on. After an error
// everything is as it was.
func (w *Watchdog) Reconfigure(watches []domain.Watch, restarts int, from []int) error {
	config := w.config
	config.Watches, config.Restarts = watches, restarts
	if err := config.complete(); err != nil {
		return err
	}
	done := make(chan struct{})
	w.ask(ask{ctx: context.Background(), config: &config, from: from, done: done})
	<-done
	return nil
}

// Snapshot returns all that is known now.
func (w *Watchdog) Snapshot() domain.Snapshot {
	snapshot := make(chan domain.Snapshot, 1)
	w.ask(ask{ctx: context.Background(), snapshot: snapshot})
	return <-snapshot
}

// Survey tells each how every process is under every watch that looks after it.
func (w *Watchdog) Survey(each func(process domain.ID, watch string, c domain.Condition)) {
	done := make(chan struct{})
	w.ask(ask{ctx: context.Background(), survey: each, done: done})
	<-done
}

// suspending is what Suspend wants.
type suspending struct {
	names []string
	until func(now time.Time) domain.Suspension
	found chan<- [][]domain.ID
}

// Suspend has nothing done about processes for a while, whatever is found; 0 ends that. Names are as for supervisorctl, or those of
// watches. It returns which processes each name means; if one means none, nothing is changed.
func (w *Watchdog) Suspend(names []string, lasting time.Duration, reason string) [][]domain.ID {
	found := make(chan [][]domain.ID, 1)
	w.ask(ask{ctx: context.Background(), suspend: &suspending{names: names, found: found, until: func(now time.Time) domain.Suspension {
		if lasting <= 0 {
			return domain.Suspension{}
		}
		return domain.Suspension{Until: now.Add(lasting), Reason: reason}
	}}})
	return <-found
}

// Wait returns when nothing is under way any more, for callers of Round.
func (w *Watchdog) Wait() { w.others.Wait() }

// ask hands something to the loop, and runs one where there is none for as long as something is under way.
func (w *Watchdog) ask(a ask) {
	select {
	case w.asks <- a:
	case w.running <- struct{}{}:
		l := newLoop(w, a.ctx)
		l.take(a)
		w.others.Go(func() {
			l.untilIdle()
			<-w.running
		})
	}
}

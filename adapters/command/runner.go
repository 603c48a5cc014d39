//go:build unix

// Package command runs the commands of checks through os/exec. None of them reads from our stdin or writes to our stdout, where
// supervisord's protocol is, and none outlives the listener.
package command

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/ports"
)

var _ ports.CommandRunner = (*Runner)(nil)

const (
	// atOnce is how many commands run at a time unless somebody says otherwise.
	atOnce = 8
	// turn is the longest that a command waits for the others.
	turn = time.Minute
	// moment is how long a command that is asked to end may take for it, and how long it is waited for one that is killed.
	moment = 2 * time.Second
	// outputKept and errorsKept are how many bytes are kept of what a command writes.
	outputKept, errorsKept = 4 << 10, 2 << 10
	// flood is more than any check has to say. Up to here it is read, so that a command that writes much ends as it would elsewhere.
	flood = 16 << 20
)

// Runner runs commands. All of them have ended when Close returns.
type Runner struct {
	room   chan struct{}
	spawn  *spawner
	logger *slog.Logger
}

// New returns a runner of at most so many commands at a time; 0 is 8. What workers write to their stderr goes to the log at debug.
func New(most int, logger *slog.Logger) *Runner {
	if most <= 0 {
		most = atOnce
	}
	return &Runner{room: make(chan struct{}, most), spawn: newSpawner(), logger: logger}
}

// Close ends all commands at once. None begins any more.
func (r *Runner) Close() { r.spawn.close() }

// Run implements ports.CommandRunner.
func (r *Runner) Run(ctx context.Context, c domain.Command) (domain.Outcome, error) {
	if err := r.enter(ctx); err != nil {
		return domain.Outcome{}, err
	}
	p, err := r.spawn.start(ctx, c, false)
	if err != nil {
		<-r.room
		return domain.Outcome{}, err
	}
	defer func() { // one that the kernel does not end keeps its place
		go func() {
			<-p.ended
			<-r.room
		}()
	}()
	return r.watch(ctx, c, p)
}

// enter waits until there is room for one more.
func (r *Runner) enter(ctx context.Context) error {
	late := time.NewTimer(turn)
	defer late.Stop()
	select {
	case r.room <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-late.C:
		return fmt.Errorf("%d commands of checks were running for %s, and no more may: set max_exec in [healthcheck] to a higher number, or check less often", cap(r.room), turn)
	}
}

// watch waits for the end of a command, or brings it about.
func (r *Runner) watch(ctx context.Context, c domain.Command, p *process) (domain.Outcome, error) {
	out, errs := newKeeper(outputKept, 0), newKeeper(0, errorsKept)
	stdout, stderr := &tap{p.stdout, out.take}, &tap{p.stderr, errs.take}
	var reading sync.WaitGroup
	reading.Go(stdout.run)
	reading.Go(stderr.run)
	late := time.NewTimer(c.Timeout)
	defer late.Stop()
	outcome := domain.Outcome{}
	select {
	case <-p.ended:
	case <-ctx.Done():
		p.kill()
	case <-out.flooded:
		outcome.Flooded = true
		p.kill()
	case <-errs.flooded:
		outcome.Flooded = true
		p.kill()
	case <-late.C:
		outcome.TimedOut = !p.waitFor(0)
		p.terminate(ctx)
	}
	ended := p.waitFor(moment)
	stdout.finish()
	stderr.finish()
	reading.Wait()
	switch {
	case ctx.Err() != nil:
		return domain.Outcome{}, context.Cause(ctx)
	case r.spawn.over():
		return domain.Outcome{}, errOver
	}
	outcome.Output, outcome.Errors = out.kept.String(), errs.kept.String()
	if ended {
		outcome.Status, outcome.Signal = p.status()
	}
	return outcome, nil
}

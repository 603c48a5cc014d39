//go:build unix

package command

import (
	"context"
	"fmt"
	"sync"
	"time"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/ports"
)

var (
	_ ports.Workers = (*Runner)(nil)
	_ ports.Worker  = (*worker)(nil)
)

const (
	// mostWorkers run at a time.
	mostWorkers = 64
	// firstPause and longestPause are before a worker is started again.
	firstPause, longestPause = time.Second, time.Minute
	// boot is how much longer than others the first answer of a worker may take while nothing is known of it.
	boot = time.Minute
)

// worker starts the command as long as it is asked.
type worker struct {
	runner  *Runner
	command domain.Command
	room    chan struct{} // for those who are answered
	closed  chan struct{}
	once    sync.Once

	starting chan struct{} // has room for who looks after the following
	life     *life
	failures int // in a row
	again    time.Time
	why      error         // of the last end
	boot     time.Duration // how much longer the first answer of a life may take
}

// Worker implements ports.Workers.
func (r *Runner) Worker(c domain.Command, atOnce int) ports.Worker {
	return &worker{runner: r, command: c, room: make(chan struct{}, max(1, atOnce)), closed: make(chan struct{}), starting: make(chan struct{}, 1), boot: boot}
}

// Ask implements ports.Worker.
func (w *worker) Ask(ctx context.Context, p domain.Process) (domain.Verdict, error) {
	late := time.NewTimer(turn)
	defer late.Stop()
	select {
	case w.room <- struct{}{}:
		defer func() { <-w.room }()
	case <-ctx.Done():
		return domain.Verdict{}, context.Cause(ctx)
	case <-w.closed:
		return domain.Verdict{}, errOver
	case <-late.C:
		return domain.Verdict{}, fmt.Errorf("the worker was busy with others for %s: raise worker.parallel if it can answer several questions at a time, or check less often", turn)
	}
	l, first, err := w.alive(ctx)
	if err != nil {
		return domain.Verdict{}, err
	}
	timeout := w.command.Timeout + first
	began := time.Now()
	id, asked, err := l.put(p, timeout)
	defer l.drop(id)
	if err != nil {
		return domain.Verdict{}, err
	}
	return w.await(ctx, l, asked, began, timeout)
}

// await waits for an answer. A worker that answers nobody is ended.
func (w *worker) await(ctx context.Context, l *life, asked <-chan reply, began time.Time, timeout time.Duration) (domain.Verdict, error) {
	late := time.NewTimer(timeout)
	defer late.Stop()
	select {
	case r := <-asked:
		return r.verdict, r.err
	case <-l.over:
		return domain.Verdict{}, l.failed()
	case <-ctx.Done():
		return domain.Verdict{}, context.Cause(ctx)
	case <-w.closed:
		return domain.Verdict{}, errOver
	case <-late.C:
	}
	err := fmt.Errorf("the worker has not answered within %s", domain.ShortDuration(timeout))
	if l.silent(began) {
		l.fail(err)
	}
	return domain.Verdict{}, err
}

// alive returns the life that can be asked, and how much longer than others its answer may take. It begins one where there is none,
// after a pause that grows as long as none answers.
func (w *worker) alive(ctx context.Context) (*life, time.Duration, error) {
	select {
	case w.starting <- struct{}{}:
		defer func() { <-w.starting }()
	case <-ctx.Done():
		return nil, 0, context.Cause(ctx)
	}
	select {
	case <-w.closed:
		return nil, 0, errOver
	default:
	}
	if w.life != nil {
		why := w.life.failed()
		if why == nil {
			return w.life, w.first(), nil
		}
		w.bury(why)
	}
	if left := time.Until(w.again); left > 0 {
		return nil, 0, fmt.Errorf("%w; it is started again in %s", w.why, domain.ShortDuration(left.Round(time.Second)+time.Second))
	}
	if err := w.begin(ctx); err != nil {
		return nil, 0, err
	}
	return w.life, w.first(), nil
}

// first is how much longer the answer may take, which is the first of its life.
func (w *worker) first() time.Duration {
	if _, ever := w.life.answered(); ever {
		return 0
	}
	return w.boot
}

// bury draws the conclusions of a life that is over.
func (w *worker) bury(why error) {
	if after, ever := w.life.answered(); ever {
		w.failures, w.boot = 0, after
	}
	w.life = nil
	w.fail(why)
}

func (w *worker) fail(why error) {
	w.failures++
	w.why, w.again = why, time.Now().Add(min(firstPause<<min(w.failures-1, 10), longestPause))
}

func (w *worker) begin(ctx context.Context) error {
	if w.runner.spawn.talking() >= mostWorkers {
		return fmt.Errorf("%d workers run already: write a command that is the same for all processes, as each question tells of which process it is", mostWorkers)
	}
	p, err := w.runner.spawn.start(ctx, w.command, true)
	if err != nil {
		if ctx.Err() == nil {
			w.fail(err)
		}
		return err
	}
	w.life = live(p, w.runner.logger)
	w.life.logger.Debug("a worker was started", "program", w.command.Args[0])
	return nil
}

// Close implements ports.Worker.
func (w *worker) Close() {
	w.once.Do(func() {
		close(w.closed)
		go func() {
			w.starting <- struct{}{}
			defer func() { <-w.starting }()
			if w.life != nil {
				w.life.dismiss()
			}
		}()
	})
}

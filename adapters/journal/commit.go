package journal

import (
	"context"
	"fmt"
	"slices"
	"time"

	"supervisor-healthcheck/domain"
)

// change is what one call wants of the file.
type change struct {
	apply func(*document, moment) (changed bool, err error) // called by the flusher, under the lock
	sync  bool                                              // it has to be on the disk
	reads bool                                              // the caller wants to know something, and not that it was written
	done  chan error                                        // has room for the one answer
}

// The pauses between attempts to lock the file.
const (
	firstPause   = time.Millisecond
	longestPause = 5 * time.Millisecond
)

// do has the change carried out, together with those of other callers. A call that has waited too long withdraws
// its change unless that is being written at this moment.
func (j *Journal) do(ctx context.Context, wanted change) error {
	slow := fmt.Errorf("not done within %s: another listener holds its lock, or the disk hangs: %w", j.patience, context.DeadlineExceeded)
	ctx, cancel := context.WithTimeoutCause(ctx, j.patience, slow)
	defer cancel()
	c := &wanted
	c.done = make(chan error, 1)
	if ctx.Err() == nil {
		j.enqueue(c)
	}
	select {
	case err := <-c.done:
		return err
	case <-ctx.Done():
		return j.withdraw(c, context.Cause(ctx))
	}
}

func (j *Journal) enqueue(c *change) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.pending = append(j.pending, c)
	if !j.flushing {
		j.flushing = true
		go j.flush()
	}
}

func (j *Journal) withdraw(c *change, cause error) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	select {
	case err := <-c.done:
		return err
	default:
		j.pending = slices.DeleteFunc(j.pending, func(p *change) bool { return p == c })
		return fmt.Errorf("journal %s: %w", j.file.path, cause)
	}
}

// flush is the goroutine that carries out what is pending, and ends when nothing is.
func (j *Journal) flush() {
	for pause := firstPause; j.more(); {
		unlock, err := j.lock()
		switch {
		case err != nil:
			answer(j.take(), nil, err)
		case unlock == nil:
			time.Sleep(pause)
			pause = min(2*pause, longestPause)
		default:
			j.commit(unlock)
			pause = firstPause
		}
	}
}

func (j *Journal) more() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.flushing = len(j.pending) > 0
	return j.flushing
}

func (j *Journal) take() []*change {
	j.mu.Lock()
	defer j.mu.Unlock()
	batch := j.pending
	j.pending = nil
	return batch
}

// lock returns nil while another listener has the lock.
func (j *Journal) lock() (unlock func(), err error) {
	err = ensure(j.Dir)
	if err == nil {
		unlock, err = j.file.tryLock()
	}
	if err != nil {
		return nil, j.barred(advised(j.Dir, err))
	}
	return unlock, nil
}

// nothingKept is an error that says no more to a reader than that there is nothing to read.
type nothingKept struct{ error }

func (e nothingKept) Unwrap() error { return e.error }

// barred tells a place where there is certainly no file from one whose file cannot be reached. A file that was moved
// aside a moment ago was there.
func (j *Journal) barred(err error) error {
	if j.spoiled == nil && j.file.absent() {
		return nothingKept{err}
	}
	return err
}

// commit reads the file, applies all that is pending, writes the file once and answers.
func (j *Journal) commit(unlock func()) {
	d, spoiled, err := j.file.load()
	batch := j.take()
	if err != nil {
		unlock()
		answer(batch, nil, advised(j.Dir, err))
		return
	}
	if spoiled != nil {
		j.spoiled = spoiled
	}
	refused := make(map[*change]error)
	over := j.finished()
	changed, sync := j.apply(batch, over, &d, refused)
	if changed {
		err = j.file.save(d, sync)
	}
	if err == nil {
		j.removed(over)
	}
	unlock()
	if err != nil {
		err = advised(j.Dir, err)
	}
	for _, c := range batch {
		if _, no := refused[c]; !no && c.reads {
			refused[c] = nil // what was read holds, though it could not be written what others wanted
		}
	}
	answer(batch, refused, err)
}

func (j *Journal) apply(batch []*change, over []domain.ID, d *document, refused map[*change]error) (changed, sync bool) {
	boot, uptime := j.Boot()
	m := at(j.Now(), boot, uptime)
	for _, id := range over {
		changed = d.remove(id, j.me) || changed
	}
	for _, c := range batch {
		mine, err := c.apply(d, m)
		if err != nil {
			refused[c] = err
		}
		changed = changed || mine
		sync = sync || mine && c.sync
	}
	if changed {
		d.prune(m)
	}
	return changed, sync
}

// answer tells every caller what became of its change: refused by itself, or failed with all the others.
func answer(batch []*change, refused map[*change]error, failed error) {
	for _, c := range batch {
		if err, ok := refused[c]; ok {
			c.done <- err
		} else {
			c.done <- failed
		}
	}
}

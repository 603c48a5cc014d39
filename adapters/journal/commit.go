package journal

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"slices"
	"time"

	"supervisor-healthcheck/domain"
)

// change is what one call wants of the file.
type change struct {
	apply func(*document, moment) (changed bool, err error) // called by the flusher, under the lock
	sync  bool                                              // it has to be on the disk
	reads bool                                              // the caller wants to know something, and not that it was written
	proof bool                                              // success shows that a file can be written, even if none had to be
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
	patience, err := j.admit()
	if err != nil {
		return err
	}
	waiting, cancel := context.WithTimeoutCause(ctx, patience, j.slow())
	defer cancel()
	c := &wanted
	c.done = make(chan error, 1)
	if ctx.Err() == nil {
		j.enqueue(c)
	}
	select {
	case err := <-c.done:
		return err
	case <-waiting.Done():
	}
	if c.sync && ctx.Err() == nil && !j.locked(c) {
		waiting, cancel = context.WithTimeoutCause(ctx, j.patience.disk, j.slow())
		defer cancel()
		select {
		case err := <-c.done:
			return err
		case <-waiting.Done():
		}
	}
	return j.withdraw(ctx, c, context.Cause(waiting))
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

// locked reports whether the change waits for nothing but the lock; else the disk is at work.
func (j *Journal) locked(c *change) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return !j.writing && slices.Contains(j.pending, c)
}

func (j *Journal) withdraw(ctx context.Context, c *change, cause error) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	select {
	case err := <-c.done:
		return err
	default:
	}
	j.pending = slices.DeleteFunc(j.pending, func(p *change) bool { return p == c })
	err := fmt.Errorf("journal %s: %w", j.file.path, cause)
	if ctx.Err() == nil {
		j.shut(err)
	}
	return err
}

// flush is the goroutine that carries out what is pending, and ends when nothing is. Whoever is about to want something at the
// same moment goes first, so that it is one write: a restart and the history that it belongs to.
func (j *Journal) flush() {
	runtime.Gosched()
	for pause := firstPause; j.more(); {
		if j.idle() {
			j.sweep()
			continue
		}
		f, l, err := j.lock()
		switch {
		case err != nil:
			j.answer(j.take(), nil, err)
		case l == nil:
			time.Sleep(pause)
			pause = min(2*pause, longestPause)
		default:
			j.commit(f, l)
			pause = firstPause
		}
	}
}

// more reports whether there is something to do; if not, the next change begins another flush.
func (j *Journal) more() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.flushing = len(j.pending) > 0 || j.broom.busy()
	return j.flushing
}

func (j *Journal) idle() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.pending) == 0
}

func (j *Journal) take() []*change {
	j.mu.Lock()
	defer j.mu.Unlock()
	batch := j.pending
	j.pending = nil
	return batch
}

// lock returns none while another listener has it.
func (j *Journal) lock() (f file, l *lock, err error) {
	dir, err := settle(j.dirs, os.Geteuid())
	if err != nil {
		return f, nil, advised(j.dirs[0], err)
	}
	f = j.use(dir)
	l, err = f.tryLock()
	switch why := err; {
	case foreign(why):
		if err = f.clear(); err == nil {
			j.spoiled = moved(f.path+".lock", why)
			l, err = f.tryLock()
		}
	case err == nil && l == nil:
		l, err = j.free(f)
	}
	if err != nil {
		return f, nil, advised(dir, err)
	}
	return f, l, nil
}

func (j *Journal) use(dir string) file {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.file = fileIn(dir, j.server, &j.last)
	return j.file
}

// commit reads the file, applies all that is pending, writes the file once and answers.
func (j *Journal) commit(f file, l *lock) {
	j.jam = jam{}
	j.mu.Lock()
	j.writing = true
	j.mu.Unlock()
	d, spoiled, err := f.load()
	batch := j.take()
	if err != nil {
		l.release()
		j.answer(batch, nil, advised(f.dir(), err))
		return
	}
	if spoiled != nil {
		j.spoiled = spoiled
	}
	refused := make(map[*change]error)
	over := j.finished()
	m := j.moment()
	taken := d.join(f.gather(), m)
	changed, sync := j.apply(batch, over, &d, m, refused)
	if changed = changed || len(taken) > 0; changed {
		d.prune(m)
	}
	if changed {
		err = f.save(&d, l, sync)
		j.unwritten = err != nil || j.unwritten && d.empty()
	}
	if err == nil && j.unwritten {
		j.prove(f, batch, refused)
	}
	if err == nil {
		j.removed(over)
		remove(taken)
	}
	l.release()
	if err != nil {
		err = advised(f.dir(), err)
	}
	for _, c := range batch {
		if _, no := refused[c]; !no && c.reads {
			refused[c] = nil // what was read holds, though it could not be written what others wanted
		}
	}
	j.answer(batch, refused, err)
	j.broom.next(f.dir(), m)
}

// prove finds out whether a file can be written, for those who want to know: what was removed or only read does not show it.
func (j *Journal) prove(f file, batch []*change, refused map[*change]error) {
	if !slices.ContainsFunc(batch, func(c *change) bool { return c.proof }) {
		return
	}
	err := f.try()
	j.unwritten = err != nil
	for _, c := range batch {
		if _, already := refused[c]; err != nil && c.proof && !already {
			refused[c] = advised(f.dir(), err)
		}
	}
}

func (j *Journal) apply(batch []*change, over []domain.ID, d *document, m moment, refused map[*change]error) (changed, sync bool) {
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
	return changed, sync
}

func (j *Journal) moment() moment {
	boot, uptime := j.Boot()
	return at(j.Now(), boot, uptime)
}

// answer tells every caller what became of its change: refused by itself, or failed with all the others.
func (j *Journal) answer(batch []*change, refused map[*change]error, failed error) {
	j.mu.Lock()
	j.bar, j.writing = bar{}, false
	j.mu.Unlock()
	for _, c := range batch {
		if err, ok := refused[c]; ok {
			c.done <- err
		} else {
			c.done <- failed
		}
	}
}

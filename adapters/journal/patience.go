package journal

import (
	"context"
	"fmt"
	"time"
)

// patience is how long a call may take at most, for a lock or a disk that hangs. Nobody waits for the journal longer than
// that: neither a restart nor the end of the listener.
type patience struct {
	lock   time.Duration // of every call, and
	disk   time.Duration // of one that has to be on the disk, once the lock is had
	trial  time.Duration // of the call that looks whether it works again
	retry  time.Duration // between such trials; the other calls fail at once
	beside time.Duration // of what is done without the lock
}

// usual is the patience of every journal but in tests. Others hold the lock for some milliseconds, or while the disk writes.
func usual() patience {
	return patience{
		lock:   800 * time.Millisecond,
		disk:   2 * time.Second,
		trial:  100 * time.Millisecond,
		retry:  3 * time.Second,
		beside: 800 * time.Millisecond,
	}
}

// bar keeps calls from waiting for what did not come a moment ago. The zero bar is open.
type bar struct {
	cause error
	since time.Time // of the last call that has waited
}

// admit returns how long a call may wait, or the error of those that have waited in vain.
func (j *Journal) admit() (time.Duration, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	switch {
	case j.bar.cause == nil:
		return j.patience.lock, nil
	case time.Since(j.bar.since) < j.patience.retry:
		return 0, j.bar.cause
	}
	j.bar.since = time.Now() // one call waits, the others need not
	return j.patience.trial, nil
}

// slow is why a call has not waited longer.
func (j *Journal) slow() error {
	return fmt.Errorf("not done within %s: another listener holds its lock, or the disk hangs: %w", j.patience.lock, context.DeadlineExceeded)
}

// shut has the next calls fail at once, and those that wait for the lock with this one. The caller has j.mu.
func (j *Journal) shut(cause error) {
	j.bar = bar{cause: cause, since: time.Now()}
	if j.writing {
		return
	}
	for _, c := range j.pending {
		c.done <- cause
	}
	j.pending = nil
}

// Package journal keeps unfinished restarts and the histories of processes in a file, one for each supervisord, so
// that the death of a listener between a stop and a start does not leave a process down. Several listeners under one
// supervisord share the file; those under another have a file of their own. The directory must not be shared by
// containers: a listener would take the pids of another container for its own.
package journal

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/ports"
)

var (
	_ ports.Journal = (*Journal)(nil)
	_ ports.Ledger  = (*Journal)(nil)
)

// patience is how long a call may take at most, for a lock or a disk that hangs.
const patience = 2 * time.Second

// Config says whose journal it is and where. Zero fields have the defaults that their comments name.
type Config struct {
	Dir       string    // where the files are; default: DefaultDir
	ServerURL string    // of the supervisord; credentials in it are not kept
	Owner     domain.ID // this listener

	Now  func() time.Time                         // the clock of the times that are kept; default time.Now
	Boot func() (id string, uptime time.Duration) // which boot this is, "" if unknown, and its age; default: the kernel's
}

// Journal is a ports.Journal and a ports.Ledger on a file. It may be used by several goroutines at once; what they
// want at about the same time is written together.
type Journal struct {
	Config
	file     file
	me       owner
	patience time.Duration

	mu       sync.Mutex
	pending  []*change
	flushing bool
	held     map[domain.ID]bool // whose restarts are ours in this life already
	over     map[domain.ID]bool // whose restarts are to be removed, and that could not be done yet

	spoiled error // belongs to the flusher: what was wrong with the file, until it has been told
}

// Open returns the journal of a listener. It touches no file: whatever is wrong with the directory is said by the
// methods.
func Open(c Config) *Journal {
	if c.Dir == "" {
		c.Dir = DefaultDir(os.Getenv, os.Geteuid())
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Boot == nil {
		c.Boot = kernelBoot
	}
	boot, _ := c.Boot()
	server := strings.TrimRight(domain.WithoutCredentials(c.ServerURL), "/")
	path := filepath.Join(c.Dir, fileName(server))
	return &Journal{Config: c, file: file{path: path, server: server}, me: self(c.Owner, boot), patience: patience,
		held: map[domain.ID]bool{}, over: map[domain.ID]bool{}}
}

// Write implements ports.Journal. An entry that a listener has left behind and that owes nothing is replaced.
func (j *Journal) Write(ctx context.Context, r domain.Restart) error {
	id := r.Instance.ID
	j.hold(id, true)
	apply := func(d *document, m moment) (bool, error) {
		if err := d.barred(id, j.me, m); err != nil {
			j.hold(id, false)
			return false, err
		}
		return d.write(r, j.me, m), nil
	}
	return j.do(ctx, change{apply: apply, sync: r.Phase == domain.StopSent})
}

// Remove implements ports.Journal.
func (j *Journal) Remove(ctx context.Context, id domain.ID) error {
	j.finish(id)
	return j.do(ctx, change{apply: func(*document, moment) (bool, error) { return false, nil }})
}

// finish has the restart of a process removed when the file is written next.
func (j *Journal) finish(id domain.ID) {
	j.mu.Lock()
	defer j.mu.Unlock()
	delete(j.held, id)
	j.over[id] = true
}

// finished are the restarts that are to be removed.
func (j *Journal) finished() []domain.ID {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Collect(maps.Keys(j.over))
}

// removed takes note that the file is without these restarts, unless they were begun anew meanwhile.
func (j *Journal) removed(ids []domain.ID) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, id := range ids {
		delete(j.over, id)
	}
}

// Unfinished implements ports.Journal. Whatever its phase, an entry is returned once to one listener. It fails once
// if the file could not be read and was moved aside; the next call tells what has been written since.
func (j *Journal) Unfinished(ctx context.Context) ([]domain.Restart, error) {
	var found []domain.Restart
	apply := func(d *document, m moment) (adopted bool, err error) {
		if err := j.tell(); err != nil {
			return false, err
		}
		found, adopted = d.adopt(j.me, m)
		return adopted, nil
	}
	if err := j.do(ctx, change{apply: apply, reads: true}); err != nil {
		return nil, err
	}
	return j.fresh(found), nil
}

// Histories implements ports.Ledger. Where no file is and none can be, nothing was kept, and that is no error; a file that
// cannot be reached, locked or read is one. Like Unfinished it fails once if the file was moved aside.
func (j *Journal) Histories(ctx context.Context) (map[domain.ID]domain.History, error) {
	var found map[domain.ID]domain.History
	apply := func(d *document, m moment) (bool, error) {
		found = d.histories(j.me.Listener, m)
		return false, j.tell()
	}
	err := j.do(ctx, change{apply: apply, reads: true})
	if _, nothing := errors.AsType[nothingKept](err); nothing {
		return map[domain.ID]domain.History{}, nil
	}
	if err != nil {
		return nil, err
	}
	return found, nil
}

// Keep implements ports.Ledger. Whatever their number, the histories are one write of the file, or none if they say
// what was kept before. Two days after the last of them the acts of a history are forgotten, and after thirty days what it
// has taught, unless it is given up.
func (j *Journal) Keep(ctx context.Context, histories map[domain.ID]domain.History) error {
	histories = copied(histories)
	apply := func(d *document, m moment) (bool, error) {
		return d.keep(j.me.Listener, histories, m), nil
	}
	return j.do(ctx, change{apply: apply})
}

// Others implements ports.Ledger. Where no file is, there are none.
func (j *Journal) Others(ctx context.Context) (domain.Others, error) {
	var found domain.Others
	apply := func(d *document, m moment) (bool, error) {
		found = d.others(j.me, m)
		return false, nil
	}
	err := j.do(ctx, change{apply: apply, reads: true})
	if _, nothing := errors.AsType[nothingKept](err); nothing {
		return domain.Others{}, nil
	}
	return found, err
}

func (j *Journal) hold(id domain.ID, ours bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if ours {
		j.held[id] = true
		delete(j.over, id)
		return
	}
	delete(j.held, id)
}

// fresh holds what was found and leaves out what this life has already.
func (j *Journal) fresh(found []domain.Restart) []domain.Restart {
	j.mu.Lock()
	defer j.mu.Unlock()
	var fresh []domain.Restart
	for _, r := range found {
		if !j.held[r.Instance.ID] {
			j.held[r.Instance.ID] = true
			fresh = append(fresh, r)
		}
	}
	return fresh
}

// tell returns what was wrong with the file, once.
func (j *Journal) tell() error {
	err := j.spoiled
	j.spoiled = nil
	return err
}

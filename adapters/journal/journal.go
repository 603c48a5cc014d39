// Package journal keeps unfinished restarts and the histories of processes in a file, one for each supervisord, so
// that the death of a listener between a stop and a start does not leave a process down. Several listeners under one
// supervisord share the file; those under another have a file of their own. The directory must not be shared by
// containers: a listener would take the pids of another container for its own.
package journal

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
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

// Config says whose journal it is and where. Zero fields have the defaults that their comments name.
type Config struct {
	Dir       string    // where the files are; default: the first of DefaultDirs that can be used
	ServerURL string    // of the supervisord; credentials in it are not kept
	Owner     domain.ID // this listener

	Now  func() time.Time                         // the clock of the times that are kept; default time.Now
	Boot func() (id string, uptime time.Duration) // which boot this is, "" if unknown, and its age; default: the kernel's
}

// Journal is a ports.Journal and a ports.Ledger on a file. It may be used by several goroutines at once; what they
// want at about the same time is written together.
type Journal struct {
	Config
	dirs     []string // the first that can be used is
	server   string   // without credentials
	me       owner
	patience patience
	peeking  chan struct{} // has room for one who reads
	putting  chan struct{} // has room for one who puts something aside
	last     written

	mu       sync.Mutex
	file     file // in the directory that was used last
	pending  []*change
	flushing bool
	writing  bool
	bar      bar
	held     map[domain.ID]bool   // whose restarts are ours in this life already
	adopted  map[domain.ID]bool   // of which that was begun by another life, and is not over
	over     map[domain.ID]bool   // whose restarts are to be removed, and that could not be done yet
	asides   map[domain.ID]string // the file in which a restart is put aside

	spoiled   error // belongs to the flusher, as do the others: what was wrong with the file, until it has been told
	unwritten bool  // the last attempt to write has failed
	broom     broom
	jam       jam
}

// Open returns the journal of a listener. It touches no file: whatever is wrong with the directory is said by the
// methods.
func Open(c Config) *Journal {
	dirs := []string{c.Dir}
	if c.Dir == "" {
		dirs = DefaultDirs(os.Getenv, os.Geteuid())
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Boot == nil {
		c.Boot = kernelBoot
	}
	boot, _ := c.Boot()
	server := strings.TrimRight(domain.WithoutCredentials(c.ServerURL), "/")
	j := &Journal{Config: c, dirs: dirs, server: server, me: self(c.Owner, boot), patience: usual(),
		peeking: make(chan struct{}, 1), putting: make(chan struct{}, 1),
		held: map[domain.ID]bool{}, adopted: map[domain.ID]bool{}, over: map[domain.ID]bool{}, asides: map[domain.ID]string{}}
	j.file = fileIn(dirs[0], server, &j.last)
	return j
}

// Write implements ports.Journal. An entry that a listener has left behind and that owes nothing is replaced. An intent that
// the lock or the disk keeps waiting is put aside: then Write fails, and yet it is not lost.
func (j *Journal) Write(ctx context.Context, r domain.Restart) error {
	id, intent := r.Instance.ID, r.Phase == domain.StopSent
	j.hold(id, true)
	apply := func(d *document, m moment) (bool, error) {
		err := d.barred(id, j.me, m)
		if err == nil && j.is(j.adopted, id) && d.owes(r, m) {
			err = fmt.Errorf("found in the journal: %w", domain.ErrOwed)
		}
		if err != nil {
			j.hold(id, false)
			return false, err
		}
		return d.write(r, j.me, m), nil
	}
	err := j.do(ctx, change{apply: apply, sync: intent, proof: true})
	if intent && errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		return j.putAside(ctx, r, err)
	}
	return err
}

// Remove implements ports.Journal.
func (j *Journal) Remove(ctx context.Context, id domain.ID) error {
	j.finish(id)
	if j.hasAside(id) {
		_ = j.lockless(ctx, func() error { j.asideIs(id, ""); return nil })
	}
	return j.do(ctx, change{apply: func(*document, moment) (bool, error) { return false, nil }})
}

// finish has the restart of a process removed when the file is written next.
func (j *Journal) finish(id domain.ID) {
	j.mu.Lock()
	defer j.mu.Unlock()
	delete(j.held, id)
	delete(j.adopted, id)
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
	apply := func(d *document, m moment) (bool, error) {
		if err := j.tell(); err != nil {
			return false, err
		}
		all, ids := d.adopt(j.me, m, func(id domain.ID) bool { return j.is(j.held, id) })
		j.adopt(ids)
		found = j.strange(all)
		return len(ids) > 0, nil
	}
	if err := j.do(ctx, change{apply: apply, reads: true}); err != nil {
		return nil, err
	}
	return j.fresh(found), nil
}

// Histories implements ports.Ledger. Where no file of ours is that can be understood, nothing was kept, and that is no error,
// since nobody should wait with a restart for what will not come; a file that cannot be reached or read is one. It needs no
// lock, which somebody may not give back. That a file was moved aside is told by Unfinished.
func (j *Journal) Histories(ctx context.Context) (map[domain.ID]domain.History, error) {
	d, err := j.peek(ctx)
	if nothingOfOurs(err) {
		return map[domain.ID]domain.History{}, nil
	}
	if err != nil {
		return nil, err
	}
	return d.histories(j.me.Listener, j.moment()), nil
}

// Keep implements ports.Ledger. Whatever their number, the histories are one write of the file, or none if they say
// what was kept before. Two days after the last of them the acts of a history are forgotten, and after thirty days what it
// has taught, unless it is given up.
func (j *Journal) Keep(ctx context.Context, histories map[domain.ID]domain.History) error {
	histories = copied(histories)
	apply := func(d *document, m moment) (bool, error) {
		return d.keep(j.me.Listener, histories, m), nil
	}
	return j.do(ctx, change{apply: apply, proof: true})
}

// Others implements ports.Ledger. Like Histories it needs no lock, and where there is no file of ours there are none.
func (j *Journal) Others(ctx context.Context) (domain.Others, error) {
	d, err := j.peek(ctx)
	switch {
	case nothingOfOurs(err):
		return domain.Others{}, nil
	case err != nil:
		return domain.Others{}, err
	}
	return d.others(j.me, j.moment()), nil
}

// path is the name of the file, in the directory that was used last.
func (j *Journal) path() string { return j.current().path }

func (j *Journal) current() file {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.file
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

// adopt notes what was made ours, so that a restart that was decided meanwhile does not take its place.
func (j *Journal) adopt(ids []domain.ID) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, id := range ids {
		j.adopted[id] = true
	}
}

func (j *Journal) is(of map[domain.ID]bool, id domain.ID) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return of[id]
}

// strange are those of what stands in the file that this life has not begun. It is asked while the file is as it is: of what is begun
// or over a moment later the file says nothing, or no more.
func (j *Journal) strange(found []domain.Restart) []domain.Restart {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.DeleteFunc(found, func(r domain.Restart) bool { return j.held[r.Instance.ID] || j.over[r.Instance.ID] })
}

// fresh holds what was found and leaves out what this life has by now.
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

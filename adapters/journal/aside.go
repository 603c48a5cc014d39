package journal

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"supervisor-healthcheck/domain"
)

// An intent that is not written in time, because somebody holds the lock or the disk is slow, is put aside: into a file of its
// own, which needs no lock, in the directory NAME.aside beside the journal, which is there once it was needed. Its name is used
// once, so that whoever has the lock and has taken it into the journal can remove it. It is not waited for until it is on the
// disk: it has to outlive the listener, and with the machine the supervisord goes that had stopped the process.

// asideEnding is that of the directory.
const asideEnding = ".aside"

func (f file) asideDir() string { return f.path + asideEnding }

// isAside reports whether a file of the directory that has this name is such a file, or what a crash has left of one.
func isAside(name string) bool {
	pid, at, both := strings.Cut(strings.TrimSuffix(name, ".tmp"), "-")
	return both && isNumber(pid) && isNumber(at)
}

func isNumber(text string) bool { return text != "" && strings.Trim(text, "0123456789") == "" }

// putAside does that for a restart whose intent was not written because of slow, which it returns, unless the restart is another's.
func (j *Journal) putAside(ctx context.Context, r domain.Restart, slow error) error {
	err := j.lockless(ctx, func() error { return j.put(r) })
	if errors.Is(err, domain.ErrClaimed) {
		j.hold(r.Instance.ID, false)
		return err
	}
	return slow
}

// lockless does something that needs no lock, and waits a while for it. One thing is done at a time, so that a disk that hangs
// does not gather them.
func (j *Journal) lockless(ctx context.Context, do func() error) error {
	ctx, cancel := context.WithTimeoutCause(ctx, j.patience.beside, errHangs)
	defer cancel()
	done := make(chan error, 1)
	select {
	case j.putting <- struct{}{}:
		go func() {
			err := do()
			<-j.putting
			done <- err
		}()
	case <-ctx.Done():
	}
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (j *Journal) put(r domain.Restart) error {
	d, err := j.read()
	if err != nil {
		d = document{} // what cannot be read bars nobody
	}
	m := j.moment()
	if err := d.barred(r.Instance.ID, j.me, m); errors.Is(err, domain.ErrClaimed) {
		return err // the debt of a dead listener bars nobody: it could not be adopted, and this restart ends with a start too
	}
	f := j.current()
	own := document{Version: version, Server: f.server, Restarts: []restart{entryOf(r, j.me, m)}}
	one := file{path: filepath.Join(f.asideDir(), fmt.Sprintf("%d-%d", j.me.PID, time.Now().UnixNano())), server: f.server}
	err = one.save(&own, nil, false)
	if errors.Is(err, fs.ErrNotExist) {
		_ = os.Mkdir(f.asideDir(), 0o700) // where that fails, so does what follows
		err = one.save(&own, nil, false)
	}
	if err != nil {
		return err
	}
	j.asideIs(r.Instance.ID, one.path)
	return nil
}

// asideIs notes what is put aside of a process, and removes what was before; all of it if the restart has ended meanwhile.
func (j *Journal) asideIs(id domain.ID, name string) {
	j.mu.Lock()
	over := []string{j.asides[id]} // perhaps gone: whoever has taken it into the journal has removed it
	if name != "" && j.held[id] {
		j.asides[id] = name
	} else {
		over = append(over, name)
		delete(j.asides, id)
	}
	j.mu.Unlock()
	remove(over)
}

// hasAside reports whether something may be put aside of a process.
func (j *Journal) hasAside(id domain.ID) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.asides[id] != ""
}

// beside is a restart that was put aside, and its file.
type beside struct {
	restart
	file string
}

// gather reads what was put aside. What cannot be read is left for the broom.
func (f file) gather() (found []beside) {
	for _, one := range f.asides() {
		if strings.HasSuffix(one.path, ".tmp") {
			continue // somebody may be writing it
		}
		d, cause, err := one.read()
		if cause != nil || err != nil {
			continue
		}
		for _, r := range d.Restarts {
			found = append(found, beside{r, one.path})
		}
	}
	return found
}

func remove(files []string) {
	for _, name := range files {
		_ = os.Remove(name)
	}
}

// asides are the files in which something is put aside.
func (f file) asides() (all []file) {
	dir, err := os.OpenFile(f.asideDir(), unix.O_DIRECTORY|unix.O_NOFOLLOW, 0)
	if err != nil {
		return nil // as a rule it is not there
	}
	defer dir.Close()
	names, _ := dir.Readdirnames(mostSwept)
	for _, name := range names {
		if isAside(name) {
			all = append(all, file{path: filepath.Join(f.asideDir(), name), server: f.server})
		}
	}
	return all
}

// join takes in what was put aside, but for entries that are older than those of the same process, and returns the files that are not
// needed any more. Where two listeners may both have stopped the same life, each entry is kept until its restart is over, one in the
// journal and the other aside: only one of the stops was carried out, and nobody knows which.
func (d *document) join(aside []beside, m moment) (taken []string) {
	for _, e := range aside {
		i := d.restart(domain.ID(e.Process))
		switch {
		case i < 0:
			d.Restarts = append(d.Restarts, e.restart)
		case d.Restarts[i].vies(e.restart):
			continue
		case m.since(e.Kept) < m.since(d.Restarts[i].Kept):
			d.Restarts[i] = e.restart
		}
		taken = append(taken, e.file)
	}
	return taken
}

// vies reports whether two listeners may have stopped the same life.
func (e restart) vies(other restart) bool {
	return e.Owner != other.Owner && e.PID == other.PID && e.Started == other.Started && e.unsettled() && other.unsettled()
}

package journal

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

const (
	// swept is the time between two looks at the directory for what supervisords have left there that are gone.
	swept = 24 * time.Hour
	// mostSwept bounds the names that one look reads.
	mostSwept = 10_000
	// unused is how old a lock file without a journal becomes. Whoever needs it makes it again.
	unused = time.Hour
	// orphaned is how old the journal of a supervisord becomes whose socket is gone, and
	orphaned = time.Duration(lasting)
	// outlived any other, after which nothing in it is of use.
	outlived = time.Duration(learnt)
)

// broom is what is still to be looked at. The journals are looked at one after the other, and only while nobody waits.
type broom struct {
	last  time.Time
	dir   string
	begun moment
	names []string            // of the journals
	old   map[string][]string // for each, the endings of what was moved aside of it
	look  bool                // names are still to be read
}

func (b *broom) busy() bool { return b.look || len(b.names) > 0 }

// next begins a look at a directory unless that was done a while ago.
func (b *broom) next(dir string, m moment) {
	now := time.Now()
	if !b.last.IsZero() && now.Sub(b.last) < swept {
		return
	}
	*b = broom{last: now, dir: dir, begun: m, look: true}
}

// sweep does one step.
func (j *Journal) sweep() {
	b := &j.broom
	if !b.busy() {
		return
	}
	if b.look {
		b.look = false
		b.names, b.old = journals(b.dir)
		return
	}
	name := b.names[0]
	b.names = b.names[1:]
	f, now := file{path: filepath.Join(b.dir, name)}, time.Now()
	f.forgetOld(now, b.old[name])
	f.forgetAsides(now)
	if name != fileName(j.server) {
		f.forget(b.begun, now)
	}
}

// journals are the names of the journals that are there, or of which something is, and the endings of what was moved aside of
// each.
func journals(dir string) (names []string, old map[string][]string) {
	d, err := os.Open(dir)
	if err != nil {
		return nil, nil
	}
	defer d.Close()
	all, _ := d.Readdirnames(mostSwept)
	old = map[string][]string{}
	for _, found := range all {
		name, ending, ours := parts(found)
		if !ours {
			continue
		}
		names = append(names, name)
		if strings.HasSuffix(ending, ".bad") {
			old[name] = append(old[name], ending)
		}
	}
	slices.Sort(names)
	return slices.Compact(names), old
}

// parts are the name of a journal and the ending of what stands beside it; ours is false for the name of anything else.
func parts(found string) (name, ending string, ours bool) {
	stem, ending, ours := strings.Cut(found, ".json")
	sum, head := strings.CutPrefix(stem, "supervisord-")
	if !ours || !head || len(sum) != 12 || strings.Trim(sum, "0123456789abcdef") != "" {
		return "", "", false
	}
	switch ending {
	case "", ".lock", ".tmp", ".bad", ".lock.bad", ".tmp.bad", asideEnding:
		return stem + ".json", ending, true
	}
	return "", "", false
}

// forgetOld removes what was moved aside long ago.
func (f file) forgetOld(now time.Time, endings []string) {
	for _, ending := range endings {
		if age, there := f.age(now, ending); there && age > outlived {
			_ = os.Remove(f.path + ending)
		}
	}
}

// forgetAsides removes what was put aside long ago.
func (f file) forgetAsides(now time.Time) {
	for _, one := range f.asides() {
		if age, there := one.age(now, ""); there && age > outlived {
			_ = os.Remove(one.path)
		}
	}
	if info, err := os.Lstat(f.asideDir()); err == nil && now.Sub(info.ModTime()) > unused {
		_ = os.Remove(f.asideDir()) // which is not done as long as there is something in it; whoever needs it makes it again
	}
}

// forget removes what a supervisord has left that is gone. It is done under the lock of its listeners; the lock file goes
// last, and who waits for it finds that it locks nothing any more.
func (f file) forget(m moment, now time.Time) {
	age, there := f.age(now, "", ".tmp", ".lock")
	if !there || age < unused {
		return
	}
	_, hasLock := f.age(now, ".lock")
	l, err := f.tryLock()
	if err != nil || l == nil {
		return
	}
	defer l.release()
	gone := f.gone(age, m)
	if gone {
		_ = os.Remove(f.path)
		_ = os.Remove(f.path + ".tmp")
	}
	if gone || !hasLock {
		_ = os.Remove(f.path + ".lock")
	}
}

// age is how long ago one of the files was last written or used; there is none for us if one is not ours.
func (f file) age(now time.Time, endings ...string) (age time.Duration, there bool) {
	for _, ending := range endings {
		info, err := os.Lstat(f.path + ending)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil || !info.Mode().IsRegular() || ownerOf(info) != os.Geteuid() {
			return 0, false
		}
		if since := now.Sub(info.ModTime()); !there || since < age {
			age, there = since, true
		}
	}
	return age, there
}

// gone reports whether nobody needs the journal any more, which was last used so long ago.
func (f file) gone(age time.Duration, m moment) bool {
	data, cause, err := f.content()
	if errors.Is(err, fs.ErrNotExist) {
		return true
	}
	var head struct{ Server string }
	if cause == nil && err == nil {
		cause = json.Unmarshal(data, &head)
	}
	if cause != nil || err != nil || fileName(head.Server) != filepath.Base(f.path) {
		return age > outlived
	}
	d, err := parse(data, head.Server)
	if err != nil {
		return age > outlived
	}
	if slices.ContainsFunc(d.Restarts, func(e restart) bool { return e.Owner.condition(m.Boot) != gone }) {
		return false
	}
	d.prune(m)
	return d.empty() || age > outlived || age > orphaned && noSocket(head.Server)
}

// noSocket reports whether nobody can be reached there any more. Of a server that is no socket that is not known.
func noSocket(server string) bool {
	path, local := strings.CutPrefix(server, "unix://")
	if !local {
		return false
	}
	_, err := os.Lstat(path)
	return errors.Is(err, fs.ErrNotExist)
}

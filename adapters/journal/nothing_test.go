package journal_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"supervisor-healthcheck/adapters/journal"
	"supervisor-healthcheck/domain"
)

// place is a directory of a journal, and the file in it, which need not exist.
type place struct{ dir, path string }

func (p place) mkdir() error { return os.Mkdir(p.dir, 0o700) }

// file makes the directory and a good file in it.
func (p place) file() error {
	return errors.Join(p.mkdir(), os.WriteFile(p.path, []byte(`{"version": 2, "server": "`+server+`"}`), 0o600))
}

func TestNothingKeptIsToldFromWhatCannotBeRead(t *testing.T) {
	for name, test := range map[string]struct {
		prepare func(place) error
		user    bool // root is not held up by that
		unknown bool
	}{
		"a file without histories":         {prepare: place.file},
		"a directory without a file":       {prepare: place.mkdir},
		"no directory":                     {prepare: func(place) error { return nil }},
		"a file in place of the directory": {prepare: func(p place) error { return os.WriteFile(p.dir, nil, 0o600) }},
		"a file in place of the one above": {
			prepare: func(p place) error {
				above := filepath.Dir(p.dir)
				return errors.Join(os.Remove(above), os.WriteFile(above, nil, 0o600))
			}},
		"a link to nowhere in place of the directory": {prepare: func(p place) error { return os.Symlink(p.dir+".not", p.dir) }},
		"no file, and no lock can be made":            {prepare: func(p place) error { return os.MkdirAll(p.path+".lock", 0o700) }},
		"no file where everybody may write":           {prepare: func(p place) error { return errors.Join(p.mkdir(), os.Chmod(p.dir, 0o777)) }},
		"no file where we may not write":              {prepare: func(p place) error { return os.Mkdir(p.dir, 0o500) }, user: true},
		"no directory where we may not make it":       {prepare: func(p place) error { return os.Chmod(filepath.Dir(p.dir), 0o500) }, user: true},

		"a file, and no lock can be made":     {prepare: func(p place) error { return errors.Join(p.file(), os.Mkdir(p.path+".lock", 0o700)) }},
		"a file where everybody may write":    {prepare: func(p place) error { return errors.Join(p.file(), os.Chmod(p.dir, 0o777)) }},
		"a directory in place of the file":    {prepare: func(p place) error { return os.MkdirAll(p.path, 0o700) }},
		"a pipe in place of the file":         {prepare: func(p place) error { return errors.Join(p.mkdir(), unix.Mkfifo(p.path, 0o600)) }},
		"a file that cannot be understood":    {prepare: func(p place) error { return errors.Join(p.mkdir(), os.WriteFile(p.path, []byte("{"), 0o600)) }},
		"a file that is no journal of anyone": {prepare: func(p place) error { return errors.Join(p.mkdir(), os.WriteFile(p.path, nil, 0o600)) }},
		"a link in place of the file":         {prepare: func(p place) error { return errors.Join(p.mkdir(), os.Symlink("nowhere", p.path)) }},

		"a file where we may not write": {prepare: func(p place) error { return errors.Join(p.file(), os.Chmod(p.dir, 0o500)) }, user: true},
		"a file where we may not look":  {prepare: func(p place) error { return errors.Join(p.file(), os.Chmod(p.dir, 0)) }, user: true, unknown: true},
		"a directory where we may not look": {
			prepare: func(p place) error { return errors.Join(p.mkdir(), os.Chmod(filepath.Dir(p.dir), 0)) }, user: true, unknown: true},
		"a file that we may not read": {prepare: func(p place) error { return errors.Join(p.file(), os.Chmod(p.path, 0)) }, user: true},
	} {
		t.Run(name, func(t *testing.T) {
			if test.user && os.Geteuid() == 0 {
				t.Skip("root may do everything")
			}
			above := filepath.Join(t.TempDir(), "above")
			must(t, os.Mkdir(above, 0o700))
			j := open(t, filepath.Join(above, "dir"), alice)
			t.Cleanup(func() { // so that it can be removed
				_ = os.Chmod(above, 0o700)
				_ = os.Chmod(j.Dir, 0o700)
			})
			must(t, test.prepare(place{j.Dir, j.Path()}))
			found, err := j.Histories(t.Context())
			switch {
			case test.unknown && (err == nil || found != nil):
				t.Errorf("got %v and error %v, want an error", found, err)
			case !test.unknown && (err != nil || found == nil || len(found) > 0):
				t.Errorf("got %v and error %v, want an empty map", found, err)
			}
		})
	}
}

func TestHistoriesAreReadBehindALockThatIsNotGivenBack(t *testing.T) {
	j := journal.OpenPatient(journal.Config{Dir: t.TempDir(), ServerURL: server, Owner: alice}, 30*time.Millisecond)
	kept := one(web, domain.History{GivenUp: []string{"http"}})
	must(t, open(t, j.Dir, alice).Keep(t.Context(), kept))
	defer lockOf(t, j)()
	if diff := cmp.Diff(kept, histories(t, j), alike()); diff != "" {
		t.Error(diff)
	}
}

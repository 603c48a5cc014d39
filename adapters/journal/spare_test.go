package journal_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"supervisor-healthcheck/adapters/journal"
	"supervisor-healthcheck/domain"
)

const somebody = 12345

// temp is a folder for temporary files in which everybody may make what they like.
func temp(t *testing.T) (folder string, dirs []string) {
	t.Helper()
	folder = filepath.Join(t.TempDir(), "tmp")
	must(t, os.Mkdir(folder, 0o700))
	must(t, os.Chmod(folder, 0o777|os.ModeSticky))
	env := func(key string) string { return map[string]string{"TMPDIR": folder}[key] }
	return folder, journal.DefaultDirs(env, 54321) // the name is that of any user, the owner is us
}

func TestNamesThatSomebodyElseHasTakenAreAvoided(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root to give something away")
	}
	config := journal.Config{ServerURL: server, Owner: alice}
	for name, take := range map[string]func(dir string) error{
		"a directory": func(dir string) error { return errors.Join(os.Mkdir(dir, 0o755), os.Chown(dir, somebody, -1)) },
		"a directory for everybody": func(dir string) error {
			return errors.Join(os.Mkdir(dir, 0o755), os.Chmod(dir, 0o777), os.Chown(dir, somebody, -1))
		},
		"a closed directory": func(dir string) error { return errors.Join(os.Mkdir(dir, 0), os.Chown(dir, somebody, -1)) },
		"a link to a directory": func(dir string) error {
			return errors.Join(os.Mkdir(dir+".target", 0o700), os.Symlink(dir+".target", dir), os.Lchown(dir, somebody, -1))
		},
		"a link to nowhere": func(dir string) error {
			return errors.Join(os.Symlink(dir+".target", dir), os.Lchown(dir, somebody, -1))
		},
		"a file":                    func(dir string) error { return errors.Join(os.WriteFile(dir, nil, 0o666), os.Chown(dir, somebody, -1)) },
		"a pipe":                    func(dir string) error { return errors.Join(unix.Mkfifo(dir, 0o666), os.Chown(dir, somebody, -1)) },
		"ours, but everybody's too": func(dir string) error { return errors.Join(os.Mkdir(dir, 0o700), os.Chmod(dir, 0o777)) },
	} {
		t.Run(name, func(t *testing.T) {
			_, dirs := temp(t)
			must(t, take(dirs[0]))
			must(t, take(dirs[1]))
			first := journal.OpenIn(dirs, config, 30*time.Second)
			must(t, first.Write(t.Context(), stopSent(web)))
			if got := filepath.Dir(first.Path()); got != dirs[2] {
				t.Errorf("the journal is in %s, want %s", got, dirs[2])
			}
			if left, err := os.ReadDir(dirs[0] + ".target"); err == nil && len(left) > 0 {
				t.Error("a link was followed")
			}

			must(t, os.RemoveAll(dirs[0])) // whoever has taken it gives it back
			other := journal.OpenIn(dirs, journal.Config{ServerURL: server, Owner: bob}, 30*time.Second)
			if err := other.Write(t.Context(), stopSent(web)); !errors.Is(err, domain.ErrClaimed) {
				t.Error("another listener does not find the journal:", err)
			}
			must(t, first.Keep(t.Context(), one(web, domain.History{GivenUp: []string{"w"}})))
			next := journal.OpenIn(dirs, config, 30*time.Second)
			if diff := cmp.Diff([]domain.Restart{stopSent(web)}, unfinished(t, next), alike()); diff != "" || len(histories(t, next)) != 1 {
				t.Errorf("the next life looks into %s: %s", next.Path(), diff)
			}
		})
	}
}

func TestAllNamesTakenIsSaid(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root to give something away")
	}
	_, dirs := temp(t)
	for _, dir := range dirs {
		must(t, os.Mkdir(dir, 0o755))
		must(t, os.Chown(dir, somebody, -1))
	}
	j := journal.OpenIn(dirs, journal.Config{ServerURL: server, Owner: alice}, 30*time.Second)
	if found := histories(t, j); len(found) > 0 {
		t.Error(found)
	}
	err := j.Write(t.Context(), stopSent(web))
	if err == nil || !strings.Contains(err.Error(), dirs[0]+" belongs to user 12345") || !strings.Contains(err.Error(), "name another directory") {
		t.Errorf("got %v", err)
	}
	must(t, os.Remove(dirs[3]))
	must(t, j.Write(t.Context(), stopSent(web)))
}

func TestWhyNoNameCouldBeUsedIsSaid(t *testing.T) {
	folder, dirs := temp(t)
	must(t, os.WriteFile(dirs[0], nil, 0o600))
	if got, err := journal.Settle(dirs, os.Geteuid()); err != nil || got != dirs[1] {
		t.Errorf("got %s and %v", got, err)
	}
	must(t, os.RemoveAll(folder))
	must(t, os.WriteFile(folder, nil, 0o600))
	if _, err := journal.Settle(dirs, os.Geteuid()); !errors.Is(err, unix.ENOTDIR) {
		t.Errorf("got %v", err)
	}
}

func TestListenersThatStartAtOnceShareADirectory(t *testing.T) {
	_, dirs := temp(t)
	found := make(chan string)
	for range 20 {
		go func() {
			dir, err := journal.Settle(dirs, os.Geteuid())
			if err != nil {
				dir = err.Error()
			}
			found <- dir
		}()
	}
	for range 20 {
		if dir := <-found; dir != dirs[0] {
			t.Error(dir)
		}
	}
}

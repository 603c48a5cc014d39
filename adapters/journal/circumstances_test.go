package journal_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"supervisor-healthcheck/adapters/journal"
	"supervisor-healthcheck/domain"
)

// secret is a file beside the directory of a journal that nobody may touch.
func (p place) secret() string { return filepath.Join(filepath.Dir(p.dir), "secret") }

func (p place) write(content string) error {
	return errors.Join(p.mkdir(), os.WriteFile(p.path, []byte(content), 0o600))
}

// planted is a journal that starts a process.
func planted(process domain.ID) string {
	return fmt.Sprintf(`{"version": 2, "server": %q, "unfinished_restarts": [%s]}`, server, entry(process))
}

func entry(process domain.ID) string {
	return fmt.Sprintf(`{"process": {"group": %q, "name": %q}, "pid": 1, "started": 1, "watch": "w", "reason": "r", "phase": "stop accepted",
		"supervisor_pid": 1, "tries": 0, "owner": {"listener": {"group": "a", "name": "b"}, "pid": 999999999, "started": 1},
		"kept": {"time": "2026-01-01T00:00:00Z", "uptime": "1s"}}`, process.Group, process.Name)
}

func TestOddStateDirectories(t *testing.T) {
	nothing := func(place) error { return nil }
	for name, test := range map[string]struct {
		prepare func(place) error
		then    func(place) error // after the restart has begun
		root    bool              // only root can do that
		said    string            // by Write or Unfinished
		lost    bool              // the next life does not know of the restart
	}{
		"plain": {prepare: nothing},

		"truncated file":         {prepare: func(p place) error { return p.write(`{"version": 2, "server": "`) }, said: ".bad"},
		"random bytes":           {prepare: func(p place) error { return p.write("\xff\x00\x13\x37") }, said: ".bad"},
		"empty file":             {prepare: func(p place) error { return p.write("") }, said: ".bad"},
		"zeros":                  {prepare: func(p place) error { return p.write(strings.Repeat("\x00", 4096)) }, said: ".bad"},
		"version 99":             {prepare: func(p place) error { return p.write(`{"version": 99, "server": "x"}`) }, said: ".bad"},
		"of another server":      {prepare: func(p place) error { return p.write(`{"version": 1, "server": "x"}`) }, said: ".bad"},
		"70 MB of blanks":        {prepare: func(p place) error { return errors.Join(p.write("{"), os.Truncate(p.path, 70<<20)) }, said: "70 MB"},
		"10,001 small restarts":  {prepare: func(p place) error { return p.write(manyEntries(10_002)) }, said: "more than 10000 entries"},
		"deeply nested":          {prepare: func(p place) error { return p.write(`{"version":2,"server":` + strings.Repeat("[", 1<<20)) }, said: "nested"},
		"zeroed while dead":      {prepare: nothing, then: func(p place) error { return os.WriteFile(p.path, make([]byte, 100), 0o600) }, said: ".bad", lost: true},
		"deleted while dead":     {prepare: nothing, then: func(p place) error { return os.RemoveAll(p.dir) }, lost: true},
		"deleted and made again": {prepare: nothing, then: func(p place) error { return errors.Join(os.RemoveAll(p.dir), p.mkdir()) }, lost: true},

		"journal is a link":   {prepare: func(p place) error { return errors.Join(p.mkdir(), os.Symlink(p.secret(), p.path)) }, said: "a symbolic link"},
		"lock is a link":      {prepare: func(p place) error { return errors.Join(p.mkdir(), os.Symlink(p.secret(), p.path+".lock")) }, said: "a symbolic link"},
		"temporary is a link": {prepare: func(p place) error { return errors.Join(p.mkdir(), os.Symlink(p.secret(), p.path+".tmp")) }},
		"hard links": {prepare: func(p place) error {
			return errors.Join(p.mkdir(), os.Link(p.secret(), p.path), os.Link(p.secret(), p.path+".lock"))
		}, said: ".bad"},
		"journal is a pipe":      {prepare: func(p place) error { return errors.Join(p.mkdir(), unix.Mkfifo(p.path, 0o600)) }, said: "a named pipe"},
		"lock is a pipe":         {prepare: func(p place) error { return errors.Join(p.mkdir(), unix.Mkfifo(p.path+".lock", 0o600)) }, said: "a named pipe"},
		"temporary is a pipe":    {prepare: func(p place) error { return errors.Join(p.mkdir(), unix.Mkfifo(p.path+".tmp", 0o600)) }},
		"journal is a socket":    {prepare: func(p place) error { return errors.Join(p.mkdir(), socket(p.path)) }, said: "a socket"},
		"lock is a socket":       {prepare: func(p place) error { return errors.Join(p.mkdir(), socket(p.path+".lock")) }, said: "a socket"},
		"journal is a directory": {prepare: func(p place) error { return os.MkdirAll(p.path, 0o700) }, said: "a directory"},
		"lock is a directory":    {prepare: func(p place) error { return os.MkdirAll(p.path+".lock", 0o700) }, said: "a directory"},
		"temporary is full":      {prepare: func(p place) error { return os.MkdirAll(p.path+".tmp/x", 0o700) }},
		"directory is a file":    {prepare: func(p place) error { return os.WriteFile(p.dir, nil, 0o600) }, said: "not a directory", lost: true},
		"directory is a link": {prepare: func(p place) error {
			return errors.Join(os.Mkdir(p.dir+".there", 0o700), os.Symlink(p.dir+".there", p.dir))
		}},
		"directory is a link to none": {prepare: func(p place) error { return os.Symlink(p.dir+".none", p.dir) }, said: "no such file", lost: true},
		"directory is a link to links": {prepare: func(p place) error {
			return errors.Join(os.Symlink("b", p.dir), os.Symlink(p.dir, filepath.Join(filepath.Dir(p.dir), "b")))
		}, said: "symbolic links", lost: true},

		"directory 0777": {prepare: func(p place) error { return errors.Join(p.write(planted(worker)), os.Chmod(p.dir, 0o777)) }, said: "chmod go-w", lost: true},
		"directory 01777": {prepare: func(p place) error {
			return errors.Join(p.write(planted(worker)), os.Chmod(p.dir, 0o777|os.ModeSticky))
		}, said: "chmod go-w", lost: true},
		"directory 0770": {prepare: func(p place) error { return errors.Join(p.write(planted(worker)), os.Chmod(p.dir, 0o770)) }, said: "chmod go-w", lost: true},
		"directory of another user": {
			prepare: func(p place) error { return errors.Join(p.write(planted(worker)), os.Chown(p.dir, 12345, -1)) }, root: true, said: "chown 0", lost: true},
		"directory of another user by a link": {
			prepare: func(p place) error {
				there := place{p.dir + ".there", filepath.Join(p.dir+".there", filepath.Base(p.path))}
				return errors.Join(there.write(planted(worker)), os.Chown(there.dir, 12345, -1), os.Symlink(there.dir, p.dir))
			}, root: true, said: "chown 0", lost: true},
		"link in a directory of another user": {
			prepare: func(p place) error {
				theirs := filepath.Join(filepath.Dir(p.dir), "theirs")
				real := place{p.dir + ".real", filepath.Join(p.dir+".real", filepath.Base(p.path))}
				return errors.Join(os.Mkdir(theirs, 0o755), real.write(planted(worker)), os.Symlink(real.dir, theirs+"/link"), os.Chown(theirs, 12345, -1), os.Symlink(theirs+"/link", p.dir))
			}, root: true, said: "is a symbolic link in a directory of user 12345", lost: true},
		"journal of another user": {
			prepare: func(p place) error { return errors.Join(p.write(planted(worker)), os.Chown(p.path, 12345, -1)) }, root: true, said: "belongs to user 12345"},
		"lock of another user": {
			prepare: func(p place) error {
				return errors.Join(p.mkdir(), os.WriteFile(p.path+".lock", nil, 0o600), os.Chown(p.path+".lock", 12345, -1))
			}, root: true, said: "belongs to user 12345"},
	} {
		t.Run(name, func(t *testing.T) {
			if test.root && os.Geteuid() != 0 {
				t.Skip("needs root to give something away")
			}
			above := t.TempDir()
			j := open(t, filepath.Join(above, "dir"), alice)
			p := place{j.Dir, j.Path()}
			must(t, os.WriteFile(p.secret(), []byte("secret"), 0o600))
			must(t, test.prepare(p))
			began := time.Now()
			if found := histories(t, j); len(found) > 0 {
				t.Error("histories from nowhere:", found)
			}
			said := fmt.Sprint(j.Write(t.Context(), stopSent(web)))
			if _, err := j.Unfinished(t.Context()); err != nil {
				said = fmt.Sprint(said, err)
			}
			if test.then != nil {
				must(t, test.then(p))
			}
			found, said := nextLife(t, j.Dir, said)
			if time.Since(began) > 15*time.Second {
				t.Errorf("it took %v", time.Since(began))
			}
			if !strings.Contains(said, test.said) {
				t.Errorf("got %q, want %q", said, test.said)
			}
			want := []domain.Restart{stopSent(web)}
			if test.lost {
				want = nil
			}
			if diff := cmp.Diff(want, found, alike()); diff != "" {
				t.Error(diff)
			}
			if text(t, p.secret()) != "secret" {
				t.Error("the secret was written to")
			}
		})
	}
}

// nextLife is what another life finds at last, and all that was said.
func nextLife(t *testing.T, dir, said string) ([]domain.Restart, string) {
	t.Helper()
	next := open(t, dir, alice)
	found, err := next.Unfinished(t.Context())
	if err != nil {
		said = fmt.Sprint(said, err)
		if found, err = next.Unfinished(t.Context()); err != nil {
			said = fmt.Sprint(said, err)
		}
	}
	return found, said
}

// socket makes a socket. It gets its name later, because that may be too long for one.
func socket(path string) error {
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err != nil {
		return err
	}
	defer func() { _ = unix.Close(fd) }()
	dir, err := os.MkdirTemp("", "s")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	return errors.Join(unix.Bind(fd, &unix.SockaddrUnix{Name: dir + "/s"}), os.Rename(dir+"/s", path))
}

// manyEntries is a small file with many entries.
func manyEntries(n int) string {
	return fmt.Sprintf(`{"version": 2, "server": %q, "unfinished_restarts": [{"phase": "planned"}%s]}`, server, strings.Repeat(`,{"phase":"planned"}`, n-1))
}

func TestObstaclesThatAreRemovedHeal(t *testing.T) {
	for name, obstacle := range map[string]func(p place) error{
		"a file in place of the directory": func(p place) error { return errors.Join(os.Remove(p.dir), os.WriteFile(p.dir, nil, 0o600)) },
		"a directory that all may write":   func(p place) error { return os.Chmod(p.dir, 0o777) },
	} {
		t.Run(name, func(t *testing.T) {
			j := open(t, filepath.Join(t.TempDir(), "dir"), alice)
			p := place{j.Dir, j.Path()}
			must(t, p.mkdir())
			must(t, obstacle(p))
			for range 2 {
				if err := j.Write(t.Context(), stopSent(web)); err == nil {
					t.Fatal("no error")
				}
			}
			must(t, os.RemoveAll(p.dir))
			must(t, j.Write(t.Context(), stopSent(web)))
		})
	}
}

func TestAnyBytesCostBoundedMemory(t *testing.T) {
	head := fmt.Sprintf(`{"version": 2, "server": %q, `, server)
	fill := func(before, part, after string) []byte {
		n := (4<<20 - len(head) - len(before) - len(after)) / len(part)
		return []byte(head + before + strings.Repeat(part, n) + after)
	}
	for name, content := range map[string][]byte{
		"real restarts, 30 MB": []byte(head + `"unfinished_restarts": [` + strings.Repeat(entry(web)+",", 60_000) + entry(web) + "]}"),
		"empty restarts":       fill(`"unfinished_restarts": [`, `{},`, `{}]}`),
		"empty histories":      fill(`"histories": [`, `{},`, `{}]}`),
		"histories of nothing": fill(`"histories": [`, `null,`, `null]}`),
		"lists over and over":  fill(`"a": 1`, `,"histories":[{}]`, `}`),
		"acts of nothing":      fill(`"histories": [{"acts": [`, `0,`, `0]}]}`),
		"boots":                fill(`"histories": [{"boots": [`, `"",`, `""]}]}`),
		"an entry too many":    []byte(manyEntries(10_002)),
		"deep":                 bytes.Repeat([]byte("["), 4<<20),
		"one long string":      fill(`"x": "`, `\"`, `"}`),
		"quotes":               bytes.Repeat([]byte(`"`), 4<<20),
	} {
		t.Run(name, func(t *testing.T) {
			j := open(t, t.TempDir(), alice)
			must(t, os.WriteFile(j.Path(), content, 0o600))
			before := allocated()
			_, err := j.Unfinished(t.Context())
			if after := allocated(); after-before > 64<<20 {
				t.Errorf("%d MB were allocated", (after-before)>>20)
			}
			if err == nil {
				return // it is a journal
			}
			if !bytes.Equal([]byte(text(t, j.Path()+".bad")), content) {
				t.Error("it was not moved aside")
			}
		})
	}
}

func allocated() uint64 {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.TotalAlloc
}

func TestWhatWeWriteIsNeverTooLargeToBeRead(t *testing.T) {
	m, dir := newMachine("b"), t.TempDir()
	must(t, m.open(dir, alice).Write(t.Context(), stopSent(web)))
	watches := []string{strings.Repeat("a", 100), strings.Repeat("b", 100), strings.Repeat("c", 100)}
	all := map[domain.ID]domain.History{}
	for i := range mostHistories {
		all[numbered(i)] = domain.History{GivenUp: watches, Boots: make([]time.Duration, 10), Healed: make([]time.Duration, 10)}
	}
	for i := range 6 {
		m.pass(time.Minute)
		owner := domain.ID{Group: "listener", Name: numbered(i).Name}
		must(t, m.open(dir, owner).Keep(t.Context(), all))
		info, err := os.Stat(m.open(dir, owner).Path())
		must(t, err)
		if info.Size() > 4<<20 {
			t.Errorf("the file has %d bytes", info.Size())
		}
		if len(histories(t, m.open(dir, owner))) == 0 {
			t.Error("the newest histories were left out")
		}
	}
	if found := unfinished(t, m.open(dir, alice)); len(found) != 1 {
		t.Error("the restart was left out")
	}
	if names := names(t, dir); len(names) != 2 {
		t.Error("something was moved aside:", names)
	}
}

func TestWeighCountsWhatStandsInTheLists(t *testing.T) {
	for content, fine := range map[string]bool{
		manyEntries(10_000): true,
		manyEntries(10_002): false,
		`{"a": "` + strings.Repeat(`,[{\"`, 100_000) + `"}`: true,
	} {
		if err := journal.Weigh([]byte(content)); (err == nil) != fine {
			t.Errorf("%.40s: %v", content, err)
		}
	}
}

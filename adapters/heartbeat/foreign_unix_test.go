//go:build unix

package heartbeat_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"supervisor-healthcheck/adapters/heartbeat"
)

// Whatever anybody has put there stays as it was, and is said.
func TestBeatTouchesNothingForeign(t *testing.T) {
	const before = 1
	for name, test := range map[string]struct {
		put  func(t *testing.T, path, victim string) error
		want string
	}{
		"a link to a file of ours":        {func(_ *testing.T, path, victim string) error { return os.Symlink(victim, path) }, "it is not a regular file"},
		"a second name of a file of ours": {func(_ *testing.T, path, victim string) error { return os.Link(victim, path) }, "it has a second name (a hard link)"},
		"a directory":                     {func(_ *testing.T, path, _ string) error { return os.Mkdir(path, 0o700) }, "it is not a regular file"},
		"a pipe":                          {func(_ *testing.T, path, _ string) error { return syscall.Mkfifo(path, 0o666) }, "it is not a regular file"},
		"a file of another user":          {func(t *testing.T, path, _ string) error { return foreign(t, path) }, "it belongs to uid 64002"},
		"a link to a file of another user's": {func(t *testing.T, path, victim string) error {
			return errors.Join(foreign(t, victim), os.Symlink(victim, path))
		}, "it is not a regular file"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			beat, victim := heartbeat.At(filepath.Join(dir, "beat")), filepath.Join(dir, "victim")
			if err := os.WriteFile(victim, nil, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := test.put(t, beat.Path(), victim); err != nil {
				t.Fatal(err)
			}
			for _, path := range []string{victim, beat.Path()} {
				if err := os.Chtimes(path, time.Unix(before, 0), time.Unix(before, 0)); err != nil {
					t.Fatal(err)
				}
			}
			if err := beat.Beat(); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got error %v, want one with %q", err, test.want)
			}
			for _, path := range []string{victim, beat.Path()} {
				if info, err := os.Stat(path); err != nil || info.ModTime().Unix() != before {
					t.Errorf("%s was touched: %v, %v", path, info.ModTime(), err)
				}
			}
		})
	}
}

// foreign makes a file of another user, which only root can.
func foreign(t *testing.T, path string) error {
	if os.Geteuid() != 0 {
		t.Skip("only root can give a file away")
	}
	return errors.Join(os.WriteFile(path, nil, 0o600), os.Chown(path, 64002, 64002))
}

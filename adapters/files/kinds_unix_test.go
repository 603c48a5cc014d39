//go:build unix

package files_test

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"supervisor-healthcheck/adapters/files"
	"supervisor-healthcheck/domain"
)

// What is at the path itself is told: a link is no file, wherever it leads.
func TestHeartbeatTellsWhatItIs(t *testing.T) {
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	file := write(t, in("file"))
	twice := write(t, in("twice"))
	uid := os.Geteuid()
	if err := errors.Join(os.Symlink(file, in("link")), os.Symlink(in("nothing"), in("dangling")), os.Link(twice, in("again")),
		os.Mkdir(in("dir"), 0o700), syscall.Mkfifo(in("pipe"), 0o600)); err != nil {
		t.Fatal(err)
	}
	want := map[string]domain.HeartbeatFile{
		"file":     {Regular: true, Names: 1, Owner: uid},
		"twice":    {Regular: true, Names: 2, Owner: uid},
		"again":    {Regular: true, Names: 2, Owner: uid},
		"link":     {Owner: uid},
		"dangling": {Owner: uid},
		"dir":      {Owner: uid},
		"pipe":     {Owner: uid},
	}
	if uid == 0 {
		if err := os.Chown(write(t, in("theirs")), 64002, 64003); err != nil {
			t.Fatal(err)
		}
		want["theirs"] = domain.HeartbeatFile{Regular: true, Names: 1, Owner: 64002}
	}
	for name, want := range want {
		got, err := files.New().Heartbeat(t.Context(), in(name))
		if got.Changed.IsZero() || err != nil {
			t.Errorf("%s: changed %s, %v", name, got.Changed, err)
		}
		if got.Changed = (time.Time{}); !want.Regular {
			got.Names = 0 // of a directory some file systems count those within
		}
		if got != want {
			t.Errorf("%s: got %+v, want %+v", name, got, want)
		}
	}
}

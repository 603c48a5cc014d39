package files_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"supervisor-healthcheck/adapters/files"
)

// A file's ctime is set by the kernel alone, from a clock that may lag behind time.Now by one kernel tick.
const lag = time.Second

func TestChangedTellsTheInodeChangeNotTheModification(t *testing.T) {
	path := write(t, filepath.Join(t.TempDir(), "beat file"))
	start := time.Now()
	if err := os.Chtimes(path, time.Unix(1, 0), time.Unix(1, 0)); err != nil {
		t.Fatal(err)
	}
	wantSince(t, path, start)
}

func TestChangedFollowsLinks(t *testing.T) {
	dir := t.TempDir()
	path, link := write(t, filepath.Join(dir, "beat")), filepath.Join(dir, "link")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	before, err := files.New().Changed(t.Context(), link)
	if err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(30 * time.Second); ; {
		if err := os.Chmod(path, 0o640); err != nil {
			t.Fatal(err)
		}
		after, err := files.New().Changed(t.Context(), link)
		if err != nil {
			t.Fatal(err)
		}
		if after.After(before) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("a change of the target is not seen through the link: still %s", after)
		}
	}
}

func TestChangedNeedsNoPermissionOnTheFile(t *testing.T) {
	start := time.Now()
	path := write(t, filepath.Join(t.TempDir(), "beat"))
	if err := os.Chmod(path, 0); err != nil {
		t.Fatal(err)
	}
	wantSince(t, path, start)
}

func TestChangedFails(t *testing.T) {
	dir := t.TempDir()
	dangling := filepath.Join(dir, "dangling")
	if err := os.Symlink(filepath.Join(dir, "nothing"), dangling); err != nil {
		t.Fatal(err)
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	tests := map[string]struct {
		ctx  context.Context
		path string
		want error
	}{
		"there is no such file":                {t.Context(), filepath.Join(dir, "nothing"), fs.ErrNotExist},
		"the link leads nowhere":               {t.Context(), dangling, fs.ErrNotExist},
		"the path is empty":                    {t.Context(), "", fs.ErrNotExist},
		"the context was cancelled beforehand": {cancelled, dir, context.Canceled},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := files.New().Changed(tt.ctx, tt.path)
			if !errors.Is(err, tt.want) || !got.IsZero() {
				t.Errorf("got %v and error %v, want no time and %v", got, err, tt.want)
			}
		})
	}
}

func write(t *testing.T, path string) string {
	t.Helper()
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func wantSince(t *testing.T, path string, start time.Time) {
	t.Helper()
	got, err := files.New().Changed(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if got.Before(start.Add(-lag)) || got.After(time.Now().Add(lag)) {
		t.Errorf("got %s, want a time since %s", got, start)
	}
}

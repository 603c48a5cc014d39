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
	"supervisor-healthcheck/domain"
)

// A file's ctime is set by the kernel alone, from a clock that may lag behind time.Now by one kernel tick.
const lag = time.Second

func TestHeartbeatTellsTheInodeChangeNotTheModification(t *testing.T) {
	path := write(t, filepath.Join(t.TempDir(), "beat file"))
	start := time.Now()
	if err := os.Chtimes(path, time.Unix(1, 0), time.Unix(1, 0)); err != nil {
		t.Fatal(err)
	}
	wantSince(t, path, start)
}

func TestHeartbeatNeedsNoPermissionOnTheFile(t *testing.T) {
	start := time.Now()
	path := write(t, filepath.Join(t.TempDir(), "beat"))
	if err := os.Chmod(path, 0); err != nil {
		t.Fatal(err)
	}
	wantSince(t, path, start)
}

func TestHeartbeatFails(t *testing.T) {
	dir := t.TempDir()
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	tests := map[string]struct {
		ctx  context.Context
		path string
		want error
	}{
		"there is no such file":                {t.Context(), filepath.Join(dir, "nothing"), fs.ErrNotExist},
		"the path is empty":                    {t.Context(), "", fs.ErrNotExist},
		"the context was cancelled beforehand": {cancelled, dir, context.Canceled},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := files.New().Heartbeat(tt.ctx, tt.path)
			if !errors.Is(err, tt.want) || got != (domain.HeartbeatFile{}) {
				t.Errorf("got %+v and error %v, want nothing and %v", got, err, tt.want)
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
	file, err := files.New().Heartbeat(t.Context(), path)
	got := file.Changed
	if err != nil {
		t.Fatal(err)
	}
	if got.Before(start.Add(-lag)) || got.After(time.Now().Add(lag)) {
		t.Errorf("got %s, want a time since %s", got, start)
	}
}

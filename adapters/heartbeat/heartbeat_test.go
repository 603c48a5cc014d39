package heartbeat_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"supervisor-healthcheck/adapters/heartbeat"
)

func TestNewTakesItsPathFromTheEnvironment(t *testing.T) {
	pid := strconv.Itoa(os.Getpid())
	tests := map[string]struct {
		root, group, name, want string
	}{
		"below the root":                        {"/run/beats", "web", "web_00", "/run/beats/web-web_00-" + pid},
		"in the folder for temporary files":     {"", "web", "web", filepath.Join(os.TempDir(), "web-web-"+pid)},
		"not at all without a group":            {"/run/beats", "", "web", ""},
		"not at all without a name":             {"/run/beats", "web", "", ""},
		"not at all outside of supervisord":     {"/run/beats", "", "", ""},
		"in the root even if the name has a /x": {"/run/beats", "web", "../x", "/run/beats/web-.._x-" + pid},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Setenv("SUPERVISOR_GROUP_NAME", tt.group)
			t.Setenv("SUPERVISOR_PROCESS_NAME", tt.name)
			beat, err := heartbeat.New(tt.root)
			if tt.want == "" {
				if err == nil {
					t.Fatalf("got %s, want an error", beat.Path())
				}
				return
			}
			if err != nil || beat.Path() != tt.want {
				t.Fatalf("got %v and error %v, want %s", beat, err, tt.want)
			}
		})
	}
}

func TestBeatMakesAFileForItsOwner(t *testing.T) {
	beat := at(t)
	mustBeat(t, beat)
	if got := stat(t, beat).Mode(); got != 0o600 {
		t.Errorf("the mode is %s, want -rw-------", got)
	}
}

func TestBeatFails(t *testing.T) {
	dir := t.TempDir()
	link := filepath.Join(dir, "link")
	if err := os.Symlink(filepath.Join(dir, "victim"), link); err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{
		"in a folder that does not exist":       filepath.Join(dir, "nothing", "beat"),
		"on a link that leads to no file":       link,
		"on a path that goes through something": "/dev/null/beat",
	} {
		t.Run(name, func(t *testing.T) {
			if err := heartbeat.At(path).Beat(); err == nil {
				t.Error("got no error")
			}
		})
	}
	if _, err := os.Lstat(filepath.Join(dir, "victim")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file was made through a symbolic link: %v", err)
	}
}

func TestBeatFromManyGoroutines(t *testing.T) {
	beat := at(t)
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			for range 50 {
				if err := beat.Beat(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
}

func TestCloseRemovesTheFile(t *testing.T) {
	beat := at(t)
	mustBeat(t, beat)
	for _, when := range []string{"with a file", "without one"} {
		if err := beat.Close(); err != nil {
			t.Errorf("%s: %v", when, err)
		}
	}
	if _, err := os.Stat(beat.Path()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the file is still there: %v", err)
	}
	mustBeat(t, beat)
	stat(t, beat)
}

func TestCloseTellsWhyItCannot(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "full"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := heartbeat.At(dir).Close(); err == nil {
		t.Error("a folder that is not empty was removed, or nothing was said")
	}
}

func TestEveryBeatsAtOnceAndAtEveryInterval(t *testing.T) {
	beat := at(t)
	mustBeat(t, beat) // a new file would get its time from the kernel, whose clock is not the bubble's
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		result := make(chan error, 1)
		go func() { result <- beat.Every(ctx, time.Minute) }()
		var got []time.Duration
		start := time.Now()
		for range 3 {
			synctest.Wait()
			got = append(got, stat(t, beat).ModTime().Sub(start))
			time.Sleep(time.Minute)
		}
		cancel()
		if err := <-result; err != nil {
			t.Errorf("got error %v, want none", err)
		}
		if want := []time.Duration{0, time.Minute, 2 * time.Minute}; !slices.Equal(got, want) {
			t.Errorf("it beat at %v, want %v", got, want)
		}
	})
}

func TestEveryEnds(t *testing.T) {
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	tests := map[string]struct {
		ctx      context.Context
		path     string
		interval time.Duration
		fails    bool
	}{
		"at once when ctx is done":     {cancelled, filepath.Join(t.TempDir(), "beat"), time.Hour, false},
		"when it cannot beat":          {t.Context(), "/dev/null/beat", time.Hour, true},
		"when the interval is nothing": {t.Context(), filepath.Join(t.TempDir(), "beat"), 0, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if err := heartbeat.At(tt.path).Every(tt.ctx, tt.interval); (err != nil) != tt.fails {
				t.Errorf("got error %v, want one: %t", err, tt.fails)
			}
			if _, err := os.Stat(tt.path); err == nil {
				t.Error("it beat")
			}
		})
	}
}

func at(t *testing.T) *heartbeat.Beat {
	t.Helper()
	return heartbeat.At(filepath.Join(t.TempDir(), "beat"))
}

func mustBeat(t *testing.T, beat *heartbeat.Beat) {
	t.Helper()
	if err := beat.Beat(); err != nil {
		t.Fatal(err)
	}
}

func stat(t *testing.T, beat *heartbeat.Beat) fs.FileInfo {
	t.Helper()
	info, err := os.Stat(beat.Path())
	if err != nil {
		t.Fatal(err)
	}
	return info
}

package journal_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"supervisor-healthcheck/adapters/journal"
)

func TestDefaultDirs(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	must(t, os.WriteFile(file, nil, 0o600))
	me := os.Getuid()
	if me == 0 {
		me = 12345
		must(t, os.Chown(dir, me, -1))
	}
	for name, test := range map[string]struct {
		env  map[string]string
		uid  int
		want string
	}{
		"root":                                {map[string]string{"XDG_RUNTIME_DIR": dir, "TMPDIR": dir}, 0, "run/supervisor-healthcheck"},
		"a runtime directory of ours":         {map[string]string{"XDG_RUNTIME_DIR": dir, "TMPDIR": "/t"}, me, dir + "/supervisor-healthcheck"},
		"a runtime directory of another user": {map[string]string{"XDG_RUNTIME_DIR": dir, "TMPDIR": "/t"}, 54321, "/t/supervisor-healthcheck-54321"},
		"a runtime directory that is a file":  {map[string]string{"XDG_RUNTIME_DIR": file}, 54321, "/tmp/supervisor-healthcheck-54321"},
		"a runtime directory that is missing": {map[string]string{"XDG_RUNTIME_DIR": dir + "/no"}, 54321, "/tmp/supervisor-healthcheck-54321"},
		"relative directories":                {map[string]string{"XDG_RUNTIME_DIR": ".", "TMPDIR": "."}, 54321, "/tmp/supervisor-healthcheck-54321"},
		"nothing named":                       {nil, 54321, "/tmp/supervisor-healthcheck-54321"},
	} {
		t.Run(name, func(t *testing.T) {
			got := journal.DefaultDirs(func(key string) string { return test.env[key] }, test.uid)[0]
			if !strings.HasSuffix(got, test.want) || !filepath.IsAbs(got) {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestNoDirectoryNamedMeansTheDefault(t *testing.T) {
	want := journal.DefaultDirs(os.Getenv, os.Geteuid())[0]
	if got := filepath.Dir(journal.Open(journal.Config{ServerURL: server}).Path()); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestAdviceFitsTheObstacle(t *testing.T) {
	for want, cause := range map[string]error{
		"make room on that disk":      &fs.PathError{Op: "write", Path: "x", Err: unix.ENOSPC},
		"write there":                 &fs.PathError{Op: "open", Path: "x", Err: unix.EACCES},
		"on a disk that can be writt": &fs.PathError{Op: "open", Path: "x", Err: unix.EROFS},
		"name another directory":      &fs.PathError{Op: "open", Path: "x", Err: unix.ENOTDIR},
	} {
		err := journal.Advised("/some/dir", cause)
		if !errors.Is(err, cause) || !strings.HasPrefix(err.Error(), "journal directory /some/dir: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

func TestDirectoryThatOthersCouldPrepareIsRefused(t *testing.T) {
	for name, test := range map[string]struct {
		prepare func(place string) error
		dir     string
		root    bool // only root can prepare it
		refused string
	}{
		"it is made": {prepare: func(string) error { return nil }, dir: "a/b/c"},
		"it is ours and readable for all": {
			prepare: func(place string) error { return os.Mkdir(place+"/dir", 0o755) }, dir: "dir"},
		"everybody may write to it": {
			prepare: func(string) error { return nil }, dir: ".", refused: "may be written to by everybody"},
		"our group may write to it": {
			prepare: func(place string) error { _ = os.Mkdir(place+"/dir", 0o700); return os.Chmod(place+"/dir", 0o770) }, dir: "dir", refused: "may be written to by others"},
		"it is a link": {
			prepare: func(place string) error { return os.Symlink(filepath.Dir(place), place+"/dir") }, dir: "dir", refused: "is a symbolic link"},
		"it is below a link": {
			prepare: func(place string) error { return os.Symlink(filepath.Dir(place), place+"/dir") }, dir: "dir/below", refused: "is a symbolic link"},
		"it is another user's": {
			prepare: func(place string) error { _ = os.Mkdir(place+"/dir", 0o700); return os.Chown(place+"/dir", 12345, -1) }, dir: "dir", root: true, refused: "belongs to user 12345"},
		"it is below another user's": {
			prepare: func(place string) error { _ = os.Mkdir(place+"/dir", 0o755); return os.Chown(place+"/dir", 12345, -1) }, dir: "dir/below", root: true, refused: "belongs to user 12345"},
	} {
		t.Run(name, func(t *testing.T) {
			if test.root && os.Geteuid() != 0 {
				t.Skip("needs root to give a directory away")
			}
			place := filepath.Join(t.TempDir(), "everybody")
			must(t, os.Mkdir(place, 0o700))
			must(t, os.Chmod(place, 0o777|os.ModeSticky))
			must(t, test.prepare(place))
			err := open(t, filepath.Join(place, test.dir), alice).Write(t.Context(), stopSent(web))
			switch {
			case test.refused == "" && err != nil:
				t.Error(err)
			case test.refused != "" && (err == nil || !strings.Contains(err.Error(), test.refused)):
				t.Errorf("got %v, want %q", err, test.refused)
			}
		})
	}
}

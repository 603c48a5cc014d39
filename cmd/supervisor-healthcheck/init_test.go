package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCallsOfInitThatAreRefused(t *testing.T) {
	dir := t.TempDir()
	path := func(name, text string) string {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return filepath.Join(dir, name)
	}
	there := path("there.conf", "kept")
	dangling := filepath.Join(dir, "link")
	if err := os.Symlink(filepath.Join(dir, "target"), dangling); err != nil {
		t.Fatal(err)
	}
	broken := path("broken.conf", "[supervisord]\nx\n")
	secret := path("secret.conf", "[supervisorctl]\nserverurl=http://me:s3cret@127.0.0.1:1\n")
	for line, want := range map[string]struct {
		status int
		says   string
	}{
		"init more":                                {exitUsage, `unexpected argument "more": it looks at all programs; to write a file, say --write more`},
		"init --wrong":                             {exitUsage, "unknown flag `wrong'"},
		"init --write " + there:                    {exitUsage, there + " exists, and nothing is written over it: name another file or move it away"},
		"init --write " + dangling:                 {exitUsage, dangling + " exists, and nothing is written over it: name another file or move it away"},
		"init -c " + dir + "/none":                 {exitUsage, dir + "/none cannot be read: no such file or directory"},
		"init -c " + broken:                        {exitUsage, broken + `:2: "x" is neither a section nor a setting; write [section] or key = value`},
		"init --serverurl nonsense":                {exitUsage, `"nonsense"`},
		"init --serverurl unix://" + dir + "/none": {exitUnasked, "supervisord at unix://" + dir + "/none cannot be asked: "},
		"init -c " + secret:                        {exitUnasked, "supervisord at http://127.0.0.1:1 cannot be asked: "},
		"init":                                     {exitUnasked, "supervisord at unix:///run/s.sock cannot be asked: "},
	} {
		t.Run(strings.ReplaceAll(line, dir, ""), func(t *testing.T) {
			got := call(t, nil, append([]string{"x"}, strings.Fields(line)...)...)
			if got.Status != want.status || got.Stdout != "" || !strings.HasPrefix(got.Stderr, "supervisor-healthcheck init: ") ||
				!strings.Contains(got.Stderr, want.says) || strings.Count(got.Stderr, "\n") != 1 || strings.Contains(got.Stderr, "s3cret") {
				t.Errorf("%+v", got)
			}
		})
	}
	if text, err := os.ReadFile(there); string(text) != "kept" || err != nil {
		t.Error(string(text), err)
	}
	if _, err := os.Lstat(filepath.Join(dir, "target")); err == nil {
		t.Error("a link was followed")
	}
}

func TestAFileThatComesMeanwhileIsNotWrittenOver(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.conf")
	if err := writeNew(path, "first", 0o644); err != nil {
		t.Fatal(err)
	}
	if err := writeNew(path, "second", 0o644); err == nil || err.Error() != occupied(path).Error() {
		t.Error(err)
	}
	if text, _ := os.ReadFile(path); string(text) != "first" {
		t.Error(string(text))
	}
}

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// linking is a folder with a binary and a folder for the links.
type linking struct{ binary, dir string }

func newLinking(t *testing.T) linking {
	t.Helper()
	root, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	l := linking{binary: filepath.Join(root, "supervisor-healthcheck"), dir: filepath.Join(root, "bin")}
	writeFile(t, l.binary)
	if err := os.Mkdir(l.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return l
}

func writeFile(t *testing.T, path string) {
	t.Helper()
	if err := os.WriteFile(path, nil, 0o755); err != nil {
		t.Fatal(err)
	}
}

func symlink(t *testing.T, target, path string) {
	t.Helper()
	if err := os.Symlink(target, path); err != nil {
		t.Fatal(err)
	}
}

func (l linking) call(executable, dir string) outcome {
	var stdout, stderr bytes.Buffer
	p := program{executable: func() (string, error) { return executable, nil }, stdout: &stdout, stderr: &stderr}
	status := p.main([]string{"x", "links", dir})
	return outcome{Status: status, Stdout: stdout.String(), Stderr: stderr.String()}
}

func (l linking) made(checks ...string) string {
	var b strings.Builder
	for _, check := range checks {
		b.WriteString("made " + filepath.Join(l.dir, "supervisor_"+check+"_check") + " -> " + l.binary + "\n")
	}
	return b.String()
}

func TestLinksMakesTheSevenLinks(t *testing.T) {
	l := newLinking(t)
	want := outcome{Stdout: l.made("http", "tcp", "xmlrpc", "memory", "cpu", "file", "complex")}
	if d := diff(want, l.call(l.binary, l.dir)); d != "" {
		t.Fatal(d)
	}
	for _, c := range commands() {
		if target, err := os.Readlink(filepath.Join(l.dir, c.link())); err != nil || target != l.binary {
			t.Errorf("%s: %q, %v", c.link(), target, err)
		}
	}
	if d := diff(outcome{Stdout: "every link is there already\n"}, l.call(l.binary, l.dir)); d != "" {
		t.Error("again:", d)
	}
}

func TestLinksMakesWhatIsMissing(t *testing.T) {
	l := newLinking(t)
	symlink(t, "../supervisor-healthcheck", filepath.Join(l.dir, "supervisor_http_check"))
	symlink(t, filepath.Join(l.dir, "supervisor_http_check"), filepath.Join(l.dir, "supervisor_file_check"))
	want := outcome{Stdout: l.made("tcp", "xmlrpc", "memory", "cpu", "complex")}
	if d := diff(want, l.call(filepath.Join(l.dir, "supervisor_http_check"), l.dir)); d != "" {
		t.Error("called by a link:", d)
	}
}

func TestLinksMakesNothingWhereANameIsTaken(t *testing.T) {
	for name, take := range map[string]func(l linking, path string){
		"by a file":            func(_ linking, path string) { writeFile(t, path) },
		"by another link":      func(l linking, path string) { symlink(t, l.dir, path) },
		"by a link to nowhere": func(_ linking, path string) { symlink(t, "nowhere", path) },
	} {
		t.Run(name, func(t *testing.T) {
			l := newLinking(t)
			path := filepath.Join(l.dir, "supervisor_file_check")
			take(l, path)
			want := outcome{Status: exitTrouble, Stderr: "supervisor-healthcheck links: " + path + " exists and is no link to " + l.binary +
				": move it away first; nothing was made\n"}
			if d := diff(want, l.call(l.binary, l.dir)); d != "" {
				t.Error(d)
			}
			if entries, _ := os.ReadDir(l.dir); len(entries) != 1 {
				t.Errorf("there is more than before: %v", entries)
			}
		})
	}
}

func TestLinksAreNamedForTheCommandsWhateverTheBinaryIsCalled(t *testing.T) {
	for binary, want := range map[string]string{"healthcheck-1.2": "supervisor_tcp_check", "healthcheck.exe": "supervisor_tcp_check.exe"} {
		l := newLinking(t)
		path := filepath.Join(filepath.Dir(l.binary), binary)
		writeFile(t, path)
		got := l.call(path, l.dir)
		if target, err := os.Readlink(filepath.Join(l.dir, want)); err != nil || target != path {
			t.Errorf("%s: %q, %v, %+v", binary, target, err, got)
		}
	}
}

func TestLinksNeedsADirectoryAndABinary(t *testing.T) {
	l := newLinking(t)
	for want, got := range map[string]outcome{
		l.binary + " is not a directory": l.call(l.binary, l.binary),
		"the directory cannot be used: stat " + l.dir + "/no: no such file or directory":  l.call(l.binary, l.dir+"/no"),
		"this program cannot be found: lstat " + l.dir + "/no: no such file or directory": l.call(l.dir+"/no", l.dir),
	} {
		if d := diff(outcome{Status: exitTrouble, Stderr: "supervisor-healthcheck links: " + want + "\n"}, got); d != "" {
			t.Error(d)
		}
	}
}

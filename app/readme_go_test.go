package app_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// compiles makes a module as the README says, beside this one, with every go block as a package.
func (r *readme) compiles(t *testing.T) {
	parent := t.TempDir()
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(root, filepath.Join(parent, programName)); err != nil {
		t.Fatal(err)
	}
	yours := filepath.Join(parent, "yours")
	for i, text := range r.in("go") {
		putFile(t, filepath.Join(yours, fmt.Sprintf("block%d", i), "block.go"), text)
	}
	putFile(t, filepath.Join(yours, "go.mod"), "module example.com/yours\n\ngo 1.26.0\n")
	// go mod tidy asks for what the tests of the dependencies need, which is in no cache the first time.
	runShell(t, yours, r.shell(t, embedCommand), "GOFLAGS=-mod=mod -buildvcs=false", "GOWORK=off")
	runShell(t, yours, "go vet ./... && go build ./... && test -z \"$(gofmt -l .)\"", "GOPROXY=off", "GOFLAGS=-buildvcs=false", "GOWORK=off")
}

// exemplifies finds every go block again in a test that is compiled with its package, so that it stands in the
// documentation of the package too.
func (r *readme) exemplifies(t *testing.T) {
	examples := map[string]string{
		"app.Main":      "example_test.go",
		"watchdog.New":  "../domain/watchdog/example_test.go",
		"heartbeat.New": "../adapters/heartbeat/example_test.go",
	}
	for _, text := range r.in("go") {
		_, body, _ := strings.Cut(text, "\n)\n") // what follows the imports
		name, found := "", false
		for call, file := range examples {
			if strings.Contains(body, call) {
				name, found = file, true
			}
		}
		switch {
		case !found:
			t.Errorf("no package has this as its example:\n%s", text)
		case strings.Contains(name, "heartbeat"): // the example there has another kind of work
		case !strings.Contains(sourceText(t, name), program(body)):
			t.Errorf("%s does not have this:\n%s", name, program(body))
		}
	}
}

func sourceText(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// program is the body of a program as it stands in an example, whatever that is called.
func program(body string) string {
	body = strings.TrimSpace(body)
	if inner, is := strings.CutPrefix(body, "func main() {"); is {
		return "() {" + inner
	}
	return body
}

func (r *readme) isShort(t *testing.T) {
	i := slices.IndexFunc(r.in("go"), func(text string) bool { return strings.Contains(text, "NewCheck") })
	if i < 0 {
		t.Fatal("no check of one's own is shown")
	}
	_, body, _ := strings.Cut(r.in("go")[i], "func main() {\n")
	body, _, _ = strings.Cut(body, "\n}\n")
	if lines := strings.Count(body, "\n") + 1; lines >= 20 {
		t.Errorf("a check of one's own takes %d lines", lines)
	}
}

func putFile(t testing.TB, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"supervisor-healthcheck/app/python"
)

func TestPythonWritesTheModule(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "supervisor_checks.py")
	write := func(dir string) outcome {
		var stdout, stderr bytes.Buffer
		p := program{stdout: &stdout, stderr: &stderr}
		status := p.main([]string{"x", "python", dir})
		return outcome{Status: status, Stdout: stdout.String(), Stderr: stderr.String()}
	}
	if d := diff(outcome{Stdout: "wrote " + path + "\n"}, write(dir)); d != "" {
		t.Error(d)
	}
	if d := diff(outcome{Stdout: path + " is there already\n"}, write(dir)); d != "" {
		t.Error(d)
	}
	first, _, _ := strings.Cut(python.Module, "\n")
	put := func(text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put(first + "\nan earlier one")
	if d := diff(outcome{Stdout: "wrote " + path + "\n"}, write(dir)); d != "" {
		t.Error(d)
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != python.Module {
		t.Errorf("%v, it has %d bytes", err, len(text))
	}
	put("# of somebody else")
	want := outcome{Status: exitTrouble, Stderr: "supervisor-healthcheck python: " + path + " exists and is another module: move it away first; nothing was written\n"}
	if d := diff(want, write(dir)); d != "" {
		t.Error(d)
	}
	if got := write(filepath.Join(dir, "none")); got.Status != exitTrouble || !strings.Contains(got.Stderr, "supervisor-healthcheck python: the directory cannot be used: ") {
		t.Errorf("%+v", got)
	}
	if all, err := os.ReadDir(dir); err != nil || len(all) != 1 {
		t.Errorf("%v, %v", all, err)
	}
}

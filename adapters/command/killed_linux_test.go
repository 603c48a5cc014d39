package command_test

import (
	"os"
	"path/filepath"
	"testing"
)

// A listener that is killed cannot end its commands: the kernel does.
func TestAKilledListenerLeavesNoCommand(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "pid")
	listener := self("listener", file)
	if err := listener.Start(); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "the command", func() bool { text, _ := os.ReadFile(file); return len(text) > 0 })
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	command := pid(t, string(text))
	if !alive(command) {
		t.Error("the command has ended before its listener")
	}
	if err := listener.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = listener.Wait()
	waitGone(t, command)
}

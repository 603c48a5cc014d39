package gopsutil

import (
	"errors"
	"os"
	"syscall"
	"testing"

	"supervisor-healthcheck/domain"
)

// The effective user counts, as whom a process makes its files, however it came to be that.
func TestOwner(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can be another user")
	}
	other := player("")
	other.Path = "/bin/sh" // the binary of the test lies in a folder of root's
	other.Args = []string{"sh", "-c", "echo $$; read end"}
	other.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 64001, Gid: 64001}}
	theirs, _, _ := start(t, other, 1)
	dropped, _, _ := start(t, player("dropped"), 1)
	gone, _, end := start(t, player(""), 1)
	end()
	for way, s := range map[string]*Stats{"fast": {ways: onlyFast(), lookups: noLookup}, "new": New(), "portable": portable()} {
		for pid, want := range map[int]int{os.Getpid(): 0, theirs: 64001, dropped: 64001} {
			if got, err := s.Owner(t.Context(), pid); got != want || err != nil {
				t.Errorf("%s: process %d belongs to %d, %v; want %d", way, pid, got, err, want)
			}
		}
		if got, err := s.Owner(t.Context(), gone); got != 0 || !errors.Is(err, domain.ErrGone) {
			t.Errorf("%s: a process that is gone belongs to %d, %v", way, got, err)
		}
	}
}

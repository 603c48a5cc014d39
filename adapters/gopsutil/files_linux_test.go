package gopsutil

import (
	"errors"
	"os"
	"testing"

	"supervisor-healthcheck/domain"
)

func TestAFileStaysOpenWhileItsProcessIsMeasuredInEveryRound(t *testing.T) {
	s := New()
	pid, _, end := start(t, player(""), 1)
	held := s.ways[0].(procfs).files
	before := openFiles(t)
	for range 3 * idleRounds {
		if _, err := s.Memory(s.Round(t.Context(), []int{pid}), pid); err != nil {
			t.Fatal(err)
		}
	}
	if open := openFiles(t) - before; open != 1 {
		t.Errorf("%d files are open, want 1", open)
	}
	end()
	if _, err := s.Memory(t.Context(), pid); !errors.Is(err, domain.ErrGone) {
		t.Errorf("the process has ended, and measuring it says %v", err)
	}
	if len(held.files) != 0 {
		t.Errorf("%d files of a process that has ended are open", len(held.files))
	}
}

func TestAFileThatIsNotReadAnyMoreIsClosed(t *testing.T) {
	s := New()
	before := openFiles(t)
	if _, err := s.CPUTime(s.Round(t.Context(), nil), os.Getpid()); err != nil {
		t.Fatal(err)
	}
	for range 3 * idleRounds {
		s.Round(t.Context(), nil)
	}
	if open := openFiles(t) - before; open != 0 {
		t.Errorf("%d files are open", open)
	}
}

func TestHeldFilesAreBounded(t *testing.T) {
	o := newHeldFiles()
	o.most = 1
	var buf [bufferSize]byte
	for range 2 {
		for _, name := range []procFile{fileStatm, fileStat} {
			if text, err := o.read(buf[:], os.Getpid(), name); err != nil || len(text) == 0 {
				t.Errorf("%s: %q, %v", name.path(), text, err)
			}
		}
	}
	if len(o.files) != 1 {
		t.Errorf("%d files are held, want 1", len(o.files))
	}
}

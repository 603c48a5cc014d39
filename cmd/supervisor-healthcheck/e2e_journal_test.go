package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestAnObstacleToTheJournalHoldsNothingUp holds the lock of the journal as a frozen listener would. Restarts go on, the
// listener ends without waiting for it, and when the lock is given back the journal is used again.
func TestAnObstacleToTheJournalHoldsNothingUp(t *testing.T) {
	t.Parallel()
	s := newStage(t, play{flags: "--restart-limit 50/1h"})
	unlock := s.locks()
	s.fails()
	s.says(1, msgRestarted, of(s.job))
	s.said(1, msgNoJournal, because("another listener holds its lock"))
	s.fails()
	s.says(2, msgRestarted, of(s.job))
	s.said(1, msgNoJournal)
	if s.kept("histories") {
		t.Error("the lock was not heeded")
	}
	unlock()
	s.fails()
	s.says(1, msgJournalWorks)
	s.eventually(func() bool { return s.kept("histories") }, "the journal is written")
	s.forgotten()

	unlock = s.locks()
	s.fails()
	s.says(4, msgRestarted, of(s.job))
	began := time.Now()
	s.rpc("supervisor.stopProcess", "check:check", true)
	if took := time.Since(began); took > 6*time.Second { // it would wait for 8.5 s for what is owed
		t.Errorf("the end took %v", took)
	}
	if want := "stopped: check (exit status 0)"; !strings.Contains(s.log(), want) {
		t.Errorf("supervisord does not say %q", want)
	}
	s.rpc("supervisor.startProcess", "check:check", true) // a life that begins with the obstacle
	s.fails()
	s.says(5, msgRestarted, of(s.job))
	unlock()
}

// locks holds the lock of the journal until it is told to give it back.
func (s *stage) locks() (unlock func()) {
	s.t.Helper()
	files, _ := filepath.Glob(s.path("state/*.lock"))
	if len(files) != 1 {
		s.t.Fatalf("got the lock files %v", files)
	}
	f, err := os.Open(files[0])
	if err == nil {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = f.Close() })
	return func() { _ = f.Close() }
}

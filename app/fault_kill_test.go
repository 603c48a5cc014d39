package app_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/mocks/supervisord"
)

// held is a call that is never answered.
func held(method string, done bool) supervisord.Rule {
	return supervisord.Rule{Method: method, Delay: time.Hour, DoIt: done}
}

func TestTheNextLifeFinishesWhatAKilledListenerHasBegun(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		method string
		done   bool         // the call that it is killed in is carried out
		when   domain.State // of the service
		stops  int
	}{
		"killed in the list":                             {listAll, false, domain.Running, 1},
		"killed while it asks who answers":               {whatPID, false, domain.Running, 1},
		"killed while it asks for the settings":          {settings, false, domain.Running, 1},
		"killed in the last look before the stop":        {look, false, domain.Running, 1},
		"killed in a stop that is not carried out":       {stop, false, domain.Running, 2},
		"killed in a stop that is carried out":           {stop, true, domain.Running, 1},
		"killed in a look while the service is STOPPING": {look, false, domain.Stopping, 1},
		"killed in a start that is not carried out":      {start, false, domain.Running, 1},
		"killed in a start that is carried out":          {start, true, domain.Running, 1},
		"killed in a look while the service is STARTING": {look, false, domain.Starting, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := set(t, accompanied, slowly)
			if c.when == domain.Running {
				s.Force(held(c.method, c.done))
			}
			s.ail("web", "unwell")
			if c.when != domain.Running {
				s.untilState("web", domain.Stopping)
				s.untilState("web", c.when)
				s.Force(held(c.method, c.done))
			}
			before := s.asked(c.method)
			s.until("the call is held", func() bool { return s.asked(c.method) > before })
			s.ClearRules() // which does not end what is held already
			s.killed()
			s.untilRevived("web")
			if diff := cmp.Diff(ending{State: "RUNNING", Lives: 2, Stops: c.stops, Another: true}, s.ending()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// killed ends the listener and waits for its next life.
func (s *stage) killed() {
	s.t.Helper()
	before := s.ListenerState().PID
	if err := s.KillListener(); err != nil {
		s.t.Fatal(err)
	}
	s.until("the next life of the listener", func() bool {
		now := s.ListenerState()
		return now.PID != 0 && now.PID != before && now.Accepts()
	})
}

func TestARestartIsFinishedThoughItsSupervisordCouldNotSayWhoItWas(t *testing.T) {
	t.Parallel()
	s := set(t)
	s.Force(supervisord.Rule{Method: whatPID, Fault: 1, Times: 3})
	s.Force(held(start, false))
	s.ail("web", "unwell")
	s.untilAsked(start)
	s.ClearRules()
	s.killed()
	s.untilRevived("web")
	if diff := cmp.Diff(ending{State: "RUNNING", Lives: 2, Stops: 1, Another: true}, s.ending()); diff != "" {
		t.Error(diff)
	}
}

// The lock may be somebody else's for longer than a restart waits, as on a machine with a high load.
func TestTheNextLifeFinishesWhatWasBegunWhileTheJournalWasLocked(t *testing.T) {
	t.Parallel()
	s := set(t, accompanied)
	unlock := s.lockJournal()
	s.Force(held(start, false))
	s.ail("web", "unwell")
	s.untilAsked(start)
	s.ClearRules()
	s.killed()
	unlock()
	s.untilRevived("web")
	if diff := cmp.Diff(ending{State: "RUNNING", Lives: 2, Stops: 1, Another: true}, s.ending()); diff != "" {
		t.Error(diff)
	}
}

// lockJournal holds the lock of the journal, as another listener would that is suspended while it writes.
func (s *stage) lockJournal() (unlock func()) {
	s.t.Helper()
	var files []string
	s.until("the journal was used", func() bool {
		files, _ = filepath.Glob(filepath.Join(s.dir, "state", "*.lock"))
		return len(files) == 1
	})
	lock, err := os.OpenFile(files[0], os.O_RDWR, 0)
	if err == nil {
		err = unix.Flock(int(lock.Fd()), unix.LOCK_EX)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return func() { _ = lock.Close() }
}

func TestAListenerThatIsKilledOverAndOverLosesNothing(t *testing.T) {
	t.Parallel()
	s := set(t)
	s.ail("web", "unwell")
	s.until("a stop is sent", func() bool { return s.asked(stop) > 0 })
	for range 5 {
		s.killed()
	}
	s.untilRevived("web")
	if diff := cmp.Diff(ending{State: "RUNNING", Lives: 2, Stops: 1, Another: true}, s.ending()); diff != "" {
		t.Error(diff)
	}
}

// newSupervisord ends supervisord at once, between a stop and a start, and puts another in its place.
func (s *stage) newSupervisord(autostart bool) {
	s.t.Helper()
	s.Force(supervisord.Rule{Method: start, Status: 500})
	s.ail("web", "unwell")
	s.until("a start is tried", func() bool { return s.asked(start) > 0 })
	s.Crash()
	s.until("the listener ends", func() bool { return s.ListenerState().PID == 0 })
	s.config.Programs[0].AutoStart = autostart
	s.open()
}

func TestARestartIsNotFinishedUnderAnotherSupervisord(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		autostart bool
		want      ending
	}{
		"which has it stopped":         {false, ending{State: "STOPPED", Lives: 1}},
		"which has started it already": {true, ending{State: "RUNNING", Lives: 2, Another: true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := set(t, func(s *stage, _ *orders) { s.config.Dir = shortDir(t) })
			s.newSupervisord(c.autostart)
			s.until("the restart is over", s.over)
			if diff := cmp.Diff(c.want, s.ending()); diff != "" {
				t.Error(diff)
			}
			if s.asked(start) != 0 {
				t.Error("it was started")
			}
		})
	}
}

// shortDir is a directory for a socket, whose path must be short.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "shc")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

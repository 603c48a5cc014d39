package app_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// fed has the listener hear of all that happens to processes.
func fed(s *stage, _ *orders) {
	s.config.Listener.Events = []string{"TICK_5", "PROCESS_STATE"}
	s.config.Listener.BufferSize = 1000 // none is lost on a busy machine
}

// aboutWeb are the methods that were called about web since the calls were forgotten, in their order, and how long that took.
func (s *stage) aboutWeb() (methods []string, took time.Duration) {
	var first time.Time
	for _, c := range s.Calls() {
		if len(c.Args) > 0 && c.Args[0] == "web:web" {
			methods = append(methods, c.Method)
			if first.IsZero() {
				first = c.At
			}
			took = c.At.Sub(first)
		}
	}
	return methods, took
}

// untilTold waits for a round in which supervisord is asked nothing: the listener knows then that it is told everything.
func (s *stage) untilTold() {
	s.t.Helper()
	s.until("a round in which nothing is asked", func() bool {
		s.ResetCalls()
		s.rounds(2)
		return len(s.Calls()) == 0
	})
}

// On a busy machine a stop may take so long that it is asked whether an update is under way, or a restart so long that looks follow in
// case that an event was lost. Then the next one is watched.
func TestARestartAsksForNothingThatEventsTell(t *testing.T) {
	t.Parallel()
	s := set(t, accompanied, fed)
	s.until("its processes are known", func() bool { return s.log.tells(msgWatching) > 0 })
	for n, deadline := 1, time.Now().Add(patient); ; n++ {
		s.untilTold()
		s.ail("web", "unwell")
		s.until("a restart", func() bool { return s.log.tells(msgRestarted) >= n })
		got, took := s.aboutWeb()
		if took >= 500*time.Millisecond && time.Now().Before(deadline) {
			continue
		}
		for len(got) > 0 && got[len(got)-1] == look { // of the next round
			got = got[:len(got)-1]
		}
		// Where the process has ended before the look that follows its stop, STOPPED tells nothing new.
		want := []string{look, stop, look, look, start}
		if diff := cmp.Diff(want, got); diff != "" && !slices.Equal(got, []string{look, stop, look, start}) {
			t.Errorf("what was asked about web in %s (-want +got):\n%s", took, diff)
		}
		if n := s.asked(listAll); n > 0 {
			t.Errorf("all processes were listed %d times", n)
		}
		return
	}
}

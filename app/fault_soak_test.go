package app_test

import (
	"fmt"
	"os"
	"regexp"
	"testing"

	"supervisor-healthcheck/mocks/supervisord"
)

func TestThreeHundredRoundsLeaveNothingBehind(t *testing.T) {
	t.Parallel()
	s := set(t, ticksByHand, func(s *stage, o *orders) {
		o.LogLevel = "debug"
		for i := range 20 {
			name := fmt.Sprintf("extra%02d", i)
			s.config.Programs = append(s.config.Programs, supervisord.Program{Name: name, AutoStart: true, Command: []string{"sleep", "1000"}})
			o.Select = append(o.Select, name)
		}
	})
	s.tickUntil("30 rounds", func() bool { return s.asked(listAll) >= 30 })
	before := s.burden()
	s.tickUntil("300 more", func() bool { return s.asked(listAll) >= 330 })
	after := s.burden()
	if after.files > before.files+2 || after.goroutines > before.goroutines+5 || after.threads > before.threads+4 {
		t.Errorf("%+v before, %+v after", before, after)
	}
	s.lostNothing()
}

// burden is what a listener holds.
type burden struct{ files, threads, goroutines int }

func (s *stage) burden() burden {
	s.t.Helper()
	proc := fmt.Sprintf("/proc/%d/", s.ListenerState().PID)
	files, err := os.ReadDir(proc + "fd")
	if os.IsNotExist(err) {
		s.t.Skip("there is no /proc")
	}
	if err != nil {
		s.t.Fatal(err)
	}
	threads, err := os.ReadDir(proc + "task")
	if err != nil {
		s.t.Fatal(err)
	}
	return burden{files: len(files), threads: len(threads), goroutines: s.fewestGoroutines()}
}

// fewestGoroutines is the least number that the last checks have told: how many are at work depends on the moment.
func (s *stage) fewestGoroutines() int {
	s.t.Helper()
	told := regexp.MustCompile(`goroutines=(\d+)`).FindAllStringSubmatch(s.log.String(), -1)
	least := 1 << 30
	for _, match := range told[max(0, len(told)-200):] {
		var n int
		if _, err := fmt.Sscan(match[1], &n); err != nil {
			s.t.Fatal(err)
		}
		least = min(least, n)
	}
	return least
}

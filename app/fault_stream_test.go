package app_test

import (
	"io"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/mocks/supervisord"
)

func TestEventsAreAnsweredWhileACheckHangs(t *testing.T) {
	t.Parallel()
	s := set(t, accompanied, ticksByHand)
	s.ail("db", "hang")
	s.ail("web", "unwell")
	s.tickUntil("web runs again", func() bool { return len(s.lives("web")) == 2 })
	s.ticks(20)
	s.lostNothing()
}

// ticksByHand sends ticks only when the test says so: as many at a time as the listener can take on a busy machine.
func ticksByHand(s *stage, _ *orders) { s.config.TickEvery = 0 }

// ticks sends so many ticks, each as soon as the last has been answered.
func (s *stage) ticks(n int) {
	s.t.Helper()
	for range n {
		before := s.answered()
		s.Tick(period)
		s.until("the tick is answered", func() bool { return s.answered() > before })
	}
}

func (s *stage) tickUntil(what string, condition func() bool) {
	s.t.Helper()
	s.until(what, func() bool {
		s.ticks(1)
		return condition()
	})
}

// lostNothing fails the test if an event was rejected or had to be dropped.
func (s *stage) lostNothing() {
	s.t.Helper()
	for _, d := range s.Deliveries() {
		if d.Result != "OK" && !d.Answered.IsZero() {
			s.t.Errorf("%s was rejected: %q", d.Payload, d.Result)
		}
	}
	if got := s.ListenerState().Overflowed; got != 0 {
		s.t.Errorf("%d events were lost", got)
	}
}

func TestNoiseOnStdinIsSkipped(t *testing.T) {
	t.Parallel()
	for name, noise := range map[string]string{
		"lines":                    "what\nis this\n",
		"no line":                  "what is this ",
		"half a header":            "ver:3.0 server:supervisor serial:9 pool:health poolserial:9 eventname:TICK_5 len:\n",
		"bytes that are not UTF-8": "\xff\xfe\x00\n",
		"more than a pipe holds":   strings.Repeat("x", 100_000) + "\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := set(t)
			if err := s.Noise([]byte(noise)); err != nil {
				t.Fatal(err)
			}
			s.rounds(2)
			s.ail("web", "unwell")
			s.untilRevived("web")
			if diff := cmp.Diff(ending{State: "RUNNING", Lives: 2, Stops: 1, Another: true}, s.ending()); diff != "" {
				t.Error(diff)
			}
			if n := s.log.tells(msgOutOfStep); n != 1 {
				t.Errorf("the noise is said %d times", n)
			}
		})
	}
}

func TestACheckThatPrintsDoesNotBreakTheProtocol(t *testing.T) {
	t.Parallel()
	s := set(t)
	s.ail("web", "shout")
	s.untilRevived("web")
	if got := s.ending(); got.State != "RUNNING" || s.ListenerState().State == supervisord.Unknown {
		t.Errorf("%+v, listener %+v", got, s.ListenerState())
	}
	s.until("the log has what the check prints", func() bool { return s.log.count("a check that prints") > 0 })
}

func TestAStderrThatNobodyReadsHoldsNothingUp(t *testing.T) {
	t.Parallel()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	defer write.Close()
	s := set(t, ticksByHand, func(s *stage, o *orders) {
		s.config.Listener.Stderr = write
		o.LogLevel, o.Reason = "debug", 100_000
	})
	s.tickUntil("enough is said", func() bool { return s.asked(look) >= 25 })
	s.ail("web", "unwell")
	s.tickUntil("web runs again", func() bool { return len(s.lives("web")) == 2 && s.process("web").State == domain.Running })
	s.lostNothing()
	go io.Copy(s.log, read) //nolint:errcheck // it ends with the pipe
	s.untilSaid(msgLinesDropped, ofLines())
	before := s.log.tells(msgChecked)
	s.tickUntil("the log goes on", func() bool { return s.log.tells(msgChecked) > before })
}

package app_test

import (
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/mocks/supervisord"
)

func TestCredentialsAreAskedForInOneSentence(t *testing.T) {
	t.Parallel()
	const cure = "; set SUPERVISOR_USERNAME and SUPERVISOR_PASSWORD in environment= of the listener's section"
	for name, c := range map[string]struct {
		env  []string
		says string
		want ending
	}{
		"missing": {nil, "supervisord asks for a user name and a password" + cure, ending{State: "RUNNING", Lives: 1}},
		"wrong": {[]string{"SUPERVISOR_USERNAME=admin", "SUPERVISOR_PASSWORD=wr0ng"},
			"supervisord refuses this user name or password" + cure, ending{State: "RUNNING", Lives: 1}},
		"right": {[]string{"SUPERVISOR_USERNAME=admin", "SUPERVISOR_PASSWORD=s3cret"}, "",
			ending{State: "RUNNING", Lives: 2, Stops: 1, Another: true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := set(t, func(s *stage, _ *orders) {
				s.config.Username, s.config.Password = "admin", "s3cret"
				s.config.Listener.Env = c.env
			})
			pid := s.ListenerState().PID
			s.ail("web", "unwell")
			if c.says == "" {
				s.untilRevived("web")
			}
			s.rounds(5)
			if diff := cmp.Diff(c.want, s.ending()); diff != "" {
				t.Error(diff)
			}
			if got := s.ListenerState().PID; got != pid {
				t.Errorf("the listener did not stay alive: pid %d, not %d", got, pid)
			}
			if n := s.log.count(cure); (n == 1) != (c.says != "") || s.log.count(c.says) == 0 {
				t.Errorf("the cure is said %d times", n)
			}
			if s.log.count("s3cret")+s.log.count("wr0ng") > 0 {
				t.Error("the log has the password")
			}
		})
	}
}

func TestTheSocketVanishesDuringARestartAndReturns(t *testing.T) {
	t.Parallel()
	s := set(t, slowly)
	s.Force(supervisord.Rule{Method: start, Cut: true, Times: 1})
	s.ail("web", "unwell")
	s.untilState("web", domain.Stopping)
	s.human(s.Vanish)
	s.untilState("web", domain.Stopped)
	s.untilSaid("the socket is not there")
	s.human(s.Return)
	s.untilRevived("web")
	if diff := cmp.Diff(ending{State: "RUNNING", Lives: 2, Stops: 1, Another: true}, s.ending()); diff != "" {
		t.Error(diff)
	}
}

func TestAServiceComesBackThoughSupervisordHangs(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		when domain.State
		call string               // if any, it is on its way when supervisord begins to hang
		late func(s *stage) error // what is carried out of it as soon as supervisord goes on
		want ending
	}{
		"in a stop that is lost": {call: stop, want: ending{State: "RUNNING", Lives: 2, Stops: 2, Another: true}},
		"in a stop that is carried out late": {call: stop, want: ending{State: "RUNNING", Lives: 2, Stops: 1, Another: true},
			late: func(s *stage) error { return s.StopProcess("web", false) }},
		"while it is STOPPING":    {when: domain.Stopping, want: ending{State: "RUNNING", Lives: 2, Stops: 1, Another: true}},
		"in a start that is lost": {call: start, want: ending{State: "RUNNING", Lives: 2, Stops: 1, Another: true}},
		"in a start that is carried out late": {call: start, want: ending{State: "RUNNING", Lives: 2, Stops: 1, Another: true},
			late: func(s *stage) error { return s.StartProcess("web", false) }},
		"while it is STARTING": {when: domain.Starting, want: ending{State: "RUNNING", Lives: 2, Stops: 1, Another: true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := set(t, accompanied, slowly)
			s.hang(c.call, c.when)
			s.untilSaid("gave no complete answer within")
			done := make(chan error, 1)
			go func() {
				if c.late != nil {
					done <- c.late(s)
				}
				close(done)
			}()
			s.Thaw()
			s.ClearRules()
			if err := <-done; err != nil {
				t.Fatal(err)
			}
			s.untilRevived("web")
			if diff := cmp.Diff(c.want, s.ending()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// hang freezes supervisord in a call of a restart, or when the service is in a state.
func (s *stage) hang(call string, when domain.State) {
	s.t.Helper()
	if call != "" {
		s.Force(supervisord.Rule{Method: call, Delay: 100 * time.Millisecond}) // time to freeze it
	}
	s.ail("web", "unwell")
	if call != "" {
		s.untilAsked(call)
	} else {
		s.untilState("web", domain.Stopping)
		s.untilState("web", when)
	}
	s.Freeze()
}

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
			if n := s.log.count("out of step"); n != 1 {
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
	s.untilSaid("a check that prints")
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
	dropped := regexp.MustCompile(`msg="log lines were dropped" lines=\d+`)
	s.until("it is said how many lines were dropped", func() bool { return dropped.MatchString(s.log.String()) })
	before := s.log.count("msg=checked")
	s.tickUntil("the log goes on", func() bool { return s.log.count("msg=checked") > before })
}

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

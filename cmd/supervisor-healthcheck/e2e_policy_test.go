package main

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

func TestASlowBooterComesUpWithAGraceAndOnlyThen(t *testing.T) {
	t.Parallel()
	t.Run("with", func(t *testing.T) {
		t.Parallel()
		s := newStage(t, play{served: true, command: "{bin}/fixture web {port} {dir}/boot", flags: "--start-grace 60"})
		before := s.pid(s.job)
		for range 3 {
			s.round(s.job)
		}
		s.says(3, msgChecked, of(s.job), found("unhealthy"))
		if err := os.WriteFile(s.path("boot"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		s.ticksUntil(func() bool { return len(s.lines(msgChecked, of(s.job), found("healthy"))) > 0 })
		if s.pid(s.job) != before {
			t.Error("it was restarted")
		}
		s.said(1, inGrace())
		s.sicken(s.job, "") // the first time that it was well has ended the grace
		s.tick(5)
		s.restartedOnce(s.job, before)
	})
	t.Run("without", func(t *testing.T) {
		t.Parallel()
		s := newStage(t, play{served: true, command: "{bin}/fixture web {port} {dir}/boot"})
		s.ticksUntil(func() bool { return s.restarts(s.job) >= 3 })
		s.said(0, of(s.job), found("healthy"))
	})
}

// ticksUntil ticks until it is so.
func (s *stage) ticksUntil(so func() bool) {
	s.t.Helper()
	s.ticking(so, "it is so after many ticks")
}

func TestAServiceThatAlwaysFailsIsRestartedAsOftenAsTheLimitAllows(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		listener []string
		unseen   bool // only ticks tell of what a human does
	}{
		"with the events of processes":    {listener: []string{"events=TICK_5,PROCESS_STATE"}},
		"without the events of processes": {unseen: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, play{flags: "--restart-limit 3/1h", listener: test.listener})
			s.gate.answer(503)
			s.exhausted(3)
			s.said(1, givenUpAfter(3, "1h"))

			s.rpc("supervisor.stopProcess", s.job, true)
			if test.unseen {
				s.round(s.other)
			}
			s.rpc("supervisor.startProcess", s.job, true)
			s.exhausted(6)
			s.said(1, msgRearmed, of(s.job))
			s.said(2, givenUp())
		})
	}
}

// exhausted ticks until the job has been restarted so many times in all, and then some more.
func (s *stage) exhausted(limit int) {
	s.t.Helper()
	s.ticksUntil(func() bool { return s.restarts(s.job) >= limit })
	s.ticksUntil(func() bool { return len(s.lines(givenUp())) >= limit/3 })
	pid := s.pid(s.job)
	for range 4 {
		s.round(s.job, s.other)
	}
	if s.pid(s.job) != pid || s.restarts(s.job) != limit || len(s.lines(msgStop)) != limit {
		s.t.Errorf("it was restarted %d times, and the limit is %d", s.restarts(s.job), limit)
	}
}

func TestAGiveUpSurvivesTheListener(t *testing.T) {
	t.Parallel()
	s := newStage(t, play{flags: "--restart-limit 2/1h", listener: []string{"events=TICK_5,PROCESS_STATE"}})
	s.gate.answer(503)
	s.ticksUntil(func() bool { return s.restarts(s.job) == 1 })
	s.killListener() // the next life knows of one restart
	s.ticksUntil(func() bool { return len(s.lines(givenUp())) == 1 })
	s.eventually(func() bool { return s.kept("given_up") }, "the give-up is kept")
	s.killListener() // the next life knows that it is given up
	for range 3 {
		s.round(s.job, s.other)
	}
	if restarts := s.restarts(s.job); restarts != 2 {
		t.Errorf("it was restarted %d times, and the limit is 2", restarts)
	}
	s.said(2, givenUp())
}

func TestPatienceCountsFailuresInARow(t *testing.T) {
	t.Parallel()
	s := newStage(t, play{flags: "--failures 3"})
	before := s.pid(s.job)
	for _, status := range []int{503, 503, 200, 503, 503} {
		s.gate.answer(status)
		s.round(s.job, s.other)
	}
	s.said(2, atFailure(1, 3))
	s.said(2, atFailure(2, 3))
	s.said(0, msgStop)
	s.fails()
	s.restartedOnce(s.job, before)
	s.said(1, restartAfter(3))
}

func TestThereIsAPauseBetweenRestarts(t *testing.T) {
	t.Parallel()
	s := newStage(t, play{flags: "--backoff 3s..1h"})
	s.gate.answer(503)
	s.ticksUntil(func() bool { return s.restarts(s.job) == 3 })
	stops := s.lines(msgStop)
	first, second := stops[1].Time.Sub(stops[0].Time), stops[2].Time.Sub(stops[1].Time)
	if first < 3*time.Second || second < 6*time.Second {
		t.Errorf("the pauses were %s and %s", first, second)
	}
	s.says(2, inPause())
}

func TestTheObserverRestartsNothing(t *testing.T) {
	t.Parallel()
	s := newStage(t, play{flags: "--mode observe"})
	s.gate.answer(503)
	s.quiet(3, s.job, s.other)
	s.said(0, msgStop)
	s.says(1, wouldRestartAtOnce())
	s.gate.answer(200)
	s.rests()
}

func TestTheActionIsASignal(t *testing.T) {
	t.Parallel()
	s := newStage(t, play{flags: "--action signal:HUP",
		command: `sh -c "trap 'echo hup >> {dir}/hups' HUP; touch {dir}/trap; while :; do sleep 0.1; done"`})
	s.eventually(func() bool { _, err := os.Stat(s.path("trap")); return err == nil }, "the trap is set")
	before := s.pid(s.job)
	s.fails()
	s.until("hups", "hup\n", 1)
	s.says(1, msgSignalSent, ofSignal("HUP"))
	s.rests()
	if s.pid(s.job) != before || strings.Count(s.file("hups"), "hup\n") != 1 {
		t.Errorf("pid %d then and %d now, signals: %q", before, s.pid(s.job), s.file("hups"))
	}
	s.said(0, msgStop)
}

func TestWhatAHumanStoppedIsLeftAlone(t *testing.T) {
	t.Parallel()
	for name, listener := range map[string][]string{
		"with the events of processes": {"events=TICK_5,PROCESS_STATE"}, "without the events of processes": nil,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, play{flags: "--recover fatal,exited,backoff", listener: listener})
			s.round(s.job, s.other)
			s.rpc("supervisor.stopProcess", s.job, true)
			s.gate.answer(503)
			s.rests()
			s.killListener()
			s.rests()
			if state := s.state(s.job); state != "STOPPED" {
				t.Errorf("%s is %s", s.job, state)
			}
			s.said(0, of(s.job), decision())
		})
	}
}

func TestWhatDoesNotRunIsRecoveredIfThePolicySaysSo(t *testing.T) {
	t.Parallel()
	fatal := play{command: `sh -c "test -e {dir}/cured && exec sleep 1000"`, program: []string{"startsecs=1", "startretries=0"}}
	for name, test := range map[string]struct {
		play
		recover string
		dead    string // the state before
		started bool
	}{
		"FATAL":                   {play: fatal, recover: "fatal", dead: "FATAL", started: true},
		"FATAL, not to be":        {play: fatal, recover: "exited", dead: "FATAL"},
		"EXITED":                  {play: exits(3), recover: "exited", dead: "EXITED", started: true},
		"EXITED as is expected":   {play: exits(4), recover: "exited", dead: "EXITED"},
		"EXITED, not to be":       {play: exits(3), recover: "fatal", dead: "EXITED"},
		"FATAL, only if observed": {play: fatal, recover: "fatal --mode observe", dead: "FATAL"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.flags = "--recover " + test.recover
			s := raise(t, test.play)
			s.ready(s.other)
			s.becomes(test.dead)
			if err := os.WriteFile(s.path("cured"), nil, 0o600); err != nil {
				t.Fatal(err)
			}
			if !test.started {
				s.rests()
				return
			}
			s.round(s.job, s.other)
			s.says(1, of(s.job), decision(), because(whyItIs+test.dead))
			s.becomes("RUNNING")
			s.says(1, msgRestarted, of(s.job))
			s.rests()
			s.said(0, msgStop)
		})
	}
}

// exits is a job whose first life ends with this status; expected are 0 and 4.
func exits(status int) play {
	return play{command: fmt.Sprintf(`sh -c "test -e {dir}/ran && exec sleep 1000; touch {dir}/ran; exit %d"`, status),
		program: []string{"autorestart=false", "exitcodes=0,4"}}
}

func TestARecoveryThatDoesNotHelpIsSaid(t *testing.T) {
	t.Parallel()
	s := raise(t, play{flags: "--recover fatal --restart-limit 2/1h",
		command: `sh -c "exit 5"`, program: []string{"startsecs=30", "startretries=0"}})
	s.ready(s.other)
	s.becomes("FATAL")
	s.ticksUntil(func() bool { return len(s.lines(givenUp())) > 0 })
	// The fault is for a program that ends before supervisord has answered.
	late, atOnce := len(s.lines(msgNotStarted, because(whyGivenUpStart))), len(s.lines(msgNotStarted, because(whySpawnError)))
	if late+atOnce != 2 {
		t.Errorf("it is said %d times that it was not started, want twice", late+atOnce)
	}
	for range 3 {
		s.round(s.other)
	}
	if spawned := strings.Count(s.log(), "spawned: '"+strings.TrimPrefix(s.job, "crew:")+"'"); spawned != 3 {
		t.Errorf("it was spawned %d times, want 3", spawned)
	}
}

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestARestartIsDroppedWhenSomethingHappensWhileTheCheckRuns(t *testing.T) {
	t.Parallel()
	stubborn := play{command: "{bin}/fixture stubborn", program: []string{"stopwaitsecs=2"}}
	for name, test := range map[string]struct {
		play
		meanwhile func(*stage)
		why       string // of the drop
		state     string // of the job in the end
	}{
		"a human stops it": {
			meanwhile: func(s *stage) { s.rpc("supervisor.stopProcess", s.job, true) },
			why:       whyItIs + "STOPPED" + whyByNow, state: "STOPPED"},
		"a human is stopping it": {play: stubborn,
			meanwhile: func(s *stage) { s.rpc("supervisor.stopProcess", s.job, false) },
			why:       whyByNow, state: "STOPPED"},
		"a human restarts it": {
			meanwhile: func(s *stage) {
				s.rpc("supervisor.stopProcess", s.job, true)
				s.rpc("supervisor.startProcess", s.job, true)
			},
			why: whyAnotherLife, state: "RUNNING"},
		"it dies and supervisord starts it again": {
			meanwhile: func(s *stage) {
				before := s.pid(s.job)
				_ = syscall.Kill(before, syscall.SIGKILL)
				s.eventually(func() bool { now := s.pid(s.job); return now != 0 && now != before }, "%s has a new pid", s.job)
				s.becomes("RUNNING")
			},
			why: whyAnotherLife, state: "RUNNING"},
		"its group is removed": {play: play{listener: []string{"events=TICK_5,PROCESS_GROUP"}},
			meanwhile: func(s *stage) {
				s.rpc("supervisor.stopProcessGroup", "crew", true)
				s.rpc("supervisor.removeProcessGroup", "crew")
			},
			why: whyUnknown},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, test.play)
			s.gate.hold(503)
			s.tick(5)
			s.eventually(func() bool { return s.gate.held() == 1 }, "%s is being checked", s.job)
			test.meanwhile(s)
			s.gate.open()
			s.says(1, msgDropped, because(test.why))
			s.becomes(test.state)
			if s.said(0, msgStop); test.state == "" {
				s.rpc("supervisor.addProcessGroup", "crew")
				s.becomes("RUNNING")
			}
			s.rests()
			s.intact()
		})
	}
}

func TestAProgramThatAHumanStopsWhileWeStartItStaysStopped(t *testing.T) {
	t.Parallel()
	s := newStage(t, play{program: []string{"startsecs=3"}})
	before := s.pid(s.job)
	s.fails()
	s.eventually(func() bool { return s.state(s.job) == "STARTING" && s.pid(s.job) != before }, "%s is STARTING", s.job)
	s.eventually(func() bool { i := s.info(s.job); return i["now"].(int64) > i["start"].(int64) }, "%s takes signals", s.job)
	s.rpc("supervisor.stopProcess", s.job, true)
	s.says(1, msgDropped, because(whySomebody))
	s.becomes("STOPPED")
	s.rests()
	s.forgotten()
}

func TestAHumanWhoStopsANewbornIsNotOverruledByTheNextLife(t *testing.T) {
	t.Parallel()
	s := newStage(t, play{})
	for range 10 { // until the listener is killed before its stop, which waits until the job is a second old
		_ = s.call(nil, "supervisor.stopProcess", s.job, true)
		s.rpc("supervisor.startProcess", s.job, true)
		stops, job, listener := len(s.lines(msgStop)), s.pid(s.job), s.pid("check:check")
		s.fails()
		young := s.says(1, decision(), ofPID(job))[0].young()
		s.round(s.other) // and all that comes before the stop has been done
		s.round(s.other)
		_ = syscall.Kill(listener, syscall.SIGKILL)
		early := young && len(s.lines(msgStop)) == stops && s.pid(s.job) == job
		if early {
			s.rpc("supervisor.stopProcess", s.job, true)
		}
		s.eventually(func() bool { now := s.pid("check:check"); return now != 0 && now != listener }, "the listener is started again")
		s.ready()
		if early {
			s.rests()
			s.becomes("STOPPED")
			return
		}
		s.ready(s.job)
		s.forgotten()
	}
	t.Error("the listener was never killed before its stop")
}

func TestAStartWithoutItsCommandIsTriedUntilItIsBack(t *testing.T) {
	t.Parallel()
	s := vanished(t, "")
	s.eventually(func() bool { return s.state(s.job) == "STOPPED" }, "%s is STOPPED", s.job)
	told := s.says(1, msgDown, tryingIn(time.Second))[0]
	if !told.Has(because("can't find command")) && !told.Has(because("NO_FILE")) {
		t.Errorf("the log does not say what is missing: %s", told)
	}
	s.round(s.other) // which it does not hold up
	s.says(1, msgDown, afterFailedStarts(2), tryingIn(2*time.Second))
	if err := os.Symlink(filepath.Join(s.bin, "fixture"), s.path("fixture")); err != nil {
		t.Fatal(err)
	}
	told = s.says(1, msgRestarted, of(s.job))[0]
	s.becomes("RUNNING")
	if tries := told.failedStarts(); tries < 2 || tries > 3 {
		t.Errorf("2 starts, or 3, have failed before there was a command again: %s", told)
	}
	if down := told.down(); down < 3*time.Second || down > time.Minute {
		t.Errorf("it was down for the pauses of 1 and 2 s at least: %s", told)
	}
	s.said(told.failedStarts(), msgDown)
	s.rests()
	s.forgotten()
}

func TestARestartEndsWithTheGroupOfItsProgram(t *testing.T) {
	t.Parallel()
	s := vanished(t, "")
	s.says(1, msgDown)
	s.rpc("supervisor.stopProcessGroup", "crew", true)
	s.rpc("supervisor.removeProcessGroup", "crew")
	s.says(1, msgDropped, because(whyUnknown))
	s.forgotten()
	s.intact()
}

// vanished is a stage with a job that is being restarted and whose command is no more there.
func vanished(t *testing.T, flags string) *stage {
	t.Helper()
	s := newStage(t, play{command: "{dir}/fixture idle", flags: flags, before: func(dir string) error {
		return os.Symlink(filepath.Join(os.Getenv(binVariable), "fixture"), filepath.Join(dir, "fixture"))
	}})
	if err := os.Remove(s.path("fixture")); err != nil {
		t.Fatal(err)
	}
	s.fails()
	return s
}

func TestTheSocketIsRemovedAndComesBackDuringARestart(t *testing.T) {
	t.Parallel()
	s := newStage(t, play{command: "{bin}/fixture stubborn", program: []string{"stopwaitsecs=2"}})
	before := s.pid(s.job)
	s.fails()
	s.becomes("STOPPING")
	here, away := s.socket, s.path("away.sock")
	s.move(here, away)
	s.killListener() // it would go on with the connection that it has
	s.becomes("STOPPED")
	for range 3 {
		s.tick(5)
		s.says(1, msgAway, because("s.sock"))
	}
	s.move(away, here)
	s.says(1, msgTakenUp)
	s.restartedOnce(s.job, before)
	s.rests()
	s.said(1, msgAway)
	s.said(1, msgBack)
	s.forgotten()
}

// move renames supervisord's socket.
func (s *stage) move(from, to string) {
	s.t.Helper()
	if err := os.Rename(from, to); err != nil {
		s.t.Fatal(err)
	}
	s.socket = to
}

// killListener ends the listener check with SIGKILL and waits for its next life.
func (s *stage) killListener() {
	s.t.Helper()
	before := s.pid("check:check")
	if err := syscall.Kill(before, syscall.SIGKILL); err != nil {
		s.t.Fatal(err)
	}
	s.eventually(func() bool { now := s.pid("check:check"); return now != 0 && now != before }, "the listener is started again")
	s.ready()
}

func TestSupervisordDoesNotAnswerForAWhileDuringARestart(t *testing.T) {
	t.Parallel()
	line := &relay{address: fmt.Sprintf("127.0.0.1:%d", freePort(t))}
	t.Cleanup(line.cut)
	s := raise(t, play{command: "{bin}/fixture stubborn", program: []string{"stopwaitsecs=2"}, flags: "--serverurl http://" + line.address})
	line.connect(t, s.socket)
	s.ready(s.job, s.other)
	before := s.pid(s.job)
	s.fails()
	s.becomes("STOPPING")
	line.cut()
	s.becomes("STOPPED")
	for range 3 {
		s.tick(5)
		s.says(1, msgAway)
	}
	s.says(1, msgNotYet, anError())
	line.connect(t, s.socket)
	s.restartedOnce(s.job, before)
	s.rests()
	s.said(1, msgAway)
	s.said(1, msgBack)
	s.said(1, msgNotYet, anError())
	s.forgotten()
	s.intact()
}

func TestSupervisordIsKilledAndStartedAnewDuringARestart(t *testing.T) {
	t.Parallel()
	s := newStage(t, play{command: "{bin}/fixture stubborn", program: []string{"stopwaitsecs=5"}})
	s.fails()
	s.becomes("STOPPING")
	orphan := s.pid("check:check")
	s.kill()
	s.eventually(func() bool { return birth(orphan) == "" }, "the listener has ended")
	if !s.kept("unfinished_restarts") {
		t.Error("the journal does not have the restart")
	}
	s.start()
	s.says(1, msgDropped, because(whySupervisord))
	s.ready(s.job, s.other)
	s.rests()
	s.said(1, msgStop)
	s.forgotten()
}

func TestAReloadDuringACheckRestartsNothing(t *testing.T) {
	t.Parallel()
	s := newStage(t, play{})
	s.gate.hold(503)
	s.tick(5)
	s.eventually(func() bool { return s.gate.held() == 1 }, "%s is being checked", s.job)
	s.gate.pass()
	s.reloads(func() {})
	s.rests()
	s.said(0, msgStop)
	s.said(0, anError())
}

func TestAReloadDuringARestartLeavesTheProgramRunning(t *testing.T) {
	t.Parallel()
	s := newStage(t, play{command: "{bin}/fixture stubborn", program: []string{"stopwaitsecs=3"}})
	s.fails()
	s.becomes("STOPPING")
	s.reloads(func() { s.tick(5) })
	s.forgotten()
	s.rests()
	s.said(1, msgStop)
}

// reloads waits until supervisord has reloaded and everything runs again.
func (s *stage) reloads(meanwhile func()) {
	s.t.Helper()
	s.rpc("supervisor.restart")
	meanwhile()
	s.until("supervisord.log", "supervisord started with pid", 2)
	s.ready(s.job, s.other)
}

func TestTwoListenersRestartAProgramOnce(t *testing.T) {
	t.Parallel()
	s := newStage(t, play{command: "{bin}/fixture stubborn", program: []string{"stopwaitsecs=2"},
		config: listenerCalled("second", "{check}")})
	s.eventually(func() bool { return s.listenerState("second:second") == "READY" }, "the second listener is READY")
	before := s.pid(s.job)
	s.gate.hold(503)
	s.tick(5)
	s.eventually(func() bool { return s.gate.held() == 2 }, "both check %s", s.job)
	s.gate.open()
	s.eventually(func() bool { return s.told(msgRestarted) == 1 }, "%s is restarted", s.job)
	s.eventually(func() bool { return s.told(msgRefused, because(whyOtherListener)) == 1 }, "the other says so")
	s.rests()
	if stops := s.told(msgStop); stops != 1 || s.pid(s.job) == before || s.state(s.job) != "RUNNING" {
		t.Errorf("%s, pid %d then and %d now, was stopped %d times", s.state(s.job), before, s.pid(s.job), stops)
	}
	s.forgotten()
}

func TestAStubbornProgramHoldsUpNobody(t *testing.T) {
	t.Parallel()
	s := newStage(t, play{command: "{bin}/fixture stubborn", program: []string{"stopwaitsecs=3"}})
	before := s.pid(s.job)
	s.fails()
	s.becomes("STOPPING")
	burnt := cpuTime(s.command.Process.Pid)
	for range 3 {
		s.round(s.other)
	}
	if state := s.state(s.job); state != "STOPPING" {
		t.Errorf("%s is %s already after three checks of another program", s.job, state)
	}
	s.says(1, msgRestarted, of(s.job))
	if burnt = cpuTime(s.command.Process.Pid) - burnt; burnt > 1500*time.Millisecond {
		t.Errorf("supervisord took %s of CPU while it waited for 3 s", burnt)
	}
	s.restartedOnce(s.job, before)
}

// cpuTime is what a process has used of the CPU.
func cpuTime(pid int) time.Duration {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, rest, _ := strings.Cut(string(text), ") ")
	fields := append(strings.Fields(rest), make([]string, 13)...)
	var user, system time.Duration
	fmt.Sscan(fields[11], &user)
	fmt.Sscan(fields[12], &system)
	return (user + system) * 10 * time.Millisecond
}

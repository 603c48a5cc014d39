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

const restarting = `msg="restarting: stop"`

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
			why:       "it is STOPPED by now, not RUNNING", state: "STOPPED"},
		"a human is stopping it": {play: stubborn,
			meanwhile: func(s *stage) { s.rpc("supervisor.stopProcess", s.job, false) },
			why:       "by now, not RUNNING", state: "STOPPED"}, // STOPPED already where it had not begun to ignore the signal
		"a human restarts it": {
			meanwhile: func(s *stage) {
				s.rpc("supervisor.stopProcess", s.job, true)
				s.rpc("supervisor.startProcess", s.job, true)
			},
			why: "it was restarted meanwhile: pid", state: "RUNNING"},
		"it dies and supervisord starts it again": {
			meanwhile: func(s *stage) {
				before := s.pid(s.job)
				_ = syscall.Kill(before, syscall.SIGKILL)
				s.eventually(func() bool { now := s.pid(s.job); return now != 0 && now != before }, "%s has a new pid", s.job)
				s.becomes("RUNNING")
			},
			why: "it was restarted meanwhile: pid", state: "RUNNING"},
		"its group is removed": {play: play{listener: []string{"events=TICK_5,PROCESS_GROUP"}},
			meanwhile: func(s *stage) {
				s.rpc("supervisor.stopProcessGroup", "crew", true)
				s.rpc("supervisor.removeProcessGroup", "crew")
			},
			why: "supervisord does not know it any more"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, test.play)
			s.gate.hold(503)
			s.tick(5)
			s.eventually(func() bool { return s.gate.held() == 1 }, "%s is being checked", s.job)
			test.meanwhile(s)
			s.gate.open()
			s.says(1, `msg="restart dropped"`, test.why)
			s.becomes(test.state)
			if s.said(0, restarting); test.state == "" {
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
	s.says(1, `msg="restart dropped"`, "somebody else")
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
		stops, job, listener := len(s.lines("check", restarting)), s.pid(s.job), s.pid("check:check")
		s.fails()
		young := strings.Contains(s.says(1, "decision=", fmt.Sprintf("pid=%d ", job))[0], " up=0s")
		s.round(s.other) // and all that comes before the stop has been done
		s.round(s.other)
		_ = syscall.Kill(listener, syscall.SIGKILL)
		early := young && len(s.lines("check", restarting)) == stops && s.pid(s.job) == job
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
	line := s.says(1, `msg="restart not done yet"`, "next_try_in=1s")[0]
	if !strings.Contains(line, "can't find command") && !strings.Contains(line, "NO_FILE") {
		t.Errorf("the log does not say what is missing: %s", line)
	}
	s.round(s.other) // which it does not hold up
	s.says(1, `msg="restart not done yet"`, "failed_starts=2", "next_try_in=2s")
	if err := os.Symlink(filepath.Join(s.bin, "fixture"), s.path("fixture")); err != nil {
		t.Fatal(err)
	}
	line = s.says(1, "msg=restarted", "process="+s.job)[0]
	s.becomes("RUNNING")
	var tries int
	_, rest, _ := strings.Cut(line, "failed_starts=")
	fmt.Sscan(rest, &tries)
	if tries < 2 || tries > 3 {
		t.Errorf("%d starts have failed before there was a command again: %s", tries, line)
	}
	if down := fieldDuration(line, "down_for"); down < 3*time.Second || down > time.Minute {
		t.Errorf("it was down for the pauses of 1 and 2 s at least, not %s: %s", down, line)
	}
	s.said(tries, "restart not done yet")
	s.rests()
	s.forgotten()
}

func TestARestartEndsWithTheGroupOfItsProgram(t *testing.T) {
	t.Parallel()
	s := vanished(t, "")
	s.says(1, `msg="restart not done yet"`)
	s.rpc("supervisor.stopProcessGroup", "crew", true)
	s.rpc("supervisor.removeProcessGroup", "crew")
	s.says(1, `msg="restart dropped"`, "supervisord does not know it any more")
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
		s.says(1, "supervisord cannot be asked", "s.sock")
	}
	s.move(away, here)
	s.says(1, "found a restart that an earlier life of the listener did not finish")
	s.restartedOnce(s.job, before)
	s.rests()
	s.said(1, "supervisord cannot be asked")
	s.said(1, "supervisord answers again")
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
		s.says(1, "supervisord cannot be asked")
	}
	s.says(1, `msg="restart not done yet"`, "nothing listens there")
	line.connect(t, s.socket)
	s.restartedOnce(s.job, before)
	s.rests()
	s.said(1, "supervisord cannot be asked")
	s.said(1, "supervisord answers again")
	s.said(1, `msg="restart not done yet"`, "nothing listens there")
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
	s.says(1, `msg="restart dropped"`, "supervisord itself was restarted since")
	s.ready(s.job, s.other)
	s.rests()
	s.said(1, restarting)
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
	s.said(0, restarting)
	s.said(0, "level=ERROR")
}

func TestAReloadDuringARestartLeavesTheProgramRunning(t *testing.T) {
	t.Parallel()
	s := newStage(t, play{command: "{bin}/fixture stubborn", program: []string{"stopwaitsecs=3"}})
	s.fails()
	s.becomes("STOPPING")
	s.reloads(func() { s.tick(5) })
	s.forgotten()
	s.rests()
	s.said(1, restarting)
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
	count := func(texts ...string) int { return len(s.lines("check", texts...)) + len(s.lines("second", texts...)) }
	s.eventually(func() bool { return count("msg=restarted") == 1 }, "%s is restarted", s.job)
	s.eventually(func() bool { return count(`msg="not restarted"`, "another listener") == 1 }, "the other says so")
	s.rests()
	if stops := count(restarting); stops != 1 || s.pid(s.job) == before || s.state(s.job) != "RUNNING" {
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
	s.says(1, "msg=restarted", "process="+s.job)
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

// fieldDuration reads a duration of a line of the log.
func fieldDuration(line, key string) time.Duration {
	_, rest, _ := strings.Cut(line, " "+key+"=")
	word, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
	d, _ := time.ParseDuration(word)
	return d
}

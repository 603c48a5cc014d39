package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

func TestTheRecommendedPolicyOnACommandLine(t *testing.T) {
	t.Parallel()
	s := newStage(t, play{flags: "--policy recommended --judge-interval 0", listener: []string{"events=TICK_5,PROCESS_STATE"}})
	before := s.pid(s.job)
	s.round(s.job, s.other) // the first time that it is well ends its grace
	s.gate.answer(http.StatusServiceUnavailable)
	s.round(s.job, s.other)
	s.says(1, atFailure(1, 2))
	s.said(0, msgStop)
	s.tick(5)
	s.says(1, restartAfter(2))
	s.says(1, msgRestarted, of(s.job))
	s.quiet(2, s.job, s.other) // the new life boots
	s.says(1, inGrace())
	s.gate.answer(http.StatusOK)
	s.rests()
	s.restartedOnce(s.job, before)
}

func TestASingleSettingWinsOverThePolicyOfTheEnvironment(t *testing.T) {
	t.Parallel()
	s := newStage(t, play{flags: "--failures 3", listener: []string{"events=TICK_5,PROCESS_STATE",
		`environment=SUPERVISOR_HEALTHCHECK_POLICY="recommended",SUPERVISOR_HEALTHCHECK_INTERVAL="0"`}})
	s.round(s.job, s.other)
	s.gate.answer(http.StatusServiceUnavailable)
	for n := range 2 {
		s.round(s.job, s.other)
		s.says(1, atFailure(1+n, 3))
	}
	s.said(0, msgStop)
	s.tick(5)
	s.says(1, restartAfter(3))
}

// The log says that a restart by somebody ends a give-up, and everybody uses supervisorctl restart.
func TestWhatWasGivenUpIsLookedAfterAgainAfterSupervisorctlRestart(t *testing.T) {
	t.Parallel()
	for name, listener := range map[string][]string{
		"with the events of processes": {"events=TICK_5,PROCESS_STATE"}, "without the events of processes": nil,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, play{flags: "--restart-limit 3/1h", listener: listener})
			s.gate.answer(http.StatusServiceUnavailable)
			s.exhausted(3)
			if out := s.supervisorctl("restart", s.job); !strings.Contains(out, "started") {
				t.Fatal(out)
			}
			s.exhausted(6)
			s.said(1, msgRearmed, of(s.job))
			s.said(2, givenUp())
		})
	}
}

func TestASelectionOfWhichNoneRunsIsSaid(t *testing.T) {
	t.Parallel()
	s := startSupervisord(t, listener("{bin}/supervisor_tcp_check -g broken -n broken -p 1")+
		service("broken", `sh -c "exit 5"`, "startsecs=1", "startretries=0"))
	s.ready()
	s.eventually(func() bool { return s.state("broken") == "FATAL" }, "broken is FATAL")
	s.ticking(func() bool { return s.told(msgIdle) > 0 }, "it is said that none runs")
	if s.told(msgIdle, aWarning(), inStates("1 FATAL"), because("recover=fatal")) != 1 {
		t.Errorf("the log does not say what would help:\n%s", s.stderr("check"))
	}
	s.tick(5)
	s.eventually(func() bool { return s.buffered("check") == 0 && s.listenerState("check") == "READY" }, "every tick is accepted")
	if n := s.told(msgIdle); n != 1 {
		t.Errorf("it is said %d times", n)
	}
	s.intact()
}

// A service that answers at once, refuses while it loads, and then answers for good.
func TestAnEarlyAnswerDoesNotEndTheGrace(t *testing.T) {
	t.Parallel()
	s := newStage(t, play{flags: "--start-grace 1h --successes 3"})
	before := s.pid(s.job)
	s.round(s.job, s.other)
	s.gate.answer(http.StatusServiceUnavailable)
	s.quiet(2, s.job, s.other)
	s.says(1, inGrace())
	s.said(0, msgStop)
	s.gate.answer(http.StatusOK)
	s.quiet(3, s.job, s.other) // now it is settled
	s.fails()
	s.restartedOnce(s.job, before)
}

// crowd is a group whose members are served by gates of the test.
type crowd struct {
	*stage
	gates map[string]*gate // by process
}

// newCrowd raises three of them, looked after by an http check with these flags.
func newCrowd(t *testing.T, flags string) *crowd {
	t.Helper()
	c := &crowd{stage: &stage{}, gates: map[string]*gate{}}
	programs, names := "", []string{}
	for range 3 {
		g := newGate(t)
		name := fmt.Sprintf("w%d", g.port)
		names = append(names, name)
		c.gates["crew:"+name] = g
		programs += service(name, "{bin}/fixture idle")
	}
	c.sandbox = startSupervisord(t, listener(`{bin}/supervisor_http_check -n c -g crew -u /ping -p "[a-z]+([0-9]+)" -t 20 -r 0 `+flags)+
		programs+"[group:crew]\nprograms="+strings.Join(names, ",")+"\n")
	c.ready(c.members()...)
	c.round(c.members()...)
	return c
}

func (c *crowd) members() []string {
	var names []string
	for name := range c.gates {
		names = append(names, name)
	}
	return names
}

// While the first of three is down, the two others are only two.
func TestWhenThreeFailAtOnceOneIsTriedFirst(t *testing.T) {
	t.Parallel()
	s := newCrowd(t, "--mass-failure 50%%")
	for _, g := range s.gates {
		g.answer(http.StatusServiceUnavailable)
	}
	s.tick(5)
	canary := s.says(1, msgRestarted)[0].process()
	for range 3 {
		s.round(s.members()...)
	}
	s.said(1, msgStop)
	s.says(2, inMass(3, 3))
	for name, g := range s.gates {
		if name == canary { // a restart helps
			g.answer(http.StatusOK)
		}
	}
	s.ticking(func() bool { return len(s.lines(msgRestarted)) >= 2 }, "the next one is restarted")
	if second := s.lines(msgRestarted)[1].process(); second == canary {
		t.Errorf("%s was restarted twice", second)
	}
	for _, g := range s.gates {
		g.answer(http.StatusOK)
	}
	s.eventually(func() bool { return len(s.lines(msgRestarted)) == len(s.lines(msgStop)) }, "whoever was stopped runs")
	stops := len(s.lines(msgStop))
	s.quiet(3, s.members()...)
	s.said(stops, msgStop)
}

func TestOfProcessesOnOnePortOneIsRestartedAtATime(t *testing.T) {
	t.Parallel()
	s := &stage{gate: newGate(t)}
	s.sandbox = startSupervisord(t, listener(fmt.Sprintf("{bin}/supervisor_http_check -n c -g pool -u /ping -p %d -t 20 -r 0", s.gate.port))+
		service("pool", "{bin}/fixture idle", "process_name=p_%(process_num)d", "numprocs=2"))
	both := []string{"pool:p_0", "pool:p_1"}
	s.ready(both...)
	s.round(both...)
	s.says(1, msgSharedPort, aWarning(), ofPort(s.gate.port), ofProcesses(2))
	s.gate.answer(http.StatusServiceUnavailable)
	s.tick(5)
	s.says(1, afterAnother())
	s.says(1, msgStop)
	s.gate.answer(http.StatusOK) // it was the one
	s.says(1, msgRestarted)
	s.quiet(3, both...)
	s.said(1, msgStop)
	s.said(1, msgSharedPort)
	s.said(0, msgStrangerHolds)
}

package app_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/mocks/supervisord"
)

// step is a call of a restart, and where in the restart it is made.
type step struct {
	name   string
	method string
	when   domain.State // the fault begins when the service is in this state
	again  bool         // it is made over and over until it is answered
	before bool         // without it, nothing is stopped
	alone  bool         // there is no other service, so that rounds ask for this one instead of the list
	often  bool         // every round makes it, also when all is well
}

func steps() []step {
	return []step{
		{name: "the list", method: listAll, when: domain.Running, again: true, before: true, often: true},
		{name: "the look of a round", method: look, when: domain.Running, again: true, before: true, alone: true, often: true},
		{name: "the pid of supervisord", method: whatPID, when: domain.Running, again: true, before: true},
		{name: "the settings", method: settings, when: domain.Running},
		{name: "the last look before the stop", method: look, when: domain.Running, again: true, before: true},
		{name: "the stop", method: stop, when: domain.Running},
		{name: "a look while it is STOPPING", method: look, when: domain.Stopping, again: true},
		{name: "the start", method: start, when: domain.Running},
		{name: "a look while it is STARTING", method: look, when: domain.Starting, again: true},
	}
}

// fault is what becomes of a call.
type fault struct {
	name string
	rule supervisord.Rule
	slow bool // it ends with the patience of the client
}

func faults() []fault {
	const late = 12 * time.Second // two seconds more than the client waits
	return []fault{
		{"fault 1", supervisord.Rule{Fault: 1}, false},
		{"fault 6", supervisord.Rule{Fault: 6}, false},
		{"fault 10", supervisord.Rule{Fault: 10}, false},
		{"fault 20", supervisord.Rule{Fault: 20}, false},
		{"fault 50", supervisord.Rule{Fault: 50}, false},
		{"fault 60", supervisord.Rule{Fault: 60}, false},
		{"fault 70", supervisord.Rule{Fault: 70}, false},
		{"status 401", supervisord.Rule{Status: 401}, false},
		{"status 500", supervisord.Rule{Status: 500}, false},
		{"the connection is cut", supervisord.Rule{Cut: true}, false},
		{"it is carried out and the connection cut", supervisord.Rule{Cut: true, DoIt: true}, false},
		{"half an answer", supervisord.Rule{CutAfter: 60}, false},
		{"junk", supervisord.Rule{Body: "junk"}, false},
		{"it is carried out and junk answered", supervisord.Rule{Body: "<html>junk</html>", DoIt: true}, false},
		{"it is too late", supervisord.Rule{Delay: late}, true},
		{"it is carried out and answered too late", supervisord.Rule{Delay: late, DoIt: true}, true},
	}
}

// done reports whether the call is carried out.
func (f fault) done() bool {
	return f.rule.DoIt || f.rule.CutAfter > 0
}

func TestARestartSurvivesEveryFaultAtEveryStep(t *testing.T) {
	t.Parallel()
	for _, step := range steps() {
		for _, fault := range faults() {
			if fault.rule.DoIt && step.method != stop && step.method != start {
				continue // there is nothing to carry out
			}
			t.Run(step.name+", "+fault.name, func(t *testing.T) {
				t.Parallel()
				survive(t, step, fault)
			})
		}
	}
}

func survive(t *testing.T, at step, f fault) {
	var scene []func(*stage, *orders)
	if !at.alone {
		scene = append(scene, accompanied)
	}
	if at.when != domain.Running {
		scene = append(scene, slowly)
	}
	s := set(t, scene...)
	first := s.process("web").PID
	rule := f.rule
	rule.Method = at.method
	wanted := meetings(at, f)
	if at.when == domain.Running {
		s.Force(rule)
	}
	before := s.asked(at.method)
	if at.often { // a round that has asked before the fault may still be judging
		s.until("a round has met the fault", func() bool { return s.asked(at.method) > before })
		if !f.slow {
			wanted++
		}
	}
	s.ail("web", "unwell")
	if at.when != domain.Running {
		s.untilState("web", domain.Stopping)
		s.untilState("web", at.when)
		s.Force(rule)
	}
	if !at.often {
		before = s.asked(at.method)
	}
	s.until("the fault was met", func() bool { return s.asked(at.method) >= before+wanted })
	if p := s.process("web"); at.before && (p.PID != first || s.asked(stop) != 0) {
		t.Errorf("it is %s with pid %d, not %d, after %d stops", p.State, p.PID, first, s.asked(stop))
	}
	s.ClearRules()
	if at.alone && f.rule.Fault == 10 { // a service that had been removed has been added again
		s.Send(supervisord.Event{Name: "PROCESS_GROUP_ADDED", Payload: "groupname:web\n"})
	}
	if why := takenOver(at, f); why != "" {
		s.untilSaid(because(why))
		return
	}
	s.untilRevived("web")
	if diff := cmp.Diff(ending{State: "RUNNING", Lives: 2, Stops: stops(at, f), Another: true}, s.ending()); diff != "" {
		t.Error(diff)
	}
	if sent, said := s.asked(stop), s.log.tells(msgStop); sent != said {
		t.Errorf("%d stops were sent, and the log tells of %d", sent, said)
	}
}

// meetings is how often the fault is to be met before it ends.
func meetings(at step, f fault) int {
	switch {
	case f.slow:
		return 1
	case at.again && !strings.Contains(f.name, "fault 10"):
		return 3
	case at.method == start && !f.done() && takenOver(at, f) == "":
		return 2
	}
	return 1
}

// stops is how many must have been sent: one, and one more where supervisord has not carried out the first.
func stops(at step, f fault) int {
	if at.method == stop && !f.done() {
		return 2
	}
	return 1
}

// takenOver is what the log says when supervisord claims, after the stop, that the service is not there any more.
func takenOver(at step, f fault) string {
	if f.rule.Fault == 10 && (at.method == start || at.when != domain.Running) {
		return whyUnknown
	}
	return ""
}

package main

import (
	"fmt"
	"strings"
	"testing"
)

func TestNamesAndPatternsUnderSupervisord(t *testing.T) {
	t.Parallel()
	p := freePorts(t, 4)
	later := service("later", fmt.Sprintf("{bin}/fixture web %d", p[3]))
	config := baseConfig() +
		listenerCalled("member", fmt.Sprintf("{bin}/supervisor_http_check -N many:w_%d -n member -u /ping -r 0 --start-grace 1h -p .+_(\\\\d+)", p[1])) +
		listenerCalled("unfit", `{bin}/supervisor_http_check -g many -n unfit -u /bad -r 0 -p "port_(\\d+)"`) +
		listenerCalled("alone", fmt.Sprintf("{bin}/supervisor_memory_check -N w_%d -n alone -m 1", p[1])) +
		listenerCalled("nobody", fmt.Sprintf("{bin}/supervisor_http_check -g later -n nobody -u /ping -p %d", p[3]), "events=TICK_5,PROCESS_GROUP") +
		listenerCalled("itself", "{bin}/supervisor_memory_check -g itself -n itself -m 1") +
		service("many", "{bin}/fixture web %(process_num)d", "process_name=w_%(process_num)d", "numprocs=3", fmt.Sprintf("numprocs_start=%d", p[0]))
	s := newSandbox(t, config)
	s.start()
	ids := []string{}
	for _, port := range p[:3] {
		ids = append(ids, fmt.Sprintf("many:w_%d", port))
		s.eventually(func() bool { return s.state(fmt.Sprintf("many:w_%d", port)) == "RUNNING" }, "w_%d is RUNNING", port)
	}
	for _, name := range []string{"member", "unfit", "alone", "nobody", "itself"} {
		s.eventually(func() bool { return s.listenerState(name) == "READY" }, "%s is READY", name)
	}
	member, itself := ids[1], s.pid("itself")
	s.found(member, "healthy") // the end of its grace
	s.sicken(ids[0], "")
	before := s.pids(ids)
	s.quiet(4, ids...)

	t.Run("only the named member of a group is restarted", func(t *testing.T) {
		s := s.in(t)
		s.sicken(member, "")
		pid := s.pid(member)
		s.tick(5)
		s.eventually(func() bool { return s.restarts(member) == 1 }, "%s is restarted", member)
		s.quiet(2, member)
		after := strings.Replace(s.pids(ids), fmt.Sprint(s.pid(member)), fmt.Sprint(pid), 1)
		if after != before || s.restarts(member) != 1 {
			t.Errorf("the pids were %s and are %s, but for the one that was restarted %d times", before, after, s.restarts(member))
		}
	})
	t.Run("a group that is added later is found", func(t *testing.T) {
		s := s.in(t)
		s.configure(config + later)
		s.supervisorctl("update")
		s.ticking(func() bool { return s.checked("later:later") > 0 }, "later is checked")
	})
	said := func(listener string, times int, signs ...sign) {
		t.Run(listener, func(t *testing.T) {
			if got := s.entries(listener, append(signs, by(listener))...); len(got) != times {
				t.Errorf("%q is in the log %d times, want %d:\n%s", signs, len(got), times, s.stderr(listener))
			}
		})
	}
	said("nobody", 1, msgNothing, aWarning())
	said("nobody", 1, msgWatching, selecting("later:*"), ofProcesses(1))
	said("alone", 1, msgNothing, aWarning())
	said("itself", 1, msgNothing, aWarning())
	said("unfit", 3, msgCannotJudge, aWarning()) // one for each process
	if s.pid("itself") != itself {
		t.Error("a listener restarted itself")
	}
	s.intact()
}

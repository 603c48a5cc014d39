package main

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"
)

// trio is a supervisord with three programs of one group that take two seconds to stop, and a gate that answers for the
// first of them. A number stands in their configuration.
type trio struct {
	*sandbox
	gate     *gate
	events   string
	programs []string
}

func newTrio(t *testing.T, events string) *trio {
	c := &trio{events: events}
	for range 3 {
		g := newGate(t)
		if c.gate == nil {
			c.gate = g
		}
		c.programs = append(c.programs, fmt.Sprintf("job%d", g.port))
	}
	c.sandbox = newSandbox(t, c.config(3))
	c.start()
	c.ready()
	c.settled(1)
	return c
}

func (c *trio) config(number int) string {
	config := baseConfig() + listener(`{bin}/supervisor_http_check -n c -g crew -u /ping -p "[a-z]+([0-9]+)" -t 20 -r 0`, "events=TICK_5"+c.events)
	for i, p := range c.programs {
		wait := 4
		if i == 0 {
			wait = 2 // where it is the last to stop, an update fails whoever has stopped it
		}
		config += service(p, "{bin}/fixture stubborn", fmt.Sprint("stopwaitsecs=", wait), fmt.Sprint("startretries=", number))
	}
	return config + "[group:crew]\nprograms=" + strings.Join(c.programs, ",") + "\n"
}

// settled waits until all run and are stubborn, the job in so many lives or more.
func (c *trio) settled(lives int) {
	c.t.Helper()
	for _, p := range c.programs {
		c.within(time.Minute, func() bool {
			return c.state("crew:"+p) == "RUNNING" && strings.Count(c.file(p+".stdout"), deaf) >= lives
		}, "%s runs", p)
	}
}

func (c *trio) job() string { return "crew:" + c.programs[0] }

// fails has the job restarted, and returns when it is STOPPING.
func (c *trio) fails() {
	c.t.Helper()
	c.gate.answer(http.StatusServiceUnavailable)
	c.ticking(func() bool { return c.state(c.job()) == "STOPPING" }, "%s is stopped", c.job())
	c.gate.answer(http.StatusOK)
}

// An update that comes while we restart must not find running what it has just stopped.
func TestUpdatesDuringRestartsDoNotFail(t *testing.T) {
	t.Parallel()
	for name, events := range map[string]string{"with events": ",PROCESS_STATE", "with ticks alone": ""} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newTrio(t, events)
			for n := range 5 {
				c.fails()
				moment := time.Now().Add(time.Duration(rand.IntN(2500)) * time.Millisecond)
				c.within(time.Minute, func() bool { return time.Now().After(moment) }, "a moment passes")
				c.configure(c.config(n + 4))
				c.rpc("supervisor.reloadConfig") // what supervisorctl update does
				c.rpc("supervisor.stopProcessGroup", "crew", true)
				c.rpc("supervisor.removeProcessGroup", "crew")
				c.rpc("supervisor.addProcessGroup", "crew")
				c.settled(n + 2)
			}
		})
	}
}

// What is stopped together with others that we do not restart stays stopped.
func TestAStopOfTheGroupOrOfAllDuringARestartStands(t *testing.T) {
	t.Parallel()
	group := []any{"supervisor.stopProcessGroup", "crew", false}
	all := []any{"supervisor.stopAllProcesses", false}
	for name, c := range map[string]struct {
		events string
		stop   []any
	}{
		"of the group, with events":      {",PROCESS_STATE", group},
		"of the group, with ticks alone": {"", group},
		"of all, with events":            {",PROCESS_STATE", all},
		"of all, with ticks alone":       {"", all},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newTrio(t, c.events)
			s.fails()
			s.rpc(c.stop[0].(string), c.stop[1:]...)
			s.eventually(func() bool { return s.told(msgLeftStopped, of(s.job())) == 1 }, "it is said that %s is left stopped", s.job())
			if state := s.state(s.job()); state != "STOPPED" {
				t.Errorf("%s is %s", s.job(), state)
			}
		})
	}
}

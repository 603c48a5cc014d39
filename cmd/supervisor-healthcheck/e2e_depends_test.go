package main

import (
	"fmt"
	"net"
	"net/http"
	"testing"
)

func TestWhatDependsOnSomethingThatIsDownIsHeldUnderSupervisord(t *testing.T) {
	t.Parallel()
	ports := freePorts(t, 2)
	web, api := newGate(t), newGate(t)
	address := fmt.Sprintf("127.0.0.1:%d", ports[1])
	section := func(name string, g *gate, depends string) string {
		return service(name, "{bin}/fixture idle") + fmt.Sprintf("[healthcheck:%s]\npolicy = drop-in\nhttp = http://127.0.0.1:%d/ping\ndepends = %s\n", name, g.port, depends)
	}
	s := beside(t, map[string]string{
		"web.conf":   section("web", web, "redis"),
		"api.conf":   section("api", api, "redis tcp://"+address),
		"redis.conf": service("redis", fmt.Sprintf("{bin}/fixture tcp %d", ports[0])) + fmt.Sprintf("[healthcheck:redis]\npolicy = drop-in\nstart_grace = 1m\ntcp = 127.0.0.1:%d\n", ports[0]),
	})
	s.start()
	names := []string{"web", "api", "redis"}
	s.ready(names...)
	s.quiet(2, names...)
	before := s.pids([]string{"web", "api"})

	s.rpc("supervisor.stopProcess", "redis")
	web.answer(http.StatusServiceUnavailable)
	api.answer(http.StatusServiceUnavailable)
	s.ticking(func() bool { return s.told(msgUnhealthy, blockedBy("redis: it does not run")) == 2 }, "both are held")
	s.round("web", "api")
	s.rpc("supervisor.startProcess", "redis")
	s.ticking(func() bool { return s.restarts("web") == 1 }, "web is restarted once redis is back")
	web.answer(http.StatusOK)
	s.ticking(func() bool {
		return s.told(msgUnhealthy, of("api"), blockedBy("tcp "+address+": connection refused")) == 1
	}, "api waits for the other one")
	s.round("api")
	if after := s.pid("api"); s.restarts("api") > 0 {
		t.Errorf("the pids were %s, and api has %d now", before, after)
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	s.ticking(func() bool { return s.restarts("api") == 1 }, "api is restarted once the address answers")
	if s.restarts("redis") != 0 {
		t.Error("redis was restarted")
	}
	s.intact()
}

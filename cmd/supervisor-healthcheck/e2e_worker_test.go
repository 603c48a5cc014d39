package main

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// workers are the pids of the workers that have judged a process, in their order.
func (s *sandbox) workers(process string) (pids []int) {
	for _, found := range regexp.MustCompile(`reason="`+process+` is healthy for worker (\d+)"`).FindAllStringSubmatch(s.file("check.err"), -1) {
		if pid, _ := strconv.Atoi(found[1]); len(pids) == 0 || pid != pids[len(pids)-1] {
			pids = append(pids, pid)
		}
	}
	return pids
}

// hired waits until the process was judged by the nth worker, and returns its pid.
func (s *sandbox) hired(process string, n int) int {
	s.t.Helper()
	s.ticking(func() bool { return len(s.workers(process)) >= n }, "%s is judged by worker number %d", process, n)
	return s.workers(process)[n-1]
}

func TestAWorkerJudgesUnderSupervisord(t *testing.T) {
	t.Parallel()
	api := service("api", "{bin}/fixture idle")
	s := beside(t, map[string]string{
		"00.conf": "[healthcheck]\npolicy = drop-in\n",
		"web.conf": service("web", "{bin}/fixture idle", "process_name=web_%(process_num)d", "numprocs=2") + service("db", "{bin}/fixture idle") +
			"[healthcheck:web]\nworker = {bin}/fixture worker\n[healthcheck:db]\nworker = {bin}/fixture worker\n",
		"api.conf": api + "[healthcheck:api]\nworker = {bin}/fixture worker\n",
	})
	s.start()
	s.ready("web:web_0", "web:web_1", "db", "api")
	first, db, old := s.hired("web_0", 1), s.hired("db", 1), s.hired("api", 1)
	if other := s.hired("web_1", 1); other != first || db == first || old == first || old == db {
		t.Errorf("web has the workers %d and %d, db has %d, api %d", first, other, db, old)
	}
	out, stderr, status := s.byHand("try", "-c", s.path("conf"), "db")
	if status != 0 || !strings.Contains(out, "db is healthy for worker ") {
		t.Errorf("status %d\n%s%s", status, out, stderr)
	}

	s.sicken("web:web_1", "")
	s.ticking(func() bool { return s.restarts("web:web_1") == 1 }, "the one of which it says so is restarted")

	s.sicken("db", "death")
	s.ticking(func() bool {
		return s.told(msgCannotJudge, of("db"), because("the worker has ended with exit status 9: no more of this")) > 0
	}, "what has become of the worker is said")
	s.killed(first)
	second := s.hired("web_0", 2)
	if s.restarts("db") > 0 || s.restarts("web:web_0") > 0 {
		t.Error("a worker that has ended restarts a service")
	}

	s.put("api.conf", api+"[healthcheck:api]\nworker = {bin}/fixture worker\nworker.timeout = 7s\n")
	s.reload(msgReloaded)
	s.eventually(func() bool { return birth(old) == "" }, "the worker of the changed section ends")
	if now := s.hired("api", 2); now == old {
		t.Errorf("%d judges on", old)
	}
	s.round("web:web_0")
	if all := s.workers("web_0"); all[len(all)-1] != second {
		t.Errorf("%v have judged web, of which nothing was changed", all)
	}
	s.rpc("supervisor.stopProcess", "check")
	s.eventually(func() bool { return birth(second) == "" }, "it ends with the listener")
	s.intact()
}

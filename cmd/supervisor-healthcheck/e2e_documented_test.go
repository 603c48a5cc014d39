package main

import (
	"fmt"
	"strings"
	"testing"
)

// documented is a command line of the documentation and the service that it is put beside.
type documented struct {
	command string // of the listener
	service string // of the supervised program
	more    string // of its section
	process string // the one that falls ill, if it is not called after its group
	check   string // the one that the log gives as the reason of the restart
	reason  string // a pattern for what that says
}

// documentedLines are those of the Python package, with the groups, paths, ports and limits of the test.
func documentedLines(t *testing.T) map[string]documented {
	p := freePorts(t, 8)
	return map[string]documented{
		"http": {
			command: fmt.Sprintf(`supervisor_http_check -g http -n example_check -u /ping -t 30 -r 3 -p %d`, p[0]),
			service: fmt.Sprintf("web %d", p[0]), check: "http", reason: `.*/ping: .*503`},
		"pattern": {
			command: `supervisor_http_check -g pattern -n example_check -u /ping -t 30 -r 3 -p ".+_(\\d+)"`,
			service: "web %(process_num)d", more: fmt.Sprintf("process_name=w_%%(process_num)d\nnumprocs=2\nnumprocs_start=%d", p[1]),
			process: fmt.Sprintf("pattern:w_%d", p[2]), check: "http", reason: `.*/ping: .*503`},
		"tcp": {
			command: fmt.Sprintf(`supervisor_tcp_check -g tcp -n example_check -t 30 -r 3 -p %d`, p[3]),
			service: fmt.Sprintf("tcp %d", p[3]), check: "tcp", reason: `.*refused`},
		"xmlrpc": {
			command: fmt.Sprintf(`supervisor_xmlrpc_check -g xmlrpc -n example_check -r 3 -p %d -u /status -m get_status`, p[4]),
			service: fmt.Sprintf("rpc %d", p[4]), check: "xmlrpc", reason: `.*OUT_OF_ORDER`},
		"socket": {
			command: `supervisor_xmlrpc_check -g socket -n example_check -r 3 -s {dir}/example.sock -m get_status`,
			service: "rpc {dir}/example.sock", check: "xmlrpc", reason: `.*OUT_OF_ORDER`},
		"sockets": {
			command: `supervisor_xmlrpc_check -g sockets -n example_check -r 3 -S {dir}/ -m get_status`,
			service: "rpc {dir}/sockets.sock", check: "xmlrpc", reason: `.*OUT_OF_ORDER`},
		"memory": {
			command: `supervisor_memory_check -n example_check -m 61440 -g memory`,
			service: "hog", check: "memory", reason: `.*61440`},
		"family": {
			command: `supervisor_memory_check -n example_check -m 112640 -c -g family`,
			service: "hog child", check: "memory", reason: `.*112640`},
		"cpu": {
			command: `supervisor_cpu_check -n example_check -p 20 -i 1 -g cpu`,
			service: "burn", check: "cpu", reason: `.*20%`},
		"file": {
			command: `supervisor_file_check -n example_check -g file -t 4 -x -f {dir}/example.beat`,
			service: "beat {dir}/example.beat", check: "file", reason: `last heartbeat .*example.beat`},
		"beats": {
			command: `supervisor_file_check -n example_check -g beats -t 4 -x`,
			service: "beat", check: "file", reason: `last heartbeat .*beats-beats-`},
		"complex": {
			command: fmt.Sprintf(`supervisor_complex_check -n example_check -g complex -c `+
				`'{"memory":{"cumulative":true,"max_rss":4194304},"http":{"timeout":15,"port":%d,"url":"\/ping","num_retries":3}}'`, p[5]),
			service: fmt.Sprintf("web %d", p[5]), check: "http", reason: `.*/ping: .*503`},
	}
}

func (d documented) id(group string) string {
	if d.process == "" {
		return group + ":" + group
	}
	return d.process
}

func TestTheDocumentedLinesUnderSupervisord(t *testing.T) {
	t.Parallel()
	lines := documentedLines(t)
	config := ""
	var ids []string
	for group, d := range lines {
		config += listenerCalled("check_"+group, "{bin}/"+d.command) + service(group, "{bin}/fixture "+d.service, d.more)
		ids = append(ids, d.id(group))
	}
	s := startSupervisord(t, config)
	for group, d := range lines {
		s.eventually(func() bool { return s.state(d.id(group)) == "RUNNING" }, "%s is RUNNING", group)
		s.eventually(func() bool { return s.listenerState("check_"+group) == "READY" }, "check_%s is READY", group)
	}
	twin := strings.Split(lines["pattern"].process, "_")[0] + "_" + twinPort(lines["pattern"].process)
	s.quiet(2, append(ids, twin)...)
	healthy := s.pids(append(ids, twin))
	before := map[string]int{twin: s.pid(twin)}
	for _, id := range ids {
		before[id] = s.pid(id)
		s.sicken(id, "")
	}
	for _, id := range ids {
		s.ticking(func() bool { return s.restarts(id) > 0 }, "%s is restarted", id)
	}
	s.quiet(2, append(ids, twin)...)
	for group, d := range lines {
		t.Run(group, func(t *testing.T) {
			wasRestartedOnce(t, s, d.id(group), before[d.id(group)], s.entries("check_"+group), blaming(d.check, d.reason))
		})
	}
	if s.pid(twin) != before[twin] {
		t.Errorf("%s was well and was restarted; the pids were %s", twin, healthy)
	}
	s.intact()
}

func twinPort(process string) string {
	var port int
	_, _ = fmt.Sscan(process[strings.LastIndex(process, "_")+1:], &port)
	return fmt.Sprint(port - 1)
}

func wasRestartedOnce(t *testing.T, s *sandbox, id string, before int, log []entry, why sign) {
	t.Helper()
	if now := s.pid(id); now == 0 || now == before || s.restarts(id) != 1 {
		t.Errorf("the pid was %d and is %d, after %d restarts", before, now, s.restarts(id))
	}
	whose := []sign{aWarning(), by("example_check"), of(id), ofPID(before)}
	if stops, found := with(log, append(whose, msgStop)...), with(log, append(whose, msgUnhealthy, restartAtOnce(), why)...); len(stops) != 1 || len(found) != 1 {
		t.Errorf("it was not stopped %q in the log:\n%s", why, log)
	}
}

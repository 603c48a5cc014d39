package stdin_test

import (
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/domain"
)

func TestEvents(t *testing.T) {
	cat := domain.ID{Group: "cat", Name: "cat"}
	names := "processname:cat groupname:cat "
	for name, c := range map[string]struct {
		event, payload string
		want           domain.Event
	}{
		"a tick of 5 s":    {"TICK_5", tickPayload, tick(0)},
		"a tick of 60 s":   {"TICK_60", "when:1795337700", domain.Event{Tick: &domain.Tick{When: time.Unix(1795337700, 0), Period: time.Minute}}},
		"a tick of 3600 s": {"TICK_3600", "when:1795334400", domain.Event{Tick: &domain.Tick{When: time.Unix(1795334400, 0), Period: time.Hour}}},
		"starting": {"PROCESS_STATE_STARTING", names + "from_state:STOPPED tries:0",
			domain.Event{Change: &domain.StateChange{ID: cat, From: domain.Stopped, To: domain.Starting}}},
		"running": {"PROCESS_STATE_RUNNING", names + "from_state:STARTING pid:4502",
			domain.Event{Change: &domain.StateChange{ID: cat, From: domain.Starting, To: domain.Running, PID: 4502}}},
		"backing off": {"PROCESS_STATE_BACKOFF", names + "from_state:STARTING tries:1",
			domain.Event{Change: &domain.StateChange{ID: cat, From: domain.Starting, To: domain.Backoff}}},
		"stopping": {"PROCESS_STATE_STOPPING", names + "from_state:RUNNING pid:4529",
			domain.Event{Change: &domain.StateChange{ID: cat, From: domain.Running, To: domain.Stopping, PID: 4529}}},
		"stopped": {"PROCESS_STATE_STOPPED", names + "from_state:STOPPING pid:4529",
			domain.Event{Change: &domain.StateChange{ID: cat, From: domain.Stopping, To: domain.Stopped, PID: 4529}}},
		"stopped while in BACKOFF": {"PROCESS_STATE_STOPPED", names + "from_state:BACKOFF pid:0",
			domain.Event{Change: &domain.StateChange{ID: cat, From: domain.Backoff, To: domain.Stopped}}},
		"exited against expectation": {"PROCESS_STATE_EXITED", names + "from_state:RUNNING expected:0 pid:4504",
			domain.Event{Change: &domain.StateChange{ID: cat, From: domain.Running, To: domain.Exited, PID: 4504}}},
		"exited as expected": {"PROCESS_STATE_EXITED", names + "from_state:RUNNING expected:1 pid:4504",
			domain.Event{Change: &domain.StateChange{ID: cat, From: domain.Running, To: domain.Exited, PID: 4504, Expected: true}}},
		"fatal": {"PROCESS_STATE_FATAL", "processname:flap groupname:flap from_state:BACKOFF",
			domain.Event{Change: &domain.StateChange{ID: domain.ID{Group: "flap", Name: "flap"}, From: domain.Backoff, To: domain.Fatal}}},
		"unknown": {"PROCESS_STATE_UNKNOWN", names + "from_state:STOPPING",
			domain.Event{Change: &domain.StateChange{ID: cat, From: domain.Stopping, To: domain.StateUnknown}}},
		"a name with blanks and colons": {"PROCESS_STATE_FATAL", "processname:bad name:with colon groupname:x from_state:BACKOFF",
			domain.Event{Change: &domain.StateChange{ID: domain.ID{Group: "x", Name: "bad name:with colon"}, From: domain.Backoff, To: domain.Fatal}}},
		"a name that looks like the rest": {"PROCESS_STATE_RUNNING", "processname:a groupname:b from_state:FATAL pid:1 groupname:x from_state:STARTING pid:2",
			domain.Event{Change: &domain.StateChange{ID: domain.ID{Group: "x", Name: "a groupname:b from_state:FATAL pid:1"}, From: domain.Starting, To: domain.Running, PID: 2}}},
		"a name in Unicode": {"PROCESS_STATE_RUNNING", "processname:wüb☃😀 groupname:é from_state:STARTING pid:2",
			domain.Event{Change: &domain.StateChange{ID: domain.ID{Group: "é", Name: "wüb☃😀"}, From: domain.Starting, To: domain.Running, PID: 2}}},
		"a fact of later versions": {"PROCESS_STATE_RUNNING", names + "from_state:STARTING mood:good pid:4502 odd",
			domain.Event{Change: &domain.StateChange{ID: cat, From: domain.Starting, To: domain.Running, PID: 4502}}},
		"a group added":          {"PROCESS_GROUP_ADDED", "groupname:cat\n", domain.Event{Group: &domain.GroupChange{Group: "cat"}}},
		"a group removed":        {"PROCESS_GROUP_REMOVED", "groupname:cat\n", domain.Event{Group: &domain.GroupChange{Group: "cat"}}},
		"supervisord running":    {"SUPERVISOR_STATE_CHANGE_RUNNING", "", domain.Event{}},
		"supervisord stopping":   {"SUPERVISOR_STATE_CHANGE_STOPPING", "", domain.Event{}},
		"a remote communication": {"REMOTE_COMMUNICATION", "type:myType\ndata é ☃\nline2", domain.Event{}},
		"no type and an emoji":   {"REMOTE_COMMUNICATION", "type:\n😀", domain.Event{}},
		"an order": {"REMOTE_COMMUNICATION", "type:supervisor-healthcheck\n" + `{"pause":{"names":["web","é"],"seconds":900,"reason":"☃"}}`,
			domain.Event{Order: &domain.Order{Names: []string{"web", "é"}, Seconds: 900, Reason: "☃"}}},
		"an order to resume":       {"REMOTE_COMMUNICATION", "type:supervisor-healthcheck\n{\"resume\":{\"names\":[\"all\"]}}\n", domain.Event{Order: &domain.Order{Names: []string{"all"}}}},
		"one for others":           {"REMOTE_COMMUNICATION", "type:supervisor-healthcheck2\n{\"resume\":{\"names\":[\"all\"]}}", domain.Event{}},
		"an order by a process":    {"PROCESS_COMMUNICATION_STDOUT", "type:supervisor-healthcheck\n{\"resume\":{\"names\":[\"all\"]}}", domain.Event{}},
		"a process communication":  {"PROCESS_COMMUNICATION_STDOUT", "processname:talk groupname:talk pid:4509\nhi pid:1 groupname:x", said("talk", "talk", 4509)},
		"one to stderr":            {"PROCESS_COMMUNICATION_STDERR", "processname:talk groupname:x pid:4509\n", said("x", "talk", 4509)},
		"one of 200 kB":            {"PROCESS_COMMUNICATION_STDOUT", "processname:a b groupname:é pid:7\n" + strings.Repeat("☃", 70_000), said("é", "a b", 7)},
		"one without a pid":        {"PROCESS_COMMUNICATION_STDOUT", "processname:talk groupname:talk\npid:7", domain.Event{}},
		"one without a life":       {"PROCESS_COMMUNICATION_STDOUT", "processname:talk groupname:talk pid:0\n", domain.Event{}},
		"one without names":        {"PROCESS_COMMUNICATION_STDOUT", "hello\nprocessname:talk groupname:talk pid:7", domain.Event{}},
		"one that says nothing":    {"PROCESS_COMMUNICATION_STDOUT", "", domain.Event{}},
		"a process log":            {"PROCESS_LOG_STDERR", "processname:a groupname:a pid:4 channel:stderr\nUndecodable: b'\\xff'", domain.Event{}},
		"a header as a payload":    {"PROCESS_LOG_STDOUT", "x\n" + event(9, "TICK_5", tickPayload), domain.Event{}},
		"500 kB":                   {"PROCESS_LOG_STDOUT", strings.Repeat("0123456789", 50_000), domain.Event{}},
		"20,000 snowmen":           {"PROCESS_LOG_STDOUT", strings.Repeat("☃", 20_000), domain.Event{}},
		"a change of 100 kB":       {"PROCESS_STATE_FATAL", "processname:" + strings.Repeat("x", 100_000) + " groupname:x from_state:BACKOFF", domain.Event{}},
		"a tick of another length": {"TICK_7", tickPayload, domain.Event{}},
		"a tick without a time":    {"TICK_5", "when:now", domain.Event{}},
		"a tick with no payload":   {"TICK_5", "", domain.Event{}},
		"a tick of another clock":  {"TICK_5", "then:1795337750", domain.Event{}},
		"a new state":              {"PROCESS_STATE_DREAMING", names + "from_state:RUNNING", domain.Event{}},
		"an old state":             {"PROCESS_STATE_RUNNING", names + "from_state:DREAMING pid:1", domain.Event{}},
		"no old state":             {"PROCESS_STATE_RUNNING", names + "pid:1", domain.Event{}},
		"no group name":            {"PROCESS_STATE_RUNNING", "processname:cat from_state:STARTING pid:1", domain.Event{}},
		"no process name":          {"PROCESS_STATE_RUNNING", "cat groupname:cat from_state:STARTING pid:1", domain.Event{}},
		"a pid that is none":       {"PROCESS_STATE_RUNNING", names + "from_state:STARTING pid:x", domain.Event{}},
		"expected what":            {"PROCESS_STATE_EXITED", names + "from_state:RUNNING expected:maybe pid:1", domain.Event{}},
		"a group without a name":   {"PROCESS_GROUP_ADDED", "cat\n", domain.Event{}},
		"a group changed":          {"PROCESS_GROUP_CHANGED", "groupname:cat\n", domain.Event{}},
	} {
		t.Run(name, func(t *testing.T) {
			c.want.Name, c.want.PoolSerial = c.event, 100
			want := heard{Events: []domain.Event{c.want, tick(1)}, Answers: answers(2)}
			text := event(0, c.event, c.payload) + event(1, "TICK_5", tickPayload)
			for way, in := range map[string]io.Reader{
				"in one piece": strings.NewReader(text),
				"in halves":    iotest.HalfReader(strings.NewReader(text)),
				"in bytes":     iotest.OneByteReader(strings.NewReader(text)),
			} {
				if diff := cmp.Diff(want, listen(t, in)); diff != "" {
					t.Errorf("%s (-want +got):\n%s", way, diff)
				}
			}
		})
	}
}

func said(group, name string, pid int) domain.Event {
	return domain.Event{Said: &domain.Communication{ID: domain.ID{Group: group, Name: name}, PID: pid}}
}

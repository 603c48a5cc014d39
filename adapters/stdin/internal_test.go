package stdin

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/domain"
)

const intact = "ver:3.0 server:supervisor serial:7 pool:lst poolserial:8 eventname:PROCESS_GROUP_ADDED len:14\ngroupname:cat\n"

func FuzzHeader(f *testing.F) {
	f.Add("ver:3.0 server:my id serial:1 pool:lst poolserial:2 eventname:TICK_5 len:15")
	f.Add("ver:3.0 server:ver:3.0 server: serial:1 pool:: poolserial:2 eventname:E len:0")
	f.Add("ver: server: serial: pool: poolserial: eventname: len:")
	f.Fuzz(func(t *testing.T, line string) {
		h, ok := parseHeader(line)
		if !ok {
			if h != (header{}) {
				t.Errorf("%q is no header but gave %+v", line, h)
			}
			return
		}
		rewritten := fmt.Sprintf("ver:3.0 server:%s serial:%d pool:lst poolserial:%d eventname:%s len:%d",
			line, h.event.Serial, h.event.PoolSerial, h.event.Name, h.length)
		if again, ok := parseHeader(rewritten); !ok || again != h {
			t.Errorf("%q gave %+v, %v; as an identifier before the same numbers %+v", line, h, ok, again)
		}
	})
}

func FuzzStream(f *testing.F) {
	f.Add(intact)
	f.Add("noise\n\nver:3.0 server:")
	f.Add(strings.Replace(intact, "len:14", "len:3", 1))
	f.Add("\xff\xe2\x98" + intact[:50])
	f.Fuzz(func(t *testing.T, garbage string) {
		if len(garbage) > 512 { // more is no other case, and slow
			return
		}
		s := newStream(strings.NewReader(garbage+"\n"+intact), slog.New(slog.DiscardHandler))
		var last domain.Event
		for {
			e, err := s.next()
			if err != nil {
				if !errors.Is(err, io.EOF) {
					t.Fatalf("next: %v", err)
				}
				break
			}
			last = e
		}
		want := domain.Event{Name: "PROCESS_GROUP_ADDED", Serial: 7, PoolSerial: 8, Group: &domain.GroupChange{Group: "cat"}}
		if diff := cmp.Diff(want, last); diff != "" && !counts(garbage) {
			t.Errorf("the intact event was not found (-want +got):\n%s", diff)
		}
	})
}

// counts reports whether a line of text is a header, whose count may swallow what follows.
func counts(text string) bool {
	for line := range strings.SplitSeq(text, "\n") {
		if _, ok := parseHeader(line); ok {
			return true
		}
	}
	return false
}

// FuzzState writes an event as supervisord does, whatever the names are, and has it read.
func FuzzState(f *testing.F) {
	f.Add("web", "web_1", uint8(0), uint8(2), int32(7), true, "tries:3")
	f.Add("a groupname:b", "x from_state:RUNNING", uint8(1), uint8(1), int32(0), false, "")
	f.Add("g", "na me:1 groupname:x", uint8(5), uint8(6), int32(1), true, "unknown:fact bare")
	f.Fuzz(func(t *testing.T, group, name string, from, to uint8, pid int32, expected bool, more string) {
		// A group cannot have a colon in it, as supervisord's own names could not be told apart, and what follows the state are facts.
		if !utf8.ValidString(group) || !utf8.ValidString(name) || !utf8.ValidString(more) || strings.ContainsAny(group, ":") || strings.ContainsAny(more, "\n: ") || len(group+name+more) > 512 {
			return
		}
		states := []domain.State{domain.Stopped, domain.Starting, domain.Running, domain.Backoff, domain.Stopping, domain.Exited, domain.Fatal, domain.StateUnknown}
		want := &domain.StateChange{ID: domain.ID{Group: group, Name: name}, From: states[int(from)%8], To: states[int(to)%8], PID: int(pid), Expected: expected}
		payload := fmt.Sprintf("processname:%s groupname:%s from_state:%s expected:%d pid:%d fact:%s", name, group, want.From, map[bool]int{true: 1}[expected], pid, more)
		text := fmt.Sprintf("ver:3.0 server:s serial:1 pool:p poolserial:2 eventname:PROCESS_STATE_%s len:%d\n%s%s", want.To, utf8.RuneCountInString(payload), payload, intact)
		s := newStream(strings.NewReader(text), slog.New(slog.DiscardHandler))
		e, err := s.next()
		if err != nil || e.Change == nil || *e.Change != *want {
			t.Fatalf("%q gave %+v, %v, want %+v", payload, e.Change, err, want)
		}
		if next, err := s.next(); err != nil || next.Group == nil || next.Group.Group != "cat" {
			t.Fatalf("after %q came %+v, %v", payload, next, err)
		}
	})
}

// FuzzPayload has anything read as the payload of any event: what is understood of it can be written and read again.
func FuzzPayload(f *testing.F) {
	for _, name := range []string{"TICK_5", "TICK_60", "TICK_7", "PROCESS_STATE_RUNNING", "PROCESS_STATE_", "PROCESS_GROUP_ADDED", "PROCESS_GROUP_X", "SUPERVISOR_STATE_CHANGE_RUNNING"} {
		for _, payload := range []string{"", "when:1795337750", "when:-1", "when:99999999999999999999", "groupname:cat\n", "groupname:", "processname:a groupname:b from_state:STARTING pid:7",
			"processname:a groupname:b from_state:STARTING pid:x", "processname: groupname: from_state:FATAL expected:2", " from_state: groupname:processname:"} {
			f.Add(name, payload)
		}
	}
	f.Fuzz(func(t *testing.T, name, payload string) {
		if len(name)+len(payload) > 512 {
			return
		}
		e := domain.Event{Name: name}
		decode(&e, payload)
		found, text := 0, ""
		if e.Tick != nil {
			found, text = found+1, fmt.Sprintf("when:%d", e.Tick.When.Unix())
			if e.Tick.Period != 5*time.Second && e.Tick.Period != time.Minute && e.Tick.Period != time.Hour {
				t.Errorf("%s %q is a tick of %s", name, payload, e.Tick.Period)
			}
		}
		if c := e.Change; c != nil {
			found, text = found+1, fmt.Sprintf("processname:%s groupname:%s from_state:%s expected:%t pid:%d", c.ID.Name, c.ID.Group, c.From, c.Expected, c.PID)
		}
		if e.Group != nil {
			found, text = found+1, "groupname:"+e.Group.Group+"\n"
		}
		if found > 1 || found == 1 && !understood(name) {
			t.Errorf("%s %q gave %+v", name, payload, e)
		}
		again := domain.Event{Name: name}
		if decode(&again, text); found == 1 && !reflect.DeepEqual(e, again) {
			t.Errorf("%s %q gave %+v, and %q then %+v", name, payload, e, text, again)
		}
	})
}

// endless repeats a text for ever.
type endless struct {
	text string
	at   int
}

func (e *endless) Read(p []byte) (int, error) {
	n := copy(p, e.text[e.at:])
	e.at = (e.at + n) % len(e.text)
	return n, nil
}

func BenchmarkTick(b *testing.B) {
	const tick = "ver:3.0 server:supervisor serial:1 pool:lst poolserial:1 eventname:TICK_5 len:15\nwhen:1795337750"
	s := newStream(&endless{text: tick}, slog.New(slog.DiscardHandler))
	b.ReportAllocs()
	for b.Loop() {
		if e, err := s.next(); err != nil || e.Tick == nil {
			b.Fatal(e, err)
		}
	}
}

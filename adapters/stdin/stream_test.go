package stdin_test

import (
	"bytes"
	"io"
	"log/slog"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/adapters/stdin"
	"supervisor-healthcheck/domain"
)

func TestStream(t *testing.T) {
	good := event(1, "TICK_5", tickPayload)
	header := func(identifier, pool string) string {
		return "ver:3.0 server:" + identifier + " serial:1 pool:" + pool + " poolserial:101 eventname:TICK_5 len:15\n" + tickPayload
	}
	for name, c := range map[string]struct {
		text   string
		want   []domain.Event
		warned int
	}{
		"nothing":                              {"", nil, 0},
		"an event delivered again":             {good + good, []domain.Event{tick(1), tick(1)}, 0},
		"an identifier with a blank":           {header("my id", "lst"), []domain.Event{tick(1)}, 0},
		"a blank identifier":                   {header(" ", "lst"), []domain.Event{tick(1)}, 0},
		"an empty identifier":                  {header("", "lst"), []domain.Event{tick(1)}, 0},
		"an identifier like a header":          {header("ver:3.0 server:x serial:9 pool:p poolserial:9 eventname:E len:9", "lst"), []domain.Event{tick(1)}, 0},
		"an identifier with colons in Unicode": {header("ü:☃: server:", "lst"), []domain.Event{tick(1)}, 0},
		"an odd pool name":                     {header("x", "my:odd pool"), []domain.Event{tick(1)}, 0},
		"a long identifier":                    {header(strings.Repeat("x", 60_000), "lst"), []domain.Event{tick(1)}, 0},
		"a line of noise":                      {"noise\n" + good, []domain.Event{tick(1)}, 1},
		"several lines of noise are one fault": {"noise\n\nver:3.0\n" + good, []domain.Event{tick(1)}, 1},
		"noise without a line end":             {"noise" + good, []domain.Event{tick(1)}, 1},
		"two faults":                           {"noise\n" + good + "noise" + good, []domain.Event{tick(1), tick(1)}, 2},
		"noise like the end of a header":       {"ver:3.0 server:x serial:1 pool:lst poolserial:1 ever:" + good, []domain.Event{tick(1)}, 0},
		"a header without its beginning":       {good[1:] + good, []domain.Event{tick(1)}, 1},
		"a count too small":                    {strings.Replace(good, "len:15", "len:10", 1) + good, []domain.Event{early(), tick(1)}, 1},
		"a count too large": {
			strings.Replace(event(1, "REMOTE_COMMUNICATION", "x"), "len:1", "len:3", 1) + good + good,
			[]domain.Event{plain(1, "REMOTE_COMMUNICATION"), tick(1)}, 1,
		},
		"noise of 200 kB before a header": {strings.Repeat("x", 200_000) + good, []domain.Event{tick(1)}, 1},
		"bytes that are no UTF-8 count as one": {
			"ver:3.0 server:s serial:1 pool:p poolserial:101 eventname:REMOTE_COMMUNICATION len:4\n\xff\xc3x\xe2" + good,
			[]domain.Event{plain(1, "REMOTE_COMMUNICATION"), tick(1)}, 0,
		},
		"a length beyond belief": {strings.Replace(good, "len:15", "len:1073741825", 1) + "\n" + good, []domain.Event{tick(1)}, 1},
		"a negative length":      {strings.Replace(good, "len:15", "len:-1", 1) + "\n" + good, []domain.Event{tick(1)}, 1},
		"no event name":          {strings.Replace(good, "TICK_5", "", 1) + "\n" + good, []domain.Event{tick(1)}, 1},
		"an event name in two":   {strings.Replace(good, "TICK_5", "TICK 5", 1) + "\n" + good, []domain.Event{tick(1)}, 1},
		"no serial":              {strings.Replace(good, " serial:1", "", 1) + "\n" + good, []domain.Event{tick(1)}, 1},
		"no version":             {strings.Replace(good, "ver:3.0 ", "ver: ", 1) + "\n" + good, []domain.Event{tick(1)}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			want := heard{Events: c.want, Answers: answers(len(c.want)), Warned: c.warned}
			for way, in := range map[string]io.Reader{
				"in one piece": strings.NewReader(c.text),
				"in bytes":     iotest.OneByteReader(strings.NewReader(c.text)),
			} {
				if diff := cmp.Diff(want, listen(t, in)); diff != "" {
					t.Errorf("%s (-want +got):\n%s", way, diff)
				}
			}
		})
	}
}

// early is a tick of which only "when:17953" was counted.
func early() domain.Event {
	e := tick(1)
	e.Tick.When = time.Unix(17953, 0)
	return e
}

func TestEndAtEveryOffset(t *testing.T) {
	parts := []string{
		event(0, "TICK_5", tickPayload),
		event(1, "PROCESS_GROUP_ADDED", "groupname:é☃😀\n"),
		event(2, "SUPERVISOR_STATE_CHANGE_STOPPING", ""),
	}
	events := []domain.Event{
		tick(0),
		group(1, "PROCESS_GROUP_ADDED", domain.GroupChange{Group: "é☃😀"}),
		plain(2, "SUPERVISOR_STATE_CHANGE_STOPPING"),
	}
	text := strings.Join(parts, "")
	for offset := range len(text) + 1 {
		whole, end := 0, 0
		for _, part := range parts {
			if end += len(part); end <= offset {
				whole++
			}
		}
		want := heard{Events: events[:whole:whole], Answers: answers(whole)}
		if whole == 0 {
			want.Events = nil
		}
		if diff := cmp.Diff(want, listen(t, strings.NewReader(text[:offset]))); diff != "" {
			t.Fatalf("end at %d (-want +got):\n%s", offset, diff)
		}
	}
}

// Anybody may send such events. What is ours and cannot be read is said, but not over and over; what is for others is no matter.
func TestAnOrderThatCannotBeReadIsSaidOnce(t *testing.T) {
	var log bytes.Buffer
	const remote = "REMOTE_COMMUNICATION"
	text := ""
	for i, payload := range []string{"type:other\nwhat", "type:supervisor-healthcheck\nwhat", "type:supervisor-healthcheck\n" + strings.Repeat("x", 200_000), "type:supervisor-healthcheck", ""} {
		text += event(i, remote, payload)
	}
	text += event(7, "TICK_5", tickPayload)
	s := stdin.New(strings.NewReader(text), io.Discard, slog.New(slog.NewTextHandler(&log, nil)))
	for range 6 {
		e, err := s.Next(t.Context())
		if err == nil {
			err = s.Done()
		}
		if err != nil || e.Order != nil {
			t.Fatal(e, err)
		}
	}
	if n := strings.Count(log.String(), "an order came through supervisord that is none"); n != 1 || strings.Contains(log.String(), "xxx") {
		t.Errorf("it is said %d times: %s", n, log.String())
	}
}

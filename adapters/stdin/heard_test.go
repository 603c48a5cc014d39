package stdin_test

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"supervisor-healthcheck/adapters/stdin"
	"supervisor-healthcheck/domain"
)

// after is a source that has read these events.
func after(t *testing.T, events ...string) *stdin.Source {
	t.Helper()
	s := stdin.New(strings.NewReader(strings.Join(events, "")), io.Discard, slog.New(slog.DiscardHandler))
	for range events {
		if _, err := s.Next(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := s.Done(); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func TestHeartbeatsByEvent(t *testing.T) {
	talk := func(pid int) string {
		return event(pid, "PROCESS_COMMUNICATION_STDOUT", fmt.Sprintf("processname:a groupname:web pid:%d\nbeat", pid))
	}
	starting := func(name string) string {
		return event(9, "PROCESS_STATE_STARTING", "processname:"+name+" groupname:web from_state:EXITED tries:0")
	}
	for name, test := range map[string]struct {
		events  []string
		beat    bool
		anybody bool
	}{
		"a beat":                         {[]string{talk(7)}, true, true},
		"none":                           {[]string{event(1, "TICK_5", tickPayload)}, false, false},
		"that of another life":           {[]string{talk(6)}, false, true},
		"that of a life with this pid":   {[]string{talk(7), starting("a")}, false, false},
		"another has been started since": {[]string{talk(7), starting("b")}, true, true},
		"a beat since the start":         {[]string{talk(7), starting("a"), talk(7)}, true, true},
	} {
		t.Run(name, func(t *testing.T) {
			before := time.Now()
			s := after(t, test.events...)
			beats, err := s.Beats(t.Context(), domain.Process{ID: domain.ID{Group: "web", Name: "a"}, PID: 7})
			if err != nil || beats.Last.IsZero() == test.beat || beats.Ready != test.beat || beats.Anybody != test.anybody {
				t.Errorf("%+v %v", beats, err)
			}
			if test.beat && (beats.Last.Before(before) || beats.Last.After(time.Now())) {
				t.Errorf("it came at %s", beats.Last)
			}
		})
	}
}

func TestASourceThatNobodyReadsHearsNothing(t *testing.T) {
	_, err := after(t).Beats(t.Context(), domain.Process{PID: 7})
	if !errors.Is(err, domain.ErrDeaf) {
		t.Error(err)
	}
}

// What comes and goes is not remembered for ever.
func TestTheOldestHeartbeatIsForgotten(t *testing.T) {
	const most = 10_000
	var events []string
	for i := range most + 1 {
		events = append(events, event(i, "PROCESS_COMMUNICATION_STDOUT", fmt.Sprintf("processname:p%d groupname:web pid:7\n", i)))
	}
	s := after(t, events...)
	for i, want := range map[int]bool{0: false, 1: true, most: true} {
		beats, err := s.Beats(t.Context(), domain.Process{ID: domain.ID{Group: "web", Name: fmt.Sprintf("p%d", i)}, PID: 7})
		if err != nil || beats.Ready != want {
			t.Errorf("p%d: %+v %v", i, beats, err)
		}
	}
}

package stdin_test

import (
	"bytes"
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

// event writes an event as supervisord does: the length counts code points.
func event(serial int, name, payload string) string {
	return fmt.Sprintf("ver:3.0 server:supervisor serial:%d pool:lst poolserial:%d eventname:%s len:%d\n%s",
		serial, serial+100, name, len([]rune(payload)), payload)
}

func plain(serial int64, name string) domain.Event {
	return domain.Event{Name: name, Serial: serial, PoolSerial: serial + 100}
}

func tick(serial int64) domain.Event {
	e := plain(serial, "TICK_5")
	e.Tick = &domain.Tick{When: time.Unix(1795337750, 0), Period: 5 * time.Second}
	return e
}

func group(serial int64, name string, g domain.GroupChange) domain.Event {
	e := plain(serial, name)
	e.Group = &g
	return e
}

const tickPayload = "when:1795337750"

// heard is all that came of a stream.
type heard struct {
	Events  []domain.Event
	Answers string
	Warned  int
}

// listen acknowledges every event until the end of the stream.
func listen(t *testing.T, in io.Reader) heard {
	t.Helper()
	var out, log bytes.Buffer
	s := stdin.New(in, &out, slog.New(slog.NewTextHandler(&log, nil)))
	var h heard
	for {
		e, err := s.Next(t.Context())
		if err != nil {
			if !errors.Is(err, domain.ErrEventsEnded) {
				t.Errorf("Next: %v, want %v", err, domain.ErrEventsEnded)
			}
			h.Answers, h.Warned = out.String(), strings.Count(log.String(), "out of step")
			return h
		}
		h.Events = append(h.Events, e)
		if err := s.Done(); err != nil {
			t.Fatalf("Done: %v", err)
		}
	}
}

func answers(events int) string { return "READY\n" + strings.Repeat("RESULT 2\nOKREADY\n", events) }

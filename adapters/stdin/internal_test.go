package stdin

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"

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

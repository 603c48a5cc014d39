package stderr_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"supervisor-healthcheck/adapters/stderr"
)

func TestAFullPipeBlocksNobody(t *testing.T) {
	r, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = out.Close() }()
	w := stderr.New(out, 64<<10, note)
	line := strings.Repeat("x", 99)
	var writers sync.WaitGroup
	for range 4 {
		writers.Go(func() {
			for range 1000 {
				say(t, w, line)
			}
		})
	}
	writers.Wait()
	if err := w.Close(0); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("Close of a full pipe without patience = %v", err)
	}
	read := make(chan string)
	go func() { all, _ := io.ReadAll(r); read <- string(all) }()
	if err := w.Close(time.Minute); err != nil {
		t.Errorf("Close of a pipe that is read again: %v", err)
	}
	_ = out.Close()
	if lines, lost := tally(t, <-read, line); lines+lost != 4000 || lost == 0 {
		t.Errorf("%d lines and %d lost, want 4000 in all and some lost", lines, lost)
	}
}

// tally counts the lines that arrived and the sum of the notes; there must be nothing else.
func tally(t *testing.T, all, line string) (lines, lost int) {
	for got := range strings.Lines(all) {
		n := 0
		if got == line+"\n" {
			lines++
		} else if _, err := fmt.Sscanf(got, "lost %d\n", &n); err != nil {
			t.Errorf("stray line %q", got)
		}
		lost += n
	}
	return lines, lost
}

func TestABrokenPipeIsBorneInSilence(t *testing.T) {
	r, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = out.Close() }()
	_ = r.Close()
	w := stderr.New(out, 1000, note)
	say(t, w, "a", "b")
	if err := w.Close(time.Minute); err != nil {
		t.Errorf("Close: %v", err)
	}
}

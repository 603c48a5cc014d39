package web

import (
	"fmt"
	"testing"
	"time"
)

func TestGuessesArePacedForEachNeighbourhood(t *testing.T) {
	var g guesses
	now := time.Date(2030, 1, 1, 12, 0, 0, 0, time.UTC)
	tries := func(from string, n int) (taken int) {
		for range n {
			if _, ok := g.guess(from, now); ok {
				taken++
			}
		}
		return taken
	}
	for _, step := range []struct {
		after time.Duration
		from  string
		want  int
	}{
		{0, "10.0.0.1:1000", wrongAtOnce},
		{0, "10.0.0.1:2000", 0}, // another port is the same machine
		{0, "10.0.0.2:1000", wrongAtOnce},
		{0, "[2001:db8::1]:1", wrongAtOnce},
		{0, "[2001:db8::ffff]:1", 0}, // and another address of a network that one customer has
		{0, "[2001:db8:0:1::1]:1", wrongAtOnce},
		{0, "[::ffff:10.0.0.1]:1", 0},
		{0, "what is this", wrongAtOnce},
		{wrongEvery, "10.0.0.1:1000", 1},
		{3 * wrongEvery, "10.0.0.1:1000", 3},
		{time.Hour, "10.0.0.1:1000", wrongAtOnce},
	} {
		now = now.Add(step.after)
		if got := tries(step.from, 3*wrongAtOnce); got != step.want {
			t.Errorf("%s later from %s: %d, want %d", step.after, step.from, got, step.want)
		}
	}
	for range 100 {
		right, ok := g.guess("10.0.0.3:1", now)
		if !ok {
			t.Fatal("who is right is held up")
		}
		right()
	}
	if got := tries("10.0.0.3:1", 100); got != wrongAtOnce {
		t.Error(got)
	}
}

// However many addresses there are, few are remembered.
func TestGuessesOfAllTheWorldAreNotRemembered(t *testing.T) {
	var g guesses
	now := time.Date(2030, 1, 1, 12, 0, 0, 0, time.UTC)
	for i := range 3 * mostWrong {
		if _, ok := g.guess(fmt.Sprintf("10.%d.%d.%d:1", i>>16, i>>8&255, i&255), now); !ok {
			t.Fatal(i)
		}
		if len(g.next) > mostWrong {
			t.Fatal(len(g.next))
		}
	}
	if _, ok := g.guess("10.9.9.9:1", now.Add(time.Hour)); !ok || len(g.next) != 1 {
		t.Errorf("%d are remembered for ever", len(g.next))
	}
}

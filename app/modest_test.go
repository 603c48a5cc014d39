package app

import (
	"runtime"
	"testing"
)

func TestGarbageOfASmallHeapIsCollectedAtTicks(t *testing.T) {
	for name, c := range map[string]struct {
		alive, now uint64
		want       bool
	}{
		"just collected":                    {alive: 500 << 10, now: 500 << 10},
		"some garbage":                      {alive: 500 << 10, now: 884 << 10},
		"more than that":                    {alive: 500 << 10, now: 884<<10 + 1, want: true},
		"more than is alive":                {alive: 100 << 10, now: 600 << 10, want: true},
		"less than was alive":               {alive: 500 << 10, now: 400 << 10},
		"a heap that the runtime sees to":   {alive: 640<<10 + 1, now: 9 << 20},
		"the largest that it does not":      {alive: 640 << 10, now: 9 << 20, want: true},
		"never collected, and large by now": {now: 9 << 20, want: true},
	} {
		if got := untidy(c.alive, c.now); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	house := newTidier()
	house.tidy()
	runtime.GC()
	house.tidy()
	if alive, now := house[0].Value.Uint64(), house[1].Value.Uint64(); alive == 0 || now == 0 {
		t.Errorf("the runtime tells of %d and %d bytes", alive, now)
	}
}

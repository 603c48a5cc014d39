package app

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

const (
	// litter is how much garbage may lie about in a small heap when a tick comes.
	litter = 384 << 10
	// smallHeap is up to how much that is alive makes a heap a small one.
	smallHeap = 640 << 10
)

// tidier collects garbage at ticks and gives back its room. The runtime waits until there is 1 MB of it, however low GOGC is
// (sweepMinHeapDistance in runtime/mgcpacer.go, Go 1.26), which is twice as much as ten processes need, and keeps the room. One
// goroutine owns it.
type tidier []metrics.Sample

func newTidier() tidier {
	return tidier{{Name: "/gc/heap/live:bytes"}, {Name: "/memory/classes/heap/objects:bytes"}}
}

func (t tidier) tidy() {
	metrics.Read(t)
	if untidy(t[0].Value.Uint64(), t[1].Value.Uint64()) {
		debug.FreeOSMemory()
	}
}

// untidy is told how many bytes were alive after the last collection and how many are there now.
func untidy(alive, now uint64) bool { return alive <= smallHeap && now > alive+litter }

// modest sets what suffices for a program that must be cheap enough to forget, unless the environment says otherwise. It was
// measured with 10 and 1000 processes: a quarter of the usual garbage is 1 MB less memory and no visible CPU; one processor
// is a third less CPU where many checks wait for answers, and 1 MB less. Its price is that an event may wait for up to 10 ms
// for its answer while a system call blocks.
func modest() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(25)
	}
	if os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(1)
	}
}

// startIsOver is after how long a listener has done all that is done once: read settings, made the graph, listed the processes.
const startIsOver = 10 * time.Second

// forgetStart gives back the memory that only the start needed.
func forgetStart() {
	debug.FreeOSMemory()
	giveBack()
}

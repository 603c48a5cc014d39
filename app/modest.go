package app

import (
	"os"
	"runtime"
	"runtime/debug"
	"time"
)

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

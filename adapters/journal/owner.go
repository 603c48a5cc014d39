package journal

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"

	"supervisor-healthcheck/domain"
)

// owner is one life of a listener.
type owner struct {
	Listener name   `json:"listener"`
	PID      int    `json:"pid"`
	Started  uint64 `json:"started"` // in the kernel's ticks since boot; 0 where that cannot be known
	Boot     string `json:"boot,omitempty"`
}

func self(listener domain.ID, boot string) owner {
	pid := os.Getpid()
	birth, _ := born(pid)
	return owner{Listener: name(listener), PID: pid, Started: birth, Boot: boot}
}

// condition is what an owner can do for its restarts.
type condition int

const (
	gone      condition = iota // its process has ended
	suspended                  // by a signal or a debugger: it may go on at any time, or never
	alive
)

// condition asks the kernel for the very process. When in doubt it is alive, and its restart is left to it: where the birth
// of a process cannot be known, a zombie is alive until it is reaped, and so is who has its pid later.
func (o owner) condition(boot string) condition {
	if o.PID <= 0 || o.Boot != boot || errors.Is(unix.Kill(o.PID, 0), unix.ESRCH) {
		return gone
	}
	birth, state := born(o.PID)
	switch {
	case state == 'Z', state == 'X', birth != 0 && o.Started != 0 && birth != o.Started:
		return gone
	case state == 'T', state == 't':
		return suspended
	}
	return alive
}

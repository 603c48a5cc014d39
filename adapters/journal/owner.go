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

// lives reports whether the very process runs yet. When in doubt it does, and its restart is left to it: where the
// birth of a process cannot be known, a zombie lives until it is reaped, and so does who has its pid later.
func (o owner) lives(boot string) bool {
	if o.PID <= 0 || o.Boot != boot || errors.Is(unix.Kill(o.PID, 0), unix.ESRCH) {
		return false
	}
	birth, ended := born(o.PID)
	return !ended && (birth == 0 || o.Started == 0 || birth == o.Started)
}

package gopsutil

import (
	"context"
	"math"
	"sync"
	"syscall"
	"time"

	"supervisor-healthcheck/domain"
)

// cgroups tell what limits the memory of a process besides the machine.
type cgroups interface {
	// place names the cgroups that hold the process.
	place(pid int) (string, error)
	// limit is the smallest limit of memory of the cgroups of that name and those above them; math.MaxUint64 if there is none.
	limit(place string) uint64
}

// rooms keep for a minute how much memory processes may use. Most of them are in the same cgroup, that of supervisord.
type rooms struct {
	machine library
	cgroups cgroups // nil where there are none

	mu     sync.Mutex
	began  time.Time
	total  uint64 // of the machine
	pids   map[int]domain.MemoryRoom
	places map[string]uint64
}

func newRooms(proc string, c cgroups) *rooms { return &rooms{machine: library{proc: proc}, cgroups: c} }

func (r *rooms) of(ctx context.Context, pid int) (domain.MemoryRoom, error) {
	if err := ctx.Err(); err != nil {
		return domain.MemoryRoom{}, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.began.IsZero() || time.Since(r.began) >= lookAge {
		total, err := r.machine.machine(context.WithoutCancel(ctx))
		if err != nil {
			return domain.MemoryRoom{}, err
		}
		r.began, r.total = time.Now(), total
		r.pids, r.places = map[int]domain.MemoryRoom{}, map[string]uint64{}
	}
	room, known := r.pids[pid]
	if known {
		return room, nil
	}
	if pid < 1 || pid > math.MaxInt32 || syscall.Kill(pid, 0) == syscall.ESRCH {
		return room, domain.ErrGone
	}
	room = r.look(pid)
	r.pids[pid] = room
	return room, nil
}

// look asks the kernel. A process whose cgroup cannot be told has the machine.
func (r *rooms) look(pid int) domain.MemoryRoom {
	machine := domain.MemoryRoom{Bytes: r.total}
	if r.cgroups == nil {
		return machine
	}
	place, err := r.cgroups.place(pid)
	if err != nil {
		return machine
	}
	limit, known := r.places[place]
	if !known {
		limit = r.cgroups.limit(place)
		r.places[place] = limit
	}
	if limit < r.total {
		return domain.MemoryRoom{Bytes: limit, Container: true}
	}
	return machine
}

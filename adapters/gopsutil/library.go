package gopsutil

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/shirou/gopsutil/v3/common"
	"github.com/shirou/gopsutil/v3/process"

	"supervisor-healthcheck/domain"
)

// library asks gopsutil. It makes a process.Process itself, because process.NewProcess, Processes, PidExists, IsRunning
// and Children of version 3 leave a file descriptor open for each process until the next garbage collection, or run pgrep.
type library struct {
	proc string // /proc; an inherited HOST_PROC would show the processes of another pid namespace
}

func (l library) memory(ctx context.Context, pid int) (rss uint64, err error) {
	defer recovered(&err)
	ctx = l.under(ctx)
	info, err := of(pid).MemoryInfoWithContext(ctx)
	if err != nil {
		return 0, err
	}
	if info.RSS == 0 && zombie(ctx, pid) {
		return 0, domain.ErrGone
	}
	return info.RSS, nil
}

// times does not have those of children that have ended: the library does not tell them.
func (l library) times(ctx context.Context, pid int) (spent times, err error) {
	defer recovered(&err)
	ctx = l.under(ctx)
	t, err := of(pid).TimesWithContext(ctx)
	if err != nil {
		return times{}, err
	}
	// Not t.Total(): that has the waits for block devices in it.
	return times{own: time.Duration(math.Round((t.User+t.System)*1e6)) * time.Microsecond, zombie: zombie(ctx, pid)}, nil
}

// owner is the second uid where the system tells several: the real one, the effective one and others.
func (l library) owner(ctx context.Context, pid int) (uid int, err error) {
	defer recovered(&err)
	uids, err := of(pid).UidsWithContext(l.under(ctx))
	switch {
	case err != nil:
		return 0, err
	case len(uids) == 0:
		return 0, errors.New("no user is told")
	}
	return int(uint32(uids[min(1, len(uids)-1)])), nil
}

func (l library) table(ctx context.Context) (found table, err error) {
	defer recovered(&err)
	ctx = l.under(ctx)
	pids, err := process.PidsWithContext(ctx)
	if err != nil {
		return nil, fmt.Errorf("process table: %w", err)
	}
	all := make([]entry, 0, len(pids))
	for _, pid := range pids {
		if parent, err := of(int(pid)).PpidWithContext(ctx); err == nil {
			all = append(all, entry{parent: int(parent), pid: int(pid)})
		}
	}
	return newTable(all), nil
}

func (l library) under(ctx context.Context) context.Context {
	return context.WithValue(ctx, common.EnvKey, common.EnvMap{common.HostProcEnvKey: l.proc})
}

func of(pid int) *process.Process { return &process.Process{Pid: int32(pid)} }

// zombie is false where the library cannot tell.
func zombie(ctx context.Context, pid int) bool {
	status, err := of(pid).StatusWithContext(ctx)
	return err == nil && slices.Contains(status, process.Zombie)
}

// recovered makes an error of a panic: the library indexes into files of /proc without looking at their length.
func recovered(err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("gopsutil panicked: %v", r)
	}
}

package gopsutil

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/shirou/gopsutil/v3/mem"
	"github.com/shirou/gopsutil/v3/process"

	"supervisor-healthcheck/domain"
)

func (l library) openFiles(ctx context.Context, pid int) (files domain.OpenFiles, err error) {
	defer recovered(&err)
	ctx = l.under(ctx)
	open, err := of(pid).NumFDsWithContext(ctx)
	if err != nil {
		return files, untold("the number of open files", err)
	}
	if open == 0 && zombie(ctx, pid) {
		return files, domain.ErrGone
	}
	limit, err := l.fileLimit(ctx, pid)
	return domain.OpenFiles{Open: int(open), Limit: limit}, err
}

// fileLimit is the soft limit of open files.
func (l library) fileLimit(ctx context.Context, pid int) (uint64, error) {
	limits, err := of(pid).RlimitWithContext(l.under(ctx))
	if err != nil {
		return 0, untold("the limit of open files", err)
	}
	for _, limit := range limits {
		if limit.Resource == process.RLIMIT_NOFILE {
			return limit.Soft, nil
		}
	}
	return math.MaxUint64, nil
}

func (l library) threads(ctx context.Context, pid int) (threads int, err error) {
	defer recovered(&err)
	ctx = l.under(ctx)
	n, err := of(pid).NumThreadsWithContext(ctx)
	if err != nil {
		return 0, untold("the number of threads", err)
	}
	if zombie(ctx, pid) {
		return 0, domain.ErrGone
	}
	return int(n), nil
}

// machine is the memory of this machine in bytes.
func (l library) machine(ctx context.Context) (total uint64, err error) {
	defer recovered(&err)
	all, err := mem.VirtualMemoryWithContext(l.under(ctx))
	if err != nil {
		return 0, untold("the memory of the machine", err)
	}
	return all.Total, nil
}

// untold says which figure it is that this system does not tell. The error of the library is one of its internal packages.
func untold(what string, err error) error {
	if err.Error() == "not implemented yet" {
		return fmt.Errorf("%s cannot be told on this system: %w", what, errors.ErrUnsupported)
	}
	return err
}

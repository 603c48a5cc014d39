package ports

import (
	"context"
	"time"

	"supervisor-healthcheck/domain"
)

//go:generate go tool mockgen -source=stats.go -destination=../mocks/stats.go -package=mocks

// ProcessStats measures processes in the kernel. Each measuring method returns domain.ErrGone for a process that is not there.
type ProcessStats interface {
	// Round returns a context under which all measurements share one look at the kernel's process table. The look
	// is taken when the first of them needs it. The pids are the processes that may be measured in this round;
	// they help to choose the cheapest way.
	Round(ctx context.Context, pids []int) context.Context

	// Memory returns the resident memory of the process itself.
	Memory(ctx context.Context, pid int) (domain.Usage, error)

	// TreeMemory returns the resident memory of the process and all its descendants.
	TreeMemory(ctx context.Context, pid int) (domain.Usage, error)

	// CPUTime returns the user and system time that the process itself has consumed since it began.
	CPUTime(ctx context.Context, pid int) (time.Duration, error)
}

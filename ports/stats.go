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

	// TreeCPUTime returns the same of the process and all its descendants, those included that have ended and whose parent
	// has waited for them. It is less than before when a descendant has left the tree, or ends while it is measured.
	TreeCPUTime(ctx context.Context, pid int) (time.Duration, error)
}

// ProcessDetails measures in the kernel what few checks ask for. Each method returns domain.ErrGone for a process that is not
// there, and an error that wraps errors.ErrUnsupported where the system does not tell.
type ProcessDetails interface {
	// MemoryShares returns what the process, or it and all its descendants, have of the memory that several processes use. It
	// is much dearer than ProcessStats.Memory.
	MemoryShares(ctx context.Context, pid int, tree bool) (domain.MemoryShares, error)

	// MemoryRoom returns how much memory the process may use at most. It may be a minute old.
	MemoryRoom(ctx context.Context, pid int) (domain.MemoryRoom, error)

	// OpenFiles returns how many files, sockets and the like the process has open.
	OpenFiles(ctx context.Context, pid int) (domain.OpenFiles, error)

	// Threads returns how many threads the process has.
	Threads(ctx context.Context, pid int) (int, error)
}

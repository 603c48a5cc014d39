package gopsutil

import (
	"context"
	"fmt"
	"time"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/ports"
)

var _ ports.ProcessDetails = (*Stats)(nil)

// times is the processor time of a process.
type times struct {
	own    time.Duration // user and system, of all its threads
	waited time.Duration // of its children that have ended and that it has waited for, and of theirs; 0 where that is not told
	zombie bool
}

// TreeCPUTime adds up the processor time of the process and its descendants, with that of children that have ended. A zombie
// counts, until its parent has waited for it and has its time. Parents are read before their children, so that no time counts
// twice; what ends in between is missing once.
func (s *Stats) TreeCPUTime(ctx context.Context, pid int) (time.Duration, error) {
	root, err := s.cpu(ctx, pid)
	if err != nil {
		return 0, fmt.Errorf("cpu time of process tree %d: %w", pid, err)
	}
	members, err := s.round(ctx).tree(pid)
	if err != nil {
		return 0, fmt.Errorf("cpu time of process tree %d: %w", pid, err)
	}
	spent := root.own + root.waited
	for _, member := range members[1:] {
		t, err := measure(ctx, s.ways, member, way.times)
		if err != nil && !unseen(err) {
			return 0, fmt.Errorf("cpu time of process tree %d: process %d: %w", pid, member, err)
		}
		spent += t.own + t.waited
	}
	return spent, nil
}

// MemoryShares reads how much of its memory each process has alone, or shares with how many.
func (s *Stats) MemoryShares(ctx context.Context, pid int, tree bool) (domain.MemoryShares, error) {
	shares, err := measure(ctx, s.ways, pid, way.shares)
	if err != nil {
		return domain.MemoryShares{}, fmt.Errorf("memory shares of process %d: %w", pid, err)
	}
	shares.Processes = 1
	if !tree {
		return shares, nil
	}
	members, err := s.round(ctx).tree(pid)
	if err != nil {
		return domain.MemoryShares{}, fmt.Errorf("memory shares of process tree %d: %w", pid, err)
	}
	for _, member := range members[1:] {
		part, err := measure(ctx, s.ways, member, way.shares)
		switch {
		case err == nil:
			shares.PSS += part.PSS
			shares.USS += part.USS
			shares.Processes++
		case !unseen(err):
			return domain.MemoryShares{}, fmt.Errorf("memory shares of process tree %d: process %d: %w", pid, member, err)
		}
	}
	return shares, nil
}

// MemoryRoom is the memory of the machine, or of the smallest cgroup with a limit that holds the process.
func (s *Stats) MemoryRoom(ctx context.Context, pid int) (domain.MemoryRoom, error) {
	room, err := s.rooms.of(ctx, pid)
	if err != nil {
		return domain.MemoryRoom{}, fmt.Errorf("memory for process %d: %w", pid, err)
	}
	return room, nil
}

// OpenFiles counts the file descriptors of the process.
func (s *Stats) OpenFiles(ctx context.Context, pid int) (domain.OpenFiles, error) {
	files, err := measure(ctx, s.ways, pid, way.openFiles)
	if err != nil {
		return domain.OpenFiles{}, fmt.Errorf("open files of process %d: %w", pid, err)
	}
	return files, nil
}

// Threads counts the threads of the process.
func (s *Stats) Threads(ctx context.Context, pid int) (int, error) {
	threads, err := measure(ctx, s.ways, pid, way.threads)
	if err != nil {
		return 0, fmt.Errorf("threads of process %d: %w", pid, err)
	}
	return threads, nil
}

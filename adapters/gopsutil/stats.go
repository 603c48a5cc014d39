// Package gopsutil measures processes, and finds who holds a TCP port, through github.com/shirou/gopsutil/v3. On Linux it reads
// /proc itself and asks the kernel for sockets, many times cheaper, and asks the library only where that goes wrong.
package gopsutil

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"syscall"
	"time"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/ports"
)

var (
	_ ports.ProcessStats = (*Stats)(nil)
	_ ports.ProcessOwner = (*Stats)(nil)
)

// Stats measures processes. It may be used by several goroutines at once. A zombie counts as gone: nothing of it is
// left to measure. So does, on Linux, a process whose main thread has ended while others run, because it looks the same.
type Stats struct {
	ways    []way // in the order in which they are tried
	lookups lookups
	rooms   *rooms
	begin   func() // called at the beginning of a round; nil for none
}

// way is one way to ask the kernel. Its errors need not tell whether the process is gone, except for zombies.
type way interface {
	memory(ctx context.Context, pid int) (uint64, error)
	times(ctx context.Context, pid int) (times, error) // a zombie's too
	shares(ctx context.Context, pid int) (domain.MemoryShares, error)
	openFiles(ctx context.Context, pid int) (domain.OpenFiles, error)
	threads(ctx context.Context, pid int) (int, error)
	owner(ctx context.Context, pid int) (uid int, err error)
	table(ctx context.Context) (table, error)
}

// New makes a Stats.
func New() *Stats { return newStats() }

// Memory returns the resident set of the process itself, as ps shows it.
func (s *Stats) Memory(ctx context.Context, pid int) (domain.Usage, error) {
	rss, err := measure(ctx, s.ways, pid, way.memory)
	if err != nil {
		return domain.Usage{}, fmt.Errorf("memory of process %d: %w", pid, err)
	}
	return domain.Usage{RSS: rss, Processes: 1}, nil
}

// TreeMemory adds up the resident sets of the process and its descendants; pages that they share count several times.
// Descendants that vanish meanwhile, or that we may not see, are left out.
func (s *Stats) TreeMemory(ctx context.Context, pid int) (domain.Usage, error) {
	rss, err := measure(ctx, s.ways, pid, way.memory)
	if err != nil {
		return domain.Usage{}, fmt.Errorf("memory of process tree %d: %w", pid, err)
	}
	members, err := s.round(ctx).tree(pid)
	if err != nil {
		return domain.Usage{}, fmt.Errorf("memory of process tree %d: %w", pid, err)
	}
	usage := domain.Usage{RSS: rss, Processes: 1}
	for _, member := range members[1:] {
		rss, err := measure(ctx, s.ways, member, way.memory)
		if err == nil {
			usage.RSS += rss
			usage.Processes++
		} else if !unseen(err) {
			return domain.Usage{}, fmt.Errorf("memory of process tree %d: process %d: %w", pid, member, err)
		}
	}
	return usage, nil
}

// CPUTime returns the user and system time of the process itself and all its threads, without its children. On Linux
// it counts in steps of 10 ms.
func (s *Stats) CPUTime(ctx context.Context, pid int) (time.Duration, error) {
	spent, err := s.cpu(ctx, pid)
	if err != nil {
		return 0, fmt.Errorf("cpu time of process %d: %w", pid, err)
	}
	return spent.own, nil
}

// cpu is the processor time of a process that is no zombie.
func (s *Stats) cpu(ctx context.Context, pid int) (times, error) {
	spent, err := measure(ctx, s.ways, pid, way.times)
	if err == nil && spent.zombie {
		err = domain.ErrGone
	}
	return spent, err
}

// Owner returns the effective uid of the process.
func (s *Stats) Owner(ctx context.Context, pid int) (int, error) {
	uid, err := measure(ctx, s.ways, pid, way.owner)
	if err != nil {
		return 0, fmt.Errorf("user of process %d: %w", pid, err)
	}
	return uid, nil
}

func measure[T any](ctx context.Context, ways []way, pid int, ask func(way, context.Context, int) (T, error)) (T, error) {
	var none T
	err := ctx.Err()
	if err != nil {
		return none, err
	}
	if pid < 1 || pid > math.MaxInt32 {
		return none, domain.ErrGone
	}
	for _, w := range ways {
		var answer T
		if answer, err = ask(w, ctx, pid); err == nil {
			return answer, nil
		}
	}
	if syscall.Kill(pid, 0) == syscall.ESRCH { // signal 0 is not sent, only looked up: the same answer on every system
		return none, domain.ErrGone
	}
	return none, err
}

func unseen(err error) bool {
	return errors.Is(err, domain.ErrGone) || errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission)
}

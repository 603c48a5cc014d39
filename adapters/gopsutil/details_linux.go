package gopsutil

import (
	"bytes"
	"context"
	"errors"
	"strconv"

	"golang.org/x/sys/unix"

	"supervisor-healthcheck/domain"
)

// shares reads smaps_rollup, for which the kernel walks over all pages of the process: that takes from 50 µs for a small one to
// many ms for one of some GB.
func (procfs) shares(_ context.Context, pid int) (domain.MemoryShares, error) {
	var buf [2048]byte
	text, err := read(buf[:], pid, "/smaps_rollup")
	if errors.Is(err, unix.ESRCH) { // it has no memory: it is a zombie, or a kernel thread
		if _, err := living(pid); err != nil {
			return domain.MemoryShares{}, err
		}
		return domain.MemoryShares{}, nil
	}
	if err != nil {
		return domain.MemoryShares{}, err
	}
	return parseRollup(text)
}

// parseRollup reads lines such as "Pss:  1234 kB". Pages of hugetlbfs are left out, as they are in RSS.
func parseRollup(text []byte) (domain.MemoryShares, error) {
	var shares domain.MemoryShares
	found := 0
	for line := range bytes.Lines(text) {
		name, rest, _ := bytes.Cut(line, []byte{':'})
		into := &shares.USS
		switch string(name) {
		case "Pss":
			into = &shares.PSS
		case "Private_Clean", "Private_Dirty":
		default:
			continue
		}
		n, unit, ok := number(bytes.TrimLeft(rest, " "))
		if !ok || n > 1<<50 || !bytes.HasPrefix(unit, []byte("kB")) {
			return domain.MemoryShares{}, errFormat
		}
		*into += n << 10
		found++
	}
	if found != 3 {
		return domain.MemoryShares{}, errFormat
	}
	return shares, nil
}

// openFiles asks for the size of /proc/PID/fd, which is the number of files since Linux 6.2, and lists it where that is 0. The
// limit of a process of another user may stand in /proc alone.
func (procfs) openFiles(ctx context.Context, pid int) (domain.OpenFiles, error) {
	var st unix.Stat_t
	path := "/proc/" + strconv.Itoa(pid) + "/fd"
	if err := unix.Stat(path, &st); err != nil {
		return domain.OpenFiles{}, err
	}
	open := int(st.Size)
	if open == 0 {
		if _, err := living(pid); err != nil {
			return domain.OpenFiles{}, err
		}
		if err := list([]byte(path), make([]byte, 32<<10), func(int) error { open++; return nil }); err != nil {
			return domain.OpenFiles{}, err
		}
	}
	var limit unix.Rlimit
	if err := unix.Prlimit(pid, unix.RLIMIT_NOFILE, nil, &limit); err != nil {
		told, err := library{proc: "/proc"}.fileLimit(ctx, pid)
		return domain.OpenFiles{Open: open, Limit: told}, err
	}
	return domain.OpenFiles{Open: open, Limit: limit.Cur}, nil
}

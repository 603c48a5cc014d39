package gopsutil

import (
	"errors"
	"math"
	"strconv"

	"golang.org/x/sys/unix"
)

var errThreads = errors.New("too many threads")

// newLookups finds out once whether the kernel tells children (CONFIG_PROC_CHILDREN) and how many threads there are.
//
// Measured with BenchmarkStats, in ms of CPU time for the memory of trees of four processes of one thread:
//
//	roots  processes   lookup  table  library
//	1           4080     0.05     61      126
//	100          480      5.5    8.7       17
//	1000        4080       69     90      192
//
// So with few threads the lookup is the cheaper way even when it comes to every process. What turns it around is threads, as
// each has children of its own: one costs 5.5 µs to ask, a process in the table 10 to 15 µs. Hence a round may ask as many
// threads as there are processes, and then reads the table. In a container /proc may count the processes of the whole
// machine; so the number is bounded by the roots too.
func newLookups() lookups {
	if !tellsChildren() {
		return func(int) *lookup { return nil }
	}
	return func(roots int) *lookup {
		l := &lookup{children: children}
		l.left.Store(int64(min(processes(), 64+8*roots)))
		return l
	}
}

// tellsChildren tries it on this program, that surely has more than one thread.
func tellsChildren() bool {
	return unix.Access("/proc/thread-self/children", unix.R_OK) == nil && links("/proc/self/task") > 3
}

// processes is 0 if it cannot be told. The link count of /proc is that of its static directories and all processes.
func processes() int { return links("/proc") }

// children appends the children of all threads of the process to found: each thread has its own. A process of more than
// most threads is errThreads; one that vanished has no children.
func children(pid int, found []int, most int64) (more []int, threads int, err error) {
	var room [pathSize]byte
	task := pathOf(room[:0], pid, "/task")
	switch threads = links(string(task)) - 2; { // without . and ..
	case threads < 0:
		return found, 0, nil
	case int64(threads) > most:
		return found, 0, errThreads
	case threads == 1:
		more, err = childrenOf(pid, pid, found)
		return more, 1, err
	}
	var buf [1024]byte
	err = list(task, buf[:], func(tid int) (err error) {
		found, err = childrenOf(pid, tid, found)
		return err
	})
	return found, threads, err
}

func childrenOf(pid, tid int, found []int) ([]int, error) {
	var room [pathSize]byte
	path := pathOf(room[:0], pid, "/task/")
	fd, err := open(append(strconv.AppendInt(path, int64(tid), 10), "/children"...), 0)
	if err != nil {
		return found, err
	}
	defer unix.Close(fd)
	return numbers(fd, found)
}

// numbers reads decimal numbers, each of which is followed by a blank, to the end of the file. They are pids, and so not large.
func numbers(fd int, found []int) ([]int, error) {
	var buf [4096]byte
	for n := 0; ; {
		size, err := unix.Read(fd, buf[:])
		if err != nil || size == 0 {
			return found, err
		}
		for _, c := range buf[:size] {
			switch {
			case c == ' ':
				found, n = append(found, n), 0
			case '0' <= c && c <= '9':
				if n = n*10 + int(c-'0'); n > math.MaxInt32 {
					return found, errFormat
				}
			default:
				return found, errFormat
			}
		}
	}
}

// links is the link count of the directory, 0 if it cannot be told.
func links(path string) int {
	var st unix.Stat_t
	if unix.Lstat(path, &st) != nil {
		return 0
	}
	return int(st.Nlink)
}

package gopsutil

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"
)

// procSockets reads /proc: who listens from net/tcp and net/tcp6, who holds what from the links in PID/fd.
type procSockets struct {
	listeners *shared[listener] // all there are, ordered by inode
	holdings  *shared[holding]
}

// holding is a process that has a listening socket open.
type holding struct {
	inode uint64
	pid   int
}

// looksRest makes room for others: going through the files of 1000 processes takes a core for about 6 ms.
const looksRest = 200 * time.Millisecond

var errHeld = errors.New("held")

func newSights() []sight { return []sight{newProcSockets(), newLibrarySockets()} }

func newProcSockets() procSockets {
	s := procSockets{listeners: newShared(listeners)}
	s.holdings = newShared(s.look)
	s.holdings.rest = looksRest
	return s
}

// squatters settles first who is listening and asks then who the family is: a socket that is opened later, by a worker that
// is born later, is neither held against the family nor taken for a squatter's.
func (s procSockets) squatters(ctx context.Context, port int, family iter.Seq2[int, error]) ([]int, error) {
	sockets, err := s.on(ctx, port)
	if err != nil || len(sockets) == 0 {
		return nil, err
	}
	for member, err := range family {
		if err != nil {
			return nil, err
		}
		if held, err := holds(ctx, member, sockets); held || err != nil {
			return nil, err
		}
	}
	return s.holders(ctx, sockets)
}

// on returns the sockets that listen on the port.
func (s procSockets) on(ctx context.Context, port int) (found []listener, err error) {
	all, err := s.listeners.fresh(ctx)
	for _, l := range all {
		if int(l.port) == port {
			found = append(found, l)
		}
	}
	return found, err
}

// holds reports whether the process has one of the sockets open.
func holds(ctx context.Context, pid int, sockets []listener) (bool, error) {
	var buf [1024]byte
	err := visitSockets(ctx, pid, buf[:], func(inode uint64) error {
		if among(sockets, inode) {
			return errHeld
		}
		return nil
	})
	if err == errHeld {
		return true, nil
	}
	return false, err
}

// holders returns the pids of those that have one of the sockets open, as far as they may be seen.
func (s procSockets) holders(ctx context.Context, sockets []listener) (pids []int, err error) {
	all, err := s.holdings.fresh(ctx)
	for _, h := range all {
		if among(sockets, h.inode) {
			pids = append(pids, h.pid)
		}
	}
	slices.Sort(pids)
	return slices.Compact(pids), err
}

// look goes once through the open files of all processes. Of the listeners it takes those seen last: whoever waits for the
// look has seen them, or earlier ones, before it began.
func (s procSockets) look(ctx context.Context) (found []holding, err error) {
	sockets, err := s.listeners.since(ctx, time.Time{})
	if err != nil {
		return nil, err
	}
	buf := make([]byte, 8<<10)
	pids, files := buf[:4<<10], buf[4<<10:]
	err = list([]byte("/proc"), pids, func(pid int) error {
		return visitSockets(ctx, pid, files, func(inode uint64) error {
			if among(sockets, inode) {
				found = append(found, holding{inode, pid})
			}
			return nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("open files of all processes: %w", err)
	}
	return found, nil
}

package gopsutil

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strconv"
	"time"
)

// errEnough ends a walk.
var errEnough = errors.New("enough")

// lookRest is how many times as long as a look at the open files of all processes it rests after it: so whatever is asked, it
// takes a hundredth of a core at most.
const lookRest = 100

func socketWays(l library) []socketWay { return []socketWay{newKernelSockets(), newLibrarySockets(l)} }

// kernelSockets asks the kernel for the listening sockets alone, and for those of one port. The tables in /proc, which the library
// reads, have every connection of the machine in them: of some thousands, that takes as many times as long.
type kernelSockets struct {
	all *cache[map[uint32][]openFile] // by inode: who holds the sockets that listen
}

// openFile is a file that a process has open.
type openFile struct {
	pid, fd int
}

func newKernelSockets() kernelSockets {
	return kernelSockets{newCache(holdersOfAll, func(took time.Duration) time.Duration { return lookRest * took })}
}

func (k kernelSockets) on(_ context.Context, port int) (listeners, error) {
	if port < 1 || port > 65535 {
		return nil, nil
	}
	there, err := listeningSockets(uint16(port))
	if err != nil || !slices.ContainsFunc(there, kernelSocket.reachable) {
		return nil, err
	}
	return kernelPort{k, there}, nil
}

type kernelPort struct {
	kernelSockets
	sockets []kernelSocket
}

func (p kernelPort) has(inode uint32) bool {
	return slices.ContainsFunc(p.sockets, func(s kernelSocket) bool { return s.inode == inode })
}

func (p kernelPort) heldBy(_ context.Context, pid int) (held bool) {
	_ = eachSocket(pid, make([]byte, 4<<10), func(_ int, inode uint32) bool {
		held = p.has(inode)
		return !held
	})
	return held
}

// holders has all processes looked at only if those that are known do not hold all of the sockets any more.
func (p kernelPort) holders(ctx context.Context) (pids []int, err error) {
	all, err := p.all.get(ctx, func(known map[uint32][]openFile) bool {
		return !slices.ContainsFunc(p.sockets, func(s kernelSocket) bool { return len(s.holders(known)) == 0 })
	})
	for _, s := range p.sockets {
		pids = append(pids, s.holders(all)...)
	}
	slices.Sort(pids)
	return slices.Compact(pids), err
}

// holders are those processes of the known ones that hold the socket now.
func (s kernelSocket) holders(known map[uint32][]openFile) (pids []int) {
	for _, at := range known[s.inode] {
		if inode, ok := socketAt(at.pid, at.fd); ok && inode == s.inode {
			pids = append(pids, at.pid)
		}
	}
	return pids
}

// holdersOfAll looks at the open files of all processes. Those that vanish meanwhile, or are hidden from us, are left out.
func holdersOfAll(ctx context.Context) (map[uint32][]openFile, error) {
	there, err := listeningSockets(0)
	if err != nil {
		return nil, err
	}
	found := make(map[uint32][]openFile, len(there))
	for _, s := range there {
		found[s.inode] = nil
	}
	buf := make([]byte, 4<<10)
	err = list([]byte("/proc"), make([]byte, 32<<10), func(pid int) error {
		_ = eachSocket(pid, buf, func(fd int, inode uint32) bool {
			if holders, listens := found[inode]; listens {
				found[inode] = append(holders, openFile{pid, fd})
			}
			return true
		})
		return ctx.Err()
	})
	return found, err
}

// eachSocket visits the sockets among the open files of a process, until visit says that it is enough.
func eachSocket(pid int, buf []byte, visit func(fd int, inode uint32) (more bool)) error {
	var room [pathSize]byte
	return list(pathOf(room[:0], pid, "/fd"), buf, func(fd int) error {
		if inode, ok := socketAt(pid, fd); ok && !visit(fd, inode) {
			return errEnough
		}
		return nil
	})
}

// socketAt is the inode of the socket that the process has open there, if it is one.
func socketAt(pid, fd int) (inode uint32, ok bool) {
	var room, link [pathSize]byte
	target, err := readlink(strconv.AppendInt(pathOf(room[:0], pid, "/fd/"), int64(fd), 10), link[:])
	if err != nil {
		return 0, false
	}
	digits, ok := bytes.CutPrefix(target, []byte("socket:["))
	n, _, end := number(digits)
	return uint32(n), ok && end
}

package gopsutil

import (
	"bytes"
	"context"
	"errors"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"supervisor-healthcheck/domain"
)

// tick is the unit of the times in /proc/PID/stat: USER_HZ is 100 on every Linux that Go runs on, whatever HZ the
// kernel was built with.
const tick = time.Second / 100

// bufferSize holds the fields that are read of /proc/PID/stat, the first 20, with room: together
// they are shorter than 450 bytes.
const bufferSize = 512

var errFormat = errors.New("unexpected format in /proc")

// procfs reads /proc with three system calls a file, or one if the file is open already, and no allocation.
// os.ReadFile takes ten.
type procfs struct {
	pageSize uint64
	files    *heldFiles
}

func newStats() *Stats {
	fast := procfs{pageSize: uint64(os.Getpagesize()), files: newHeldFiles()}
	return &Stats{
		ways:    []way{fast, library{proc: "/proc"}},
		lookups: newLookups(),
		rooms:   newRooms("/proc", containers{proc: "/proc", self: "/proc/self/mountinfo"}),
		begin:   fast.files.nextRound,
	}
}

// memory reads the second field of statm. The rss in stat is another number, that lags behind by some pages per CPU.
func (f procfs) memory(_ context.Context, pid int) (uint64, error) {
	var buf [bufferSize]byte
	text, err := f.files.read(buf[:], pid, fileStatm)
	if err != nil {
		return 0, err
	}
	pages, err := parseStatm(text)
	if err != nil {
		return 0, err
	}
	if pages > 0 {
		return pages * f.pageSize, nil
	}
	_, err = living(pid) // a kernel thread has no memory either
	return 0, err
}

// parseStatm returns the second field, the pages that are resident.
func parseStatm(text []byte) (uint64, error) {
	_, rest, _ := bytes.Cut(text, []byte{' '})
	pages, _, ok := number(rest)
	if !ok {
		return 0, errFormat
	}
	return pages, nil
}

func (f procfs) times(_ context.Context, pid int) (times, error) {
	s, err := f.stat(pid)
	return s.times, err
}

// threads is in the same file, which is open already if the process is one whose processor time is looked at too.
func (f procfs) threads(_ context.Context, pid int) (int, error) {
	s, err := f.stat(pid)
	if err == nil && s.zombie {
		return 0, domain.ErrGone
	}
	return s.threads, err
}

func (f procfs) stat(pid int) (stat, error) {
	var buf [bufferSize]byte
	text, err := f.files.read(buf[:], pid, fileStat)
	if err != nil {
		return stat{}, err
	}
	return parseStat(text)
}

// owner is that of the process's directory: the kernel gives that to the effective uid, also where what is in it belongs to root
// because the process has changed its user.
func (procfs) owner(_ context.Context, pid int) (int, error) {
	var st unix.Stat_t
	if err := unix.Lstat("/proc/"+strconv.Itoa(pid), &st); err != nil {
		return 0, err
	}
	return int(st.Uid), nil
}

// stat is what is used of /proc/PID/stat.
type stat struct {
	times
	parent  int
	threads int
}

func living(pid int) (stat, error) {
	s, err := readStat(pid)
	if err == nil && s.zombie {
		return stat{}, domain.ErrGone
	}
	return s, err
}

func readStat(pid int) (stat, error) {
	var buf [bufferSize]byte
	text, err := read(buf[:], pid, "/stat")
	if err != nil {
		return stat{}, err
	}
	return parseStat(text)
}

// parseStat reads the line as proc_pid_stat(5) describes it: pid (comm) state ppid and so on. The comm may hold blanks
// and parentheses, so that only the last parenthesis ends it.
func parseStat(text []byte) (stat, error) {
	end := bytes.LastIndexByte(text, ')')
	if end < 0 || len(text) < end+4 {
		return stat{}, errFormat
	}
	state, rest := text[end+2], text[end+4:]
	parent, rest, ok := number(rest)
	for range 9 { // from pgrp to cmajflt; tpgid can be -1
		_, rest, _ = bytes.Cut(rest, []byte{' '})
	}
	user, rest, good := number(rest)
	system, rest, fine := number(rest)
	waited, rest, right := number(rest)
	more, rest, sound := number(rest)
	for range 2 { // priority, which can be negative, and nice
		_, rest, _ = bytes.Cut(rest, []byte{' '})
	}
	threads, _, whole := number(rest)
	if !(ok && good && fine && right && sound && whole) {
		return stat{}, errFormat
	}
	return stat{
		parent:  int(parent),
		threads: int(threads),
		times:   times{own: time.Duration(user+system) * tick, waited: time.Duration(waited+more) * tick, zombie: state == 'Z' || state == 'X'},
	}, nil
}

// number reads a decimal number, of at most 18 digits, and the one byte that ends it.
func number(text []byte) (n uint64, rest []byte, ok bool) {
	i := 0
	for ; i < len(text) && '0' <= text[i] && text[i] <= '9'; i++ {
		n = n*10 + uint64(text[i]-'0')
	}
	if i == 0 || i == len(text) || i > 18 { // with more it would not fit
		return 0, nil, false
	}
	return n, text[i+1:], true
}

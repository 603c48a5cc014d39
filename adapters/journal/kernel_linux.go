package journal

import (
	"bytes"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// systemRuntimeDir is where root keeps what need not survive a boot.
const systemRuntimeDir = "/run"

// kernelBoot returns the kernel's id of this boot and the time since, which no setting of a clock changes.
func kernelBoot() (id string, uptime time.Duration) {
	id = bootID()
	var since unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &since); err != nil || id == "" {
		return "", 0
	}
	return id, time.Duration(since.Nano())
}

// bootID is the same for as long as we live.
var bootID = sync.OnceValue(func() string {
	var room [64]byte
	return strings.TrimSpace(string(read("/proc/sys/kernel/random/boot_id", room[:])))
})

// born returns when a process was started, in clock ticks since boot, or 0 if that cannot be known, and its state; see
// proc(5), fields 22 and 3 of stat.
func born(pid int) (ticks uint64, state byte) {
	var room [1024]byte
	text := read("/proc/"+strconv.Itoa(pid)+"/stat", room[:])
	command := bytes.LastIndexByte(text, ')') // it may hold any byte, and stands in parentheses
	fields := bytes.Fields(text[command+1:])
	if len(fields) < 20 {
		return 0, 0
	}
	ticks, err := strconv.ParseUint(string(fields[19]), 10, 64)
	if err != nil {
		return 0, 0
	}
	return ticks, fields[0][0]
}

// read returns the beginning of a file of /proc, which is given whole in one read, or nothing. It is done without os.File, whose
// poller costs more than the reading.
func read(name string, into []byte) []byte {
	fd, err := unix.Open(name, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil
	}
	defer unix.Close(fd)
	n, err := unix.Read(fd, into)
	if err != nil {
		return nil
	}
	return into[:n]
}

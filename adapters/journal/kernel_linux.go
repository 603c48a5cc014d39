package journal

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// systemRuntimeDir is where root keeps what need not survive a boot.
const systemRuntimeDir = "/run"

// kernelBoot returns the kernel's id of this boot and the time since, which no setting of a clock changes.
func kernelBoot() (id string, uptime time.Duration) {
	text, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return "", 0
	}
	var since unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &since); err != nil {
		return "", 0
	}
	return strings.TrimSpace(string(text)), time.Duration(since.Nano())
}

// born returns when a process was started, in clock ticks since boot, or 0 if that cannot be known, and its state; see
// proc(5), fields 22 and 3 of stat.
func born(pid int) (ticks uint64, state byte) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, 0
	}
	command := strings.LastIndex(string(text), ")") // it may hold any byte, and stands in parentheses
	fields := strings.Fields(string(text[command+1:]))
	if len(fields) < 20 {
		return 0, 0
	}
	ticks, err = strconv.ParseUint(fields[19], 10, 64)
	if err != nil {
		return 0, 0
	}
	return ticks, fields[0][0]
}

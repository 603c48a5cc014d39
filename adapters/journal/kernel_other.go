//go:build !linux

package journal

import "time"

// systemRuntimeDir is where root keeps what need not survive a boot.
const systemRuntimeDir = "/var/run"

// kernelBoot knows no boot: the wall clock has to do.
func kernelBoot() (id string, uptime time.Duration) { return "", 0 }

// born cannot tell: that a process with this pid exists has to do.
func born(int) (ticks uint64, state byte) { return 0, 0 }

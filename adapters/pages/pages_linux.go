package pages

import (
	"bytes"
	"os"
	"strconv"
	"syscall"
)

func release() {
	program, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return
	}
	maps, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		return
	}
	for _, m := range clean(maps, program) {
		// The mapping stays as it is; an error leaves the pages where they are.
		syscall.Syscall(syscall.SYS_MADVISE, m.from, m.to-m.from, syscall.MADV_DONTNEED) //nolint:errcheck
	}
}

// mapping is a range of addresses.
type mapping struct{ from, to uintptr }

// clean finds the mappings of the program file in which every page is as it is in the file, and has to stay so. The
// text is that of /proc/PID/smaps, see proc_pid_smaps(5): a line about the mapping, then lines with its numbers.
func clean(maps []byte, program string) (found []mapping) {
	var current mapping
	candidate := false
	for line := range bytes.Lines(maps) {
		if m, mode, path, ok := header(line); ok {
			current = m
			candidate = path == program && len(mode) == 4 && mode[0] == 'r' && mode[1] == '-' && mode[3] == 'p'
		} else if rest, ok := bytes.CutPrefix(line, []byte("Anonymous:")); ok && candidate && string(bytes.TrimSpace(rest)) == "0 kB" {
			found = append(found, current)
		}
	}
	return found
}

// header reads a line such as "00400000-00865000 r-xp 00000000 fe:00 1234    /usr/bin/program".
func header(line []byte) (m mapping, mode, path string, ok bool) {
	fields := bytes.SplitN(line, []byte(" "), 6)
	from, to, dash := bytes.Cut(fields[0], []byte("-"))
	if !dash || len(fields) < 6 {
		return mapping{}, "", "", false
	}
	first, err1 := strconv.ParseUint(string(from), 16, strconv.IntSize)
	end, err2 := strconv.ParseUint(string(to), 16, strconv.IntSize)
	if err1 != nil || err2 != nil || first >= end {
		return mapping{}, "", "", false
	}
	return mapping{uintptr(first), uintptr(end)}, string(fields[1]), string(bytes.TrimSpace(fields[5])), true
}

package gopsutil

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// containers reads the limits of cgroups, of version 1 and 2, as cgroups(7) describes them.
type containers struct {
	proc string
	self string // mountinfo of our own
}

// place is the file that says where the process is: it has a line for each hierarchy.
func (c containers) place(pid int) (string, error) {
	text, err := os.ReadFile(filepath.Join(c.proc, strconv.Itoa(pid), "cgroup"))
	return string(text), err
}

// limit walks from the cgroups of the place up to where each hierarchy is mounted. What is above that, such as outside of a
// container whose cgroups we see alone, cannot be seen; there the place itself is mostly the one with the limit.
func (c containers) limit(place string) uint64 {
	mountinfo, _ := os.ReadFile(c.self)
	least := uint64(math.MaxUint64)
	for line := range strings.Lines(place) {
		parts := strings.SplitN(strings.TrimSuffix(line, "\n"), ":", 3)
		if len(parts) < 3 {
			continue
		}
		unified := parts[0] == "0" && parts[1] == ""
		if !unified && !slices.Contains(strings.Split(parts[1], ","), "memory") {
			continue
		}
		for mount := range strings.Lines(string(mountinfo)) {
			if root, at, ok := hierarchy(mount, unified); ok {
				least = min(least, smallest(at, below(parts[2], root), unified))
			}
		}
	}
	return least
}

// hierarchy reads a line of mountinfo, see proc_pid_mountinfo(5): what of the hierarchy is mounted and where.
func hierarchy(line string, unified bool) (root, at string, ok bool) {
	before, after, _ := strings.Cut(line, " - ")
	fields, kinds := strings.Fields(before), strings.Fields(after)
	if len(fields) < 5 || len(kinds) < 3 {
		return "", "", false
	}
	switch {
	case unified:
		ok = kinds[0] == "cgroup2"
	default:
		ok = kinds[0] == "cgroup" && slices.Contains(strings.Split(kinds[2], ","), "memory")
	}
	return unescaped(fields[3]), unescaped(fields[4]), ok
}

// unescaped undoes the octal escapes of mountinfo.
func unescaped(path string) string {
	return strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`).Replace(path)
}

// below is where the cgroup of a process is under the mount. Without a namespace of cgroups a container has only its own part mounted.
// One that is elsewhere, as one outside of our namespace is, is taken for the one that is mounted.
func below(path, root string) string {
	path = strings.TrimSuffix(path, " (deleted)")
	if root != "/" {
		rest, inside := strings.CutPrefix(path, root)
		if !inside || rest != "" && rest[0] != '/' {
			return "/"
		}
		path = rest
	}
	if slices.Contains(strings.Split(path, "/"), "..") {
		return "/"
	}
	return filepath.Clean("/" + path)
}

func smallest(mount, path string, unified bool) uint64 {
	name := "memory.limit_in_bytes"
	if unified {
		name = "memory.max"
	}
	least := uint64(math.MaxUint64)
	for {
		text, _ := os.ReadFile(filepath.Join(mount, path, name))
		if n, err := strconv.ParseUint(strings.TrimSpace(string(text)), 10, 64); err == nil && n > 0 { // "max" is none
			least = min(least, n)
		}
		if path == "/" {
			return least
		}
		path = filepath.Dir(path)
	}
}

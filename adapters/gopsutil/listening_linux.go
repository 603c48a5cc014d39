package gopsutil

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// accepts is the flag of a socket that listens: SO_ACCEPTCON of the kernel, which the library does not tell.
const accepts = 1 << 16

// sockets are the paths of the unix sockets on which a process listens.
func (l library) sockets(_ context.Context, pid int) (paths []string, err error) {
	folder := filepath.Join(l.proc, strconv.Itoa(pid))
	own, err := inodes(filepath.Join(folder, "fd"))
	if err != nil || len(own) == 0 {
		return nil, err
	}
	table, err := os.ReadFile(filepath.Join(folder, "net", "unix"))
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(string(table)) {
		inode, path, ok := unixListener(line)
		if !ok || !own[inode] {
			continue
		}
		if !filepath.IsAbs(path) { // it was made where the process was then, which is mostly where it is
			cwd, err := os.Readlink(filepath.Join(folder, "cwd"))
			if err != nil {
				continue
			}
			path = filepath.Join(cwd, path)
		}
		if info, err := os.Stat(path); err == nil && info.Mode()&fs.ModeSocket != 0 {
			paths = append(paths, path)
		}
	}
	return paths, nil
}

// unixListener reads a line of /proc/net/unix: Num RefCount Protocol Flags Type St Inode Path. Only the path may hold blanks.
func unixListener(line string) (inode, path string, ok bool) {
	fields := strings.SplitN(strings.TrimSuffix(line, "\n"), ":", 2)
	if len(fields) != 2 {
		return "", "", false
	}
	rest := fields[1]
	var columns [6]string
	for i := range columns {
		columns[i], rest, _ = strings.Cut(strings.TrimLeft(rest, " "), " ")
	}
	flags, err := strconv.ParseUint(columns[2], 16, 64)
	abstract := rest == "" || rest[0] == '@'
	return columns[5], rest, err == nil && flags&accepts != 0 && !abstract
}

// inodes are those of the sockets among the open files.
func inodes(folder string) (map[string]bool, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	own := map[string]bool{}
	for _, e := range entries {
		target, _ := os.Readlink(filepath.Join(folder, e.Name()))
		if inode, ok := strings.CutPrefix(target, "socket:["); ok {
			own[strings.TrimSuffix(inode, "]")] = true
		}
	}
	return own, nil
}

package gopsutil

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// table reads the stat of every process that is listed.
func (procfs) table(context.Context) (table, error) {
	var all []entry
	err := list([]byte("/proc"), make([]byte, 32<<10), func(pid int) error {
		s, err := readStat(pid)
		if err == nil {
			all = append(all, entry{parent: s.parent, pid: pid})
		}
		if errors.Is(err, errFormat) || errors.Is(err, unix.EMFILE) || errors.Is(err, unix.ENFILE) {
			return err
		}
		return nil // it vanished, or is hidden from us
	})
	if err != nil {
		return nil, fmt.Errorf("process table: %w", err)
	}
	return newTable(all), nil
}

// list visits the names in a directory of /proc that are numbers.
func list(path, buf []byte, visit func(int) error) error {
	fd, err := open(path, unix.O_DIRECTORY)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	for {
		n, err := unix.Getdents(fd, buf)
		if err != nil || n == 0 {
			return err
		}
		if err := visitNumbers(buf[:n], visit); err != nil {
			return err
		}
	}
}

// visitNumbers walks over linux_dirent64 records, see getdents64(2).
func visitNumbers(entries []byte, visit func(int) error) error {
	const sizeAt, nameAt = 16, 19
	for len(entries) > nameAt {
		size := int(binary.NativeEndian.Uint16(entries[sizeAt:]))
		if size <= nameAt || size > len(entries) {
			return errFormat
		}
		if n, rest, ok := number(entries[nameAt:size]); ok && entries[size-len(rest)-1] == 0 {
			if err := visit(int(n)); err != nil {
				return err
			}
		}
		entries = entries[size:]
	}
	return nil
}

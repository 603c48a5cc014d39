package gopsutil

import (
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// FuzzStat writes a line of /proc/PID/stat as the kernel does, whatever the name of the command is, and has it read.
func FuzzStat(f *testing.F) {
	f.Add("sh", int32(1), uint32(5), uint32(6), uint8('S'), int32(-1), uint32(7), uint16(1))
	f.Add("a) S 1 (", int32(7), uint32(0), uint32(math.MaxUint32), uint8('Z'), int32(5), uint32(math.MaxUint32), uint16(math.MaxUint16))
	f.Add("))) Z 1 1 1 1 1", int32(0), uint32(0), uint32(0), uint8('X'), int32(0), uint32(0), uint16(0))
	f.Fuzz(func(t *testing.T, comm string, parent int32, user, system uint32, state uint8, tpgid int32, waited uint32, threads uint16) {
		if len(comm) > 64 || parent < 0 || state < 'A' || state > 'z' { // a kernel thread's is up to 64 long, a command's 15
			return
		}
		line := fmt.Sprintf("12 (%s) %c %d 12 12 0 %d 4194304 100 0 0 0 %d %d %d 1 -%d 0 %d 0 33 1000 10 184467440737\n", comm, state, parent, tpgid, user, system, waited, threads%100, threads)
		want := stat{parent: int(parent), threads: int(threads), times: times{own: time.Duration(int64(user)+int64(system)) * tick,
			waited: time.Duration(int64(waited)+1) * tick, zombie: state == 'Z' || state == 'X'}}
		if got, err := parseStat([]byte(line)); got != want || err != nil {
			t.Errorf("%q: %+v, %v; want %+v", line, got, err, want)
		}
	})
}

// FuzzProcText has anything read as each file of /proc: numbers are those that are written there, or there are none.
func FuzzProcText(f *testing.F) {
	for _, seed := range []string{"", "1 (a) S 1 1 1 1 1 1 1 1 1 1 1 1 1 1", "1 (a) S 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 ", "1 2 3 ", "1 2", "99999999999999999999 1 ", "4294967296 ", " ", ")", ") S ", "1 a ",
		") S 18446744073709551616 1 1 1 1 1 1 1 1 1 99999999999999999999 1 "} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if len(text) > bufferSize {
			return
		}
		if n, rest, ok := number(text); ok {
			digits := text[:len(text)-len(rest)-1]
			if want, err := strconv.ParseUint(string(digits), 10, 64); want != n || err != nil {
				t.Errorf("%q is %d, want %d, %v", text, n, want, err)
			}
		}
		if pages, err := parseStatm(text); err == nil {
			fields := strings.SplitN(string(text), " ", 3)
			if len(fields) < 2 || !strings.HasPrefix(fields[1], strconv.FormatUint(pages, 10)) && strings.Trim(fields[1], "0") != "" && fields[1][0] != '0' {
				t.Errorf("%q has %d pages", text, pages)
			}
		}
		if s, err := parseStat(text); err == nil && (s.parent < 0 || s.own < 0 || s.waited < 0 || s.threads < 0) {
			t.Errorf("%q gave %+v", text, s)
		}
	})
}

// FuzzChildren writes pids as the kernel does, with anything behind them: they are found, and nothing that cannot be a pid.
func FuzzChildren(f *testing.F) {
	f.Add(uint8(3), int32(7), []byte(""))
	f.Add(uint8(0), int32(1), []byte("x"))
	f.Add(uint8(200), int32(math.MaxInt32), []byte("99999999999999999999 "))
	f.Fuzz(func(t *testing.T, count uint8, first int32, rest []byte) {
		if first < 1 || len(rest) > 256 {
			return
		}
		var text []byte
		var want []int
		for i := range int(count) {
			pid := int(first) - i%int(first)
			want = append(want, pid)
			text = append(strconv.AppendInt(text, int64(pid), 10), ' ')
		}
		fd, err := unix.MemfdCreate("children", unix.MFD_CLOEXEC)
		if err != nil {
			t.Skip(err)
		}
		defer unix.Close(fd)
		if _, err := unix.Write(fd, append(text, rest...)); err != nil {
			t.Fatal(err)
		}
		if _, err := unix.Seek(fd, 0, 0); err != nil {
			t.Fatal(err)
		}
		found, err := numbers(fd, nil)
		if len(found) < len(want) || !slices.Equal(found[:len(want)], want) {
			t.Errorf("%q gave %v, %v", append(text, rest...), found, err)
		}
		if slices.ContainsFunc(found, func(pid int) bool { return pid < 0 || pid > math.MaxInt32 }) {
			t.Errorf("%q gave %v", rest, found)
		}
	})
}

// FuzzDirectory has anything read as a list of names of the kernel's.
func FuzzDirectory(f *testing.F) {
	record := func(name string) []byte {
		r := make([]byte, 16, 64)
		r = binary.NativeEndian.AppendUint16(r, 32)
		r = append(append(r, 4), name...)
		return append(r, make([]byte, 32-len(r))...)
	}
	f.Add(record("12"))
	f.Add(append(record("self"), record("4711")...))
	f.Add(record("12")[:20])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, entries []byte) {
		if len(entries) > 1024 {
			return
		}
		visits := 0
		err := visitNumbers(entries, func(n int) error {
			visits++
			if n < 0 || !strings.Contains(string(entries), strconv.Itoa(n)) && n != 0 {
				t.Errorf("%q has no %d", entries, n)
			}
			return nil
		})
		if visits > len(entries)/20 {
			t.Errorf("%d of %d bytes, %v", visits, len(entries), err)
		}
	})
}

// FuzzSockets has anything read as the table of TCP sockets, with one line in it that is as the kernel writes it.
func FuzzSockets(f *testing.F) {
	dir := f.TempDir()
	for _, path := range []string{"7/net", "7/fd"} {
		if err := os.MkdirAll(filepath.Join(dir, path), 0o700); err != nil {
			f.Fatal(err)
		}
	}
	if err := os.Symlink("socket:[4711]", filepath.Join(dir, "7/fd/3")); err != nil {
		f.Fatal(err)
	}
	f.Add("", uint16(8080), uint8(10), "")
	f.Add("x\n", uint16(1), uint8(1), "\n")
	f.Add("   1: 0100007F:1F90\n", uint16(65535), uint8(10), "   1: 0100007F 1 0A 1 1 1 1 1 4711\n")
	f.Add("   1: :: :: 0A 1 1 1 1 1 4711\n", uint16(0), uint8(10), "   1: ZZ:ZZ ZZ:ZZ 0A 1 1 1 1 1 4711\n")
	f.Fuzz(func(t *testing.T, before string, port uint16, state uint8, after string) {
		if len(before)+len(after) > 512 {
			return
		}
		line := fmt.Sprintf("   0: 0100007F:%04X 00000000:0000 %02X 00000000:00000000 00:00000000 00000000     0        0 4711 1 0000000000000000 100 0 0 10 0\n", port, state)
		table := "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n" + before + line + after
		for path, text := range map[string]string{"7/net/tcp": table, "7/net/tcp6": before + after} {
			if err := os.WriteFile(filepath.Join(dir, path), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		found, err := library{proc: dir}.listening(t.Context(), 7)
		if before == "" && after == "" && (err != nil || slices.Contains(found, socket{int(port), 7}) != (state == 10)) {
			t.Errorf("port %d in state %d: %v, %v", port, state, found, err)
		}
		for _, one := range found {
			if one.pid != 7 || one.port < 0 || one.port > 65535 {
				t.Errorf("%q gave %+v", table, one)
			}
		}
	})
}

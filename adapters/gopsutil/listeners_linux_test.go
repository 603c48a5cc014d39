package gopsutil

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

const (
	netHeader = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode                                                     \n"
	netRest   = " 00000000:00000000 00:00000000 00000000     0        0 1600 1 00000000dfa9ff1f 100 0 0 10 0"
	any4      = "00000000:0000"
	any6      = "00000000000000000000000000000000:0000"
)

func TestParseListener(t *testing.T) {
	tests := map[string]struct {
		line  string
		want  listener
		state byte
		err   error
	}{
		"IPv4":                             {"   0: 0100007F:1F90 " + any4 + " 0A" + netRest, listener{1600, 8080}, stateListen, nil},
		"IPv6":                             {"   0: 00000000000000000000000001000000:0050 " + any6 + " 0A" + netRest, listener{1600, 80}, stateListen, nil},
		"the greatest numbers":             {"99999999: FFFFFFFF:FFFF " + any4 + " 0A 0:0 0:0 0 4294967295 0 18446744073709551615 1", listener{1<<64 - 1, 1<<16 - 1}, stateListen, nil},
		"an inode at the end":              {"0: 00000000:0016 " + any4 + " 0A 0:0 0:0 0 0 0 7", listener{7, 22}, stateListen, nil},
		"a socket that nobody can hold":    {"0: 00000000:0016 " + any4 + " 0A 0:0 0:0 0 0 0 0 1", listener{0, 22}, stateListen, nil},
		"the remote port is another":       {"0: 00000000:0016 0100007F:0017 0A" + netRest, listener{1600, 22}, stateListen, nil},
		"a connection":                     {"   1: 0100007F:1F90 0100007F:D431 01" + netRest, listener{}, 1, nil},
		"a connection of no known state":   {"   1: 0100007F:1F90 0100007F:D431 FF" + netRest, listener{}, 255, nil},
		"an empty line":                    {"", listener{}, 0, errFormat},
		"blanks":                           {strings.Repeat(" ", 149), listener{}, 0, errFormat},
		"an end before the state":          {"   0: 0100007F:1F90 " + any4, listener{}, 0, errFormat},
		"a state of one digit":             {"   0: 0100007F:1F90 " + any4 + " A" + netRest, listener{}, 0, errFormat},
		"a state that is no number":        {"   0: 0100007F:1F90 " + any4 + " 0L" + netRest, listener{}, 0, errFormat},
		"an end before the inode":          {"0: 00000000:0016 " + any4 + " 0A 0:0 0:0 0 0 0 ", listener{}, 0, errFormat},
		"an inode that is none":            {"0: 00000000:0016 " + any4 + " 0A 0:0 0:0 0 0 0 -7 1", listener{}, 0, errFormat},
		"an inode that is too long":        {"0: 00000000:0016 " + any4 + " 0A 0:0 0:0 0 0 0 18446744073709551616 1", listener{}, 0, errFormat},
		"no port":                          {"0: 00000000 " + any4 + " 0A" + netRest, listener{}, 0, errFormat},
		"a port of five digits":            {"0: 00000000:00016 " + any4 + " 0A" + netRest, listener{}, 0, errFormat},
		"a port of no digits":              {"0: 00000000:00-1 " + any4 + " 0A" + netRest, listener{}, 0, errFormat},
		"an address of another length":     {"0: 000000:0016 " + any4 + " 0A" + netRest, listener{}, 0, errFormat},
		"a second colon after the address": {"0: 00000000:0016:0017 " + any4 + " 0A" + netRest, listener{}, 0, errFormat},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, state, err := parseListener([]byte(test.line))
			if got != test.want || state != test.state || err != test.err {
				t.Errorf("got %+v, %#x, %v", got, state, err)
			}
		})
	}
}

// FuzzParseListener parses a line of anything, and one as the kernel writes it, whose numbers must come back.
func FuzzParseListener(f *testing.F) {
	f.Add("   0: 0100007F:1F90 "+any4+" 0A"+netRest, false, uint32(0), uint16(8080), byte(10), uint64(1600))
	f.Add("   1: 0100007F:1F90 0100007F:D431 01"+netRest, true, uint32(1e9), uint16(0), byte(1), uint64(1<<64-1))
	f.Add("0: 00000000000000000000000001000000:0050 : 0A 0 0 0 0 0 0", true, uint32(9), uint16(80), byte(255), uint64(0))
	f.Add(netHeader, false, uint32(1<<32-1), uint16(1<<16-1), byte(0), uint64(1<<32))
	f.Fuzz(func(t *testing.T, anything string, six bool, number uint32, port uint16, state byte, inode uint64) {
		got, found, err := parseListener([]byte(anything))
		if found != stateListen && got != (listener{}) || err != nil && found != 0 {
			t.Errorf("%q gave %+v, %#x, %v", anything, got, found, err)
		}
		if found == stateListen && !strings.EqualFold(words(anything), fmt.Sprintf("%04X 0A %d", got.port, got.inode)) {
			t.Errorf("%q gave %+v", anything, got)
		}
		want := listener{inode: inode, port: port}
		if state != stateListen {
			want = listener{}
		}
		got, found, err = parseListener([]byte(netLine(six, number, port, state, inode)))
		if got != want || found != state || err != nil {
			t.Errorf("want %+v, %#x, got %+v, %#x, %v", want, state, got, found, err)
		}
	})
}

// words are the port, the state and the inode, without leading zeros, as they stand in the line.
func words(line string) string {
	all := strings.FieldsFunc(line, func(r rune) bool { return r == ' ' })
	_, port, _ := strings.Cut(all[1], ":")
	inode := strings.TrimLeft(all[9], "0")
	return port + " " + all[3] + " " + cmp.Or(inode, "0")
}

// netLine writes a line as get_tcp4_sock and get_tcp6_sock of the kernel do.
func netLine(six bool, number uint32, port uint16, state byte, inode uint64) string {
	address := fmt.Sprintf("%08X", number)
	if six {
		address = strings.Repeat(address, 4)
	}
	line := fmt.Sprintf("%4d: %s:%04X %s:%04X %02X %08X:%08X %02X:%08X %08X %5d %8d %d %d %016x %d %d %d %d %d",
		number, address, port, address, ^port, state, 0, number, 0, 0, 0, number, 0, inode, 1, number, 100, 0, 0, 10, -1)
	return fmt.Sprintf("%-149s", line)
}

func TestReadListeners(t *testing.T) {
	var many strings.Builder
	var all []listener
	for n := range 1000 { // lines of both lengths, so that the buffer ends everywhere within them
		state := byte(stateListen)
		if n%7 == 0 {
			state = stateSynReceived
		}
		many.WriteString(netLine(n%3 == 0, uint32(n), uint16(n), state, uint64(n)) + "\n")
		if state == stateListen {
			all = append(all, listener{uint64(n), uint16(n)})
		}
	}
	one := netLine(false, 1, 2, stateListen, 3) + "\n"
	tests := map[string]struct {
		text string
		want []listener
		err  error
	}{
		"no socket":                      {netHeader, nil, nil},
		"one":                            {netHeader + one, []listener{{3, 2}}, nil},
		"more than the buffer has":       {netHeader + many.String(), all, nil},
		"connections after it":           {netHeader + one + netLine(true, 4, 5, 1, 6) + "\n" + one, []listener{{3, 2}}, nil},
		"no header":                      {"", nil, errFormat},
		"an end within a line":           {netHeader + one + one[:50], []listener{{3, 2}}, errFormat},
		"a line longer than the buffer":  {netHeader + one + strings.Repeat(" ", 5000) + one, []listener{{3, 2}}, errFormat},
		"a line that is of another file": {netHeader + one + "cpu 1 2 3\n" + one, []listener{{3, 2}}, errFormat},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := readListeners(t.Context(), written(t, test.text), nil)
			if diff := gocmp.Diff(test.want, got, gocmp.AllowUnexported(listener{})); diff != "" || err != test.err {
				t.Error(diff, err)
			}
		})
	}
}

func TestReadingListenersEndsWithTheContext(t *testing.T) {
	text := netHeader + strings.Repeat(netLine(false, 1, 2, stateListen, 3)+"\n", 1000)
	for checks := range int64(10) {
		ctx := endsAfter(t.Context(), checks)
		if found, err := readListeners(ctx, written(t, text), nil); !errors.Is(err, context.Canceled) || len(found) > 30*int(checks) {
			t.Errorf("after %d checks: %d listeners, %v", checks, len(found), err)
		}
	}
}

func TestReadingListenersAllocatesNothingForALine(t *testing.T) {
	fd := written(t, netHeader+strings.Repeat(netLine(true, 1, 2, stateSynReceived, 3)+"\n"+netLine(true, 1, 2, stateListen, 3)+"\n", 1000))
	room := make([]listener, 0, 1000)
	allocations := testing.AllocsPerRun(10, func() {
		rewind(t, fd)
		if found, err := readListeners(t.Context(), fd, room); err != nil || len(found) != 1000 {
			t.Fatal(len(found), err)
		}
	})
	if allocations > 5 {
		t.Errorf("%v allocations for 2000 lines", allocations)
	}
}

// written is a descriptor of a file with the text.
func written(t *testing.T, text string) int {
	t.Helper()
	file, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	if _, err := file.WriteAt([]byte(text), 0); err != nil {
		t.Fatal(err)
	}
	return int(file.Fd())
}

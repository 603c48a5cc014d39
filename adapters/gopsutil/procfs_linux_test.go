package gopsutil

import (
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestParseStat(t *testing.T) {
	const rest = " 5 5 0 -1 4194560 1 2 3 4 250 50 9 9 20 0 1 0 100 1 1\n"
	five := stat{parent: 5, threads: 1, times: times{own: 3 * time.Second, waited: 180 * time.Millisecond}}
	tests := map[string]struct {
		line string
		want stat
		err  error
	}{
		"a plain name":          {"7 (sh) S 5" + rest, five, nil},
		"a name with a blank":   {"7 (a b) S 5" + rest, five, nil},
		"a name like the rest":  {"7 (x) R 1 (y) S 5" + rest, five, nil},
		"a name of parentheses": {"7 ())) S 5" + rest, five, nil},
		"an empty name":         {"7 () S 5" + rest, five, nil},
		"a zombie":              {"7 (sh) Z 5" + rest, stat{parent: 5, threads: 1, times: times{3 * time.Second, 180 * time.Millisecond, true}}, nil},
		"the first process":     {"1 (init) S 0" + rest, stat{threads: 1, times: five.times}, nil},
		"an empty file":         {"", stat{}, errFormat},
		"no name":               {"7 sh S 5", stat{}, errFormat},
		"an end after the name": {"7 (sh)", stat{}, errFormat},
		"an end at the parent":  {"7 (sh) S 5", stat{}, errFormat},
		"an end before stime":   {"7 (sh) S 5 5 5 0 -1 4194560 1 2 3 4 250 ", stat{}, errFormat},
		"an end before threads": {"7 (sh) S 5 5 5 0 -1 4194560 1 2 3 4 250 50 9 9 -2 0 ", stat{}, errFormat},
		"a negative priority":   {"7 (sh) S 5 5 5 0 -1 4194560 1 2 3 4 250 50 9 9 -2 19 1 ", five, nil},
		"a word for a number":   {"7 (sh) S x" + rest, stat{}, errFormat},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := parseStat([]byte(test.line))
			if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(stat{}, times{})); diff != "" || err != test.err {
				t.Error(diff, err)
			}
		})
	}
}

func TestBufferHoldsTheLongestLine(t *testing.T) {
	const longest = len("18446744073709551615 ")
	comm := strings.Repeat("x", 64) // a kernel thread's; 15 for others
	if size := longest + len("() S ") + len(comm) + 17*longest; size > bufferSize {
		t.Errorf("stat up to the threads can take %d bytes, the buffer has %d", size, bufferSize)
	}
	if size := 7 * longest; size > bufferSize {
		t.Errorf("statm can take %d bytes, the buffer has %d", size, bufferSize)
	}
}

func TestVisitNumbersRefusesWhatIsNoDirectory(t *testing.T) {
	tests := map[string][]byte{
		"a record of no length":      make([]byte, 32),
		"a record beyond the buffer": slices.Concat(make([]byte, 16), []byte{255, 255}, make([]byte, 14)),
	}
	for name, entries := range tests {
		t.Run(name, func(t *testing.T) {
			if err := visitNumbers(entries, func(int) error { return nil }); err != errFormat {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestNumbersOfAFile(t *testing.T) {
	var many strings.Builder
	var want []int
	for n := range 3000 {
		many.WriteString(strconv.Itoa(n) + " ")
		want = append(want, n)
	}
	tests := map[string]struct {
		text string
		want []int
		err  error
	}{
		"nothing":                   {"", nil, nil},
		"one":                       {"12 ", []int{12}, nil},
		"more than the buffer has":  {many.String(), want, nil},
		"something that is no text": {"12 -3 ", []int{12}, errFormat},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			file, err := os.CreateTemp(t.TempDir(), "")
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			if _, err := file.WriteAt([]byte(test.text), 0); err != nil {
				t.Fatal(err)
			}
			got, err := numbers(int(file.Fd()), nil)
			if diff := cmp.Diff(test.want, got); diff != "" || err != test.err {
				t.Error(diff, err)
			}
		})
	}
}

func TestChildrenBeyondTheAllowanceAreNotAsked(t *testing.T) {
	if _, threads, err := children(os.Getpid(), nil, 1); err != errThreads || threads != 0 {
		t.Errorf("got %d threads, %v", threads, err)
	}
	if _, threads, err := children(os.Getpid(), nil, math.MaxInt32); err != nil || threads < 2 {
		t.Errorf("got %d threads, %v", threads, err)
	}
}
